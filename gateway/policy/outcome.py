"""How one part's attempt ended, and what its line needs now: ModemError × what is known of the attempt → decision.

The rule above all (promise 3): once Ctrl-Z was written, only the modem's own word counts. No word, or a word that does
not say whether the network took the part, is ``unknown``; nothing here ever tries such a part again. Before Ctrl-Z
nothing was sent, so trying again is always safe.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.domain.message import MessageError
from gateway.policy.causes import STRIKES, UNLISTED, Cause, Class, cause_of
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost

DELAYS = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
"""How long after each temporary failure the next try comes (native-v1 §3)."""
MOST_TRIES = len(DELAYS)
JITTER = 0.2  # of the delay, either way
OUTCOME_UNKNOWN = "submit_outcome_unknown"
UNKNOWN_RECIPIENTS = frozenset({1, 30, 195})  # CMS


class Need(StrEnum):
    """What the line needs after an attempt, beside going on."""

    NOTHING = "nothing"
    SIM_STRIKE = "sim_strike"  # the SIM was refused: several in a row stop the line for a while
    MODEM_STRIKE = "modem_strike"  # a sick modem answers so: several in a row reset it
    SWEEP = "sweep"  # a storage is full: read it empty
    INITIALISE = "initialise"  # the modem lost its settings or its step: set it up again
    PORT = "port"  # its port is gone
    OUT = "out"  # nothing can be sent until the modem, the SIM or the network is well again


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write about a part, and what its line needs.

    kind: as ``Outcome.kind`` of the store. delay: how long until the next try, for "retry" and "elsewhere".
    """

    kind: str
    error: MessageError
    need: Need = Need.NOTHING
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an attempt.

    on_air: the point of no return was on disk, so Ctrl-Z may have been written. tries: temporary failures of this
    message before this one. others_acknowledged: the network took parts of it over this line, which binds it here.
    """

    on_air: bool
    tries: int
    others_acknowledged: bool


def decide(error: ModemError, facts: Facts, *, jitter: float = 0.0, family: str | None = None) -> Decision:
    """The one decision about a failed attempt.

    jitter: -1 to 1, where in the spread of ±20 % the delay falls. family: of the chip, see ``causes.cause_of``.
    """
    if isinstance(error, CommandRejected):
        return _refused(error, cause_of(error.kind, error.code, family), facts, jitter)
    if facts.on_air:
        return _unknown("the modem gave no final answer after the message was handed over", {}, _after(error))
    if isinstance(error, TransportLost):
        lost = MessageError("modem_lost", "the modem's port was lost before anything was sent")
        return Decision("released", lost, Need.PORT)
    text = "the modem did not take the message" if isinstance(error, CommandTimeout) else "the modem answered nonsense"
    return _again(MessageError("no_answer", text), MOST_TRIES, facts, jitter, Need.INITIALISE)


def _refused(error: CommandRejected, cause: Cause, facts: Facts, jitter: float) -> Decision:
    number: dict[str, int] = {} if error.code is None or error.kind == "plain" else {error.kind: error.code}
    match cause.kind:
        case Class.PERMANENT:
            lost = error.kind == "cms" and error.code in UNKNOWN_RECIPIENTS
            word = "unknown_recipient" if lost else "refused_by_network"
            return Decision("failed", MessageError(word, f"the network refused it: {cause.name}", number))
        case Class.SIM_BLOCKED:
            reason = MessageError("sim_refused", f"refused for this SIM: {cause.name}", number)
            return _sim_blocked(reason, cause.retries, facts, jitter)
        case Class.MODEM_BLOCKED:
            reason = MessageError("modem_not_ready", f"the modem cannot send now: {cause.name}", number)
            return Decision("released", reason, Need.OUT)
        case Class.DRIVER_FAULT:
            reason = MessageError("driver_fault", f"the modem did not understand: {cause.name}", number)
            return _again(reason, cause.retries, facts, jitter, Need.INITIALISE)
        case Class.AMBIGUOUS if facts.on_air:
            return _unknown(f"the network may have taken it: {cause.name}", number, Need.NOTHING)
        case Class.RECEIVE_SIDE:
            reason = MessageError("modem_storage_full", f"the modem's storage stood in the way: {cause.name}", number)
            return _again(reason, max(cause.retries, 2), facts, jitter, Need.SWEEP)
        case _:
            reason = MessageError("temporary_failure", f"not taken this time: {cause.name}", number)
            return _again(reason, max(cause.retries, 1), facts, jitter, _strike(error, cause))


def _again(reason: MessageError, retries: int, facts: Facts, jitter: float, need: Need) -> Decision:
    if facts.tries >= min(retries, MOST_TRIES):
        return Decision("failed", reason, need)
    delay = DELAYS[facts.tries] * (1 + JITTER * jitter)
    return Decision("retry", reason, need, delay)


def _sim_blocked(reason: MessageError, retries: int, facts: Facts, jitter: float) -> Decision:
    """Another SIM may do it, unless the network took parts over this one: a message never speaks with two numbers.

    Where there is no other, the delay makes it one more try over this one.
    """
    if facts.others_acknowledged:
        return _again(reason, retries, facts, jitter, Need.SIM_STRIKE)
    if facts.tries > min(retries, MOST_TRIES):
        return Decision("failed", reason, Need.SIM_STRIKE)
    return Decision("elsewhere", reason, Need.SIM_STRIKE, DELAYS[facts.tries] * (1 + JITTER * jitter))


def _unknown(text: str, number: dict[str, int], need: Need) -> Decision:
    return Decision("unknown", MessageError(OUTCOME_UNKNOWN, text, number), need)


def _after(error: ModemError) -> Need:
    return Need.PORT if isinstance(error, TransportLost) else Need.INITIALISE


def _strike(error: CommandRejected, cause: Cause) -> Need:
    if error.kind != "cms" or error.code is None:
        return Need.NOTHING
    sick = error.code in STRIKES or (cause is UNLISTED and error.code > 511)
    return Need.MODEM_STRIKE if sick else Need.NOTHING
