"""The silent modem: it answers AT, and yet sends nothing any more, or announces nothing that comes in.

A long time without any message is no fault. Sends are judged by how they end, hearing by what sweeps find that should
have been announced. A network that refuses for good has answered: that is a send that ended well. What the circuit
breaker of a refused SIM covers is not counted here.
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from gateway.policy.outcome import Decision, Need

HUNG_SENDS = 2  # submissions in a row without a word; each of them leaves a message "unknown"
REFUSED_SENDS = 5  # that the network took none of …
REFUSED_MESSAGES = 2  # … of so many messages at least: one recipient alone proves nothing …
REFUSED_S = 600.0  # … since so long: a busy network needs minutes
MISSED_SWEEPS = 2  # with messages that were never announced, and no announcement since the first of them
ANNOUNCED_LATELY_S = 10.0  # a sweep may well be faster than the announcement of what it finds

_PERMANENT = frozenset({"unknown_recipient", "refused_by_network"})
_TEMPORARY = frozenset({"temporary_failure", "submit_outcome_unknown"})


class Ending(Enum):
    """How a submission ended, as far as it tells about the modem."""

    WELL = auto()  # the network has spoken
    HUNG = auto()  # the modem gave no answer
    REFUSED = auto()  # it answered that it had not worked this time
    NEITHER = auto()  # the SIM, a storage, the port: others look after that


def ending_of(decision: Decision) -> Ending:
    """What the decision about a part that was not sent says about the modem."""
    code = decision.error.code
    if code in _PERMANENT:
        return Ending.WELL
    if decision.need is Need.INITIALISE and (code == "no_answer" or decision.kind == "unknown"):
        return Ending.HUNG
    if code in _TEMPORARY and decision.need in (Need.NOTHING, Need.MODEM_STRIKE):
        return Ending.REFUSED
    return Ending.NEITHER


@dataclass(frozen=True, slots=True)
class Sends:
    """What came of the submissions since one ended well. since: monotonic seconds, of the first that did not.

    mistrusted: the ladder was climbed for it, and nothing was sent since: the next one that hangs is enough.
    """

    hung: int = 0
    refused: int = 0
    messages: frozenset[str] = frozenset()
    since: float | None = None
    mistrusted: bool = False


def after_send(sends: Sends, ending: Ending, message: str, now: float) -> Sends:
    """One submission more."""
    if ending is Ending.WELL:
        return Sends()
    if ending is Ending.NEITHER:
        return sends
    since = now if sends.since is None else sends.since
    if ending is Ending.HUNG:
        return replace(sends, hung=sends.hung + 1, since=since)
    messages = sends.messages | {message} if len(sends.messages) < REFUSED_MESSAGES else sends.messages
    return replace(sends, hung=0, refused=sends.refused + 1, messages=messages, since=since)


def trouble_of(sends: Sends, now: float) -> str | None:
    """Why the modem is to be looked after, beginning with its radio; None while there is no reason."""
    if sends.hung >= (1 if sends.mistrusted else HUNG_SENDS):
        return "the modem answers, but submissions hang in it"
    patience_over = sends.since is not None and now - sends.since >= REFUSED_S
    if sends.refused >= REFUSED_SENDS and len(sends.messages) >= REFUSED_MESSAGES and patience_over:
        return f"the modem answers, but has sent nothing for {REFUSED_S / 60:.0f} minutes, in {sends.refused} tries"
    return None


class Cure(StrEnum):
    """What is done for a modem that announces nothing, from mild to harsh. Beyond these it lives by sweeps."""

    SET_UP = "set_up"  # AT+CNMI and all the rest once more
    PORT = "port"  # opened anew: another one of the modem, if it is searched for; some announce at one of two AT ports
    RADIO = "radio"
    RESET = "reset"


_CURES = (Cure.SET_UP, Cure.PORT, Cure.RADIO, Cure.RESET)


@dataclass(frozen=True, slots=True)
class Hearing:
    """Since the last announcement. missed: sweeps that found what nobody had announced. cures: those tried in vain."""

    missed: int = 0
    cures: int = 0

    @property
    def deaf(self) -> bool:
        """Nothing has helped."""
        return self.cures >= len(_CURES)


def after_sweep(hearing: Hearing, *, unannounced: int, announced: bool) -> Hearing:
    """The time between two sweeps is over. unannounced: new messages that only a sweep found; announced: one was."""
    if announced:
        return Hearing()
    return replace(hearing, missed=hearing.missed + 1) if unannounced else hearing


def cure_of(hearing: Hearing) -> tuple[Hearing, Cure | None]:
    """What is to be done now, and the hearing once it is done."""
    if hearing.missed < MISSED_SWEEPS or hearing.deaf:
        return hearing, None
    return Hearing(cures=hearing.cures + 1), _CURES[hearing.cures]
