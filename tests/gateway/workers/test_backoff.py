import pytest

from gateway.workers.backoff import Rung, rung_after, wait_after


def test_a_line_that_never_failed_does_not_wait():
    assert wait_after(0, 1.0) == 0.0


def test_each_failure_doubles_the_wait_up_to_a_quarter_of_an_hour():
    """Fault 28: a modem that restarts every few seconds is left alone for longer and longer."""
    assert [wait_after(failures, 0.0) for failures in (1, 2, 3, 4, 10, 11, 500)] == [1, 2, 4, 8, 512, 900, 900]


@pytest.mark.parametrize(("jitter", "seconds"), [(-1.0, 720.0), (1.0, 1080.0)])
def test_modems_behind_one_hub_do_not_start_together(jitter, seconds):
    assert wait_after(99, jitter) == pytest.approx(seconds)


def test_the_ladder_goes_from_mild_to_harsh_and_round_again():
    rungs = [rung_after(failures, reset=False) for failures in range(1, 9)]
    assert rungs == [Rung.REOPEN, Rung.REOPEN, Rung.CFUN, Rung.RESET] * 2


def test_a_fault_that_only_a_reset_may_help_skips_the_ladder():
    assert rung_after(1, reset=True) is Rung.RESET
