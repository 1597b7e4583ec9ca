"""Why a message is not sent yet, for a person: of everything that holds it back, the one thing that tells most.

What nobody can foresee the end of (a pause, a suspension) comes before what only takes its time: a time told beside it
would be a promise that is not kept. What ends a message instead of holding it (an opt-out, a campaign that lost its
approval, the end of its validity) is no reason to wait, and none of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from gateway.domain.line import LineRecord, LineState, Rest, RestKind
from gateway.domain.message import Message, MessageError, State
from gateway.domain.sender import ANY_LINE

MOST_AHEAD = 1000  # messages that are counted; whoever has more before him need not know how many

_WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})
_WITHOUT_NETWORK = frozenset({"searching", "denied", "none"})


class Reason(StrEnum):
    """Why a message waits; ``not_waiting`` for one that does not."""

    NOT_WAITING = "not_waiting"
    ON_AIR = "on_air"
    TAKEN = "taken"  # a line has it and sends it next
    BATCH_PAUSED = "batch_paused"
    ACCOUNT_SUSPENDED = "account_suspended"
    OUTSIDE_WINDOW = "outside_send_window"
    SCHEDULED = "scheduled"
    RETRY = "retry"
    NO_LINE = "no_line"  # none is configured that may carry it
    NO_LINE_READY = "no_line_ready"
    IN_QUEUE = "in_queue"


class LineReason(StrEnum):
    """What a line that may carry a message does about it."""

    PAUSED = "paused"
    DOWN = "down"
    UNREGISTERED = "unregistered"  # down, for want of a network
    OUT_OF_HOURS = "out_of_hours"
    PACED = "paced"  # its rate allows the next part later
    BUDGET_SPENT = "budget_spent"
    BLOCKED = "blocked"  # its SIM was refused several times in a row
    REFUSED = "refused"  # its SIM could not send this very message
    OPTED_OUT = "opted_out"  # the recipient wants nothing from this line
    LEAVES_IT = "leaves_it"  # to another line of the same sender
    UP = "up"


_RESTS = {
    RestKind.RATE: LineReason.PACED,
    RestKind.HOURS: LineReason.OUT_OF_HOURS,
    RestKind.BUDGET: LineReason.BUDGET_SPENT,
    RestKind.BLOCKED: LineReason.BLOCKED,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """The last try that did not succeed. line: its name, None where the account does not know the line."""

    error: MessageError
    line: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may carry a message.

    avoided: the message is left to the others until it is due again; refusal: what the line's own try ended with.
    leaves_to: the name of the line whose turn it is instead. rest: what the line itself says it waits for; of an alert
    only what holds for one.
    """

    line: LineRecord
    avoided: bool = False
    refusal: MessageError | None = None
    leaves_to: str | None = None
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class Holds:
    """A message and all that may hold it back, as it stood at one moment.

    window_opens: None while its send window is open, or where there is none to heed. taken_by: the name of the line
    that has it, on_air_since: and is sending it. ahead: messages of its account that its lines take before it,
    ``MOST_AHEAD`` + 1 at most. route: the name of the configured route that it takes.
    """

    message: Message
    now: datetime
    window_opens: datetime | None = None
    batch_paused: bool = False
    account_suspended: bool = False
    taken_by: str | None = None
    on_air_since: datetime | None = None
    failure: Failure | None = None
    candidates: tuple[Candidate, ...] = ()
    ahead: int = 0
    route: str | None = None


