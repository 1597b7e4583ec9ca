from datetime import UTC, datetime, timedelta

import pytest

from gateway.pacing import Hours, Pace

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday


class TurnedClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def sent(pace: Pace, clock: TurnedClock, seconds: float) -> int:
    """How many parts go out in that time."""
    until, count = clock.seconds + seconds, 0
    while clock.seconds + pace.wait_s() <= until:
        clock.seconds += pace.wait_s()
        pace.took_one()
        count += 1
    clock.seconds = until
    return count


def test_without_a_rate_nothing_waits(clock):
    pace = Pace(0.0, clock)
    for _ in range(1000):
        pace.took_one()
    assert pace.wait_s() == 0.0


def test_the_pace_does_not_save_up_without_a_burst(clock):
    pace = Pace(60.0, clock)
    clock.seconds = 3600.0
    pace.took_one()
    assert pace.wait_s() == 1.0


def test_a_rest_fills_the_bucket_and_not_more(clock):
    pace = Pace(6.0, clock, burst=5)
    clock.seconds = 3600.0
    assert sent(pace, clock, 0.0) == 5
    assert pace.wait_s() == pytest.approx(10.0)
    assert sent(pace, clock, 30.0) == 3
    clock.seconds += 20.0
    assert sent(pace, clock, 0.0) == 2


def test_a_new_bucket_holds_one_token(clock):
    """A start gives no burst away that was used a moment before it."""
    assert sent(Pace(6.0, clock, burst=5), clock, 0.0) == 1


def test_over_an_hour_it_is_the_rate_and_one_burst_at_most(clock):
    pace = Pace(6.0, clock, burst=5)
    assert sent(pace, clock, 3600.0) == 361
    clock.seconds += 3600.0
    assert sent(pace, clock, 3600.0) == 365


def test_what_did_not_wait_is_waited_for_by_those_after_it(clock):
    pace = Pace(6.0, clock)
    pace.took_one()
    pace.took_one()
    assert pace.wait_s() == pytest.approx(20.0)


def test_a_changed_rate_holds_at_once(clock):
    pace = Pace(1.0, clock)
    pace.took_one()
    pace.set(60.0, 1)
    assert pace.wait_s() == pytest.approx(1.0)
    pace.set(0.0, 1)
    assert pace.wait_s() == 0.0
    pace.set(6.0, 3)
    assert sent(pace, clock, 0.0) == 1


@pytest.mark.parametrize(
    ("hours", "days", "timezone", "at", "opens"),
    [
        ("", (1,), "UTC", NOW, None),
        ("08:00-20:00", (5,), "UTC", NOW, None),
        ("08:00-12:00", (1, 2, 3, 4, 5, 6, 7), "UTC", NOW, NOW + timedelta(hours=20)),
        ("08:00-12:00", (1, 2, 3, 4, 5, 6, 7), "UTC", NOW - timedelta(seconds=1), None),
        ("08:00-20:00", (1,), "UTC", NOW, datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("08:00-20:00", (5,), "America/New_York", NOW, NOW + timedelta(hours=1)),
        ("22:00-06:00", (4,), "UTC", datetime(2026, 11, 20, 5, 59, tzinfo=UTC), None),
        ("12:00-13:00", (5,), "UTC", NOW - timedelta(seconds=1), NOW),
    ],
)
def test_hours_are_those_of_their_zone_and_days(hours, days, timezone, at, opens):
    assert Hours(hours, days, timezone).opens_at(at) == opens


def test_hours_heed_daylight_saving():
    """From 25 October on Berlin is an hour nearer to UTC."""
    summer = datetime(2026, 10, 24, 5, 0, tzinfo=UTC)
    winter = datetime(2026, 10, 26, 5, 0, tzinfo=UTC)
    hours = Hours("08:00-20:00", timezone="Europe/Berlin")
    assert [hours.opens_at(at) for at in (summer, winter)] == [
        summer + timedelta(hours=1), winter + timedelta(hours=2)
    ]  # fmt: skip
