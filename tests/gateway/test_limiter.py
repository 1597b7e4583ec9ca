from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.line import Limits, RestKind
from gateway.domain.message import MessageError
from gateway.limiter import Limiter

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class TurnedClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def kind(limiter: Limiter, *, alert: bool = False) -> RestKind | None:
    rest = limiter.rest(alert=alert)
    return None if rest is None else rest.kind


def test_an_alert_passes_the_rate(clock):
    limiter = Limiter(clock, Limits(rate_per_minute=6))
    assert limiter.rest() is None
    limiter.pace.took_one()
    rest = limiter.rest()
    assert rest is not None
    assert (rest.kind, rest.until) == (RestKind.RATE, NOON + timedelta(seconds=10))
    assert "6 parts a minute" in rest.text
    assert limiter.seconds_left(rest) == pytest.approx(10)
    assert kind(limiter, alert=True) is None


def test_an_alert_passes_the_hours(clock):
    limiter = Limiter(clock, Limits(hours="14:00-15:00"))
    rest = limiter.rest()
    assert rest is not None
    assert (rest.kind, rest.until) == (RestKind.HOURS, NOON + timedelta(hours=2))
    assert rest.text == "it sends from 14:00 to 15:00 (UTC) only"
    assert kind(limiter, alert=True) is None
    assert limiter.rate_rest() is None, "a message that has begun is finished"


def test_an_alert_never_passes_the_budget(clock):
    limiter = Limiter(clock, Limits(parts_per_day=1))
    limiter.took_one(NOON)
    assert kind(limiter) is kind(limiter, alert=True) is RestKind.BUDGET


def test_an_alert_may_use_what_is_kept_for_alerts(clock):
    limiter = Limiter(clock, Limits(parts_per_day=2, parts_for_alerts=1))
    limiter.took_one(NOON)
    assert (kind(limiter), kind(limiter, alert=True)) == (RestKind.BUDGET, None)


def test_an_alert_does_not_pass_the_breaker(clock):
    limiter = Limiter(clock, Limits(block_after=1))
    limiter.breaker.refused(MessageError("sim_refused", "barred", {"cms": 8}))
    assert kind(limiter) is kind(limiter, alert=True) is RestKind.BLOCKED


def test_what_is_changed_holds_at_once(clock):
    limiter = Limiter(clock, Limits(rate_per_minute=1, parts_per_day=1))
    limiter.pace.took_one()
    limiter.took_one(NOON)
    assert not limiter.take(Limits(rate_per_minute=1, parts_per_day=1))
    assert limiter.take(Limits(rate_per_minute=1, parts_per_day=2))
    rest = limiter.rest()
    assert rest is not None
    assert (rest.kind, limiter.seconds_left(rest)) == (RestKind.RATE, 60.0), "what was waited for is not forgiven"
    limiter.take(Limits(hours="13:00-14:00"))
    assert kind(limiter) is RestKind.HOURS
