"""Which of a sender's lines a message is left to."""

from gateway.domain.sender import Strategy
from gateway.policy.strategy import preferred

ABLE = (3, 1, 2)


def choice(strategy, able=ABLE, *, last=None, busy=(), known=None):
    return preferred(strategy, able, last=last, busy=busy, known=known)


def test_the_first_that_is_up_however_busy():
    assert choice(Strategy.FIRST_UP, busy=(3,)) == 3


def test_turns_go_on_behind_the_last_past_who_is_busy():
    assert [choice(Strategy.ROUND_ROBIN, last=last) for last in (None, 3, 1, 2, 9)] == [3, 1, 2, 3, 3]
    assert choice(Strategy.ROUND_ROBIN, last=3, busy=(1,)) == 2
    assert choice(Strategy.ROUND_ROBIN, busy=ABLE) is None


def test_whoever_wrote_to_the_recipient_last_if_it_may():
    assert [choice(Strategy.STICKY, known=known) for known in (1, 9, None)] == [1, None, None]


def test_the_least_loaded_is_whoever_asks():
    assert choice(Strategy.LEAST_LOADED) is None
