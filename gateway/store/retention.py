"""Letting go of what is old: first what messages say, then the messages (native-v1 §8). Opt-outs are never touched.

Each function does a piece of the work, so that others write in between, and says where the next piece begins.
"""

import json
from collections.abc import Sequence
from typing import Any

from gateway.domain.message import FINAL, State
from gateway.domain.thread import thread_id
from gateway.store.lifecycle import MESSAGE
from gateway.store.rows import dump, extra_of
from gateway.store.transaction import Row, Transaction

PIECE = 25  # messages in one transaction: a line at work waits for it no longer than half a millisecond
SETTLED = frozenset({*FINAL, State.SENT, State.UNKNOWN})  # unless time has something to do with it yet

OLDEST = "SELECT * FROM messages WHERE account = :account AND num > :after ORDER BY num LIMIT :most"
MARK = "SELECT texts FROM retention WHERE account = ?"
SET_MARK = """
INSERT INTO retention (account, texts) VALUES (:account, :texts)
ON CONFLICT (account) DO UPDATE
SET texts = CASE WHEN excluded.texts > retention.texts THEN excluded.texts ELSE retention.texts END
"""  # also the highest number that was given out and is dropped: ``memory.fill`` gives none out again
LEAVE = "INSERT INTO retention_left (account, message) VALUES (?, ?) ON CONFLICT (account, message) DO NOTHING"
LEFT = """
SELECT message FROM retention_left WHERE account = :account AND message > :after ORDER BY message LIMIT :most
"""
DONE = "DELETE FROM retention_left WHERE account = ? AND message = ?"

ERASE_BODY = "UPDATE messages SET body = '', extra = :extra WHERE num = :num"
ERASE_PARTS = "UPDATE parts SET user_data = :nothing, text = NULL WHERE message = :num"
ERASE_ARRIVALS = """
UPDATE arrivals
SET content = :nothing, pdu = CASE freed WHEN 1 THEN :nothing ELSE pdu END
WHERE message = :num
"""  # one that still lies in the modem is known again by its octets
EVENTS = "SELECT seq, data FROM events WHERE message = ?"
ERASE_EVENT = "UPDATE events SET data = ? WHERE seq = ?"

ASSEMBLIES = "SELECT DISTINCT assembly FROM arrivals WHERE message = ? AND assembly IS NOT NULL"
DROP_ASSEMBLY = """
DELETE FROM assemblies
WHERE num = :num AND NOT EXISTS (SELECT 1 FROM arrivals WHERE arrivals.assembly = assemblies.num)
"""  # a part that still lies in the modem keeps its number from being given to other parts
DROP_CLICKS = "DELETE FROM clicks WHERE code IN (SELECT code FROM links WHERE message = :id)"
DROP_OF_ID = (DROP_CLICKS, "DELETE FROM links WHERE message = :id")
DROP_OF_NUM = (
    "DELETE FROM arrivals WHERE message = :num AND freed = 1",
    "DELETE FROM parts WHERE message = :num",
    "DELETE FROM attempts WHERE message = :num",
    "DELETE FROM messages WHERE num = :num",
)
DROP_THREAD = "DELETE FROM threads WHERE id = ? AND last_message = ?"
DROP_BATCH = """
DELETE FROM batches
WHERE id = :id AND NOT EXISTS (
    SELECT 1 FROM messages
    WHERE messages.num >= batches.first_message AND messages.num < batches.first_message + batches.size)
"""


def erase_texts(tx: Transaction, account: str, until: int, after: int) -> int | None:
    """What messages of then and before say; what earlier nights erased is passed over.

    Returns where the next piece begins, or None.
    """
    mark = tx.row(MARK, (account,))
    rows = _older(tx, account, after if mark is None else max(after, mark["texts"]), until)
    for row in rows:
        if _is_over(row, until):
            _erase(tx, row)
        else:
            tx.run(LEAVE, (account, row["num"]))
    if rows:
        tx.run(SET_MARK, {"account": account, "texts": rows[-1]["num"]})
    return rows[-1]["num"] if len(rows) == PIECE else None


def erase_left(tx: Transaction, account: str, until: int, after: int) -> int | None:
    """The same for those that were passed over: on their way when their time came, or of a clock that was ahead.

    Returns where the next piece begins, or None.
    """
    left = tx.rows(LEFT, {"account": account, "after": after, "most": PIECE})
    for one in left:
        row = tx.row(MESSAGE, (one["message"],))
        if row is None or _is_over(row, until):
            tx.run(DONE, (account, one["message"]))
        if row is not None and _is_over(row, until):
            _erase(tx, row)
    return left[-1]["message"] if len(left) == PIECE else None


def drop_messages(tx: Transaction, account: str, until: int, after: int) -> int | None:
    """Messages of then and before, with all that hangs on them. Returns where the next piece begins, or None."""
    rows = _older(tx, account, after, until)
    over = [row for row in rows if _is_over(row, until)]
    for row in over:
        _drop(tx, row)
    if rows:
        tx.many(LEAVE, [(account, row["num"]) for row in rows if not _is_over(row, until)])
        tx.run(SET_MARK, {"account": account, "texts": rows[-1]["num"]})
    for batch in dict.fromkeys(row["batch"] for row in over if row["batch"] is not None):
        tx.run(DROP_BATCH, {"id": batch})
    return rows[-1]["num"] if len(rows) == PIECE else None


def _older(tx: Transaction, account: str, after: int, until: int) -> Sequence[Row]:
    """Numbers follow time: behind the last of a piece that is as old there are only newer ones.

    Newer ones also stand between them, where the clock was ahead for a while and set back.
    """
    rows = tx.rows(OLDEST, {"account": account, "after": after, "most": PIECE})
    return rows[: max((place for place, row in enumerate(rows, 1) if row["created_at"] <= until), default=0)]


def _is_over(row: Row, until: int) -> bool:
    return row["created_at"] <= until and _settled(row)


def _settled(row: Row) -> bool:
    return row["waiting"] is None and row["wake_at"] is None and State(row["state"]) in SETTLED


def _erase(tx: Transaction, row: Row) -> None:
    extra = extra_of(row)
    for brought in ("data", "mms"):
        extra.pop(brought, None)
    num = row["num"]
    tx.run(ERASE_BODY, {"num": num, "extra": dump(extra) if extra else None})
    tx.run(ERASE_PARTS, {"num": num, "nothing": b""})
    tx.run(ERASE_ARRIVALS, {"num": num, "nothing": b""})
    for event in tx.rows(EVENTS, (row["id"],)):
        tx.run(ERASE_EVENT, (dump(_silent(json.loads(event["data"]))), event["seq"]))


def _silent(data: dict[str, Any]) -> dict[str, Any]:
    """An event without what its message said."""
    for brought in ("data", "mms"):
        data.pop(brought, None)
    return data | {"text": ""} if "text" in data else data


def _drop(tx: Transaction, row: Row) -> None:
    num, name = row["num"], row["id"]
    _erase(tx, row)  # also for events that outlive it
    sets = tx.rows(ASSEMBLIES, (num,))
    for sql in DROP_OF_ID:
        tx.run(sql, {"id": name})
    for sql in DROP_OF_NUM:
        tx.run(sql, {"num": num})
    for one in sets:
        tx.run(DROP_ASSEMBLY, {"num": one["assembly"]})
    tx.run(DONE, (row["account"], num))
    if row["line"] is not None:
        peer = row["sender"] if row["direction"] == "in" else row["recipient"]
        tx.run(DROP_THREAD, (thread_id(row["account"], row["line"], peer), num))
