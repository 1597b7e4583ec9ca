"""Status reports: which part a report is about, and what its TP-ST makes of it. Pure.

TP-MR is one octet from a counter on the SIM, the recipient may come back in national form, and the clocks of service
centres are off by whole quarters of an hour. So a report is weighed, not looked up (TS 23.040 §9.2.2.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.message import MessageError, State
from modem.pdu.status import classify

WINDOW = timedelta(days=7)
"""How long after its submission a part may still be reported on: the longest validity in use, and some."""

UNCONFIRMED = 0x01
"""TP-ST "forwarded to the SME, the SC cannot confirm delivery": all that will ever be known."""

_QUARTER = timedelta(minutes=15)
_EARLY = timedelta(seconds=30)  # the service centre's stamp may be that much before our own
_LATE = timedelta(seconds=120)
_ZONES = timedelta(hours=15)  # no clock that only has its zone wrong is further off
_DAY = timedelta(hours=24)
_ROUND = timedelta(minutes=4)  # no modem sends 256 messages in less
_TAILS = (8, 6)  # digits that a national form has in common with the international one


@dataclass(frozen=True, slots=True)
class Candidate:
    """A part that a report may be about. reference: its TP-MR, None when +CMGS's answer was lost.

    sent_at: when the answer came, or when it went on the air.
    """

    message: int
    n: int
    reference: int | None
    recipient: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a TP-ST makes of a part. final: nothing more will come."""

    state: State
    final: bool
    error: MessageError | None = None


def match(
    candidates: Iterable[Candidate],
    *,
    reference: int,
    recipient: str,
    stamped_at: datetime | None,
    received_at: datetime,
) -> Candidate | None:
    """The part the report is about, or None.

    stamped_at: TP-SCTS, the service centre's time of the submission. Parts with the same TP-MR come first, by how
    well the time fits, how much of the number is equal, and how new they are; with no time that fits, the only one
    within a day. Then parts whose TP-MR was lost, where the time fits exactly: of several that nearest to it.
    received_at: of the report; what was sent later is not meant.
    """
    near = [
        (likeness, candidate)
        for candidate in candidates
        if (likeness := alike(candidate.recipient, recipient)) and _was_there(candidate, received_at)
    ]
    same = [(likeness, candidate) for likeness, candidate in near if candidate.reference == reference]
    ranked = [
        (fit, likeness, candidate.sent_at, candidate)
        for likeness, candidate in same
        if (fit := fits(candidate.sent_at, stamped_at))
    ]
    if ranked:
        return max(ranked, key=lambda entry: entry[:3])[3]
    today = [candidate for _, candidate in same if received_at - candidate.sent_at <= _DAY]
    if len(today) == 1:
        return today[0]
    lost = [
        (likeness, -_apart(candidate.sent_at, stamped_at), candidate.sent_at, candidate)
        for likeness, candidate in near
        if stamped_at is not None and candidate.reference is None and fits(candidate.sent_at, stamped_at) == 2
    ]
    return max(lost, key=lambda entry: entry[:3])[3] if lost else None


def is_early(
    on_air: Iterable[Candidate], found: Candidate | None, *, recipient: str, stamped_at: datetime | None
) -> bool:
    """Whether the report may be about a part whose TP-MR is still to come, rather than about what was found.

    A part with that TP-MR stands while the counter cannot have come round since; an older one gives way where the time
    fits the part on the air as well.
    """

    def is_likelier(other: Candidate) -> bool:
        if found is None or found.reference is None:
            return True
        came_round = other.sent_at - found.sent_at >= _ROUND
        return came_round and fits(other.sent_at, stamped_at) >= fits(found.sent_at, stamped_at)

    return any(alike(other.recipient, recipient) and is_likelier(other) for other in on_air)


def alike(ours: str, theirs: str) -> int:
    """How alike two numbers are: 3 all digits, 2 the last eight, 1 the last six, 0 not at all."""
    mine, other = _digits(ours), _digits(theirs)
    if mine and mine == other:
        return 3
    for rank, tail in zip((2, 1), _TAILS, strict=True):
        if len(mine) >= tail and len(other) >= tail and mine[-tail:] == other[-tail:]:
            return rank
    return 0


def common_tail(number: str) -> str:
    """The end that a number shares with every one that is ``alike`` to it: its last six digits, or all it has."""
    return _digits(number)[-_TAILS[-1] :]


def fits(sent_at: datetime, stamped_at: datetime | None) -> int:
    """How well the two times agree: 2 up to whole quarters of an hour, 1 within any time zone, 0 not at all."""
    if stamped_at is None:
        return 0
    distance = stamped_at - sent_at
    if abs(distance) >= _ZONES:
        return 0
    return 2 if (distance + _EARLY) % _QUARTER <= _EARLY + _LATE else 1


def _apart(sent_at: datetime, stamped_at: datetime) -> timedelta:
    """How far the two times are apart, whole quarters of an hour aside."""
    over = (stamped_at - sent_at) % _QUARTER
    return min(over, _QUARTER - over)


def settlement(status: int) -> Settlement:
    """What the TP-ST octet means for the part (native-v1 §3, TS 23.040 §9.2.3.15)."""
    if status == UNCONFIRMED:
        return Settlement(State.SENT, True)
    if status <= 0x1F and status != 0x02:
        return Settlement(State.DELIVERED, True)
    if 0x20 <= status <= 0x3F or status >= 0x80:  # still trying, or reserved: recorded, nothing told
        return Settlement(State.SENT, False)
    cause = {"tp_st": status}
    if status == 0x46:
        return Settlement(State.EXPIRED, True, MessageError("expired", classify(status).name, cause))
    return Settlement(State.UNDELIVERED, True, MessageError("undelivered", classify(status).name, cause))


def _was_there(candidate: Candidate, received_at: datetime) -> bool:
    """Whether the part had been sent when the report came; where the answer is known, it may have come after it."""
    latest = received_at if candidate.reference is None else received_at + _ROUND
    return received_at - WINDOW <= candidate.sent_at <= latest


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())
