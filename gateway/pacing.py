"""How fast a SIM sends, and at which hours: the network's tolerance and people's sleep."""

from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.aio import Clock
from gateway.domain.line import EVERY_DAY
from gateway.domain.message import SendWindow
from gateway.policy.windows import next_open


class Pace:
    """A token bucket: so many parts a minute, and ``burst`` at once after a rest. rate_per_minute 0: no limit.

    It outlives connections. A new one holds one token: a restart gives no burst away that was used a moment before.
    """

    def __init__(self, rate_per_minute: float, clock: Clock, *, burst: int = 1) -> None:
        self._clock = clock
        self._gap = self._ahead = 0.0  # seconds: between parts; that a full bucket is ahead of them
        self._full_at = 0.0  # monotonic: when the bucket is full again
        self.set(rate_per_minute, burst)

    def set(self, rate_per_minute: float, burst: int) -> None:
        """From now on; what is waited for is at most one part at the new rate."""
        wait = self.wait_s()
        self._gap = 60.0 / rate_per_minute if rate_per_minute > 0 else 0.0
        self._ahead = (max(burst, 1) - 1) * self._gap
        self._full_at = self._clock.monotonic() + self._ahead + min(wait, self._gap)

    def took_one(self) -> None:
        """Also one that did not wait: those after it wait the longer."""
        self._full_at = max(self._full_at, self._clock.monotonic()) + self._gap

    def wait_s(self) -> float:
        """Seconds until the next part may go."""
        return max(0.0, self._full_at - self._ahead - self._clock.monotonic())


class Hours:
    """Hours of the day at which a line begins messages. hours: "HH:MM-HH:MM", "" for any; days: ISO weekdays."""

    def __init__(self, hours: str = "", days: tuple[int, ...] = EVERY_DAY, timezone: str = "UTC") -> None:
        start, _, end = hours.partition("-")
        self._window = SendWindow(start, end, days) if hours else None
        self._zones = (ZoneInfo(timezone),)
        self.text = f"it sends from {start} to {end} ({timezone}) only" if hours else ""

    def opens_at(self, now: datetime) -> datetime | None:
        """When they begin; None while they last. They are whole minutes."""
        if self._window is None:
            return None
        minute = now.replace(second=0, microsecond=0)
        opens = next_open(self._window, self._zones, minute)
        return opens if opens > minute else None
