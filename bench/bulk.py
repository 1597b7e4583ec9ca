"""A database as it is after a million messages, written with SQL: through HTTP it would take the whole five minutes."""

import os
import sqlite3
from pathlib import Path

from modem.pdu.segmentation import segment

# One message every eight seconds for three months: a line does not send more.
TEXT = "Alarm: pump 3 stopped, level 82 %"

BATCHES = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO batches (id, account, front, public_uuid, first_message, size, open, created_at)
SELECT printf('bat_%026d', i), 'default', 'v1', printf('%032x', i), i, 1, 1, :now FROM n
"""
MESSAGES = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO messages (num, id, account, direction, state, waiting, route, priority, sender, recipient, body, encoding,
                      segments, created_at, expire_at, wake_at, batch, front, tracking_id, line, state_at)
SELECT i, printf('msg_%026d', i), 'default', 'out', :state, :waiting, :route, 5, :route,
       printf('+4477%08d', (i * 7919) % 100000000), :body, 'gsm7', 1, :now - (:last - i) * 8000,
       :now + 259200000, :wake_at, printf('bat_%026d', i), 'v1',
       printf('smsmt%010x', (i * 2654435761) % 1099511627776), :line, NULL
FROM n
"""
PARTS = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO parts (message, n, udl, user_data, header, data_coding, state, attempts, line, reference, sent_at, done_at)
SELECT i, 1, :udl, :user_data, 0, 0, :part_state, :attempts, :line_num,
       CASE WHEN :attempts THEN i % 256 END, CASE WHEN :attempts THEN :now - (:last - i) * 8000 END,
       CASE WHEN :attempts THEN :now END
FROM n
"""
ATTEMPTS = """
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)
INSERT INTO attempts (message, part, line, started_at, on_air_at, ended_at, outcome, reference)
SELECT i, 1, 1, :now, :now, :now, 'sent', i % 256 FROM n
"""


def load_bulk(path: Path, *, delivered: int, waiting: int, route: str, now_ms: int) -> None:
    """Add so many delivered messages, and so many that wait for the line of that number, to a database at rest."""
    user_data = segment(TEXT).parts[0].user_data
    udl, octets = user_data.encode()
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA synchronous = OFF")  # only while it is filled; the daemon sets its own
        first = int(connection.execute("SELECT coalesce(max(num), 0) FROM messages").fetchone()[0]) + 1
        common = {"udl": udl, "user_data": octets, "body": TEXT, "now": now_ms, "route": route}
        past = common | {"state": "delivered", "waiting": None, "wake_at": None, "line": "lin_bulk", "line_num": 1}
        past |= {"first": first, "last": first + delivered - 1, "part_state": "delivered", "attempts": 1}
        present = common | {"state": "queued", "waiting": 1, "wake_at": now_ms + 259_200_000, "line": None}
        present |= {"line_num": None, "part_state": "queued", "attempts": 0}
        present |= {"first": first + delivered, "last": first + delivered + waiting - 1}
        for statement in (BATCHES, MESSAGES, PARTS, ATTEMPTS):
            connection.execute(statement, past)
        for statement in (BATCHES, MESSAGES, PARTS):
            connection.execute(statement, present)
        connection.commit()
    finally:
        connection.close()
    _settle(path)


def _settle(path: Path) -> None:
    """Wait until the disk has it: else the kernel writes it back behind the first seconds of what is measured."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
