"""How often a key may ask (native-v1 §5): a token bucket each."""

import math
from dataclasses import dataclass

from gateway.domain.errors import QuotaExceeded

BURST = 5  # times the rate: what an idle key may ask at once
MOST_KEPT = 10_000  # buckets; beyond it those that are full again are dropped


@dataclass(frozen=True, slots=True)
class RateState:
    """A key's bucket after one more request. remaining: requests it may still make at once; reset_s: until full."""

    policy: str
    remaining: int
    reset_s: int
    retry_after: float | None = None  # seconds, set when this request was one too many

    @property
    def header(self) -> str:
        """The field ``RateLimit`` (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"default";r={self.remaining};t={self.reset_s}'

    def check(self) -> None:
        """Raises QuotaExceeded("rate_limited") for the request that was one too many."""
        if self.retry_after is not None:
            raise QuotaExceeded("rate_limited", "too many requests with this key", retry_after=self.retry_after)


class Buckets:
    """Those of one rate: filled at ``rate`` tokens a second up to ``BURST`` times as many."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, rate * BURST)
        self._policy = f'"default";q={math.floor(self._burst)};w={math.ceil(self._burst / rate)}'
        self._levels: dict[str, tuple[float, float]] = {}  # key → (tokens, monotonic seconds when it was so)

    def take(self, key_id: str, now: float) -> RateState:
        """One more request of that key. now: monotonic seconds."""
        tokens, then = self._levels.get(key_id, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._rate)
        retry_after = None if tokens >= 1 else (1 - tokens) / self._rate
        if retry_after is None:
            tokens -= 1
        self._levels[key_id] = (tokens, now)
        if len(self._levels) > MOST_KEPT:
            self._drop_full(now)
        return RateState(self._policy, int(tokens), math.ceil((self._burst - tokens) / self._rate), retry_after)

    def _drop_full(self, now: float) -> None:
        full_after = self._burst / self._rate
        self._levels = {key: level for key, level in self._levels.items() if now - level[1] < full_after}


class Rates:
    """Every key's bucket, by the rate of its account. usual: that of the gateway, 0 for no limit."""

    def __init__(self, usual: float) -> None:
        self._usual = usual
        self._buckets: dict[float, Buckets] = {}

    def take(self, key_id: str, own: float, now: float) -> RateState | None:
        """One more request. own: the account's rate, 0 for the usual one. None where no rate is set."""
        rate = own or self._usual
        if rate <= 0:
            return None
        buckets = self._buckets.get(rate)
        if buckets is None:
            if len(self._buckets) >= MOST_KEPT:
                self._buckets.clear()
            buckets = self._buckets[rate] = Buckets(rate)
        return buckets.take(key_id, now)
