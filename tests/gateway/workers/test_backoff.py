from dataclasses import replace

import pytest

from gateway.line import Remedy
from gateway.workers.backoff import STILL_S, Recovery, Rung, Seen, afresh, climb, look, wait_after


def climbed(*remedies: Remedy, power: bool = False) -> list[Recovery]:
    found = [Recovery()]
    for remedy in remedies:
        found.append(climb(found[-1], remedy, power=power))
    return found[1:]


def test_a_line_that_never_failed_does_not_wait():
    assert wait_after(0, 1.0) == 0.0


def test_each_failure_doubles_the_wait_up_to_a_quarter_of_an_hour():
    """Fault 28: a modem that restarts every few seconds is left alone for longer and longer."""
    assert [wait_after(failures, 0.0) for failures in (1, 2, 3, 4, 10, 11, 500)] == [1, 2, 4, 8, 512, 900, 900]


@pytest.mark.parametrize(("jitter", "seconds"), [(-1.0, 720.0), (1.0, 1080.0)])
def test_modems_behind_one_hub_do_not_start_together(jitter, seconds):
    assert wait_after(99, jitter) == pytest.approx(seconds)


@pytest.mark.parametrize("power", [False, True])
def test_the_ladder_goes_from_mild_to_harsh_and_then_round_and_round_in_quarantine(power):
    ladder = [Rung.REOPEN, Rung.REOPEN, Rung.CFUN, Rung.RESET] + [Rung.USB] * power
    steps = climbed(*[Remedy.LADDER] * 3 * len(ladder), power=power)
    assert [step.rung for step in steps] == ladder * 3
    assert [step.quarantined for step in steps] == [False] * len(ladder) + [True] * 2 * len(ladder)
    assert [step.failures for step in steps] == list(range(1, 3 * len(ladder) + 1))


@pytest.mark.parametrize(
    ("remedy", "rungs"),
    [
        (Remedy.RADIO, [Rung.CFUN, Rung.RESET, Rung.USB]),
        (Remedy.RESET, [Rung.RESET, Rung.USB]),
    ],
)
def test_a_fault_that_only_more_may_help_skips_the_foot_of_the_ladder(remedy, rungs):
    steps = climbed(*[remedy] * len(rungs), power=True)
    assert [step.rung for step in steps] == rungs
    assert not any(step.quarantined for step in steps)
    assert climb(steps[-1], remedy, power=True).quarantined


def test_what_no_rung_can_help_only_waits_longer_and_longer():
    """A PIN that is refused, a port that another program holds, a full disk."""
    steps = climbed(*[Remedy.WAIT] * 20, power=True)
    assert {step.rung for step in steps} == {Rung.REOPEN}
    assert not any(step.quarantined for step in steps)
    assert steps[-1].failures == 20
    assert climb(steps[-1], Remedy.LADDER, power=True).rung is Rung.REOPEN


def test_a_restart_that_was_asked_for_is_no_failure_of_the_modem():
    steps = climbed(*[Remedy.ASKED] * 5)
    assert set(steps) == {Recovery(1, 0, Rung.RESET)}
    assert climb(steps[-1], Remedy.LADDER, power=False).rung is Rung.REOPEN


def test_a_person_who_ends_a_wait_has_the_ladder_begun_anew():
    begun = afresh(Rung.REOPEN)
    assert not begun.quarantined
    assert climb(begun, Remedy.LADDER, power=False) == Recovery(2, 1, Rung.REOPEN)


def test_a_hand_changes_what_was_still_and_a_brown_out_loop_never_is():
    """Fault 28."""
    seen = Seen("there", 0.0)
    assert look(seen, "there", 1000.0) == (seen, False)
    assert look(seen, "gone", STILL_S) == (Seen("gone", STILL_S), True)
    now = 0.0
    for n in range(200):
        now += 20.0
        seen, plugged = look(seen, ("there", n), now)
        assert not plugged
    assert replace(seen, since=0.0) == Seen(("there", 199), 0.0)
