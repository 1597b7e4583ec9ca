"""Who wants nothing from an account, and what that stops (native-v1 §8)."""

from gateway.domain.campaign import OptOut
from gateway.domain.event import EventType, instant
from gateway.domain.ids import new_id
from gateway.domain.message import MessageError, State
from gateway.store import events, lifecycle
from gateway.store.rows import opt_out_from
from gateway.store.transaction import Transaction, from_ms

OPT_OUTS = "SELECT * FROM opt_outs WHERE account = ? ORDER BY at, phone"
OPT_OUT = "SELECT * FROM opt_outs WHERE account = ? AND phone = ?"
PUT_OPT_OUT = """
INSERT INTO opt_outs (account, phone, id, source, at, text) VALUES (:account, :phone, :id, :source, :now, :text)
ON CONFLICT (account, phone) DO NOTHING
"""
DELETE_OPT_OUT = "DELETE FROM opt_outs WHERE account = ? AND phone = ?"
STOP_SUBSCRIPTIONS = """
UPDATE subscriptions SET state = 'stopped', source = :source, at = :now
WHERE account = :account AND phone = :phone AND state = 'active'
"""
RESTART_SUBSCRIPTIONS = """
UPDATE subscriptions SET state = 'active', at = :now
WHERE account = :account AND phone = :phone AND state = 'stopped' AND source = 'keyword'
"""
WAITING_FOR = """
SELECT num FROM messages WHERE waiting = 1 AND route = :route AND account = :account AND recipient = :phone
"""
LATER_FOR = "SELECT num FROM messages WHERE waiting = 2 AND account = :account AND recipient = :phone"

UNWANTED = MessageError("opted_out", "the recipient does not want messages from this account")


def opt_outs(tx: Transaction, account: str) -> list[OptOut]:
    return [opt_out_from(row) for row in tx.rows(OPT_OUTS, (account,))]


def find(tx: Transaction, account: str, phone: str) -> OptOut | None:
    row = tx.row(OPT_OUT, (account, phone))
    return None if row is None else opt_out_from(row)


def stopped_by_keyword(tx: Transaction, account: str, phone: str) -> bool:
    known = find(tx, account, phone)
    return known is not None and known.source == "keyword"


def opt_out(tx: Transaction, account: str, phone: str, source: str, now: int, *, text: str = "") -> OptOut:
    """Enter the phone, stop its subscriptions, reject what waits for it; told once, however often it is asked."""
    row = {"account": account, "phone": phone, "id": new_id("opt", now), "source": source, "now": now, "text": text}
    if tx.run(PUT_OPT_OUT, row):
        tx.run(STOP_SUBSCRIPTIONS, row)
        _reject_waiting(tx, row, now)
        events.write(tx, EventType.CONTACT_OPTED_OUT, account, describe(phone, None, source, now), now)
    known = find(tx, account, phone)
    assert known is not None
    return known


def opt_in(tx: Transaction, account: str, phone: str, now: int) -> None:
    """Undo a keyword's opt-out on the phone's own word, and what it stopped."""
    tx.run(DELETE_OPT_OUT, (account, phone))
    tx.run(RESTART_SUBSCRIPTIONS, {"account": account, "phone": phone, "now": now})
    events.write(tx, EventType.CONTACT_OPTED_IN, account, describe(phone, None, "keyword", now), now)


def delete(tx: Transaction, account: str, phone: str) -> bool:
    return tx.run(DELETE_OPT_OUT, (account, phone)) > 0


def describe(phone: str, campaign: str | None, source: str, now: int) -> dict[str, object]:
    """A contact's consent as its events tell it. campaign: None means everything from the account."""
    return {"phone": phone, "campaign": campaign, "source": source, "at": instant(from_ms(now))}


def _reject_waiting(tx: Transaction, where: dict[str, object], now: int) -> None:
    rows = tx.rows(LATER_FOR, where)
    for route, account in list(tx.memory.waiting):
        if account == where["account"]:
            rows += tx.rows(WAITING_FOR, where | {"route": route})
    for row in rows:
        standing = lifecycle.load(tx, row["num"])
        if standing.option("ignore_opt_out", False):
            continue
        if standing.state in {State.QUEUED, State.SCHEDULED}:
            lifecycle.end(tx, standing, State.REJECTED, now, UNWANTED)
