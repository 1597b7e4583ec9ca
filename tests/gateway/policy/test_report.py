"""Which part a status report is about, and what it makes of it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.message import State
from gateway.policy.report import WINDOW, Candidate, alike, fits, match, settlement

VECTORS = Path(__file__).parents[2] / "vectors"
SENT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PEER = "+447700900123"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ROWS = json.loads((VECTORS / "tp-st.json").read_text("utf-8"))["rows"]


def candidate(message: int = 1, *, reference: int | None = 7, at: datetime = SENT, to: str = PEER) -> Candidate:
    return Candidate(message, 1, reference, to, at)


def found(*candidates: Candidate, stamped_at: datetime | None = SENT, to: str = PEER, received_at: datetime = SENT):
    hit = match(candidates, reference=7, recipient=to, stamped_at=stamped_at, received_at=received_at)
    return None if hit is None else hit.message


@pytest.mark.parametrize("row", ROWS, ids=[row["st"] for row in ROWS])
def test_every_status_has_the_state_of_the_table(row):
    settled = settlement(int(row["st"], 16))
    assert settled.state.value == row["gateway_state"]
    if settled.state is not State.SENT:
        assert settled.final
    assert (settled.error is None) == (settled.state in {State.SENT, State.DELIVERED})


def test_only_an_unconfirmed_sent_is_final():
    assert [status for status in range(256) if settlement(status) == settlement(0x01)] == [0x01]


@pytest.mark.parametrize(
    ("theirs", "likeness"),
    [
        (PEER, 3),
        ("447700900123", 3),
        ("07700900123", 2),
        ("900123", 1),
        ("12900123", 1),
        ("123", 0),
        ("", 0),
        ("+447700900124", 0),
    ],
)
def test_numbers_are_compared_from_their_end(theirs, likeness):
    assert alike(PEER, theirs) == likeness


def test_a_short_code_must_be_equal():
    assert alike("80888", "80888") == 3
    assert alike("80888", "180888") == 0


@given(st.integers(-59, 59), st.integers(-30, 120))
def test_a_clock_off_by_quarters_of_an_hour_fits_exactly(quarters, seconds):
    stamped_at = SENT + quarters * 15 * MINUTE + timedelta(seconds=seconds)
    assert fits(SENT, stamped_at) == (2 if abs(stamped_at - SENT) < 15 * HOUR else 0)


def test_other_times_fit_weakly_or_not_at_all():
    assert fits(SENT, SENT + 5 * MINUTE) == 1
    assert fits(SENT, SENT - 15 * HOUR) == 0
    assert fits(SENT, None) == 0


def test_the_reference_and_the_number_must_agree():
    assert found(candidate()) == 1
    assert found(candidate(reference=8)) is None
    assert found(candidate(to="+447700900999")) is None


def test_after_the_counter_came_round_the_time_tells_which_one():
    first, second = candidate(1), candidate(2, at=SENT + 4 * HOUR + 7 * MINUTE)
    later = SENT + 5 * HOUR
    assert found(first, second, stamped_at=SENT, received_at=later) == 1
    assert found(first, second, stamped_at=second.sent_at, received_at=later) == 2


def test_when_nothing_else_tells_the_newest_is_meant():
    first, second = candidate(1), candidate(2, at=SENT + HOUR)
    assert found(first, second, stamped_at=SENT + 5 * MINUTE, received_at=SENT + 2 * HOUR) == 2


def test_a_clock_that_is_wholly_wrong_does_not_hide_the_only_one_of_the_day():
    year_1970 = datetime(1970, 1, 1, tzinfo=UTC)
    assert found(candidate(), stamped_at=year_1970, received_at=SENT + HOUR) == 1
    assert found(candidate(), stamped_at=None, received_at=SENT + HOUR) == 1
    assert found(candidate(1), candidate(2), stamped_at=year_1970, received_at=SENT + HOUR) is None
    assert found(candidate(), stamped_at=None, received_at=SENT + 25 * HOUR) is None


def test_a_part_whose_reference_was_lost_needs_the_exact_time():
    lost = candidate(reference=None)
    assert found(lost, stamped_at=SENT + timedelta(seconds=3)) == 1
    assert found(lost, stamped_at=SENT + 5 * MINUTE) is None
    assert found(lost, stamped_at=None) is None
    assert found(lost, candidate(2)) == 2


def test_of_several_whose_reference_was_lost_the_one_nearest_in_time_is_meant():
    first, second = candidate(1, reference=None), candidate(2, reference=None, at=SENT + timedelta(seconds=2))
    for seconds, message in ((0, 1), (2, 2)):
        stamped_at = SENT + timedelta(seconds=seconds)
        assert found(first, second, stamped_at=stamped_at, received_at=SENT + MINUTE) == message
        assert found(first, second, stamped_at=stamped_at + HOUR, received_at=SENT + MINUTE) == message


def test_nothing_is_matched_after_a_week():
    assert found(candidate(), received_at=SENT + WINDOW) == 1
    assert found(candidate(), received_at=SENT + WINDOW + MINUTE) is None
