"""What a line remembers of its modem between connections."""

import pytest

from gateway.policy.watchdog import ANNOUNCED_LATELY_S, Cure, Ending
from gateway.watch import MISTRUSTED_S, VAIN_CYCLES, Watch

LONG_AGO = 10_000.0
SWEEP_S = 180.0


class Hand:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at

    def now(self):
        raise AssertionError("nothing here is told to people")


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def watch(clock) -> Watch:
    return Watch(clock)


def sweeps(watch: Watch, clock: Hand, count: int, **how) -> list[Cure | None]:
    found = []
    for _ in range(count):
        clock.at += SWEEP_S
        watch.found(LONG_AGO)
        found.append(watch.swept(how.get("since", LONG_AGO), doubtful=how.get("doubtful", False)))
    return found


def test_the_first_sweep_of_a_connection_finds_what_came_before(watch, clock):
    watch.began()
    assert sweeps(watch, clock, 3) == [None, None, Cure.SET_UP]
    watch.began()
    assert sweeps(watch, clock, 3) == [None, None, Cure.PORT], "what was tried is remembered over connections"


def test_what_we_left_in_the_sim_ourselves_says_nothing(watch, clock):
    watch.began()
    assert sweeps(watch, clock, 10, doubtful=True) == [None] * 10


def test_an_announcement_since_the_sweep_before_says_that_it_hears(watch, clock):
    watch.began()
    assert sweeps(watch, clock, 10, since=SWEEP_S - 1) == [None] * 10


def test_a_sweep_that_was_faster_than_the_announcement_says_nothing(watch, clock):
    watch.began()
    watch.swept(LONG_AGO, doubtful=False)
    for _ in range(10):
        clock.at += SWEEP_S
        watch.found(ANNOUNCED_LATELY_S / 2)
        assert watch.swept(LONG_AGO, doubtful=False) is None


def test_a_line_whose_sends_hang_has_recovered_when_one_ends_well_or_after_an_hour(watch):
    assert watch.is_proven(60.0, 60.0)
    assert watch.sent(Ending.HUNG, "a") is None
    assert watch.is_proven(60.0, 60.0)
    assert watch.sent(Ending.HUNG, "b") is not None
    assert not watch.is_proven(MISTRUSTED_S - 1, 60.0)
    assert watch.is_proven(MISTRUSTED_S, 60.0)
    watch.sent(Ending.WELL, "c")
    assert watch.is_proven(60.0, 60.0)
    assert not watch.is_proven(59.0, 60.0)


def test_a_radio_that_finds_no_network_has_its_modem_reset_once(watch):
    vain = [watch.radio_is_vain() for _ in range(20)]
    assert vain == [n == VAIN_CYCLES for n in range(20)]
    watch.registered()
    assert [watch.radio_is_vain() for _ in range(VAIN_CYCLES + 1)][-1]
