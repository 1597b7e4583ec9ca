from datetime import UTC, datetime, timedelta

import pytest

from gateway.breaker import Breaker
from gateway.domain.message import MessageError

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BARRED = MessageError("sim_refused", "refused for this SIM: Operator determined barring", {"cms": 8})


class TurnedClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


def refuse(breaker: Breaker, times: int) -> list[bool]:
    return [breaker.refused(BARRED) for _ in range(times)]


def test_refusals_in_a_row_open_it_and_say_why(clock):
    breaker = Breaker(clock, after=3, for_s=900)
    assert refuse(breaker, 3) == [False, False, True]
    assert breaker.blocked is not None
    assert breaker.blocked.reason == (
        "sends nothing for 15 minutes after 3 refusals in a row: refused for this SIM: Operator determined barring"
    )
    assert (breaker.blocked.until, breaker.blocked.error) == (NOW + timedelta(minutes=15), BARRED)


def test_a_success_between_them_begins_the_count_anew(clock):
    breaker = Breaker(clock, after=3)
    refuse(breaker, 2)
    assert not breaker.sent()
    refuse(breaker, 2)
    assert breaker.blocked is None


def test_after_its_time_one_is_tried_and_a_refusal_opens_it_again(clock):
    breaker = Breaker(clock, after=3, for_s=900)
    refuse(breaker, 3)
    clock.at += timedelta(seconds=900)
    assert breaker.blocked is None
    assert refuse(breaker, 1) == [True]
    assert breaker.blocked is not None
    assert [one.refusals for one in breaker.news if one is not None] == [3, 4]


def test_a_success_closes_it(clock):
    breaker = Breaker(clock, after=3, for_s=900)
    refuse(breaker, 3)
    clock.at += timedelta(seconds=900)
    assert breaker.sent()
    assert breaker.news.pop() is None
    assert refuse(breaker, 2) == [False, False]


def test_it_is_of_one_sim(clock):
    """Fault 36: another SIM has refused nothing yet."""
    breaker = Breaker(clock, sim="8988")
    refuse(breaker, 3)
    breaker.is_in(None)
    assert breaker.blocked is not None, "a modem that does not tell is no other SIM"
    breaker.is_in("8988")
    assert breaker.blocked is not None
    breaker.is_in("8944")
    assert breaker.blocked is None


def test_it_is_open_after_a_restart(clock):
    breaker = Breaker(clock, after=3)
    breaker.restore("barred", NOW + timedelta(minutes=5))
    assert breaker.blocked is not None
    clock.at += timedelta(minutes=5)
    assert breaker.blocked is None
    assert refuse(breaker, 1) == [True], "still to be tried with one"
    Breaker(clock).restore("barred", NOW)
    assert Breaker(clock).blocked is None


def test_a_clock_that_is_set_back_does_not_keep_it_open(clock):
    breaker = Breaker(clock, for_s=900)
    refuse(breaker, 3)
    clock.at -= timedelta(days=1)
    assert breaker.blocked is not None
    clock.at += timedelta(seconds=900)
    assert breaker.blocked is None


def test_how_many_and_how_long_can_be_said_otherwise(clock):
    breaker = Breaker(clock)
    breaker.set(1, 60)
    assert refuse(breaker, 1) == [True]
    assert breaker.blocked is not None
    assert "for 60 seconds after 1 refusals" in breaker.blocked.reason
