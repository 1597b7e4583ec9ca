"""Everything that makes a line wait although its modem could send: one answer, with the reason in words.

An alert passes the rate and the hours, which are about comfort, and never the budget, which is somebody's money, nor
the breaker, which is the network's own word.
"""

from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.breaker import Breaker
from gateway.budget import Budget
from gateway.domain.line import Limits, Rest, RestKind
from gateway.pacing import Hours, Pace


class Limiter:
    """Of one line, as long as the daemon runs: it outlives connections."""

    def __init__(self, clock: Clock, limits: Limits | None = None, *, sim: str | None = None) -> None:
        self._clock = clock
        self._limits = limits or Limits()
        self.pace = Pace(self._limits.rate_per_minute, clock, burst=self._limits.burst)
        self.budget = Budget()
        self.breaker = Breaker(clock, sim=sim)
        self._hours = Hours()
        self._set()

    def take(self, limits: Limits) -> bool:
        """What holds from now on. Whether it is something else than before."""
        if limits == self._limits:
            return False
        before, self._limits = self._limits, limits
        if (limits.rate_per_minute, limits.burst) != (before.rate_per_minute, before.burst):
            self.pace.set(limits.rate_per_minute, limits.burst)
        self._set()
        return True

    def _set(self) -> None:
        limits = self._limits
        self.budget.set(limits.parts_per_day, limits.parts_per_month, limits.parts_for_alerts)
        self.breaker.set(limits.block_after, limits.block_for_s)
        self._hours = Hours(limits.hours, limits.days, limits.timezone)

    def rest(self, *, alert: bool = False) -> Rest | None:
        """Why no message may begin, and until when; None: one may. alert: for one that overtakes."""
        now = self._clock.now()
        if (blocked := self.breaker.blocked) is not None:
            return Rest(RestKind.BLOCKED, blocked.reason, blocked.until)
        if (spent := self.budget.spent(now, alert=alert)) is not None:
            return Rest(RestKind.BUDGET, spent, self.budget.until(now, alert=alert))
        if alert:
            return None
        if (opens := self._hours.opens_at(now)) is not None:
            return Rest(RestKind.HOURS, self._hours.text, opens)
        return self.rate_rest()

    def rate_rest(self) -> Rest | None:
        """Why the next part of a message that has begun may not go yet."""
        wait = self.pace.wait_s()
        if wait <= 0:
            return None
        text = f"it sends {self._limits.rate_per_minute:g} parts a minute (rate_per_minute)"
        return Rest(RestKind.RATE, text, self._clock.now() + timedelta(seconds=wait))

    def seconds_left(self, rest: Rest) -> float:
        """How long to sleep on it: the rate is counted by the monotonic clock, everything else by the wall's."""
        return self.pace.wait_s() if rest.kind is RestKind.RATE else self._left(rest.until)

    def load(self, *, today: int, this_month: int) -> None:
        """What the store has counted for its SIM so far."""
        self.budget.load(self._clock.now(), today=today, this_month=this_month)

    def took_one(self, now: datetime) -> None:
        """A part that the network took, or may have taken and bills then."""
        self.budget.took_one(now)

    def _left(self, until: datetime) -> float:
        return max(0.0, (until - self._clock.now()).total_seconds())
