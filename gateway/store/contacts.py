"""The people an account knows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.contact import Contact, ContactChange
from gateway.domain.errors import Conflict, Fault, NotFound
from gateway.domain.ids import new_id
from gateway.store.listing import containing, page
from gateway.store.rows import dump
from gateway.store.transaction import Row, Transaction, from_ms, to_ms

SELECT = "SELECT * FROM contacts"
OF_GROUP = """
EXISTS (SELECT 1 FROM group_members
        WHERE group_members.contact = contacts.num AND group_members.contact_group = :contact_group)
"""
BY_ID = "SELECT * FROM contacts WHERE account = ? AND id = ?"
BY_PHONE = "SELECT * FROM contacts WHERE account = ? AND phone = ?"
BY_EXTERNAL_ID = "SELECT * FROM contacts WHERE account = ? AND external_id = ?"
BY_EMAIL = "SELECT * FROM contacts WHERE account = ? AND email_key = ? ORDER BY num LIMIT 1"
ADD = """
INSERT INTO contacts (id, account, name, phone, email, email_key, external_id, tags, fields, search, created_at,
                      updated_at)
VALUES (:id, :account, :name, :phone, :email, :email_key, :external_id, :tags, :fields, :search, :created_at,
        :updated_at)
RETURNING num
"""
SAVE = """
UPDATE contacts
SET name = :name, phone = :phone, email = :email, email_key = :email_key, external_id = :external_id, tags = :tags,
    fields = :fields, search = :search, updated_at = :updated_at
WHERE num = :num
"""
DELETE = "DELETE FROM contacts WHERE account = ? AND id = ?"


def contacts(
    tx: Transaction,
    account: str,
    *,
    limit: int,
    cursor: int | None,
    phone: str | None = None,
    q: str | None = None,
    group: int | None = None,
    ascending: bool = False,
) -> list[Contact]:
    """By their number, newest first or ascending. group: its number."""
    conditions, more = [], dict[str, Any]()
    if q is not None:
        conditions.append("search LIKE :q ESCAPE '!'")
        more["q"] = containing(q)
    if group is not None:
        conditions.append(OF_GROUP)
        more["contact_group"] = group
    where = {"account": account, "phone": phone}
    found = page(
        tx,
        SELECT,
        where,
        limit=limit,
        cursor=cursor,
        conditions=tuple(conditions),
        more=more,
        ascending=ascending,
    )
    return [contact_from(row) for row in found]


def get(tx: Transaction, account: str, contact: str) -> Contact:
    """Raises NotFound."""
    row = tx.row(BY_ID, (account, contact))
    if row is None:
        raise NotFound("there is no such contact")
    return contact_from(row)


def find(
    tx: Transaction, account: str, *, phone: str | None, email: str | None, external_id: str | None
) -> Contact | None:
    """The first of: the one of that external id, the oldest of that e-mail, the one of that phone."""
    for sql, value in ((BY_EXTERNAL_ID, external_id), (BY_EMAIL, email and email.casefold()), (BY_PHONE, phone)):
        row = tx.row(sql, (account, value)) if value else None
        if row is not None:
            return contact_from(row)
    return None


def create(tx: Transaction, account: str, change: ContactChange, now: int) -> Contact:
    """Raises Conflict("conflict")."""
    at = from_ms(now)
    contact = changed(Contact(0, new_id("con", now), account, at, at), change)
    _check_free(tx, contact)
    return replace(contact, num=tx.insert(ADD, _row(contact)))


def update(tx: Transaction, account: str, contact: str, change: ContactChange, now: int) -> Contact:
    """Raises NotFound, Conflict("conflict")."""
    return save(tx, get(tx, account, contact), change, now)


def save(tx: Transaction, known: Contact, change: ContactChange, now: int) -> Contact:
    """Raises Conflict("conflict")."""
    contact = replace(changed(known, change), updated_at=from_ms(now))
    _check_free(tx, contact)
    tx.run(SAVE, _row(contact))
    return contact


def delete(tx: Transaction, account: str, contact: str) -> None:
    """It leaves its groups; what it subscribed to and refused stays. Raises NotFound."""
    if not tx.run(DELETE, (account, contact)):
        raise NotFound("there is no such contact")


def numbers(tx: Transaction, account: str, wanted: Sequence[str]) -> list[int]:
    """The numbers of contacts by id. Raises NotFound for the first that is none of the account's."""
    return [get(tx, account, contact).num for contact in wanted]


def put(tx: Transaction, account: str, change: ContactChange, now: int) -> tuple[Contact, bool]:
    """Change the one of that external id, else of that phone; or make it. Returns it, and whether it is new.

    Raises Conflict("conflict").
    """
    known = find(tx, account, phone=change.phone, email=None, external_id=change.external_id)
    if known is None:
        return create(tx, account, change, now), True
    return save(tx, known, change, now), False


def changed(contact: Contact, change: ContactChange) -> Contact:
    """The contact as the change leaves it; "" empties a member."""

    def given(new: str | None, old: str | None) -> str | None:
        return old if new is None else new or None

    return replace(
        contact,
        name=contact.name if change.name is None else change.name,
        phone=given(change.phone, contact.phone),
        email=given(change.email, contact.email),
        external_id=given(change.external_id, contact.external_id),
        tags=contact.tags if change.tags is None else tuple(dict.fromkeys(change.tags)),
        fields=contact.fields if change.fields is None else _merged(contact.fields, change.fields),
    )


def _merged(known: Mapping[str, str], given: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in {**known, **given}.items() if value}


def _check_free(tx: Transaction, contact: Contact) -> None:
    taken = ((BY_PHONE, "phone", contact.phone), (BY_EXTERNAL_ID, "external_id", contact.external_id))
    for sql, field, value in taken:
        row = tx.row(sql, (contact.account, value)) if value else None
        if row is not None and row["id"] != contact.id:
            fault = Fault(field, "conflict", "another contact has it")
            raise Conflict("conflict", f"{field}: another contact has {value}", faults=(fault,))


def contact_from(row: Row) -> Contact:
    return Contact(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        name=row["name"],
        phone=row["phone"],
        email=row["email"],
        external_id=row["external_id"],
        tags=tuple(json.loads(row["tags"])),
        fields=json.loads(row["fields"]),
    )


def _row(contact: Contact) -> dict[str, Any]:
    sought = (contact.name, contact.email, contact.external_id)
    return {
        "num": contact.num,
        "id": contact.id,
        "account": contact.account,
        "name": contact.name,
        "phone": contact.phone,
        "email": contact.email,
        "email_key": contact.email and contact.email.casefold(),
        "external_id": contact.external_id,
        "tags": dump(contact.tags),
        "fields": dump(dict(contact.fields)),
        "search": "\n".join(value for value in sought if value).casefold(),
        "created_at": to_ms(contact.created_at),
        "updated_at": to_ms(contact.updated_at),
    }
