"""Looking: messages, batches, events and gauges, always from what is committed."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.event import Event
from gateway.domain.message import Attempt, Message
from gateway.store import lifecycle
from gateway.store.contract import BatchRecord, MessageFilter
from gateway.store.rows import attempt_from, batch_from, event_from, message_from
from gateway.store.transaction import Queue, Row, Transaction, to_ms_or_none

BY_ID = "SELECT * FROM messages WHERE id = :id AND (account = :account OR :account IS NULL)"
BY_TRACKING = """
SELECT * FROM messages
WHERE tracking_id = :id AND waiting IS NULL AND (account = :account OR :account IS NULL)
"""
BY_TRACKING_WAITING = """
SELECT * FROM messages
WHERE tracking_id = :id AND waiting = 1 AND route = :route AND account = :of
  AND (account = :account OR :account IS NULL)
"""
BY_TRACKING_LATER = """
SELECT * FROM messages
WHERE tracking_id = :id AND waiting = 2 AND (account = :account OR :account IS NULL)
"""
NEXT_QUEUE = """
SELECT route, account FROM messages
WHERE waiting = 1 AND (route, account) > (:route, :account)
ORDER BY route, account LIMIT 1
"""  # the queues of this very snapshot: what memory counts may be one commit ahead of it
BY_RECIPIENT = """
SELECT num FROM messages WHERE recipient = :recipient AND waiting IS NULL
UNION ALL SELECT num FROM messages WHERE recipient = :recipient AND waiting = 1
UNION ALL SELECT num FROM messages WHERE recipient = :recipient AND waiting = 2
"""
THREAD = "SELECT account, line, peer FROM threads WHERE id = :id AND (account = :account OR :account IS NULL)"
OF_THREAD = """
SELECT num FROM messages WHERE sender = :thread_peer AND direction = 'in' AND line = :thread_line
UNION ALL
SELECT num FROM messages
WHERE recipient = :thread_peer AND waiting IS NULL AND direction = 'out' AND line = :thread_line
UNION ALL
SELECT num FROM messages WHERE recipient = :thread_peer AND waiting = 1 AND COALESCE(line, sender) = :thread_line
UNION ALL
SELECT num FROM messages WHERE recipient = :thread_peer AND waiting = 2 AND COALESCE(line, sender) = :thread_line
"""  # what came, left, and waits for this very line; the account is asked for outside, or other indexes are read
OWN = "account || ''"  # beside few known nums: or the index of accounts is gone through in search of them
OF_BATCH = """
batch = :batch AND num >= (SELECT first_message FROM batches WHERE id = :batch)
AND num < (SELECT first_message + size FROM batches WHERE id = :batch)
"""  # numbered in a row: no index over all messages is needed
INBOUND_AFTER = """
SELECT * FROM messages
WHERE account = :account AND direction = 'in' AND num > :after AND (acked = :acked OR :acked IS NULL)
ORDER BY num LIMIT :most
"""
NUM_OF = "SELECT num FROM messages WHERE id = ? AND account = ?"
ATTEMPTS = """
SELECT attempts.*, lines.id AS line_id
FROM messages
JOIN attempts ON attempts.message = messages.num
LEFT JOIN lines ON lines.num = attempts.line
WHERE messages.id = ?
ORDER BY attempts.num
"""
MESSAGE_EVENTS = "SELECT * FROM events WHERE message = ? ORDER BY seq"
BATCH = """
SELECT * FROM batches WHERE id = :id AND (account = :account OR :account IS NULL)
"""
EVENTS_AFTER = "SELECT * FROM events WHERE seq > :seq ORDER BY seq LIMIT :most"
EVENTS_OF_AFTER = "SELECT * FROM events WHERE account = :account AND seq > :seq ORDER BY seq LIMIT :most"

OLDEST_WAITING = """
SELECT created_at FROM messages
WHERE num = (SELECT MIN(num) FROM messages
             WHERE waiting = 1 AND route = :route AND account = :account AND priority = :priority)
"""
GAUGES = """
SELECT (SELECT COUNT(*) FROM messages WHERE waiting = 2) AS later,
       (SELECT COUNT(*) FROM deliveries WHERE next_at IS NOT NULL) AS deliveries_pending,
       (SELECT COUNT(*) FROM assemblies JOIN arrivals ON arrivals.assembly = assemblies.num
        WHERE assemblies.state = 'open') AS inbound_parts,
       (SELECT COUNT(*) FROM parts WHERE state = 'sending') AS sending,
       (SELECT COUNT(*) FROM parts WHERE state = 'unknown') AS unknown
"""

PRIORITIES = range(10)


def message(tx: Transaction, account: str | None, wanted: str) -> Message | None:
    """By id or tracking id, with its parts."""
    row = find(tx, account, wanted)
    return None if row is None else lifecycle.with_parts(row, tx.rows(lifecycle.PARTS, (row["num"],)))


def find(tx: Transaction, account: str | None, wanted: str) -> Row | None:
    """A message's row, by id or tracking id."""
    row = tx.row(BY_ID, {"id": wanted, "account": account})
    if row is None and "_" not in wanted:  # our ids have one, tracking ids have none
        row = _by_tracking(tx, account, wanted)
    return row


