"""What time brings to messages: due, expired, given up waiting for; and what is old enough to be dropped."""

from datetime import datetime

from gateway.domain.message import Message, State
from gateway.store import (
    admission,
    answering,
    commands,
    duplicates,
    event_log,
    lifecycle,
    lines,
    replies,
    sessions,
    signals,
    windows,
)
from gateway.store.answers import IDEMPOTENCY_MS
from gateway.store.claiming import EXPIRED
from gateway.store.lifecycle import CLAIMABLE, LATER, REPORT_GRACE_MS, Standing
from gateway.store.reports import WINDOW_MS
from gateway.store.transaction import Transaction, from_ms

MOST = 500  # messages in one transaction: others want to write too
EVENTS_MS = 30 * 86_400_000  # native-v1 §8

DUE = "SELECT num FROM messages WHERE wake_at <= :now ORDER BY wake_at LIMIT :most"
POSTPONE = "UPDATE messages SET wake_at = :until WHERE num = :num AND wake_at IS NOT NULL"
NEXT_WAKE = "SELECT MIN(wake_at) AS at FROM messages WHERE wake_at IS NOT NULL"

OLDEST_OPEN = "SELECT MIN(opened_at) AS at FROM assemblies WHERE state = 'open'"

OLD_KEYS = """
DELETE FROM idempotency WHERE (scope, key) IN (
    SELECT old.scope, old.key FROM idempotency AS old WHERE old.created_at <= :until LIMIT :most)
"""
OLD_REPORTS = """
DELETE FROM reports WHERE num IN (SELECT old.num FROM reports AS old WHERE old.received_at <= :until LIMIT :most)
"""
PRUNED = 10_000  # rows of one kind in one transaction


def promote(tx: Transaction, now: int) -> int:
    """Do what is due for at most ``MOST`` messages. Returns how many there were."""
    due = tx.rows(DUE, {"now": now, "most": MOST})
    for row in due:
        _promote(tx, lifecycle.load(tx, row["num"]), now)
    return len(due) + replies.tell_overdue(tx, now, MOST)


def overdue(tx: Transaction, now: int) -> list[int]:
    """The numbers of at most ``MOST`` messages that time has something to do with."""
    return [row["num"] for row in tx.rows(DUE, {"now": now, "most": MOST})]


def promote_one(tx: Transaction, num: int, now: int) -> None:
    """Do what is due for that message, if it still is."""
    standing = lifecycle.load(tx, num)
    if standing.row["wake_at"] is not None and standing.row["wake_at"] <= now:
        _promote(tx, standing, now)


def postpone(tx: Transaction, num: int, until: int) -> None:
    """Look at the message again no sooner than then: something about it breaks whoever looks."""
    tx.run(POSTPONE, {"num": num, "until": until})
    tx.wake_at(until)


def _promote(tx: Transaction, standing: Standing, now: int) -> None:
    row = standing.row
    if row["waiting"] is not None and row["expire_at"] <= now:
        lifecycle.end(tx, standing, State.EXPIRED, now, EXPIRED)
    elif (
        row["waiting"] is not None and row["due_at"] is not None and row["due_at"] <= now
    ):  # from then on also by lines that it was to avoid
        if (later := windows.opens_at(standing, now)) is not None:
            lifecycle.save(tx, standing, standing.state, now, waiting=LATER, due_at=later)
            return
        state = State.QUEUED if standing.state is State.SCHEDULED else standing.state
        lifecycle.save(tx, standing, state, now, waiting=CLAIMABLE, due_at=None, avoid=None)
    elif standing.state is State.UNKNOWN and row["expire_at"] > now and lifecycle.resends(standing):
        resend(tx, standing, now)
    elif row["expire_at"] + REPORT_GRACE_MS <= now:
        _give_up(tx, standing, now)
    else:  # looked at too early: the clock was set
        lifecycle.save(tx, standing, standing.state, now, waiting=row["waiting"])


def _give_up(tx: Transaction, standing: Standing, now: int) -> None:
    """No report came in time: what is known now stays."""
    for part in standing.parts:
        if part.done_at is None:
            part.done_at = now
            lifecycle.save_part(tx, standing.num, part)
    lifecycle.save(tx, standing, standing.state, now, report="none")


def resend(tx: Transaction, standing: Standing, now: int) -> Message:
    """Send what is unknown again, with the flag that says so."""
    for part in standing.parts:
        if part.state is State.UNKNOWN:
            part.state, part.error, part.line, part.sent_at, part.reference = State.QUEUED, None, None, None, None
            lifecycle.save_part(tx, standing.num, part)
    pinned = any(part.sent_at is not None for part in standing.parts)
    route = standing.row["line"] if pinned else standing.row["route"]
    again = {"waiting": CLAIMABLE, "due_at": None, "avoid": None, "route": route, "report": None}
    return lifecycle.save(tx, standing, State.QUEUED, now, possible_duplicate=True, **again)


def next_due(tx: Transaction, part_timeout: int) -> datetime | None:
    """When a message or a set of inbound parts has to be looked at next. part_timeout: milliseconds.

    On the writer's thread: what falls due sooner than this from now on rings the janitor's bell.
    """
    upcoming: list[int | None] = [replies.next_due(tx)]
    wake = tx.row(NEXT_WAKE)
    opened = tx.row(OLDEST_OPEN)
    tx.memory.next_wake = None if wake is None else wake["at"]
    upcoming.append(tx.memory.next_wake)
    if opened is not None and opened["at"] is not None:
        upcoming.append(opened["at"] + part_timeout)
    return min((from_ms(at) for at in upcoming if at is not None), default=None)


def prune(tx: Transaction, now: int) -> int:
    """Drop what is old, a bounded number of rows of each kind. Returns how many."""
    dropped = tx.run(OLD_KEYS, {"until": now - IDEMPOTENCY_MS, "most": PRUNED})
    dropped += tx.run(OLD_REPORTS, {"until": now - WINDOW_MS, "most": PRUNED})
    dropped += answering.prune(tx, now, PRUNED) + duplicates.prune(tx, now, PRUNED)
    dropped += sessions.prune(tx, now) + lines.prune(tx, now) + admission.prune(tx, now) + commands.prune(tx, now)
    dropped += signals.prune(tx, now)
    return dropped + event_log.prune(tx, now - EVENTS_MS, PRUNED)
