"""A line puts the parts of its claim on the air, and tells how that ended."""

from gateway.domain.errors import Conflict
from gateway.domain.message import FOLLOWS, Message, MessageError, State
from gateway.store import batches, lifecycle, reports
from gateway.store.claiming import queues
from gateway.store.contract import Claim, Outcome
from gateway.store.lifecycle import CLAIMABLE, LATER, PartDraft, Standing
from gateway.store.rows import dump_error
from gateway.store.transaction import Row, Transaction, from_ms, to_ms

PUT_ON_AIR = """
INSERT INTO attempts (message, part, line, started_at, on_air_at) VALUES (:message, :part, :line, :now, :now)
"""
OPEN_ATTEMPT = """
SELECT num, on_air_at FROM attempts WHERE message = :message AND part = :part AND ended_at IS NULL
ORDER BY num DESC LIMIT 1
"""
END_ATTEMPT = """
UPDATE attempts
SET started_at = :started_at, ended_at = :now, outcome = :outcome, reference = :reference, error = :error
WHERE num = :num
"""
ADD_ATTEMPT = """
INSERT INTO attempts (message, part, line, started_at, ended_at, outcome, reference, error)
VALUES (:message, :part, :line, :started_at, :now, :outcome, :reference, :error)
"""
COUNT_SENT = """
INSERT INTO line_days (line, day, account, sim, sent, unsure) VALUES (:line, :day, :account, :sim, :sent, :unsure)
ON CONFLICT (line, day, account, sim) DO UPDATE
SET sent = line_days.sent + excluded.sent, unsure = line_days.unsure + excluded.unsure
"""
CLAIMED_PARTS = "SELECT message, n FROM parts WHERE state = 'sending' ORDER BY message, n"
CLAIMED_PARTS_OF_LINE = "SELECT message, n FROM parts WHERE state = 'sending' AND line = :line ORDER BY message, n"
LOST_ATTEMPTS = """
SELECT attempts.num, attempts.part, attempts.line, attempts.started_at, attempts.on_air_at
FROM attempts JOIN parts ON parts.message = attempts.message AND parts.n = attempts.part
WHERE attempts.message = :message AND attempts.ended_at IS NULL AND parts.state = 'sending'
ORDER BY attempts.num
"""
NEWEST_UNKNOWN = """
SELECT message, n FROM parts WHERE state = 'unknown' AND line = :line AND sent_at > :since
ORDER BY sent_at DESC, message DESC, n LIMIT 1
"""

LATE_MS = 600_000  # no modem answers later than some minutes

LOST = MessageError("submit_outcome_unknown", "the gateway stopped before the modem told whether it was sent")


# ---------------------------------------------------------------------------------------------------- on the air


def on_air(tx: Transaction, claim: Claim, n: int, now: int) -> None:
    """The point of no return. Raises Conflict("claim_lost") when the part is no longer this line's to send."""
    _held(tx, claim, n)
    tx.run(PUT_ON_AIR, {"message": claim.message_num, "part": n, "line": claim.line_num, "now": now})


def _held(tx: Transaction, claim: Claim, n: int) -> Standing:
    standing = lifecycle.load(tx, claim.message_num)
    part = standing.part(n)
    if part.state is not State.SENDING or part.line != claim.line_num:
        raise Conflict("claim_lost", f"part {n} of {claim.message} is {part.state}")
    return standing


def record(tx: Transaction, claim: Claim, n: int, outcome: Outcome, now: int, started_at: int) -> Message:
    """Write how the part ended. Any outcome but "sent" ends the claim: what was not tried waits again or fails too."""
    standing = _held(tx, claim, n)
    part = standing.part(n)
    on_air_at = _end_attempt(tx, claim, part, outcome, now, started_at)
    match outcome.kind:
        case "sent":
            message = _sent(tx, claim, standing, part, outcome, now)
        case "unknown":
            message = _unknown(tx, standing, part, outcome.error or LOST, on_air_at or started_at, now)
        case "failed":
            message = _failed(tx, standing, part, outcome, now)
        case "retry" | "elsewhere" | "released":
            message = _again(tx, claim, standing, part, outcome, now)
        case _:
            raise ValueError(f"outcome {outcome.kind!r}")
    return reports.apply_waiting(tx, claim.line_num, outcome.reference, now, since=on_air_at, settled=message)


