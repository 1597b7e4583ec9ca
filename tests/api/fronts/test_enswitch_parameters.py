"""How an enswitch request is taken apart, where the socket does not matter."""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.fronts.enswitch.parameters import FORM, NOT_TEXT, PIECE, Parameters, of_body, of_query
from api.fronts.enswitch.values import LARGEST, integer

NAMES = st.text("abcdefghijkl", min_size=1, max_size=3)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(st.dictionaries(NAMES, TEXTS, min_size=1), st.sampled_from([quote, quote_plus]), st.sampled_from("&;"))
def test_what_was_encoded_comes_out_as_it_was(values, encode, separator):
    raw = separator.join(f"{name}={encode(value, safe='')}" for name, value in values.items())
    assert of_query(raw) == Parameters(values)
    assert of_body(raw.encode(), FORM) == Parameters(values)


@given(st.integers(0, 5), st.sampled_from(["%41", "+", "ä", "%c3%a4", "%"]))
def test_long_values_are_decoded_like_short_ones(shift, unit):
    count = PIECE // len(quote(unit, safe="%+")) + 3
    text = "x" * shift + unit * count
    short = of_query(f"a={unit}").values["a"]
    assert of_query(f"a={quote(text, safe='%+')}").values["a"] == "x" * shift + short * count


def test_raw_octets_of_an_address_are_text_where_they_are_utf_8():
    assert of_query("a=ä;b=" + b"\xff".decode("utf-8", "surrogateescape")) == Parameters({"a": "ä"}, {"b": NOT_TEXT})


def test_the_body_beats_the_query_unless_it_says_nothing():
    query = Parameters({"a": "1", "b": "2", "c": "3"}, {"d": NOT_TEXT, "e": NOT_TEXT})
    body = Parameters({"a": "9", "d": "4"}, {"b": NOT_TEXT})
    assert body.over(query) == Parameters({"a": "9", "c": "3", "d": "4"}, {"b": NOT_TEXT, "e": NOT_TEXT})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("-012", -12),
        ("+0", 0),
        ("0" * 9000 + "7", 7),
        ("9" * 9000, LARGEST),
        ("-" + "9" * 9000, -LARGEST),
        ("", None),
        ("0" * 1_000_000 + "x", None),
        ("1.0", None),
        ("\u0661", None),
        ("1\n", None),
    ],
)
def test_integers_of_any_length(text, number):
    assert integer(text) == number
