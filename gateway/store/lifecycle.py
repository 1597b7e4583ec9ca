"""A message on its way: reading it for a change, and the one place that writes a new state and what hangs on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.event import EventType
from gateway.domain.message import FINAL, FOLLOWS, Message, MessageError, State, roll_up
from gateway.store import events, replies, routing
from gateway.store.rows import dump, dump_error, extra_of, message_from, part_from, state_at_of
from gateway.store.transaction import Queue, Row, Transaction

REPORT_GRACE_MS = 3_600_000  # after the validity period a report may still come for an hour (native-v1 §3)
RESEND_AFTER_MS = 300_000  # on_unknown=resend goes out again when no report came within five minutes (native-v1 §3)

RESTORED = MessageError("restored", "it waited when the backup was made and may have been sent since; say what is true")

CLAIMABLE = 1
LATER = 2

MESSAGE = "SELECT * FROM messages WHERE num = ?"
PARTS = "SELECT * FROM parts WHERE message = ? ORDER BY n"

SAVE = """
UPDATE messages
SET state = :state, waiting = :waiting, route = :route, line = :line, due_at = :due_at, wake_at = :wake_at,
    seq = :seq, tries = :tries, report = :report, avoid = :avoid, error = :error, state_at = :state_at, extra = :extra
WHERE num = :num
"""

SAVE_PART = """
UPDATE parts
SET state = :state, attempts = :attempts, line = :line, sim = :sim, reference = :reference, status = :status,
    error = :error, sent_at = :sent_at, done_at = :done_at
WHERE message = :message AND n = :n
"""

CLOSE_ONE = "UPDATE batches SET open = open - 1 WHERE id = :id AND size > 1 RETURNING open"
REOPEN_ONE = "UPDATE batches SET open = open + 1 WHERE id = :id AND size > 1"
BATCH = "SELECT * FROM batches WHERE id = ?"
BATCH_STATES = """
SELECT state, COUNT(*) AS count FROM messages WHERE num >= :first AND num < :first + :size GROUP BY state
"""


class IllegalTransition(RuntimeError):
    """A state that may not follow; a fault of the program, never of a caller."""


@dataclass(slots=True)
class PartDraft:
    """A part's row while an intention works on it; ``save`` writes it."""

    n: int
    state: State
    attempts: int
    line: int | None
    sim: str | None
    reference: int | None
    status: int | None
    error: str | None
    sent_at: int | None
    done_at: int | None
    erased: bool  # its octets, which were too old to be kept

    @classmethod
    def of(cls, row: Row) -> "PartDraft":
        return cls(
            row["n"],
            State(row["state"]),
            row["attempts"],
            row["line"],
            row["sim"],
            row["reference"],
            row["status"],
            row["error"],
            row["sent_at"],
            row["done_at"],
            row["udl"] > 0 and not row["user_data"],
        )


@dataclass(slots=True)
class Standing:
    """A message as an intention found it, with its parts as it leaves them."""

    row: Row
    parts: list[PartDraft]

    @property
    def num(self) -> int:
        return int(self.row["num"])

    @property
    def state(self) -> State:
        return State(self.row["state"])

    @property
    def queue(self) -> Queue:
        return (self.row["route"], self.row["account"])

    def part(self, n: int) -> PartDraft:
        return next(part for part in self.parts if part.n == n)

    def option(self, name: str, default: Any) -> Any:
        return extra_of(self.row).get(name, default)

    def rolled_up(self) -> State:
        return roll_up(part.state for part in self.parts)


def load(tx: Transaction, num: int) -> Standing:
    """The message with that num, which exists."""
    row = tx.row(MESSAGE, (num,))
    if row is None:
        raise LookupError(f"no message {num}")
    return Standing(row, [PartDraft.of(part) for part in tx.rows(PARTS, (num,))])


def whole(tx: Transaction, num: int) -> Message:
    """The message with its parts, as a value."""
    row = tx.row(MESSAGE, (num,))
    if row is None:
        raise LookupError(f"no message {num}")
    return with_parts(row, tx.rows(PARTS, (num,)))


def with_parts(row: Row, parts: Iterable[Row]) -> Message:
    return message_from(row, tuple(part_from(part, row) for part in parts))


def save_part(tx: Transaction, message: int, part: PartDraft) -> None:
    tx.run(
        SAVE_PART,
        {
            "message": message,
            "n": part.n,
            "state": part.state.value,
            "attempts": part.attempts,
            "line": part.line,
            "sim": part.sim,
            "reference": part.reference,
            "status": part.status,
            "error": part.error,
            "sent_at": part.sent_at,
            "done_at": part.done_at,
        },
    )


def save(tx: Transaction, standing: Standing, state: State, now: int, **changed: Any) -> Message:
    """Write the message in its new state with its event; the parts were saved before.

    changed: columns of the row, or possible_duplicate. The error is that of the first part which made the state so;
    when time looks at it again, ``wake_at``, follows from the state. Raises IllegalTransition.
    """
    row = standing.row
    before = standing.state
    if state is not before and state not in FOLLOWS.get(before, frozenset()):
        raise IllegalTransition(f"{row['id']}: {before} → {state}")
    columns = {name: row[name] for name in ("route", "line", "due_at", "tries", "report", "avoid", "extra")}
    columns |= {"num": row["num"], "state": state.value, "waiting": None, "seq": row["seq"] + 1}
    columns["error"] = next((part.error for part in standing.parts if part.state is state), None)
    if changed.pop("possible_duplicate", False):
        columns["extra"] = dump(extra_of(row) | {"possible_duplicate": True})
    columns |= changed
    if columns["waiting"] == CLAIMABLE:
        columns["route"] = routing.fitted(tx.memory, columns["route"], row["account"], row["recipient"])
    elif columns["waiting"] == LATER:
        columns["route"] = routing.base_of(columns["route"])  # its route is looked up when it is due
    times = state_at_of(row)
    if state is not before:
        times = times | {state.value: now}
    columns["state_at"] = dump(times)
    columns["wake_at"] = _wake_at(standing, state, columns, now)
    tx.run(SAVE, columns)
    tx.wake_at(columns["wake_at"])
    _count(tx, row, columns)
    return _tell(tx, standing, state, columns, now)