def _end_attempt(
    tx: Transaction, claim: Claim, part: PartDraft, outcome: Outcome, now: int, started_at: int
) -> int | None:
    """Close the part's attempt; one that never reached the air has its row only now, or none when untried."""
    ended = {
        "message": claim.message_num,
        "part": part.n,
        "line": claim.line_num,
        "started_at": started_at,
        "now": now,
        "outcome": outcome.kind,
        "reference": outcome.reference,
        "error": dump_error(outcome.error),
    }
    attempt = tx.row(OPEN_ATTEMPT, {"message": claim.message_num, "part": part.n})
    if outcome.kind != "released":
        part.attempts += 1
    if attempt is not None:
        tx.run(END_ATTEMPT, {"num": attempt["num"], **ended})
        return int(attempt["on_air_at"])
    if outcome.kind != "released":
        tx.run(ADD_ATTEMPT, ended)
    return None


def _sent(tx: Transaction, claim: Claim, standing: Standing, part: PartDraft, outcome: Outcome, now: int) -> Message:
    part.state, part.reference, part.error, part.sent_at = State.SENT, outcome.reference, None, now
    part.sim = _sim(tx, claim.line_num)
    part.done_at = None if claim.delivery_report else now
    lifecycle.save_part(tx, standing.num, part)
    _count_day(tx, standing, claim.line_num, part.sim, now, sent=1)
    return lifecycle.save(tx, standing, standing.rolled_up(), now)


def _unknown(
    tx: Transaction, standing: Standing, part: PartDraft, error: MessageError, on_air_at: int, now: int
) -> Message:
    """The network may have it: never again unasked. Parts that were not tried wait for this line."""
    _mark_unknown(tx, standing, part, error, on_air_at, now)
    return _give_back(tx, standing, now)


def _mark_unknown(
    tx: Transaction, standing: Standing, part: PartDraft, error: MessageError, on_air_at: int, now: int
) -> None:
    part.state, part.error, part.sent_at = State.UNKNOWN, dump_error(error), on_air_at
    part.sim = _sim(tx, part.line)
    lifecycle.save_part(tx, standing.num, part)
    if part.line is not None:
        _count_day(tx, standing, part.line, part.sim, now, unsure=1)


def _count_day(
    tx: Transaction, standing: Standing, line: int, sim: str | None, now: int, *, sent: int = 0, unsure: int = 0
) -> None:
    """A part that the network took, or that it may have taken and bills then."""
    counted = {"line": line, "day": from_ms(now).date().isoformat(), "account": standing.row["account"]}
    tx.run(COUNT_SENT, counted | {"sim": sim or "", "sent": sent, "unsure": unsure})


def _sim(tx: Transaction, line: int | None) -> str | None:
    record = None if line is None else tx.memory.lines.get(line)
    return record.status.iccid if record is not None else None


def _failed(tx: Transaction, standing: Standing, part: PartDraft, outcome: Outcome, now: int) -> Message:
    error = outcome.error or MessageError("failed", "the network did not take it")
    part.state, part.error, part.done_at = State.FAILED, dump_error(error), now
    lifecycle.save_part(tx, standing.num, part)
    together = MessageError("other_part_failed", f"part {part.n} of the message failed", error.cause)
    lifecycle.finish_parts(tx, standing, now, State.FAILED, together)
    return lifecycle.save(tx, standing, standing.rolled_up(), now)


def _again(tx: Transaction, claim: Claim, standing: Standing, part: PartDraft, outcome: Outcome, now: int) -> Message:
    """Back into the queue: at once when untried, else at due_at; another line, if there is one, may have it at once.

    A message some parts of which went out over a line goes on over that line only.
    """
    part.error = dump_error(outcome.error)
    lifecycle.save_part(tx, standing.num, part)
    _back_to_queue(tx, standing)
    row = standing.row
    changed = {"tries": row["tries"] + (outcome.kind != "released"), "due_at": None, "waiting": CLAIMABLE}
    pinned = any(other.sent_at is not None for other in standing.parts)
    if pinned:
        changed["route"] = row["line"]
    if outcome.kind != "released":
        changed["due_at"] = now if outcome.due_at is None else to_ms(outcome.due_at)
        avoid = f"{row['avoid'] or ','}{claim.line_num},"
        if outcome.kind == "elsewhere" and not pinned and _other_line(tx, row, avoid):
            changed["avoid"] = avoid
        else:
            changed |= {"waiting": LATER, "avoid": None}
    return lifecycle.save(tx, standing, standing.rolled_up(), now, **changed)


