import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import gsm7
from modem.charset.gsm7 import NotEncodable
from modem.charset.tables import LANGUAGES, LOCKING, SINGLE

TABLES = json.loads((Path(__file__).parents[2] / "vectors" / "shift-tables.json").read_text())
SEPTETS = st.binary(max_size=300).map(lambda octets: bytes(octet & 0x7F for octet in octets))


def text_of(locking: int, single: int) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(sorted(gsm7.widths(locking, single))), max_size=60)


def test_the_languages_are_those_of_the_standard():
    assert {str(number): name for number, name in LANGUAGES.items()} == TABLES["language_ids"]
    assert {str(number) for number in LOCKING} == set(TABLES["locking"])
    assert {str(number) for number in SINGLE} == set(TABLES["single"])


@pytest.mark.parametrize("language", LANGUAGES, ids=LANGUAGES.values())
def test_every_locking_table_decodes_as_published(language):
    published = TABLES["locking"].get(str(language), TABLES["locking"]["0"])
    for code in set(range(128)) - {0x1B}:
        assert gsm7.decode(bytes((code,)), locking=language) == published.get(f"{code:02X}", " ")


@pytest.mark.parametrize("language", LANGUAGES, ids=LANGUAGES.values())
def test_every_single_shift_table_decodes_as_published(language):
    published = TABLES["single"][str(language)]
    default = TABLES["locking"]["0"]
    for code in set(range(128)) - {0x1B}:
        expected = published.get(f"{code:02X}", default.get(f"{code:02X}"))
        assert gsm7.decode(bytes((0x1B, code)), single=language) == expected


@pytest.mark.parametrize("language", LANGUAGES, ids=LANGUAGES.values())
def test_every_character_of_a_language_is_encoded(language):
    for table, shift in (("locking", {"locking": language}), ("single", {"single": language})):
        characters = "".join(TABLES[table].get(str(language), {}).values())
        assert gsm7.missing(characters, **shift) == ()
        assert gsm7.decode(gsm7.encode(characters, **shift), **shift) == characters


@given(st.data(), st.sampled_from(sorted(LANGUAGES)), st.sampled_from(sorted(LANGUAGES)))
def test_decoding_undoes_encoding_with_every_pair_of_tables(data, locking, single):
    text = data.draw(text_of(locking, single))
    septets = gsm7.encode(text, locking=locking, single=single)
    assert gsm7.decode(septets, locking=locking, single=single) == text
    assert len(septets) == gsm7.cost(text, locking=locking, single=single)
    assert len(septets) == sum(gsm7.widths(locking, single)[character] for character in text)


@given(SEPTETS, st.integers(0, 20), st.integers(0, 20))
def test_any_septets_decode(septets, locking, single):
    text = gsm7.decode(septets, locking=locking, single=single)
    assert "\x1b" not in text
    assert len(text) <= len(septets)


@pytest.mark.parametrize(
    ("septets", "text"),
    [
        ("1B65", "€"),
        ("1B41", "A"),  # undefined: the character of the locking table
        ("1B1B", " "),
        ("1B1B65", " e"),
        ("1B1B1B65", " €"),
        ("1B1B1B1B", "  "),
        ("411B", "A"),  # the other half was cut off
        ("1B", ""),
        ("1B1B1B", " "),
        ("", ""),
    ],
)
def test_escapes(septets, text):
    assert gsm7.decode(bytes.fromhex(septets)) == text


def test_an_undefined_extension_code_falls_back_to_the_locking_table_in_use():
    assert gsm7.decode(b"\x1b\x07", locking=1) == "ı"
    assert gsm7.decode(b"\x1b\x07") == "ì"


def test_a_language_without_tables_is_read_with_the_default_ones():
    assert gsm7.decode(b"a\x1be", locking=99, single=99) == "a€"
    assert gsm7.decode(b"\x04", locking=2) == "è"
    assert not gsm7.has_locking_table(2)
    assert gsm7.has_locking_table(1)


def test_the_first_character_that_does_not_go_is_named():
    with pytest.raises(NotEncodable) as caught:
        gsm7.encode("Grüße, Łódź")
    assert (caught.value.character, caught.value.index) == ("Ł", 7)
    assert gsm7.missing("Grüße, ŁódźŁ") == ("Ł", "ó", "ź")


@pytest.mark.parametrize("text", ["`", "\0", "\x1b", "\ufffe", "·", "ç", "a\0b"])
def test_what_looks_near_is_not_in_the_default_alphabet(text):
    assert gsm7.basic(text) is None
    with pytest.raises(NotEncodable):
        gsm7.encode(text)


def test_basic_takes_texts_of_the_default_table_only():
    assert gsm7.basic("@à1") == b"\x00\x7f1"
    assert gsm7.basic("1 €") is None


def test_octets_that_are_no_septets_are_refused():
    with pytest.raises(ValueError, match="0x80"):
        gsm7.decode(b"\x80")


@given(SEPTETS, st.integers(0, 6))
def test_packing_puts_each_septet_behind_the_one_before(septets, fill_bits):
    number = sum(septet << 7 * place for place, septet in enumerate(septets)) << fill_bits
    packed = gsm7.pack(septets, fill_bits)
    assert packed == number.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")
    assert gsm7.unpack(packed, len(septets), fill_bits) == septets


def test_texts_beyond_any_part_pack_too():
    septets = bytes(range(128)) * 5
    assert gsm7.unpack(gsm7.pack(septets, 3), len(septets), 3) == septets


def test_packing_of_the_standard():
    assert gsm7.pack(gsm7.encode("hello")).hex().upper() == "E8329BFD06"
    assert gsm7.pack(b"") == b""


@given(st.binary(max_size=40), st.integers(0, 400), st.integers(0, 6))
def test_unpacking_gives_as_many_septets_as_asked_for(octets, count, fill_bits):
    assert len(gsm7.unpack(octets, count, fill_bits)) == count
