"""The card's counters."""

import pytest

from modem.simulator.card import Card, Lock, luhn


def card(pin: str | None = "1234") -> Card:
    return Card("+447700900000", "001010000000001", luhn("899900000000000001"), pin=pin)


@pytest.mark.parametrize(("digits", "whole"), [("7992739871", "79927398713"), ("49015420323751", "490154203237518")])
def test_check_digits(digits: str, whole: str) -> None:
    assert luhn(digits) == whole


def test_a_right_pin_restores_the_tries() -> None:
    one = card()
    assert (one.lock, one.enter_pin("0000"), one.pin_tries) == (Lock.PIN, False, 2)
    assert one.enter_pin("1234")
    assert (one.lock, one.pin_tries) == (Lock.READY, 3)
    one.power_off()
    assert one.lock is Lock.PIN


def test_ten_wrong_puks_end_the_card() -> None:
    one = card()
    for _ in range(3):
        one.enter_pin("0000")
    for _ in range(10):
        assert one.lock is Lock.PUK
        assert not one.enter_puk("00000000", "1111")
    assert one.lock is Lock.DEAD


def test_no_pin_no_lock_and_no_card_no_service() -> None:
    one = card(pin=None)
    assert one.lock is Lock.READY
    one.inserted = False
    assert one.lock is Lock.ABSENT
