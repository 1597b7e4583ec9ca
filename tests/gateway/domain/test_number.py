"""native-v1 §1.2, line by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import Rejected
from gateway.domain.number import _is_plain, _normalise, is_short_code, normalise


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+13109060901", "US", "+13109060901"),
        ("13109060901", "US", "+13109060901"),
        ("3109060901", "US", "+13109060901"),
        ("(310) 906-0901", "US", "+13109060901"),
        ("+1.310.906.0901", "DE", "+13109060901"),
        ("(+1) 310 906 0901", "DE", "+13109060901"),
        ("0013109060901", "US", "+13109060901"),
        ("0049 30 123456", "US", "+4930123456"),
        ("0664 1234567", "AT", "+436641234567"),
        ("436641234567", "AT", "+436641234567"),
        ("+10000000001", "US", "+10000000001"),  # possible, not valid: a seed's own number
        ("80888", "DE", "80888"),  # "possible" in Germany all the same
        ("72404", "AT", "72404"),
        ("911", "US", "911"),
        ("5551234", "US", "5551234"),  # local only: must not become +15551234
    ],
)
def test_what_people_write_becomes_one_spelling(written, country, number):
    assert normalise(written, country) == number


@pytest.mark.parametrize(
    "written",
    ["", " ", "+", "++1", "12x", "1+3109060901", "12", "00", "00000", "ABCDEF", "+1310906090112345678", "٣٤٥٦٧٨٩",
     "３１０９０６０９０１", "310906\r\n0901", "1;2", "+1\x1a3109060901", "1" * 41, "tel:+13109060901"],
)  # fmt: skip
def test_what_is_no_number_is_refused(written):
    with pytest.raises(Rejected) as refusal:
        normalise(written, "US")
    assert refusal.value.code == "invalid_recipient"


def test_a_front_that_demands_country_codes_reads_them_first():
    assert normalise("31612345678", "US") == "+31612345678"  # not possible in the US: the fallback
    assert normalise("4930123456", "US", international_first=True) == "+4930123456"
    assert normalise("4930123456", "US") == "+14930123456"
    assert normalise("3109060901", "BR", international_first=True).startswith("+31")


def test_short_codes_have_no_plus():
    assert is_short_code(normalise("72404", "US"))
    assert not is_short_code(normalise("3109060901", "US"))


@given(st.text(max_size=50), st.sampled_from(["US", "DE", "AT", "GB", "ZZ", ""]), st.booleans())
def test_anything_else_than_digits_never_comes_through(text, country, international_first):
    """What is normalised goes into a PDU: E.164 or a short code, whatever was written."""
    try:
        number = normalise(text, country, international_first=international_first)
    except Rejected:
        return
    digits = number.removeprefix("+")
    assert digits.isascii()
    assert digits.isdigit()
    assert 3 <= len(digits) <= 17


@given(
    st.one_of(
        st.from_regex(r"\+[0-9]{6,16}", fullmatch=True),
        st.from_regex(r"\+(1|7|39|44|49|52|54|55|86|91|225|376|800|870|979)[0-9]{4,12}", fullmatch=True),
    )
)
def test_the_short_way_for_plain_numbers_gives_what_the_library_gives(text):
    """Italian zeros, trunk prefixes after the country code, shared and non-geographic codes: all go the long way."""
    if _is_plain(text):
        assert _normalise(text, "US", international_first=False) == text
