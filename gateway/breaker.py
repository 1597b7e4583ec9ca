"""The circuit breaker of a SIM: after refusals in a row it rests, and other lines send what it would have."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.domain.message import MessageError

AFTER = 3  # refusals in a row
FOR_S = 900.0
LONGEST_S = 604_800.0  # a week, as long as the configuration allows


@dataclass(frozen=True, slots=True)
class Blocked:
    """It opened. error: the last refusal."""

    reason: str
    until: datetime
    refusals: int
    error: MessageError


class Breaker:
    """Counts refusals that are the SIM's: ``after`` in a row open it, it sends nothing for ``for_s`` seconds.

    Then one message is tried: a success closes it, a refusal opens it again. It outlives connections, and is of one
    SIM: another one in the modem begins anew. news: what nobody was told of yet, None for that it closed.
    """

    def __init__(self, clock: Clock, *, after: int = AFTER, for_s: float = FOR_S, sim: str | None = None) -> None:
        self._clock = clock
        self.set(after, for_s)
        self._sim = sim
        self._refusals = 0
        self._blocked: Blocked | None = None
        self.news: deque[Blocked | None] = deque(maxlen=8)

    def set(self, after: int, for_s: float) -> None:
        self._after, self._for_s = after, min(for_s, LONGEST_S)

    def is_in(self, sim: str | None) -> None:
        """Which SIM is in the modem, as its ICCID says."""
        if sim is not None and self._sim is not None and sim != self._sim:
            self._close()
        self._sim = sim or self._sim

    def restore(self, reason: str, until: datetime) -> None:
        """As it was when the gateway ended."""
        if until > self._clock.now():
            self._blocked = Blocked(reason, until, self._after, MessageError("sim_refused", reason))
            self._refusals = self._after

    def refused(self, error: MessageError) -> bool:
        """Whether it is open from now on."""
        self._refusals += 1
        if self._blocked is None and self._refusals < self._after:
            return False
        until = self._clock.now() + timedelta(seconds=self._for_s)
        reason = f"sends nothing for {_span(self._for_s)} after {self._refusals} refusals in a row: {error.message}"
        self._blocked = Blocked(reason, until, self._refusals, error)
        self.news.append(self._blocked)
        return True

    def sent(self) -> bool:
        """Whether that closed it."""
        was_open = self._blocked is not None
        self._close()
        return was_open

    def _close(self) -> None:
        self._refusals = 0
        if self._blocked is not None:
            self._blocked = None
            self.news.append(None)

    @property
    def blocked(self) -> Blocked | None:
        """Set while it sends nothing; not while its one try is due."""
        blocked = self._blocked
        if blocked is None or blocked.until <= self._clock.now():
            return None
        if blocked.until - self._clock.now() > timedelta(
            seconds=self._for_s
        ):  # the clock was set back, or the time cut
            blocked = self._blocked = Blocked(
                blocked.reason, self._clock.now() + timedelta(seconds=self._for_s), blocked.refusals, blocked.error
            )
        return blocked


def _span(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
