"""Who wants nothing from an account, a sender, a campaign or a line, and what that stops (native-v1 §8)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeAlias

from gateway.domain.contact import OptOut
from gateway.domain.errors import NotFound
from gateway.domain.event import EventType, instant
from gateway.domain.ids import new_id
from gateway.domain.message import MessageError, State
from gateway.policy.consent import ACCOUNT, covers_message, parse_scope
from gateway.store import events, lifecycle
from gateway.store.listing import page
from gateway.store.transaction import MOST_ROWS, Row, Transaction, from_ms

SELECT = "SELECT * FROM opt_outs"
ONE = "SELECT * FROM opt_outs WHERE account = ? AND phone = ? AND scope = ?"
BY_ID = "SELECT * FROM opt_outs WHERE account = ? AND id = ?"
SCOPES = "SELECT scope, source FROM opt_outs WHERE account = ? AND phone = ?"
SCOPES_OF = "SELECT phone, scope FROM opt_outs WHERE account = ? AND phone IN "
PUT = """
INSERT INTO opt_outs (id, account, phone, scope, source, at, text)
VALUES (:id, :account, :phone, :scope, :source, :now, :text)
ON CONFLICT (account, phone, scope) DO NOTHING
"""
DELETE = "DELETE FROM opt_outs WHERE num = ?"
DELETE_KEYWORDS = "DELETE FROM opt_outs WHERE account = :account AND phone = :phone AND source = 'keyword'"
STOP_SUBSCRIPTIONS = """
UPDATE subscriptions SET state = 'stopped', source = :source, updated_at = :now
WHERE account = :account AND phone = :phone AND state = 'active'
"""
STOP_ONE = STOP_SUBSCRIPTIONS + " AND kind = :kind AND target = :target"
RESTART_SUBSCRIPTIONS = """
UPDATE subscriptions SET state = 'active', updated_at = :now
WHERE account = :account AND phone = :phone AND state = 'stopped' AND source = 'keyword'
"""
WAITING_FOR = """
SELECT num, sender, campaign FROM messages
WHERE waiting = 1 AND route = :route AND account = :account AND recipient = :phone
"""
LATER_FOR = "SELECT num, sender, campaign FROM messages WHERE waiting = 2 AND account = :account AND recipient = :phone"
KNOWN = """
SELECT 1 FROM contacts WHERE account = :account AND phone = :phone
UNION ALL SELECT 1 FROM subscriptions WHERE account = :account AND phone = :phone
UNION ALL SELECT 1 FROM messages WHERE recipient = :phone AND account = :account AND waiting IS NULL
UNION ALL SELECT 1 FROM messages WHERE sender = :phone AND account || '' = :account AND direction = 'in'
LIMIT 1
"""  # account || '': by the sender's index, not through all that came in for the account

UNWANTED = MessageError("opted_out", "the recipient does not want messages from this account")

Unwanted: TypeAlias = Mapping[tuple[str, str], Collection[str]]
"""Account and phone → the scopes of its opt-outs; who has none is not in it."""


# ------------------------------------------------------------------------------------------------------- asking


def scopes_of_all(tx: Transaction, wanted: Mapping[str, Iterable[str]]) -> Unwanted:
    """What phones do not want, by account; one look for many, in few sizes so that each statement is prepared once."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for account, phones in wanted.items():
        asked = sorted(set(phones))
        while asked:
            some, asked = asked[:MOST_ROWS], asked[MOST_ROWS:]
            some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
            places = f"({', '.join('?' * len(some))})"
            for row in tx.rows(SCOPES_OF + places, (account, *some)):
                found[account, row["phone"]].add(row["scope"])
    return dict(found)


def scopes_of(tx: Transaction, account: str, phone: str) -> dict[str, str]:
    """The scopes of one phone's opt-outs → who said so ("keyword", "api", "import")."""
    return {row["scope"]: row["source"] for row in tx.rows(SCOPES, (account, phone))}


def opt_outs(
    tx: Transaction,
    account: str,
    *,
    limit: int,
    cursor: int | None = None,
    phone: str | None = None,
    ascending: bool = False,
) -> list[OptOut]:
    """By their number, newest first or ascending."""
    where = {"account": account, "phone": phone}
    rows = page(tx, SELECT, where, limit=limit, cursor=cursor, ascending=ascending)
    return [opt_out_from(row) for row in rows]


def knows(tx: Transaction, account: str, phone: str) -> bool:
    """Whether the account has ever had to do with the phone: a contact, a subscription, a message either way."""
    asked = {"account": account, "phone": phone}
    return tx.row(KNOWN, asked) is not None or bool(_waiting_for(tx, asked))


