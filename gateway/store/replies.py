"""Answers that are due: a message with ``reply`` required is told of once when none came in time (native-v1 §8)."""

from gateway.domain.event import EventType
from gateway.domain.message import State
from gateway.store import events
from gateway.store.rows import extra_of, message_from
from gateway.store.transaction import Row, Transaction

EXPECT = """
INSERT INTO replies_due (message, account, peer, line, due_at) VALUES (:message, :account, :peer, :line, :due_at)
ON CONFLICT (message) DO NOTHING
"""
CAME = "DELETE FROM replies_due WHERE account = ? AND peer = ? AND line = ?"
OVERDUE = "SELECT message FROM replies_due WHERE due_at <= :now ORDER BY due_at LIMIT :most"
NEXT = "SELECT MIN(due_at) AS at FROM replies_due"
FORGET = "DELETE FROM replies_due WHERE message = ?"
MESSAGE = "SELECT * FROM messages WHERE num = ?"

SENT = frozenset({State.SENT, State.DELIVERED})
NOT_SENT = frozenset({State.UNDELIVERED, State.FAILED, State.EXPIRED})


def expect(tx: Transaction, row: Row, line: str | None, state: State, now: int) -> None:
    """Its state has changed: from when it was sent an answer is due; what never arrived waits for none.

    row: as it was before. That a sent one was delivered is no new beginning: the answer may have come meanwhile.
    """
    due_s = extra_of(row).get("reply_due_s")
    if due_s is None:
        return
    if state in SENT and row["state"] not in SENT:
        due_at = now + due_s * 1000
        wanted = {"message": row["num"], "account": row["account"], "peer": row["recipient"], "line": line}
        tx.run(EXPECT, wanted | {"due_at": due_at})
        tx.wake_at(due_at)
    elif state in NOT_SENT:
        tx.run(FORGET, (row["num"],))


def came(tx: Transaction, account: str, peer: str, line: str) -> None:
    """An answer over that line satisfies whatever waits for one there."""
    tx.run(CAME, (account, peer, line))


def tell_overdue(tx: Transaction, now: int, most: int) -> int:
    """Tell of those whose time is over, once. Returns how many there were."""
    overdue = tx.rows(OVERDUE, {"now": now, "most": most})
    for due in overdue:
        tx.run(FORGET, (due["message"],))
        row = tx.row(MESSAGE, (due["message"],))
        if row is not None:
            events.write_message(tx, EventType.MESSAGE_REPLY_OVERDUE, message_from(row), now)
    return len(overdue)


def next_due(tx: Transaction) -> int | None:
    """When the next one is overdue, in milliseconds."""
    row = tx.row(NEXT)
    return None if row is None else row["at"]