def _other_line(tx: Transaction, row: Row, avoid: str) -> bool:
    """Whether a line that did not refuse it yet may carry it, by configuration."""
    return any(
        f",{line.num}," not in avoid and queues(tx.memory, {(row["route"], row["account"]): 1}, line)
        for line in tx.memory.lines.values()
        if not line.paused
    )


def _back_to_queue(tx: Transaction, standing: Standing) -> bool:
    """Claimed parts that were not tried, or are to be tried again, wait again. Whether there are any."""
    found = False
    for part in standing.parts:
        if part.state is State.SENDING:
            part.state, part.line, found = State.QUEUED, None, True
            lifecycle.save_part(tx, standing.num, part)
    return found or any(part.state is State.QUEUED for part in standing.parts)


def release(tx: Transaction, claim: Claim, now: int) -> None:
    """Give back what of the claim was not tried; nothing when it ended already."""
    standing = lifecycle.load(tx, claim.message_num)
    held = [part for part in standing.parts if part.state is State.SENDING and part.line == claim.line_num]
    if held:
        _give_back(tx, standing, now)


def _give_back(tx: Transaction, standing: Standing, now: int) -> Message:
    """What was claimed and not tried can be claimed again; by this line only when it has parts of it on the way."""
    if not _back_to_queue(tx, standing):
        return lifecycle.save(tx, standing, standing.rolled_up(), now)
    pinned = any(part.sent_at is not None for part in standing.parts)
    route = standing.row["line"] if pinned else standing.row["route"]
    return lifecycle.save(tx, standing, standing.rolled_up(), now, waiting=CLAIMABLE, route=route)


# ------------------------------------------------------------------------------------------------ after the crash


def recover(tx: Transaction, now: int, line: int | None) -> int:
    """Settle what a dead worker held. A part whose point of no return is on disk is unknown, the others wait again."""
    found = tx.rows(CLAIMED_PARTS) if line is None else tx.rows(CLAIMED_PARTS_OF_LINE, {"line": line})
    for num in sorted({row["message"] for row in found}):
        standing = lifecycle.load(tx, num)
        lost = tx.rows(LOST_ATTEMPTS, {"message": num})
        for attempt in lost:
            part = standing.part(attempt["part"])
            part.attempts += 1
            ended = {"num": attempt["num"], "started_at": attempt["started_at"], "now": now, "outcome": "unknown"}
            tx.run(END_ATTEMPT, ended | {"reference": None, "error": dump_error(LOST)})
            _mark_unknown(tx, standing, part, LOST, attempt["on_air_at"], now)
        message = _give_back(tx, standing, now)
        for attempt in lost:
            reports.apply_waiting(tx, attempt["line"], None, now, since=attempt["on_air_at"], settled=message)
    if line is None:
        batches.release_forgotten(tx)
    return len(found)


def late_reference(tx: Transaction, line: int, reference: int, now: int) -> Message | None:
    """A +CMGS that came too late settles the newest part of the line whose outcome is unknown."""
    found = tx.row(NEWEST_UNKNOWN, {"line": line, "since": now - LATE_MS})
    if found is None:
        return None
    standing = lifecycle.load(tx, found["message"])
    part = standing.part(found["n"])
    part.state, part.reference, part.error = State.SENT, reference, None
    if not standing.option("delivery_report", True):
        part.done_at = now
    lifecycle.save_part(tx, standing.num, part)
    state = standing.rolled_up()
    if state in FOLLOWS.get(standing.state, ()):
        message = lifecycle.save(tx, standing, state, now)
    else:
        message = lifecycle.whole(tx, standing.num)
    return reports.apply_waiting(tx, line, reference, now, settled=message)