def stopped_by_keyword(tx: Transaction, account: str, phone: str) -> bool:
    return "keyword" in scopes_of(tx, account, phone).values()


# ------------------------------------------------------------------------------------------------------ changing


def opt_out(
    tx: Transaction, account: str, phone: str, source: str, now: int, *, scope: str = ACCOUNT, text: str = ""
) -> tuple[OptOut, bool]:
    """Enter the phone, stop its subscriptions within the scope, reject what waits for it; told once.

    Returns the entry, and whether it is new.
    """
    row = {"account": account, "phone": phone, "scope": scope, "source": source, "now": now, "text": text}
    is_new = tx.run(PUT, row | {"id": new_id("opt", now)}) > 0
    if is_new:
        _stop_subscriptions(tx, row)
        _reject_waiting(tx, row, now)
        events.write(tx, EventType.CONTACT_OPTED_OUT, account, describe(phone, scope, source, now), now)
    known = tx.row(ONE, (account, phone, scope))
    assert known is not None
    return opt_out_from(known), is_new


def opt_in(tx: Transaction, account: str, phone: str, now: int) -> None:
    """Undo what the phone's own keywords did, on its own word; what the API entered stays."""
    row = {"account": account, "phone": phone, "now": now}
    tx.run(DELETE_KEYWORDS, row)
    tx.run(RESTART_SUBSCRIPTIONS, row)
    events.write(tx, EventType.CONTACT_OPTED_IN, account, describe(phone, ACCOUNT, "keyword", now), now)


def forget(tx: Transaction, account: str, opt_out: str, reason: str, now: int) -> OptOut:
    """An administrator takes an entry back; the reason stands in its event. Raises NotFound."""
    row = tx.row(BY_ID, (account, opt_out))
    if row is None:
        raise NotFound("there is no such opt-out")
    tx.run(DELETE, (row["num"],))
    told = describe(row["phone"], row["scope"], "api", now) | {"reason": reason}
    events.write(tx, EventType.CONTACT_OPTED_IN, account, told, now)
    return opt_out_from(row)


def lift(tx: Transaction, account: str, phone: str, scope: str) -> None:
    """Take back the entry of exactly that scope, if there is one; the caller tells of it."""
    row = tx.row(ONE, (account, phone, scope))
    if row is not None:
        tx.run(DELETE, (row["num"],))


def describe(phone: str, scope: str, source: str, now: int) -> dict[str, object]:
    """A phone's consent as its events tell it. campaign, sender: which one it is about; null: everything."""
    kind, target = parse_scope(scope) or (ACCOUNT, "")
    return {
        "phone": phone,
        "scope": scope,
        "campaign": target if kind == "campaign" else None,
        "sender": target if kind == "sender" else None,
        "source": source,
        "at": instant(from_ms(now)),
    }


def _stop_subscriptions(tx: Transaction, entry: Mapping[str, Any]) -> None:
    kind, target = parse_scope(entry["scope"]) or (ACCOUNT, "")
    if kind == ACCOUNT:
        tx.run(STOP_SUBSCRIPTIONS, entry)
    elif kind != "line":
        tx.run(STOP_ONE, {**entry, "kind": kind, "target": target})


def _reject_waiting(tx: Transaction, entry: Mapping[str, Any], now: int) -> None:
    """What waits for the phone within the scope; a line's is seen to when the line comes for it."""
    for row in _waiting_for(tx, entry):
        if covers_message((entry["scope"],), row["sender"], row["campaign"]):
            _reject(tx, row["num"], now)


def _waiting_for(tx: Transaction, entry: Mapping[str, Any]) -> list[Row]:
    rows = tx.rows(LATER_FOR, entry)
    for route, account in list(tx.memory.waiting):
        if account == entry["account"]:
            rows += tx.rows(WAITING_FOR, {**entry, "route": route})
    return rows


def _reject(tx: Transaction, num: int, now: int) -> None:
    standing = lifecycle.load(tx, num)
    if standing.state in {State.QUEUED, State.SCHEDULED} and not standing.option("ignore_opt_out", False):
        lifecycle.end(tx, standing, State.REJECTED, now, UNWANTED)


def opt_out_from(row: Row) -> OptOut:
    return OptOut(
        row["num"],
        row["id"],
        row["account"],
        row["phone"],
        row["scope"],
        row["source"],
        from_ms(row["at"]),
        row["text"],
    )
