"""What holds a message back, all of it from one snapshot; ``policy.waiting`` says which of it tells most."""

from collections.abc import Collection, Sequence

from gateway.domain.line import LineRecord, LineState, Rest, RestKind
from gateway.domain.message import ALERT, Attempt, MessageError
from gateway.policy.waiting import MOST_AHEAD, Candidate, Failure, Holds
from gateway.store import lifecycle, reading, routing, strategies, windows
from gateway.store.claiming import carries
from gateway.store.lifecycle import Standing
from gateway.store.transaction import Memory, Queue, Row, Transaction, from_ms, from_ms_or_none

AHEAD = """
SELECT COUNT(*) AS count FROM (
    SELECT 1 FROM messages WHERE waiting = 1 AND route IN ({routes}) AND account = :account AND priority > :priority
    UNION ALL
    SELECT 1 FROM messages
    WHERE waiting = 1 AND route IN ({routes}) AND account = :account AND priority = :priority AND num < :num
    LIMIT :most) AS found
"""
MISSED = frozenset({"retry", "elsewhere"})


def holds(tx: Transaction, account: str, wanted: str, now: int) -> Holds | None:
    """Of the account's message with that id or tracking id; None when there is none."""
    row = reading.find(tx, account, wanted)
    if row is None:
        return None
    message = lifecycle.with_parts(row, tx.rows(lifecycle.PARTS, (row["num"],)))
    names = {line.id: line.name for line in tx.memory.lines.values() if line.serves(account)}
    attempts = reading.attempts(tx, message.id)
    candidates, ahead = _queued(tx, row, attempts, now) if row["waiting"] is not None else ((), 0)
    return Holds(
        message,
        from_ms(now),
        window_opens=from_ms_or_none(windows.opens_at(Standing(row, []), now)),
        batch_paused=row["batch"] in tx.memory.paused,
        account_suspended=account in tx.memory.suspended,
        taken_by=names.get(message.line or ""),
        on_air_since=next((one.on_air_at for one in reversed(attempts) if one.ended_at is None), None),
        failure=_failure(attempts, names),
        candidates=candidates,
        ahead=ahead,
        route=routing.name_of(_queue(tx, row)[0]) if row["waiting"] is not None else None,
    )


def _failure(attempts: Sequence[Attempt], names: dict[str, str]) -> Failure | None:
    for attempt in reversed(attempts):
        if attempt.outcome in MISSED and attempt.error is not None:
            return Failure(attempt.error, names.get(attempt.line))
    return None


def _queued(tx: Transaction, row: Row, attempts: Sequence[Attempt], now: int) -> tuple[tuple[Candidate, ...], int]:
    """The lines that may carry it, and how many messages they take before it."""
    queue = _queue(tx, row)
    lines = [line for line in tx.memory.lines.values() if carries(tx.memory, line, queue)]
    avoided = {line.num for line in lines if f",{line.num}," in (row["avoid"] or "")}
    ready = [line for line in lines if line.state is LineState.UP and line.num not in avoided]
    ahead = _ahead(tx, row, queue, ready)
    turns = strategies.turns(tx, row, queue, now) if not ahead else {}
    refusals: dict[str, MessageError | None] = {one.line: one.error for one in attempts if one.outcome == "elsewhere"}
    candidates = tuple(
        Candidate(
            line,
            line.num in avoided,
            refusals.get(line.id),
            _name(tx.memory, turns.get(line.num)),
            _rest(tx.memory, line.num, row["priority"]),
        )
        for line in lines
    )
    return candidates, ahead


def _queue(tx: Transaction, row: Row) -> Queue:
    """Where it waits, or will once it is due."""
    return routing.fitted(tx.memory, row["route"], row["account"], row["recipient"]), row["account"]


def _rest(memory: Memory, num: int, priority: int) -> Rest | None:
    """What the line says it waits for, and this message with it."""
    rest = memory.rests.get(num)
    passed = priority >= ALERT and rest is not None and rest.kind in {RestKind.RATE, RestKind.HOURS}
    return None if passed else rest


def _name(memory: Memory, num: int | None) -> str | None:
    return None if num is None or num not in memory.lines else memory.lines[num].name


def _ahead(tx: Transaction, row: Row, queue: Queue, lines: Collection[LineRecord]) -> int:
    """Its account's own only: how much others have waiting is theirs to know, and takes turns with this."""
    if not lines:
        return 0
    queues = [known for known in tuple(tx.memory.waiting) if known[1] == queue[1]]
    routes = {known[0] for known in queues if any(carries(tx.memory, line, known) for line in lines)} | {queue[0]}
    return count_ahead(tx, routes, row["account"], row["priority"], row["num"])


def count_ahead(tx: Transaction, routes: Collection[str], account: str, priority: int, num: int) -> int:
    """How many wait under these routes with a higher priority, or the same and longer; ``MOST_AHEAD`` + 1 at most."""
    named = {f"route{index}": route for index, route in enumerate(sorted(routes))}
    asked = {"account": account, "priority": priority, "num": num, "most": MOST_AHEAD + 1}
    found = tx.row(AHEAD.format(routes=", ".join(f":{name}" for name in named)), named | asked)
    return 0 if found is None else int(found["count"])