def _by_tracking(tx: Transaction, account: str | None, wanted: str) -> Row | None:
    asked = {"id": wanted, "account": account}
    row = tx.row(BY_TRACKING, asked)
    queue = tx.row(NEXT_QUEUE, {"route": "", "account": ""})
    while row is None and queue is not None:
        if account in {None, queue["account"]}:
            row = tx.row(BY_TRACKING_WAITING, asked | {"route": queue["route"], "of": queue["account"]})
        queue = tx.row(NEXT_QUEUE, {"route": queue["route"], "account": queue["account"]})
    return tx.row(BY_TRACKING_LATER, asked) if row is None else row


def messages(
    tx: Transaction, where: MessageFilter, *, limit: int, cursor: int | None, ascending: bool
) -> list[Message]:
    """Without parts, newest first or ascending."""
    conditions, parameters = _conditions(where)
    if where.thread is not None:
        thread = tx.row(THREAD, {"id": where.thread, "account": where.account})
        if thread is None:
            return []
        conditions += [f"{OWN} = :thread_account", f"num IN ({OF_THREAD})"]
        parameters |= {f"thread_{name}": thread[name] for name in ("account", "line", "peer")}
    if cursor is not None:
        conditions.append("num > :cursor" if ascending else "num < :cursor")
        parameters["cursor"] = cursor
    chosen = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    order = "ASC" if ascending else "DESC"
    sql = f"SELECT * FROM messages {chosen} ORDER BY num {order} LIMIT :most"  # noqa: S608 - only constants are put in
    return [message_from(row) for row in tx.rows(sql, parameters | {"most": limit})]


def _conditions(where: MessageFilter) -> tuple[list[str], dict[str, Any]]:
    """Each field that narrows: its condition and its parameter."""
    plain = {
        "account": where.account,
        "direction": where.direction,
        "line": where.line,
        "sender": where.sender,
        "campaign": where.campaign,
        "client_ref": where.client_ref,
        "tracking_id": where.tracking_id,
        "acked": where.acked,
    }
    parameters: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    few = where.to is not None or where.thread is not None
    conditions = [f"{OWN if few and name == 'account' else name} = :{name}" for name in parameters]
    if where.batch is not None:
        conditions.append(OF_BATCH)
        parameters["batch"] = where.batch
    if where.states:
        names = [f"state{index}" for index in range(len(where.states))]
        conditions.append(f"state IN ({', '.join(f':{name}' for name in names)})")
        parameters |= {name: state.value for name, state in zip(names, where.states, strict=True)}
    for name, operator, at in (("after", ">", where.created_after), ("before", "<", where.created_before)):
        if at is not None:
            conditions.append(f"created_at {operator} :{name}")
            parameters[name] = to_ms_or_none(at)
    if where.to is not None:
        conditions.append(f"num IN ({BY_RECIPIENT})")
        parameters["recipient"] = where.to
    if where.q is not None:
        conditions.append("body LIKE :q ESCAPE '!'")
        literal = where.q.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        parameters["q"] = f"%{literal}%"
    return conditions, parameters


def inbound_after(tx: Transaction, account: str, after: str | None, limit: int, acked: bool | None) -> list[Message]:
    """Oldest first; an unknown ``after``, or one of another account, counts as the beginning."""
    row = None if after is None else tx.row(NUM_OF, (after, account))
    asked = {"account": account, "after": 0 if row is None else row["num"], "acked": acked, "most": limit}
    return [message_from(found) for found in tx.rows(INBOUND_AFTER, asked)]


def attempts(tx: Transaction, wanted: str) -> list[Attempt]:
    return [attempt_from(row) for row in tx.rows(ATTEMPTS, (wanted,))]


def message_events(tx: Transaction, wanted: str) -> list[Event]:
    return [event_from(row) for row in tx.rows(MESSAGE_EVENTS, (wanted,))]


def batch(tx: Transaction, account: str | None, wanted: str) -> BatchRecord | None:
    row = tx.row(BATCH, {"id": wanted, "account": account})
    return None if row is None else batch_from(row, lifecycle.batch_counts(tx, row))


def events_after(tx: Transaction, account: str | None, seq: int, limit: int) -> list[Event]:
    asked = {"account": account, "seq": seq, "most": limit}
    rows = tx.rows(EVENTS_AFTER if account is None else EVENTS_OF_AFTER, asked)
    return [event_from(row) for row in rows]


def counts(tx: Transaction, waiting: Mapping[Queue, int], now: int) -> dict[str, int]:
    """Gauges. oldest_waiting_ms: the age of the oldest claimable message, 0 when there is none."""
    queues = {queue: count for queue, count in waiting.items() if count > 0}
    ages = [
        now - row["created_at"]
        for route, account in queues
        for priority in PRIORITIES
        if (row := tx.row(OLDEST_WAITING, {"route": route, "account": account, "priority": priority})) is not None
    ]
    oldest = max(ages, default=0)
    gauges = tx.row(GAUGES)
    assert gauges is not None
    return {"waiting": sum(queues.values()), "oldest_waiting_ms": oldest} | dict(gauges)
