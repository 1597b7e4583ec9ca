"""Groups of contacts, and who is in them."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.domain.contact import Group
from gateway.domain.errors import Conflict, Fault, NotFound
from gateway.domain.ids import new_id
from gateway.store import contacts
from gateway.store.contracts.people import Imported
from gateway.store.listing import page
from gateway.store.transaction import Row, Transaction, from_ms

SELECT = """
SELECT contact_groups.*,
       (SELECT COUNT(*) FROM group_members WHERE group_members.contact_group = contact_groups.num) AS members
FROM contact_groups
"""
ONE = SELECT + "WHERE account = :account AND (id = :wanted OR name_key = :key) ORDER BY id = :wanted DESC LIMIT 1"
BY_KEY = "SELECT num, id FROM contact_groups WHERE account = :account AND name_key = :key"
ADD = """
INSERT INTO contact_groups (id, account, name, name_key, created_at) VALUES (:id, :account, :name, :key, :now)
RETURNING num
"""
RENAME = "UPDATE contact_groups SET name = :name, name_key = :key WHERE num = :num"
DELETE = "DELETE FROM contact_groups WHERE num = ?"
ADD_MEMBER = "INSERT INTO group_members (contact_group, contact) VALUES (?, ?) ON CONFLICT DO NOTHING"
REMOVE_MEMBER = "DELETE FROM group_members WHERE contact_group = ? AND contact = ?"
LEAVE = "UPDATE subscriptions SET contact_group = 0 WHERE account = :account AND contact_group = :contact_group"
LEAVE_ONE = LEAVE + " AND phone = (SELECT phone FROM contacts WHERE num = :contact)"  # noqa: S608 - constants


def groups(tx: Transaction, account: str, *, limit: int, cursor: int | None, ascending: bool) -> list[Group]:
    """By their number, newest first or ascending."""
    rows = page(tx, SELECT, {"account": account}, limit=limit, cursor=cursor, ascending=ascending)
    return [group_from(row) for row in rows]


def find(tx: Transaction, account: str, group: str) -> Group | None:
    """By id, or by name whatever its case."""
    row = tx.row(ONE, {"account": account, "wanted": group, "key": group.casefold()})
    return None if row is None else group_from(row)


def get(tx: Transaction, account: str, group: str) -> Group:
    """Raises NotFound."""
    found = find(tx, account, group)
    if found is None:
        raise NotFound("there is no such group")
    return found


def create(tx: Transaction, account: str, name: str, now: int) -> Group:
    """Raises Conflict("conflict") for a name that is taken."""
    _check_free(tx, account, name)
    group = new_id("grp", now)
    num = tx.insert(ADD, {"id": group, "account": account, "name": name, "key": name.casefold(), "now": now})
    return Group(num, group, account, name, from_ms(now))


def rename(tx: Transaction, account: str, group: str, name: str) -> Group:
    """Raises NotFound, Conflict("conflict")."""
    known = get(tx, account, group)
    _check_free(tx, account, name, besides=known)
    tx.run(RENAME, {"num": known.num, "name": name, "key": name.casefold()})
    return replace(known, name=name)


def delete(tx: Transaction, account: str, group: str) -> None:
    """Its members stay contacts, and subscribed. Raises NotFound."""
    known = get(tx, account, group)
    tx.run(LEAVE, {"account": account, "contact_group": known.num})
    tx.run(DELETE, (known.num,))


def add_members(tx: Transaction, account: str, group: str, members: Sequence[str]) -> Group:
    """Contacts by id; those in it already are fine. Raises NotFound for the group, or one of them."""
    known = get(tx, account, group)
    for contact in contacts.numbers(tx, account, members):
        join(tx, known.num, contact)
    return get(tx, account, known.id)


def remove_members(tx: Transaction, account: str, group: str, members: Sequence[str]) -> Group:
    """They stay contacts, and subscribed. Raises NotFound for the group, or one who is no contact."""
    known = get(tx, account, group)
    for contact in contacts.numbers(tx, account, members):
        tx.run(REMOVE_MEMBER, (known.num, contact))
        tx.run(LEAVE_ONE, {"account": account, "contact_group": known.num, "contact": contact})
    return get(tx, account, known.id)


def join(tx: Transaction, group: int, contact: int) -> None:
    """Both by number."""
    tx.run(ADD_MEMBER, (group, contact))


def import_rows(tx: Transaction, account: str, rows: Sequence[Imported], now: int) -> tuple[int, int, dict[int, str]]:
    """Write what a file says of contacts, and put them into its groups, which are made where they are missing.

    Returns how many contacts are new, how many were changed, and what stands against single rows, by their line.
    """
    created, updated = 0, 0
    faults: dict[int, str] = {}
    known: dict[str, int] = {}
    for row in rows:
        try:
            contact, is_new = contacts.put(tx, account, row.change, now)
        except Conflict as conflict:
            faults[row.line] = conflict.detail
            continue
        created, updated = created + is_new, updated + (not is_new)
        if row.group is not None:
            key = row.group.casefold()
            if key not in known:
                known[key] = (find(tx, account, row.group) or create(tx, account, row.group, now)).num
            join(tx, known[key], contact.num)
    return created, updated, faults


def _check_free(tx: Transaction, account: str, name: str, *, besides: Group | None = None) -> None:
    row = tx.row(BY_KEY, {"account": account, "key": name.casefold()})
    if row is not None and (besides is None or row["num"] != besides.num):
        fault = Fault("name", "conflict", "another group has it")
        raise Conflict("conflict", f"name: there is a group {name} already", faults=(fault,))


def group_from(row: Row) -> Group:
    return Group(row["num"], row["id"], row["account"], row["name"], from_ms(row["created_at"]), row["members"])
