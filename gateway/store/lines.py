"""Lines: what the configuration says of them, what their supervisors saw, and what callers may write for them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from gateway.domain.errors import NotFound
from gateway.domain.event import EventType, instant
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.store import events
from gateway.store.access import accounts
from gateway.store.claiming import queues
from gateway.store.rows import dump, dump_status, line_from
from gateway.store.transaction import Memory, Transaction, from_ms

LINES = "SELECT * FROM lines WHERE retired = 0 ORDER BY num"
LINE = "SELECT * FROM lines WHERE num = ?"
PUT_LINE = """
INSERT INTO lines (id, name, number, aliases, accounts, paused, webhook, campaign, status)
VALUES (:id, :name, :number, :aliases, :accounts, :paused, :webhook, :campaign, :status)
ON CONFLICT (name) DO UPDATE
SET number = excluded.number, aliases = excluded.aliases, accounts = excluded.accounts, webhook = excluded.webhook,
    campaign = excluded.campaign, retired = 0
RETURNING num
"""
RETIRE = "UPDATE lines SET retired = 1 WHERE num = ?"
SET_STATUS = "UPDATE lines SET status = :status WHERE num = :num"
SET_PAUSED = "UPDATE lines SET paused = :paused WHERE num = :num"
SENT_TODAY = "SELECT line, sent FROM line_days WHERE day = ?"


def put_line(tx: Transaction, line: LineRecord, now: int) -> LineRecord:
    """Make or update the line of that name; keeps id, num, paused and status of one that stands."""
    num = tx.insert(
        PUT_LINE,
        {
            "id": line.id or new_id("lin", now),
            "name": line.name,
            "number": line.number,
            "aliases": dump(line.aliases),
            "accounts": dump(line.accounts),
            "paused": line.paused,
            "webhook": line.webhook,
            "campaign": line.campaign,
            "status": dump_status(line.status),
        },
    )
    return _changed(tx, num)


def retire_lines(tx: Transaction, names: Collection[str]) -> None:
    """Lines of other names are neither shown nor offered as senders; one that comes back keeps its id."""
    for num, line in tx.memory.lines.items():
        if line.name not in names:
            tx.run(RETIRE, (num,))
            tx.remember(partial(_forget, num))
            tx.effects.lines.add(num)
            tx.ring("lines")


def _forget(num: int, memory: Memory) -> None:
    memory.lines = {known: line for known, line in memory.lines.items() if known != num}


def lines(tx: Transaction, waiting: Mapping[tuple[str, str], int], now: int) -> list[LineRecord]:
    """Every line with its counters: queued (what it may carry), sent_today."""
    sent = {row["line"]: row["sent"] for row in tx.rows(SENT_TODAY, (from_ms(now).date().isoformat(),))}
    found: list[LineRecord] = []
    for row in tx.rows(LINES):
        line = line_from(row)
        queued = sum(waiting[queue] for queue in queues(waiting, line))
        found.append(replace(line, counters={"queued": queued, "sent_today": sent.get(line.num, 0)}))
    return found


def set_line_status(tx: Transaction, num: int, status: LineStatus, now: int) -> None:
    """Also tells every account of the line when it came up or went down. Raises NotFound."""
    before = tx.memory.lines.get(num)
    if before is None or not tx.run(SET_STATUS, {"num": num, "status": dump_status(status)}):
        raise NotFound(f"there is no line {num}")
    line = _changed(tx, num)
    if (before.state is LineState.UP) == (line.state is LineState.UP):
        return
    kind = EventType.LINE_UP if line.state is LineState.UP else EventType.LINE_DOWN
    for account in line.accounts or [known.name for known in accounts(tx)]:
        events.write(tx, kind, account, describe_line(line), now, line=line.id)


def describe_line(line: LineRecord) -> dict[str, object]:
    """A line as its events tell it."""
    status = line.status
    return {
        "id": line.id,
        "name": line.name,
        "number": line.number,
        "state": line.state.value,
        "reason": status.reason,
        "operator": status.operator,
        "registration": status.registration,
        "signal_dbm": status.signal_dbm,
        "recoveries": status.recoveries,
        "since": instant(status.since),
    }


def pause_line(tx: Transaction, num: int, *, paused: bool) -> None:
    """Raises NotFound."""
    if not tx.run(SET_PAUSED, {"num": num, "paused": paused}):
        raise NotFound(f"there is no line {num}")
    _changed(tx, num)


def senders(known: Mapping[int, LineRecord], account: str) -> dict[str, str]:
    """What the account may write as "from" → the route that a line answers to."""
    allowed = {"auto": "auto"}
    for line in known.values():
        if not line.accounts or account in line.accounts:
            allowed |= {value: value for value in line.answers_to()}
    return allowed


def _changed(tx: Transaction, num: int) -> LineRecord:
    row = tx.row(LINE, (num,))
    assert row is not None
    line = line_from(row)

    def remember(memory: Memory) -> None:
        memory.lines = {**memory.lines, num: line}

    tx.remember(remember)
    tx.effects.lines.add(num)
    tx.ring("lines")
    return line
