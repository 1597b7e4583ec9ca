"""Senders: what an account may write as "from", which lines that means, and the number of each such value."""

import json
from collections.abc import Collection
from functools import partial

from gateway.domain.errors import Conflict, QuotaExceeded
from gateway.domain.line import LineState
from gateway.domain.message import MessageError, State
from gateway.domain.sender import ANY_LINE, Sender, Strategy
from gateway.domain.thread import thread_id
from gateway.store import lifecycle, routing
from gateway.store.rows import dump
from gateway.store.transaction import Memory, Row, Transaction, from_ms, to_ms

REGISTERED = "SELECT * FROM senders WHERE strategy IS NOT NULL ORDER BY num"
REGISTERED_OF = "SELECT * FROM senders WHERE account = ? AND strategy IS NOT NULL ORDER BY num"
BY_ID = "SELECT * FROM senders WHERE account = ? AND id = ?"
NUMBER = "SELECT num FROM senders WHERE account = ? AND word = ?"
KEEP_NUMBER = """
INSERT INTO senders (account, word, value, created_at) VALUES (:account, :word, :value, :now)
ON CONFLICT (account, word) DO NOTHING
"""
REGISTER = """
UPDATE senders
SET value = :value, id = :id, kind = :kind, strategy = :strategy, lines = :lines, created_at = :now
WHERE account = :account AND word = :word AND strategy IS NULL
"""
FORGET = "UPDATE senders SET id = NULL, kind = NULL, strategy = NULL, lines = NULL WHERE num = ?"
WAITING = "SELECT num FROM messages WHERE waiting = 1 AND route = :route AND account = :account LIMIT :most"
LATER = """
SELECT num FROM messages WHERE waiting = 2 AND account = :account AND route = :route ORDER BY recipient LIMIT :most
"""  # in the order of messages_later: unordered, every message of the account would be read

NEWEST_THREAD = "SELECT id FROM threads WHERE id IN {} ORDER BY activity DESC LIMIT 1"

MOST = 100  # messages ended in one transaction
MOST_OF_ACCOUNT = 1_000

DELETED = MessageError("sender_deleted", "the sender it was to go out under was deleted before it could be sent")


def sender_from(row: Row) -> Sender:
    return Sender(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        value=row["value"],
        kind=row["kind"],
        strategy=Strategy(row["strategy"]),
        lines=tuple(json.loads(row["lines"])),
        created_at=from_ms(row["created_at"]),
    )


def words(memory: Memory, account: str) -> dict[str, str]:
    """What the account may write, case-folded → the value, which is the route of its messages."""
    allowed = {ANY_LINE: ANY_LINE}
    for line in memory.lines.values():
        if line.serves(account):
            allowed |= {value.casefold(): value for value in line.answers_to()}
    for sender in memory.senders.values():
        if sender.account == account:
            allowed.setdefault(sender.value.casefold(), sender.value)
    return allowed


def registered(tx: Transaction, account: str) -> list[Sender]:
    return [sender_from(row) for row in tx.rows(REGISTERED_OF, (account,))]


def put(tx: Transaction, sender: Sender) -> Sender:
    """Raises Conflict("conflict"), QuotaExceeded("quota_exceeded") for more than ``MOST_OF_ACCOUNT``."""
    if sum(known.account == sender.account for known in tx.memory.senders.values()) >= MOST_OF_ACCOUNT:
        raise QuotaExceeded("quota_exceeded", f"an account has at most {MOST_OF_ACCOUNT} senders")
    word = sender.value.casefold()
    if word in words(tx.memory, sender.account):
        raise Conflict("conflict", f"{sender.value} is a sender of this account already")
    row = {"account": sender.account, "word": word, "value": sender.value, "now": to_ms(sender.created_at)}
    tx.run(KEEP_NUMBER, row)
    own = {"id": sender.id, "kind": sender.kind, "strategy": sender.strategy.value, "lines": dump(sender.lines)}
    if not tx.run(REGISTER, row | own):
        raise Conflict("conflict", f"{sender.value} is a sender of this account already")
    stored = tx.row(BY_ID, (sender.account, sender.id))
    assert stored is not None
    made = sender_from(stored)
    tx.remember(partial(_remember, made))
    tx.effects.access = True
    tx.effects.lines |= tx.memory.lines.keys()
    return made


def delete(tx: Transaction, account: str, sender: str, now: int) -> bool | None:
    """Reject what waits for it, then forget it; its number stays with the value.

    Whoever deletes a sender decided that nothing goes out under it any more: to be told so at once is better than to
    see messages expire after three days. None: there is more that waits, ask again. False: there is no such sender.
    """
    row = tx.row(BY_ID, (account, sender))
    if row is None:
        return False
    found = sender_from(row)
    wanted = {"route": found.value, "account": account, "most": MOST}
    waiting = [row for route in _routes(tx.memory, found) for row in tx.rows(WAITING, wanted | {"route": route})]
    waiting = [*waiting, *tx.rows(LATER, wanted)][:MOST]
    for message in waiting:
        lifecycle.end(tx, lifecycle.load(tx, message["num"]), State.REJECTED, now, DELETED)
    if len(waiting) == MOST:
        return None
    tx.run(FORGET, (found.num,))
    tx.remember(partial(_forget, found))
    tx.effects.access = True
    return True


def _routes(memory: Memory, sender: Sender) -> set[str]:
    """Under which its messages wait."""
    return {
        route
        for route, account in tuple(memory.waiting)
        if account == sender.account and routing.base_of(route) == sender.value
    }


def number(tx: Transaction, account: str, value: str) -> int | None:
    row = tx.row(NUMBER, (account, value.casefold()))
    return None if row is None else row["num"]


def give_number(tx: Transaction, account: str, value: str, now: int) -> int:
    """The value's number, made when nobody asked for it before."""
    tx.run(KEEP_NUMBER, {"account": account, "word": value.casefold(), "value": value, "now": now})
    known = number(tx, account, value)
    assert known is not None
    return known


def _remember(sender: Sender, memory: Memory) -> None:
    memory.senders = {**memory.senders, (sender.value, sender.account): sender}


def _forget(sender: Sender, memory: Memory) -> None:
    memory.senders = {queue: known for queue, known in memory.senders.items() if known.num != sender.num}
    memory.took_last.pop((sender.value, sender.account), None)


def last_lines(tx: Transaction, account: str, peers: Collection[str]) -> dict[str, str]:
    """Each peer that the account talked with → the number, or name, of the line that did so last, of those now up."""
    able = [line for line in tx.memory.lines.values() if line.serves(account) and line.state is LineState.UP]
    found: dict[str, str] = {}
    for peer in peers:
        threads = {thread_id(account, line.id, peer): line for line in able}
        places = f"({', '.join('?' * len(threads))})"
        row = tx.row(NEWEST_THREAD.format(places), tuple(threads)) if threads else None
        if row is not None:
            line = threads[row["id"]]
            found[peer] = line.number or line.name
    return found
