import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import ucs2

WITH_SURROGATES = st.text(st.characters(codec=None, categories=None) | st.sampled_from("\ud83d\ude00\udfff\ud800"))


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text[:1] not in ("\ufeff", "\ufffe")))
def test_decoding_undoes_encoding(text):
    assert ucs2.decode(ucs2.encode(text)) == text
    assert 2 * ucs2.units(text) == len(ucs2.encode(text))


@given(st.binary())
def test_any_octets_decode_to_a_text_that_goes_into_json(octets):
    json.dumps(ucs2.decode(octets), ensure_ascii=False).encode()


@given(WITH_SURROGATES)
def test_any_text_encodes_and_repairs_to_one_without_surrogates(text):
    repaired = ucs2.repair(text)
    repaired.encode()
    assert ucs2.encode(text) == repaired.encode("utf-16-be")


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("00410042", "AB"),
        ("D83DDE00", "😀"),
        ("D83D0041", "�A"),
        ("DE000041", "�A"),
        ("0041D83D", "A�"),
        ("DE00D83D", "��"),
        ("D83DD83DDE00", "�😀"),
        ("0041004200", "AB"),
        ("FEFF0041", "A"),
        ("FFFE41003DD800DE", "A😀"),
        ("", ""),
        ("41", ""),
    ],
)
def test_what_comes_off_the_air(octets, text):
    assert ucs2.decode(bytes.fromhex(octets)) == text


def test_surrogates_that_pair_are_one_character():
    assert ucs2.encode("\ud83d\ude00").hex() == "d83dde00"
    assert ucs2.encode("\ud83dA").hex() == "fffd0041"
