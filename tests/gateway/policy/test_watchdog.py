"""When a modem that answers AT is looked after all the same."""

from functools import reduce

import pytest

from gateway.policy.outcome import Facts, decide
from gateway.policy.watchdog import (
    HUNG_SENDS,
    REFUSED_S,
    REFUSED_SENDS,
    Cure,
    Ending,
    Hearing,
    Sends,
    after_send,
    after_sweep,
    cure_of,
    ending_of,
    trouble_of,
)
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost


def ended(*endings: Ending, gap: float = 1.0, messages: int = 2, begun: Sends | None = None) -> tuple[Sends, float]:
    """What these submissions leave, one every gap seconds, of so many messages in turns; and the time of the last."""
    sends = begun or Sends()
    for n, ending in enumerate(endings):
        sends = after_send(sends, ending, f"m{n % messages}", n * gap)
    return sends, (len(endings) - 1) * gap


@pytest.mark.parametrize(
    ("error", "on_air", "ending"),
    [
        (CommandTimeout("AT+CMGS=23", 180.0), True, Ending.HUNG),
        (CommandTimeout("AT+CMGS=23", 10.0), False, Ending.HUNG),
        (TransportLost("EIO"), True, Ending.NEITHER),
        (TransportLost("EIO"), False, Ending.NEITHER),
        (CommandRejected("AT+CMGS=23", "cms", 1, ""), True, Ending.WELL),  # unassigned number: the network spoke
        (CommandRejected("AT+CMGS=23", "cms", 42, ""), True, Ending.REFUSED),
        (CommandRejected("AT+CMGS=23", "cms", 332, ""), True, Ending.REFUSED),
        (CommandRejected("AT+CMGS=23", "cms", 500, ""), True, Ending.REFUSED),
        (CommandRejected("AT+CMGS=23", "cms", 8, ""), True, Ending.NEITHER),  # barred: the breaker's
        (CommandRejected("AT+CMGS=23", "cms", 331, ""), True, Ending.NEITHER),  # no network: told as such
        (CommandRejected("AT+CMGS=23", "cms", 322, ""), True, Ending.NEITHER),  # memory full: swept
        (CommandRejected("AT+CMGS=23", "cms", 304, ""), True, Ending.NEITHER),  # not understood: set up
    ],
)
@pytest.mark.parametrize("tries", [0, 10])
def test_each_ending_tells_of_the_modem_or_does_not(
    error: ModemError, on_air: bool, ending: Ending, tries: int
) -> None:
    assert ending_of(decide(error, Facts(on_air, tries, False))) is ending


def test_submissions_that_hang_in_a_row_are_enough() -> None:
    for count in range(HUNG_SENDS):
        assert trouble_of(*ended(*[Ending.HUNG] * count)) is None
    assert "hang" in str(trouble_of(*ended(*[Ending.HUNG] * HUNG_SENDS)))


@pytest.mark.parametrize("between", [Ending.WELL, Ending.REFUSED])
def test_an_answer_between_two_that_hang_is_a_sign_of_life(between: Ending) -> None:
    assert trouble_of(*ended(Ending.HUNG, between, Ending.HUNG, between, Ending.HUNG)) is None


def test_after_the_ladder_was_climbed_the_first_that_hangs_is_enough_until_one_ends_well() -> None:
    mistrusted = Sends(mistrusted=True)
    assert trouble_of(*ended(Ending.HUNG, begun=mistrusted)) is not None
    assert trouble_of(*ended(Ending.WELL, Ending.HUNG, begun=mistrusted)) is None


def test_what_the_network_does_not_take_is_waited_out_for_ten_minutes() -> None:
    refused = [Ending.REFUSED] * REFUSED_SENDS
    assert trouble_of(*ended(*refused, gap=REFUSED_S / REFUSED_SENDS)) is None
    assert "10 minutes" in str(trouble_of(*ended(*refused, gap=REFUSED_S / (REFUSED_SENDS - 1))))


@pytest.mark.parametrize(
    ("count", "messages", "then"),
    [(REFUSED_SENDS - 1, 2, ()), (50, 1, ()), (50, 2, (Ending.WELL,))],
    ids=["too few", "one recipient alone", "one has gone since"],
)
def test_a_busy_network_or_a_recipient_is_no_fault_of_the_modem(
    count: int, messages: int, then: tuple[Ending, ...]
) -> None:
    assert trouble_of(*ended(*[Ending.REFUSED] * count, *then, gap=REFUSED_S, messages=messages)) is None


def swept(*periods: tuple[int, bool]) -> tuple[Hearing, list[Cure]]:
    """Periods between sweeps: how many were found unannounced, and whether something was announced."""
    cures: list[Cure] = []

    def after(hearing: Hearing, period: tuple[int, bool]) -> Hearing:
        hearing, cure = cure_of(after_sweep(hearing, unannounced=period[0], announced=period[1]))
        cures.extend([cure] if cure else [])
        return hearing

    return reduce(after, periods, Hearing()), cures


def test_a_modem_that_announces_nothing_is_cured_from_mild_to_harsh_and_then_lives_by_sweeps() -> None:
    hearing, cures = swept(*[(1, False)] * 20)
    assert cures == [Cure.SET_UP, Cure.PORT, Cure.RADIO, Cure.RESET]
    assert hearing.deaf


def test_quiet_hours_between_are_no_hearing() -> None:
    assert swept((1, False), *[(0, False)] * 500, (3, False))[1] == [Cure.SET_UP]


def test_a_long_time_without_any_message_is_no_fault() -> None:
    assert swept(*[(0, False)] * 10_000) == (Hearing(), [])


def test_an_announcement_forgives_everything() -> None:
    assert swept((1, False), (1, True), (1, False)) == (Hearing(missed=1), [])
    assert swept(*[(1, False)] * 4, (0, True), *[(1, False)] * 2)[1] == [Cure.SET_UP, Cure.PORT, Cure.SET_UP]
