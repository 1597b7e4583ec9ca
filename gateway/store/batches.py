"""Calls for many as a whole: listed, paused, resumed, cancelled. In pieces, so that a large one holds nobody up.

What a paused batch has waiting is taken out of the queue: ``waiting`` 2 without ``due_at``, which no time brings back.
"""

from functools import partial

from gateway.domain.errors import NotFound
from gateway.domain.message import State
from gateway.store import lifecycle, routing
from gateway.store.contract import BatchRecord
from gateway.store.rows import batch_from
from gateway.store.transaction import NEWEST, Memory, Row, Transaction

MOST = 500  # messages in one transaction
MOST_ENDED = 100  # of those that are ended one by one, each with its event

OWN = "SELECT * FROM batches WHERE id = :id AND account = :account"
PAGE = """
SELECT * FROM batches
WHERE account = :account AND listed = 1 AND size > 0 AND first_message < :cursor
ORDER BY first_message DESC LIMIT :most
"""
PAGE_ASCENDING = """
SELECT * FROM batches
WHERE account = :account AND listed = 1 AND size > 0 AND first_message > :cursor
ORDER BY first_message LIMIT :most
"""
PAUSED = "SELECT id FROM batches WHERE paused = 1"
SET_PAUSED = "UPDATE batches SET paused = :paused WHERE id = :id"
IN_QUEUE = """
SELECT num, route, account FROM messages
WHERE num >= :first AND num < :end AND waiting = 1 AND state = 'queued' AND batch = :id
ORDER BY num LIMIT :most
"""
HELD = """
SELECT num, route, account, recipient FROM messages
WHERE num >= :first AND num < :end AND waiting = 2 AND due_at IS NULL AND state = 'queued' AND batch = :id
ORDER BY num LIMIT :most
"""
FORGOTTEN = """
SELECT messages.num, messages.route, messages.account, messages.recipient
FROM messages JOIN batches ON batches.id = messages.batch
WHERE messages.waiting = 2 AND messages.due_at IS NULL AND messages.state = 'queued' AND batches.paused = 0
"""
TAKE_OUT = "UPDATE messages SET waiting = 2, due_at = NULL WHERE num = ?"
PUT_BACK = "UPDATE messages SET waiting = 1, avoid = NULL, route = ? WHERE num = ?"
STILL_CANCELABLE = """
SELECT num FROM messages
WHERE num >= :first AND num < :end AND state IN ('scheduled', 'queued') AND batch = :id
ORDER BY num LIMIT :most
"""


def batches(
    tx: Transaction, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False
) -> list[BatchRecord]:
    """Newest first, or ascending. cursor: ``num`` of the last one seen. One of no message is not among them."""
    start = (0 if ascending else NEWEST) if cursor is None else cursor
    rows = tx.rows(PAGE_ASCENDING if ascending else PAGE, {"account": account, "cursor": start, "most": limit})
    return [batch_from(row, lifecycle.batch_counts(tx, row)) for row in rows]


def set_paused(tx: Transaction, account: str, batch: str, *, paused: bool) -> None:
    """From now on no line takes its messages, or they may again; ``hold`` and ``release`` do the rest.

    Raises NotFound.
    """
    _find(tx, account, batch)
    tx.run(SET_PAUSED, {"id": batch, "paused": paused})
    tx.remember(partial(_remember if paused else _forget, batch))


def hold(tx: Transaction, account: str, batch: str) -> int:
    """Take what waits out of the queue, ``MOST`` at once. Returns how many they were."""
    rows = tx.rows(IN_QUEUE, _range(_find(tx, account, batch)))
    tx.many(TAKE_OUT, [(row["num"],) for row in rows])
    for row in rows:
        tx.moved((row["route"], row["account"]), -1)
    return len(rows)


def release(tx: Transaction, account: str, batch: str) -> int:
    """Put back what was taken out, ``MOST`` at once. Returns how many they were."""
    return _put_back(tx, tx.rows(HELD, _range(_find(tx, account, batch))))


def release_forgotten(tx: Transaction) -> int:
    """After a crash: what a batch that was being resumed has still out of the queue."""
    return _put_back(tx, tx.rows(FORGOTTEN))


def cancel(tx: Transaction, account: str, batch: str, now: int) -> int:
    """Cancel what still can be, ``MOST_ENDED`` at once. Returns how many they were. Raises NotFound."""
    rows = tx.rows(STILL_CANCELABLE, _range(_find(tx, account, batch)) | {"most": MOST_ENDED})
    for row in rows:
        lifecycle.end(tx, lifecycle.load(tx, row["num"]), State.CANCELED, now)
    return len(rows)


def _put_back(tx: Transaction, rows: list[Row]) -> int:
    """For any line: how long one was to leave it to the others is forgotten since it was taken out."""
    queues = [
        (routing.fitted(tx.memory, row["route"], row["account"], row["recipient"]), row["account"]) for row in rows
    ]
    tx.many(PUT_BACK, [(route, row["num"]) for (route, _), row in zip(queues, rows, strict=True)])
    for queue in queues:
        tx.moved(queue, 1)
    return len(rows)


def _find(tx: Transaction, account: str, batch: str) -> Row:
    row = tx.row(OWN, {"id": batch, "account": account})
    if row is None:
        raise NotFound("there is no such batch")
    return row


def _range(batch: Row) -> dict[str, object]:
    """Its messages are numbered in a row."""
    first = batch["first_message"]
    return {"id": batch["id"], "first": first, "end": first + batch["size"], "most": MOST}


def _remember(batch: str, memory: Memory) -> None:
    memory.paused |= {batch}


def _forget(batch: str, memory: Memory) -> None:
    memory.paused -= {batch}
