from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.pdu import timestamp
from modem.pdu.octets import Reader

ZONES = st.integers(-79, 79).map(lambda quarters: timezone(quarters * timestamp.QUARTER))
FIRST = datetime(1990, 1, 2, tzinfo=UTC)
SECONDS = int((datetime(2089, 12, 30, tzinfo=UTC) - FIRST).total_seconds())
MOMENTS = st.builds(
    lambda seconds, zone: (FIRST + timedelta(seconds=seconds)).astimezone(zone), st.integers(0, SECONDS), ZONES
)


@given(MOMENTS)
def test_decoding_undoes_encoding(moment):
    decoded = timestamp.decode(timestamp.encode(moment))
    assert decoded == moment
    assert decoded.utcoffset() == moment.utcoffset()


@given(st.binary(min_size=7, max_size=7))
def test_any_octets_come_back_through_the_field(octets):
    reader = Reader(octets)
    moment, kept = timestamp.read_timestamp(reader, "TP-SCTS")
    assert timestamp.encode_field(moment, kept) == octets
    assert moment is None or moment.tzinfo is not None


@pytest.mark.parametrize(
    ("octets", "moment"),
    [
        ("52013051214300", "2025-10-03T15:12:34+00:00"),
        ("52013051214340", "2025-10-03T15:12:34+01:00"),
        ("5201305121438A", "2025-10-03T15:12:34-07:00"),
        ("52013051214308", "2025-10-03T15:12:34+00:00"),
        ("52013051214397", "2025-10-03T15:12:34+19:45"),
        ("5201305121439F", "2025-10-03T15:12:34-19:45"),
        ("520130512143FF", "2025-10-03T15:12:34+00:00"),  # no zone: the local time is kept
        ("99211332959500", "1999-12-31T23:59:59+00:00"),
        ("09101000000000", "1990-01-01T00:00:00+00:00"),
        ("98101000000000", "2089-01-01T00:00:00+00:00"),
    ],
)
def test_zones_and_centuries(octets, moment):
    assert timestamp.decode(bytes.fromhex(octets)).isoformat() == moment


@pytest.mark.parametrize(
    "octets",
    ["00000000000000", "FFFFFFFFFFFFFF", "52310051214300", "A2013051214300", "52013042000000", "52200300000000"],
)
def test_what_is_no_date_gives_none(octets):
    assert timestamp.decode(bytes.fromhex(octets)) is None


def test_odd_zones_are_rounded_and_the_moment_stays():
    moment = datetime(2025, 10, 3, 15, 12, 34, tzinfo=timezone(timedelta(hours=5, minutes=53)))
    decoded = timestamp.decode(timestamp.encode(moment))
    assert decoded == moment
    assert decoded.utcoffset() == timedelta(hours=6)


@pytest.mark.parametrize(
    "moment", [FIRST.replace(tzinfo=None), datetime(1989, 12, 31, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]
)
def test_what_has_no_form_is_refused(moment):
    with pytest.raises(ValueError):
        timestamp.encode(moment)


def test_nothing_is_encoded_as_zeros():
    assert timestamp.encode_field(None, None) == bytes(7)
