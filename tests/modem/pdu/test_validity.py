import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.errors import DecodeError
from modem.pdu.octets import Reader
from modem.pdu.validity import AbsoluteValidity, EnhancedValidity, RelativeValidity, format_of, read_validity

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "validity.json").read_text())


def test_every_relative_octet_means_what_the_standard_says():
    decoded = [RelativeValidity(row["vp"]).period for row in VECTORS["relative_decode"]]
    assert decoded == [timedelta(minutes=row["minutes"]) for row in VECTORS["relative_decode"]]
    assert len(decoded) == 256


@pytest.mark.parametrize("row", VECTORS["encode_round_up"], ids=lambda row: f"{row['minutes']} min")
def test_a_period_is_never_shortened(row):
    assert RelativeValidity.at_least(timedelta(minutes=row["minutes"])) == RelativeValidity(row["vp"])


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=441)))
def test_the_shortest_period_that_is_long_enough_is_taken(period):
    validity = RelativeValidity.at_least(period)
    assert validity.period >= period
    assert validity.octet == 0 or RelativeValidity(validity.octet - 1).period < period


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=400)), st.booleans())
def test_an_enhanced_period_is_never_shortened_and_exact_below_100_hours(period, single_shot):
    validity = EnhancedValidity.of(period, single_shot=single_shot)
    assert len(validity.encode()) == 7
    assert validity.single_shot is single_shot
    assert validity.period >= period
    assert validity.period - period < timedelta(seconds=1) or period > timedelta(hours=99)


@pytest.mark.parametrize(
    ("octets", "period"),
    [
        ("01000000000000", timedelta(minutes=5)),
        ("42030000000000", timedelta(seconds=3)),
        ("03211000000000", timedelta(hours=12, minutes=1)),
        ("00000000000000", None),
        ("05010000000000", None),
        ("03A10000000000", None),
        ("81000000000000", None),
    ],
)
def test_enhanced_forms(octets, period):
    assert EnhancedValidity(bytes.fromhex(octets)).period == period


def test_no_enhanced_period_and_none_that_ends_at_once():
    assert EnhancedValidity.of(None, single_shot=True).encode().hex() == "40000000000000"
    with pytest.raises(ValueError):
        EnhancedValidity.of(timedelta(0))


def test_absolute_validity_is_a_time_stamp():
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert AbsoluteValidity.at(moment).moment == moment
    assert AbsoluteValidity(b"\xff" * 7).moment is None


@pytest.mark.parametrize(
    "validity",
    [None, RelativeValidity(167), AbsoluteValidity(bytes(range(7))), EnhancedValidity(b"\x02\x09" + bytes(5))],
)
def test_every_form_is_read_as_it_was_written(validity):
    octets = b"" if validity is None else validity.encode()
    reader = Reader(octets + b"\x99")
    assert read_validity(reader, format_of(validity)) == validity
    assert reader.left == 1


@pytest.mark.parametrize("validity_format", [1, 2, 3])
def test_a_cut_validity_is_named(validity_format):
    with pytest.raises(DecodeError, match="TP-VP"):
        read_validity(Reader(b""), validity_format)
