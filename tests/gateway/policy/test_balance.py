"""The money in what networks say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.policy.balance import amount_of, next_question


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Your balance is 10.00", "10.00"),
        ("Guthaben: 3,50 EUR, gueltig bis 01.02.2027", "3.50"),
        ("Balance -0.45 USD", "-0.45"),
        ("Solde 1 234,50 F", "1234.50"),
        ("You have $1,234.56 left", "1234.56"),
        ("Saldo 1.234.567", "1234567"),
        ("Balance 1,234 UGX", "1234"),
        ("Balance 0,234 KWD", "0.234"),
        ("CHF 1'250.05.", "1250.05"),
        ("Balance: 7.", "7"),
    ],
)
def test_the_first_number_is_the_money(text, amount):
    assert amount_of(text) == Decimal(amount)


def test_a_line_says_where_it_stands():
    assert amount_of("Bonus 5.00 till 12.12, main 0.80", r"main ([\d.,]+)") == Decimal("0.80")
    assert amount_of("SMS left 12", r"left \d+") is None
    assert amount_of("SMS left 12", r"left (\d+)") == Decimal(12)


@pytest.mark.parametrize("text", ["", "Try again later", "- , .", "........"])
def test_where_there_is_none_there_is_none(text):
    assert amount_of(text) is None


NOON, HOUR, DAY = datetime(2026, 11, 20, 12, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("answered", "asked", "misses", "due"),
    [
        (None, None, 0, None),
        (NOON, NOON, 0, NOON + DAY),
        (None, NOON, 1, NOON + HOUR),
        (None, NOON, 2, NOON + 2 * HOUR),
        (NOON - 9 * DAY, NOON, 4, NOON + 8 * HOUR),
        (None, NOON, 6, NOON + DAY),
        (None, NOON, 5000, NOON + DAY),
    ],
)
def test_a_code_that_is_not_answered_is_asked_ever_more_rarely(answered, asked, misses, due):
    assert next_question(answered, asked, misses, DAY) == due
