"""What must stand in the database of a daemon that has ended: counters that agree with what they count, and consent."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

FINAL = ("delivered", "undelivered", "expired", "failed", "canceled", "rejected")
CLOSED = (
    f"(m.state IN {FINAL} OR COALESCE(m.report, '') IN ('none', 'unconfirmed')"
    " OR (m.state = 'sent' AND COALESCE(m.extra, '') LIKE '%\"delivery_report\":false%'))"
)
OPEN_OF_BATCHES = f"""
SELECT b.id, b.open, COUNT(m.num) AS kept, b.size, SUM(NOT {CLOSED}) AS open_now
FROM batches b JOIN messages m ON m.batch = b.id AND m.direction = 'out' WHERE b.size > 1 GROUP BY b.id
"""
COMPLETED = "SELECT data FROM events WHERE type = 'batch.completed'"
CONSENT = "SELECT type, at, data FROM events WHERE type IN ('contact.opted_out', 'contact.opted_in') ORDER BY seq"
ON_AIR = """
SELECT m.id, m.recipient, m.body, m.state, m.state_at, m.created_at, MIN(a.on_air_at) AS first, MAX(a.on_air_at) AS last
FROM attempts a JOIN messages m ON m.num = a.message WHERE a.on_air_at IS NOT NULL GROUP BY m.num
"""
ANSWER = "default: You are "
NOT_WAITING = "SELECT id, state FROM messages WHERE waiting IS NOT NULL"
LOST_TELLING = """
SELECT events.seq FROM events LEFT JOIN deliveries ON deliveries.event = events.seq
WHERE events.type = 'message.received' GROUP BY events.seq HAVING COUNT(deliveries.num) <> ?
"""
NEVER = 2**62


def faults(path: Path, hooks: int) -> Iterator[str]:
    """hooks: how many endpoints are told of every message that comes in."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        yield from _batches(connection)
        yield from _consent(connection)
        yield from (f"{row['id']} is {row['state']} and waits" for row in connection.execute(NOT_WAITING))
        for row in connection.execute(LOST_TELLING, (hooks,)):
            yield f"event {row['seq']} is not told {hooks} times"


def _batches(connection: sqlite3.Connection) -> Iterator[str]:
    completed = Counter(json.loads(row["data"])["id"] for row in connection.execute(COMPLETED))
    for row in connection.execute(OPEN_OF_BATCHES):
        if (row["open"], row["size"]) != (row["open_now"], row["kept"]):
            yield f"{dict(row)}: miscounted"
        if not row["open"] and completed[row["id"]] < 1:
            yield f"{row['id']} is done, and nobody was told"


def _consent(connection: sqlite3.Connection) -> Iterator[str]:
    """Nothing whose sending began after an opt-out is on the air, but one confirmation."""
    spans: defaultdict[str, list[list[int]]] = defaultdict(list)
    for row in connection.execute(CONSENT):
        phone = json.loads(row["data"])["phone"]
        if row["type"] == "contact.opted_out":
            spans[phone].append([row["at"], NEVER])
        elif spans[phone]:
            spans[phone][-1][1] = row["at"]
    confirmed: Counter[tuple[str, str]] = Counter()
    for row in connection.execute(ON_AIR):
        began = json.loads(row["state_at"] or "{}").get("sending", row["created_at"])
        if row["body"].startswith(ANSWER):
            confirmed[row["recipient"], row["body"]] += 1
        elif any(
            start < began and start < row["first"] and row["last"] < end for start, end in spans[row["recipient"]]
        ):
            yield f"{row['id']} went to {row['recipient']}, who had opted out: {dict(row)}, {spans[row['recipient']]}"
    yield from (f"told {times} times: {phone} {text}" for (phone, text), times in confirmed.items() if times > 1)
