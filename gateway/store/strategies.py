"""Whose turn it is among a sender's lines: a message is left to the line that its strategy prefers, for a while.

Whoever is preferred and does not come is not waited for: after ``PATIENCE_MS`` the others take what is there, and go on
doing so until he shows himself again. So a line that hangs although it looks up costs its sender one such wait.
"""

from collections.abc import Collection, Mapping
from typing import Any

from gateway.domain.line import LineRecord, LineState, RestKind
from gateway.domain.message import ALERT
from gateway.domain.sender import Strategy
from gateway.policy.strategy import preferred
from gateway.store import routing
from gateway.store.routing import Group
from gateway.store.transaction import Queue, Row, Transaction

FIRST = """
SELECT num, priority, recipient, avoid FROM messages
WHERE waiting = 1 AND route = :route AND account = :account AND priority >= :at_least
  AND (avoid IS NULL OR avoid NOT LIKE :line)
ORDER BY priority DESC, num LIMIT :most
"""
BUSY = "SELECT 1 FROM parts WHERE state = 'sending' AND line = ? LIMIT 1"
ALL_BUSY = "SELECT DISTINCT line FROM parts WHERE state = 'sending'"
WROTE_LAST = """
SELECT line FROM messages
WHERE recipient = ? AND waiting IS NULL AND direction = 'out' AND account = ? AND line IS NOT NULL
ORDER BY num DESC LIMIT 1
"""

PATIENCE_MS = 45_000  # longer than a message of ten parts is on the air, shorter than a line sleeps on its bell
MOST_LOOKED_AT = 20  # messages that are other lines' to take, before one gives up looking for its own


def first(
    tx: Transaction, group: Group, line: LineRecord, queue: Queue, wanted: Mapping[str, Any], now: int
) -> Row | None:
    """The first message of the group's queue that is this line's to take."""
    most = MOST_LOOKED_AT if group.strategy is Strategy.STICKY else 1
    for row in tx.rows(FIRST, {**wanted, "most": most}):
        if _lets(tx, group, line, queue, row, now):
            return row
    return None


def took(tx: Transaction, group: Group, line: LineRecord, queue: Queue) -> None:
    """It is the next one's turn; he may be asleep."""
    tx.memory.took_last[queue] = line.num
    if tx.waiting(queue) > 0:
        tx.effects.lines.update(other for other in group.lines if other != line.num)


def turns(tx: Transaction, row: Row, queue: Queue, now: int) -> dict[int, int]:
    """Which lines leave the message to which other one just now; who only looks changes nobody's turn."""
    group = routing.group(tx.memory, queue)
    if group is None:
        return {}
    able = _able(tx, group, None, row)
    busy = {known["line"] for known in tx.rows(ALL_BUSY)} if group.strategy is Strategy.ROUND_ROBIN else set()
    known = wrote_last(tx, group, row["recipient"]) if group.strategy is Strategy.STICKY else None
    last = tx.memory.took_last.get(queue)
    base = routing.base_of(queue[0])
    found: dict[int, int] = {}
    for num in able:
        wanted = _wanted(group, num, able, last=last, busy=busy - {num}, known=known)
        if wanted is None or wanted == num or base in tx.memory.lines[num].answers_to():
            continue
        if now - tx.memory.awaited.get(wanted, now) < PATIENCE_MS:
            found[num] = wanted
    return found


def _lets(tx: Transaction, group: Group, line: LineRecord, queue: Queue, row: Row, now: int) -> bool:
    """Whether the line may take the message, or is to leave it to another."""
    able = _able(tx, group, line, row)
    wanted = _wanted(
        group,
        line.num,
        able,
        last=tx.memory.took_last.get(queue),
        busy=_busy(tx, able, line) if group.strategy is Strategy.ROUND_ROBIN else (),
        known=wrote_last(tx, group, row["recipient"]) if group.strategy is Strategy.STICKY else None,
    )
    if wanted is None or wanted == line.num:
        return True
    since = tx.memory.awaited.setdefault(wanted, now)
    tx.effects.lines.add(wanted)
    return now - since >= PATIENCE_MS


def _wanted(
    group: Group, asking: int, able: list[int], *, last: int | None, busy: Collection[int], known: int | None
) -> int | None:
    """Whom the one that asks leaves the message to; himself or None: it is his. Those that come first go first."""
    among = [num for num in able if num in group.first] or able
    wanted = preferred(group.strategy, among, last=last, busy=busy, known=known)
    return among[0] if wanted is None and asking not in among else wanted


def _able(tx: Transaction, group: Group, asking: LineRecord | None, row: Row) -> list[int]:
    """Numbers of the group's lines that are up and may carry the message at this hour, in their order.

    asking: the line that asks, if one does; it counts as up.
    """
    lines = tx.memory.lines
    found = [lines[num] for num in group.lines if num in lines and not _sleeps(tx, num, row)]
    return [
        line.num
        for line in found
        if (asking is not None and line.num == asking.num)
        or (line.state is LineState.UP and line.serves(group.account) and f",{line.num}," not in (row["avoid"] or ""))
    ]


def _sleeps(tx: Transaction, num: int, row: Row) -> bool:
    """Whether its hours are over, which an alert does not heed."""
    rest = tx.memory.rests.get(num)
    return rest is not None and rest.kind is RestKind.HOURS and row["priority"] < ALERT


def _busy(tx: Transaction, able: list[int], asking: LineRecord) -> list[int]:
    return [num for num in able if num != asking.num and tx.row(BUSY, (num,)) is not None]


def wrote_last(tx: Transaction, group: Group, recipient: str) -> int | None:
    """The line that wrote to that recipient last."""
    row = tx.row(WROTE_LAST, (recipient, group.account))
    return next((line.num for line in tx.memory.lines.values() if row is not None and line.id == row["line"]), None)