@dataclass(frozen=True, slots=True)
class LineWaiting:
    """One line's part in it. line: its id; text: a sentence without its name."""

    line: str
    reason: LineReason
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The answer. until: when that reason ends, where a clock ends it."""

    reason: Reason
    text: str
    until: datetime | None = None
    lines: tuple[LineWaiting, ...] = ()


def why(holds: Holds, *, naming: bool) -> Waiting:
    """The most telling reason. naming: whether the answer may name lines, and say what they are doing."""
    message = holds.message
    if message.state not in _WAITING:
        return _not_waiting(message)
    if any(part.state is State.SENDING for part in message.parts):
        return _taken(holds, naming=naming)
    return _held(holds) or _not_due(holds, naming=naming) or _queued(holds, naming=naming)


def _not_waiting(message: Message) -> Waiting:
    if message.state is State.RECEIVED:
        return Waiting(Reason.NOT_WAITING, "it came in, and is not to be sent")
    return Waiting(Reason.NOT_WAITING, f"it does not wait any more: it is {message.state}")


def _taken(holds: Holds, *, naming: bool) -> Waiting:
    who = f"line {holds.taken_by}" if naming and holds.taken_by else "a line"
    if holds.on_air_since is not None:
        return Waiting(Reason.ON_AIR, f"{who} is sending it now, since {_at(holds.on_air_since)}")
    return Waiting(Reason.TAKEN, f"{who} has taken it and sends it next")


def _held(holds: Holds) -> Waiting | None:
    """By somebody, until he says otherwise. A message that went out in part is finished, whatever its batch is."""
    if holds.batch_paused and holds.message.state is not State.SENDING:
        return Waiting(Reason.BATCH_PAUSED, "its batch is paused, until somebody resumes it")
    if holds.account_suspended:
        return Waiting(Reason.ACCOUNT_SUSPENDED, "its account is suspended, until somebody resumes it")
    return None


def _not_due(holds: Holds, *, naming: bool) -> Waiting | None:
    message, opens, due = holds.message, holds.window_opens, holds.message.due_at
    if opens is not None and (due is None or due <= opens):
        return Waiting(Reason.OUTSIDE_WINDOW, f"it is outside its send window until {_at(opens)}", opens)
    if due is None or due <= holds.now:
        return None
    if message.state is State.SCHEDULED:
        return Waiting(Reason.SCHEDULED, f"it is scheduled for {_at(due)}", due)
    if any(candidate.avoided for candidate in holds.candidates):
        return None  # the others may have it at once
    after = "" if holds.failure is None else _after(holds.failure, naming=naming)
    return Waiting(Reason.RETRY, f"the next try is at {_at(due)}{after}", due)


def _after(failure: Failure, *, naming: bool) -> str:
    over = f" on line {failure.line}" if naming and failure.line else ""
    return f" after {_told(failure.error)}{over}: {failure.error.message}"


def _told(error: MessageError) -> str:
    """As the modem wrote it, where it wrote a number."""
    return next((f"+{kind.upper()} ERROR {code}" for kind, code in error.cause.items()), "a failure")


def _queued(holds: Holds, *, naming: bool) -> Waiting:
    if not holds.candidates:
        return Waiting(Reason.NO_LINE, _no_line(holds, naming=naming))
    each = tuple(_line(candidate) for candidate in holds.candidates)
    lines = each if naming else ()
    free = {LineReason.UP, LineReason.LEAVES_IT} | ({LineReason.PACED} if holds.ahead else set())
    ready = [candidate.line for candidate, line in zip(holds.candidates, each, strict=True) if line.reason in free]
    if ready:
        return Waiting(Reason.IN_QUEUE, _place(holds.ahead, ready, naming=naming), lines=lines)
    pairs = zip(holds.candidates, each, strict=True)
    ends = [end for candidate, line in pairs if (end := _end(holds, candidate, line)) is not None]
    until = min(ends, default=None)
    return Waiting(Reason.NO_LINE_READY, _none_ready(holds, each, naming=naming), until, lines)


def _end(holds: Holds, candidate: Candidate, line: LineWaiting) -> datetime | None:
    """When the line may take it again, where a clock says so."""
    if line.reason is LineReason.REFUSED:
        return holds.message.due_at
    rest = candidate.rest
    return rest.until if rest is not None and line.reason is _RESTS[rest.kind] else None


def _no_line(holds: Holds, *, naming: bool) -> str:
    message = holds.message
    if any(part.sent_at is not None for part in message.parts):
        return "parts of it went out over a line that this account does not have any more"
    if message.sender == ANY_LINE and holds.route is not None:
        return f"the route {holds.route} leads to no line of this account" if naming else "no line may carry it there"
    if message.sender == ANY_LINE:
        return "this account has no line"
    return f"no line carries the sender {message.sender}"


def _place(ahead: int, ready: Sequence[LineRecord], *, naming: bool) -> str:
    if ahead > MOST_AHEAD:
        return f"more than {MOST_AHEAD} messages of its account are ahead of it"
    if ahead:
        return f"{ahead} message{'s' * (ahead > 1)} of its account {'are' if ahead > 1 else 'is'} ahead of it"
    who = f"line {ready[0].name}" if naming and len(ready) == 1 else "the first line that is free"
    return f"it is next: {who} takes it"


def _none_ready(holds: Holds, each: Sequence[LineWaiting], *, naming: bool) -> str:
    if len(each) > 1:
        return f"none of the {len(each)} lines that may carry it can take it now"
    if not naming:
        return "the only line that may carry it cannot take it now"
    return f"the only line that may carry it is {holds.candidates[0].line.name}: {each[0].text}"


def _line(candidate: Candidate) -> LineWaiting:
    line = candidate.line
    if line.state is LineState.PAUSED:
        return LineWaiting(line.id, LineReason.PAUSED, "paused by a person")
    rest = candidate.rest
    told = line.state is LineState.UP or (rest is not None and rest.kind in {RestKind.BUDGET, RestKind.BLOCKED})
    if rest is not None and told and not candidate.avoided:
        return LineWaiting(line.id, _RESTS[rest.kind], f"{rest.text}, until {_at(rest.until)}")
    if line.state is LineState.DOWN:
        lost = line.status.registration in _WITHOUT_NETWORK
        return LineWaiting(line.id, LineReason.UNREGISTERED if lost else LineReason.DOWN, _down(line))
    if candidate.avoided and candidate.refusal is not None:
        refusal = f"{_told(candidate.refusal)}: {candidate.refusal.message}"
        return LineWaiting(line.id, LineReason.REFUSED, f"could not send it after {refusal}; left to other lines")
    if candidate.avoided:
        return LineWaiting(line.id, LineReason.OPTED_OUT, "the recipient wants nothing from this line")
    if candidate.leaves_to is not None:
        return LineWaiting(line.id, LineReason.LEAVES_IT, f"leaves it to {candidate.leaves_to}, whose turn it is")
    return LineWaiting(line.id, LineReason.UP, "up: takes it as soon as it is free")


def _down(line: LineRecord) -> str:
    """What its supervisor said; that it is held after refusals of its SIM, and for how long, is in there, too."""
    status = line.status
    since = "" if status.since is None else f", down since {_at(status.since)}"
    return f"{status.reason or 'down'}{since}"


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
