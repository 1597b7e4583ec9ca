"""Reading again from the database what the writer keeps at hand."""

import sqlite3
from collections import Counter

from gateway.domain.ids import Tracking
from gateway.store.access import SUSPENDED
from gateway.store.batches import PAUSED
from gateway.store.lines import LINES
from gateway.store.routing import ROUTES, route_from
from gateway.store.rows import line_from, webhook_from
from gateway.store.senders import REGISTERED, sender_from
from gateway.store.transaction import Memory, Queue
from gateway.store.webhooks import WEBHOOKS

LAST_MESSAGE = """
SELECT (SELECT COALESCE(MAX(num), 0) FROM messages) AS kept, (SELECT COALESCE(MAX(texts), 0) FROM retention) AS dropped
"""
TRACKING = "SELECT factor, summand FROM tracking"
WAITING = "SELECT route, account, COUNT(*) AS count FROM messages WHERE waiting = 1 GROUP BY route, account"


def fill(connection: sqlite3.Connection, memory: Memory) -> None:
    """Make the memory agree with what is committed; numbers that were given out are not given out again."""
    memory.lines = {row["num"]: line_from(row) for row in connection.execute(LINES)}
    senders = [sender_from(row) for row in connection.execute(REGISTERED)]
    memory.senders = {(sender.value, sender.account): sender for sender in senders}
    memory.routes = {row["name"]: route_from(row) for row in connection.execute(ROUTES)}
    memory.suspended = frozenset(row["name"] for row in connection.execute(SUSPENDED))
    memory.paused = frozenset(row["id"] for row in connection.execute(PAUSED))
    memory.webhooks = tuple(webhook_from(row) for row in connection.execute(WEBHOOKS))
    waiting: Counter[Queue] = Counter()
    for row in connection.execute(WAITING):
        waiting[row["route"], row["account"]] = row["count"]
    memory.waiting = waiting
    memory.message_num = max(memory.message_num, *connection.execute(LAST_MESSAGE).fetchone())
    memory.tracking = Tracking(*connection.execute(TRACKING).fetchone())
    memory.next_wake = None
