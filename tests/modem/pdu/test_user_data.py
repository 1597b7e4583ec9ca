from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import gsm7, ucs2
from modem.errors import DecodeError
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.octets import Reader
from modem.pdu.udh import Concatenation, InformationElement, UserDataHeader
from modem.pdu.user_data import UserData, join_octets, join_text, read_user_data

ELEMENTS = st.builds(InformationElement, st.integers(0, 255), st.binary(max_size=6))
HEADERS = st.none() | st.lists(ELEMENTS, max_size=5).map(lambda elements: UserDataHeader(tuple(elements)))
SEPTETS = st.binary(max_size=80).map(lambda octets: bytes(octet & 0x7F for octet in octets))
USER_DATA = st.builds(UserData, st.just(Alphabet.GSM7), SEPTETS, HEADERS) | st.builds(
    UserData, st.sampled_from([Alphabet.OCTETS, Alphabet.UCS2]), st.binary(max_size=80), HEADERS
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: text[:1] not in ("\ufeff", "\ufffe"))


def cut(content: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[start:end] for start, end in pairwise(edges)]


@given(USER_DATA)
def test_decoding_undoes_encoding(sent):
    udl, octets = sent.encode()
    assert udl == sent.udl
    assert UserData.decode(udl, octets, udhi=sent.header is not None, alphabet=sent.alphabet) == sent


@given(st.integers(0, 255), st.binary(max_size=160), st.booleans(), st.integers(0, 0xF7))
def test_any_octets_decode_or_name_the_field(udl, octets, udhi, dcs):
    reader = Reader(bytes((udl,)) + octets)
    if udhi and udl and (not octets or octets[0] >= min(len(octets), octets_of(udl, dcs))):
        with pytest.raises(DecodeError, match="TP-UDHL"):
            read_user_data(reader, udhi=udhi, coding=DataCoding(dcs))
        return
    user_data, damaged = read_user_data(reader, udhi=udhi, coding=DataCoding(dcs))
    is_gsm7 = user_data.alphabet is Alphabet.GSM7
    whole = len(octets) >= octets_of(udl, dcs) and udl <= (160 if is_gsm7 else 140)
    assert whole or damaged
    assert (user_data.text is None) == (user_data.alphabet is Alphabet.OCTETS)
    assert user_data.units <= udl


def octets_of(udl: int, dcs: int) -> int:
    coding = DataCoding(dcs)
    return (7 * udl + 7) // 8 if coding.alphabet is Alphabet.GSM7 and not coding.compressed else udl


@given(TEXTS, st.lists(st.integers(0, 1000), max_size=4))
def test_ucs2_joins_wherever_it_was_cut(text, places):
    parts = [UserData(Alphabet.UCS2, piece) for piece in cut(ucs2.encode(text), places)]
    assert join_text(parts) == text


@given(st.text(st.sampled_from("a1€[]{}^@")), st.lists(st.integers(0, 1000), max_size=4))
def test_septets_join_wherever_they_were_cut(text, places):
    parts = [UserData(Alphabet.GSM7, piece) for piece in cut(gsm7.encode(text), places)]
    assert join_text(parts) == text


def test_a_part_that_lost_half_a_unit_does_not_garble_the_next():
    parts = [UserData(Alphabet.UCS2, bytes.fromhex(octets)) for octets in ("004100", "0042")]
    assert join_text(parts) == "AB"


def test_parts_in_different_alphabets_are_decoded_each_by_its_own():
    turkish = UserDataHeader((InformationElement(0x25, b"\x01"),))
    parts = [
        UserData(Alphabet.GSM7, b"a\x1b"),
        UserData(Alphabet.GSM7, b"\x65"),
        UserData(Alphabet.UCS2, b"\x04\x10"),
        UserData(Alphabet.OCTETS, b"\xff"),
        UserData(Alphabet.GSM7, b"\x0b", turkish),
        UserData(Alphabet.GSM7, b"\x0b"),
    ]
    assert join_text(parts) == "a€АĞØ"
    assert join_octets(parts[2:4]) == b"\x04\x10\xff"
    assert join_text([]) == ""


def test_the_text_of_one_part_never_has_a_lone_surrogate():
    assert UserData(Alphabet.UCS2, b"\xd8\x3d").text == "�"


def test_units_are_those_of_the_alphabet():
    assert UserData(Alphabet.UCS2, ucs2.encode("a😀")).units == 3
    assert UserData(Alphabet.GSM7, gsm7.encode("a€")).units == 3
    assert UserData(Alphabet.OCTETS, b"abc").units == 3


@pytest.mark.parametrize(
    ("dcs", "udl", "octets", "text"),
    [
        (0xF8, 18, "00540065007300740020005400650073007400"[:36], "Test Test"),
        (0xF8, 12, gsm7.pack(gsm7.encode("hello world!")).hex(), "hello world!"),
        (0xF8, 4, "F4F29C0E", "test"),  # too short to tell: as the standard reads it
    ],
)
def test_in_the_doubtful_group_the_octet_count_decides(dcs, udl, octets, text):
    reader = Reader(bytes((udl,)) + bytes.fromhex(octets))
    user_data, damaged = read_user_data(reader, udhi=False, coding=DataCoding(dcs))
    assert (user_data.text, damaged) == (text, False)


def test_a_header_that_does_not_fit_is_refused_at_its_place():
    reader = Reader(bytes.fromhex("0000" + "03" + "050003"))
    reader.take("before", 2)
    with pytest.raises(DecodeError) as caught:
        read_user_data(reader, udhi=True, coding=DataCoding(4))
    assert (caught.value.field, caught.value.octet) == ("TP-UDHL", 3)


def test_seven_bits_begin_on_a_septet_boundary_behind_the_header():
    header = UserDataHeader((InformationElement.concatenation(Concatenation(8, 9, 2, 1)),))
    assert UserData(Alphabet.GSM7, gsm7.encode("seq"), header).encode() == (10, bytes.fromhex("050003090201E6E538"))


@pytest.mark.parametrize(
    ("udl", "octets", "coding", "content"),
    [
        (10, "E8329BFD", 0, b"hell"),
        (5, "0041", 8, b"\x00\x41"),
        (3, "004100", 8, b"\x00\x41\x00"),
        (141, "00" * 141, 4, bytes(141)),
    ],
)
def test_what_does_not_hold_its_promise_is_flagged(udl, octets, coding, content):
    reader = Reader(bytes((udl,)) + bytes.fromhex(octets))
    assert read_user_data(reader, udhi=False, coding=DataCoding(coding)) == (
        UserData(DataCoding(coding).alphabet, content),
        True,
    )


def test_a_header_whose_lengths_do_not_add_up_is_flagged_and_kept():
    reader = Reader(bytes.fromhex("0A" + "0500FF010201" + "41424344"))
    user_data, damaged = read_user_data(reader, udhi=True, coding=DataCoding(4))
    assert (user_data.content, damaged) == (b"ABCD", True)
    assert user_data.encode()[1].hex().upper() == "0500FF01020141424344"
