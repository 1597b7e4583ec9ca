"""How a line that failed is taken up again: which rung of the ladder, and how long to wait before it (pure)."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.line import Remedy

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 900.0
SPREAD = 0.2  # either way, so that modems behind one hub do not start together
PATIENT_AFTER = 6  # failures in a row after which a port that comes and goes no longer shortens the wait
STILL_S = 60.0  # what changes after so long without a change was somebody's hand; a brown-out loop is faster


class Rung(StrEnum):
    """What is done to a modem before it is set up again, from mild to harsh (modem-facts §20)."""

    RESYNC = "resync"  # over the same port
    REOPEN = "reopen"
    CFUN = "cfun"  # the radio off and on
    RESET = "reset"
    USB = "usb"  # its port without power for a moment, where a command for that is configured
    QUARANTINE = "quarantine"  # the whole ladder was walked in vain: now and then, for ever


_LADDER = (Rung.REOPEN, Rung.REOPEN, Rung.CFUN, Rung.RESET)
_LEAST = {Remedy.RADIO: Rung.CFUN, Remedy.RESET: Rung.RESET}


@dataclass(frozen=True, slots=True)
class Recovery:
    """How far bringing a line back has come.

    failures: connections in a row that came to nothing. steps: rungs that they have used up; rung: the one before the
    next try. quarantined: there was none left, and they are used over and over, with the longest waits between them.
    """

    failures: int = 0
    steps: int = 0
    rung: Rung = Rung.REOPEN
    quarantined: bool = False

    @property
    def patient(self) -> bool:
        """A port that comes and goes does not shorten the wait any more."""
        return self.quarantined or self.failures >= PATIENT_AFTER


def climb(recovery: Recovery, remedy: Remedy, *, power: bool) -> Recovery:
    """One failure more. power: USB port power may be switched, as the last rung."""
    failures = recovery.failures + 1
    if remedy is Remedy.WAIT:
        return replace(recovery, failures=failures, rung=Rung.REOPEN)
    if remedy is Remedy.ASKED:
        return afresh(Rung.RESET)
    ladder = (*_LADDER, Rung.USB) if power else _LADDER
    at = recovery.steps
    if not recovery.quarantined and (least := _LEAST.get(remedy)) is not None:
        at = max(at, ladder.index(least))
    return Recovery(failures, at + 1, ladder[at % len(ladder)], at >= len(ladder))


def afresh(rung: Rung) -> Recovery:
    """A person says: now. The ladder begins anew, with this before the next try."""
    return Recovery(1, 0, rung)


def wait_after(failures: int, jitter: float) -> float:
    """Seconds, doubling up to a quarter of an hour; none while nothing failed. jitter: -1 to 1."""
    if failures <= 0:
        return 0.0
    wait = min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 20), LONGEST_WAIT_S)
    return wait * (1 + SPREAD * jitter)


@dataclass(frozen=True, slots=True)
class Seen:
    """A line's port as it was last looked at, in the ``Finder.presence`` form. since: monotonic, of the last change."""

    presence: object
    since: float


def look(seen: Seen, presence: object, now: float) -> tuple[Seen, bool]:
    """What is seen now, and whether somebody has plugged: a change after a long stillness.

    A modem that its power supply cannot carry leaves and comes back again and again, and is never still for so long.
    """
    if presence == seen.presence:
        return seen, False
    return Seen(presence, now), now - seen.since >= STILL_S