def _wake_at(standing: Standing, state: State, columns: Mapping[str, Any], now: int) -> int | None:
    expire_at: int = standing.row["expire_at"]
    if columns["waiting"] is not None:
        due_at: int | None = columns["due_at"]
        return expire_at if due_at is None else min(due_at, expire_at)
    if state is State.UNKNOWN and columns["report"] is None:
        if resends(standing) and now + RESEND_AFTER_MS < expire_at:
            return now + RESEND_AFTER_MS
        return expire_at + REPORT_GRACE_MS
    if state is State.SENT and not _settled(standing, state, columns["report"]):
        return expire_at + REPORT_GRACE_MS
    return None


def resends(standing: Standing) -> bool:
    """Whether it goes out again unasked while it is unknown; after a restored backup a person says so, or nobody."""
    restored = dump_error(RESTORED)
    asked = standing.option("on_unknown", "hold") == "resend"
    return asked and all(part.error != restored for part in standing.parts)


def _settled(standing: Standing, state: State, report: str | None) -> bool:
    """Whether nothing but a person changes it any more."""
    if state in FINAL or report in {"none", "unconfirmed"}:
        return True
    return state is State.SENT and not standing.option("delivery_report", True)


def _count(tx: Transaction, row: Row, columns: Mapping[str, Any]) -> None:
    if row["waiting"] == CLAIMABLE:
        tx.moved((row["route"], row["account"]), -1)
    if columns["waiting"] == CLAIMABLE:
        queue = (columns["route"], row["account"])
        tx.moved(queue, 1, priority=row["priority"])
        if columns["avoid"] is not None:
            tx.effects.arrived[queue] += len(tx.memory.lines)  # which of them may take it, they find out themselves


def _tell(tx: Transaction, standing: Standing, state: State, columns: Mapping[str, Any], now: int) -> Message:
    """Events and bells of a message that was just written; re-reads it, so that what is told is what stands."""
    row = standing.row
    message = whole(tx, row["num"])
    tx.ring(message.id)
    if message.batch is not None:
        tx.ring(message.batch)
    kind = events.EVENT_OF.get(state)
    if state is not standing.state:
        if kind is not None:
            events.write_message(tx, kind, message, now)
        if row["extra"] is not None:
            replies.expect(tx, row, message.line, state, now)
    settled_before = _settled(standing, standing.state, row["report"])
    settled = _settled(standing, state, columns["report"])
    if settled and not settled_before and state is standing.state:
        events.write_unreported(tx, message, now)
    if message.batch is not None and settled and not settled_before:
        close_one(tx, message.batch, now)
    elif message.batch is not None and settled_before and not settled:
        tx.run(REOPEN_ONE, {"id": message.batch})
    return message


def close_one(tx: Transaction, batch: str, now: int) -> None:
    """One message of the batch is settled; with the last one of several the batch is told as completed."""
    left = tx.row(CLOSE_ONE, {"id": batch})
    if left is None or left["open"] > 0:
        return
    row = tx.row(BATCH, (batch,))
    if row is None:
        return
    told = {"id": batch, "client_ref": row["client_ref"], "campaign": row["campaign"]}
    tell_completed(tx, row["account"], told, batch_counts(tx, row), now)


def tell_completed(
    tx: Transaction, account: str, told: Mapping[str, str | None], counts: Mapping[str, int], now: int
) -> None:
    """A batch of several messages is done. told: its id, client_ref and campaign."""
    events.write(tx, EventType.BATCH_COMPLETED, account, {**told, "seq": 1, "counts": counts}, now)


def batch_counts(tx: Transaction, batch: Row) -> dict[str, int]:
    """How many messages of the batch are in each state."""
    found = tx.rows(BATCH_STATES, {"first": batch["first_message"], "size": batch["size"]})
    return {row["state"]: row["count"] for row in found}


def finish_parts(tx: Transaction, standing: Standing, now: int, state: State, error: MessageError | None) -> None:
    """Every part that did not go out yet ends so; it is no longer tried."""
    for part in standing.parts:
        if part.state in {State.QUEUED, State.SENDING}:
            part.state, part.error, part.done_at = state, dump_error(error), now
            save_part(tx, standing.num, part)


def end(tx: Transaction, standing: Standing, state: State, now: int, error: MessageError | None = None) -> Message:
    """End a message that waits: canceled, rejected or expired, its waiting parts with it.

    A part that went out before decides together with them what the message is (expired only).
    """
    finish_parts(tx, standing, now, state, error)
    final = standing.rolled_up() if state is State.EXPIRED else state
    if final not in FOLLOWS[standing.state]:  # it was to go out again, and a part of it had failed for good
        final = state
    return save(tx, standing, final, now, due_at=None)
