"""WAP push and the encoding of its headers, beneath what any of them means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.errors import DecodeError
from modem.pdu.octets import Reader
from modem.pdu.wsp import Header, Push, Value, read_headers, read_uintvar, read_value

SERVICE_INDICATION = "01 06 0B 03 AE 81 EA C3 95 8D 01 A2 B4 84 03 05 6A"


def read(octets: str) -> Value:
    reader = Reader(bytes.fromhex(octets))
    value = read_value(reader, "value")
    assert reader.left == 0
    return value


@pytest.mark.parametrize(
    ("octets", "number"),
    [("00", 0), ("7F", 127), ("81 00", 128), ("81 80 00", 16384), ("8F FF FF FF 7F", 0xFFFFFFFF)],
)
def test_uintvar(octets: str, number: int) -> None:
    assert read_uintvar(Reader(bytes.fromhex(octets)), "length") == number


@pytest.mark.parametrize("octets", ["", "81", "80 80 80 80 80 00"])
def test_a_uintvar_that_does_not_end_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError, match="length"):
        read_uintvar(Reader(bytes.fromhex(octets)), "length")


@pytest.mark.parametrize(
    ("octets", "integer"),
    [
        ("80", 0),
        ("FF", 127),
        ("01 05", 5),
        ("02 40 00", 0x4000),
        ("04 FF FF FF FF", 0xFFFFFFFF),
        ("06 00 00 FF FF FF FF", 0xFFFFFFFF),
        ("05 01 00 00 00 00", None),  # beyond 32 bits nothing here makes sense
        ("00", None),
        ("41 42 00", None),
    ],
)
def test_integers(octets: str, integer: int | None) -> None:
    assert read(octets).integer == integer


@pytest.mark.parametrize(
    ("octets", "string"),
    [
        ("80", None),
        ("00", ""),
        ("41 42 00", "AB"),
        ("7F C3 A4 00", "ä"),  # quoted, for its first octet is above 7F
        ("7F E4 00", "ä"),
        # with a character set
        ("04 EA 41 42 00", "AB"),
        ("05 EA 7F C3 A4 00", "ä"),
        ("04 84 E4 42 00", "äB"),
        ("04 81 41 42 00", "AB"),  # one that nobody knows
        ("04 83 E4 42 00", "äB"),  # US-ASCII that is none
        ("09 02 03 E8 00 41 04 10 00 00", "AА"),
        ("08 02 03 F6 41 00 10 04 00", "AА"),
        ("07 02 03 F7 FF FE 41 00", "A"),
        ("05 02 07 E9 C4 E3", "你"),
        ("04 04 41 42 00", "AB"),  # a sender that forgot the upper bit
        ("04 41 42 43 00", "ABC"),  # no character set behind the length
        ("03 EA 41 42", "AB"),  # no NUL within the length
        ("1F 04 EA 41 42 00", "AB"),  # the length behind a 31
    ],
)
def test_strings(octets: str, string: str | None) -> None:
    assert read(octets).string == string


@pytest.mark.parametrize("octets", ["", "02 41", "41 42", "1F", "1F 05 41", "7F"])
def test_a_value_that_is_cut_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError, match="value at octet"):
        read_value(Reader(bytes.fromhex(octets)), "value")


def test_headers_named_in_letters_are_passed_over() -> None:
    reader = Reader(bytes.fromhex("82 81 58 2D 41 00 79 65 73 00 83 41 00"))
    assert list(read_headers(reader)) == [Header(2, Value(short=1), 0), Header(3, Value(text=b"A"), 10)]


@pytest.mark.parametrize("rest", ["7F 02 AF 84", "02 AF 84", "00", "00 00 00"])
def test_headers_end_at_another_code_page_and_at_filling(rest: str) -> None:
    assert [header.name for header in read_headers(Reader(bytes.fromhex("82 81" + rest)))] == [2]


@pytest.mark.parametrize(
    ("headers", "content_type", "application"),
    [
        ("BE", "application/vnd.wap.mms-message", None),
        ("BE AF 84", "application/vnd.wap.mms-message", 4),
        ("01 BE AF 02 90 00", "application/vnd.wap.mms-message", 0x9000),
        ("02 01 3E AF 84", "application/vnd.wap.mms-message", 4),
        ("03 AE 81 EA", "application/vnd.wap.sic", None),
        ("41 2F 62 00 AF 78 3A 61 00", "a/b", "x:a"),
        ("FE B4 84", None, None),
        ("00", None, None),
        ("01 02", None, None),
    ],
)
def test_pushes(headers: str, content_type: str | None, application: int | str | None) -> None:
    octets = bytes.fromhex(headers)
    found = Push.decode(bytes((9, 6, len(octets))) + octets + b"body")
    assert found == Push(9, False, content_type, application, b"body", 3 + len(octets))


def test_a_confirmed_push_and_a_push_of_something_else() -> None:
    assert Push.decode(bytes.fromhex("01 07 01 BE")).confirmed
    push = Push.decode(bytes.fromhex(SERVICE_INDICATION))
    assert (push.content_type, push.application_id, push.body) == ("application/vnd.wap.sic", None, b"\x03\x05\x6a")


@pytest.mark.parametrize(
    ("octets", "field", "octet"),
    [
        ("", "TID", 0),
        ("01", "PDU-Type", 1),
        ("01 04 01 BE", "PDU-Type", 1),
        ("01 06", "HeadersLen", 2),
        ("01 06 05 BE", "Headers", 3),
        ("01 06 00", "Content-Type", 3),
        ("01 06 02 61 62 00", "Content-Type", 3),  # its NUL is behind the headers
        ("01 06 02 BE AF 84", "header 0x2f", 5),
    ],
)
def test_what_is_no_push_is_refused_with_its_place(octets: str, field: str, octet: int) -> None:
    with pytest.raises(DecodeError) as caught:
        Push.decode(bytes.fromhex(octets))
    assert (caught.value.field, caught.value.octet) == (field, octet)


@given(st.binary(max_size=80), st.sampled_from([b"", b"\x01\x06", b"\x01\x06\x04\xbe\xaf"]))
def test_any_octets_are_a_push_or_refused(octets: bytes, head: bytes) -> None:
    try:
        push = Push.decode(head + octets)
    except DecodeError:
        return
    assert push.body == (head + octets)[push.body_start :]
    f"{push.content_type} {push.application_id}".encode()  # no lone surrogate


@given(st.binary(min_size=1, max_size=40))
def test_any_value_reads_as_a_number_and_a_text_or_as_none(octets: bytes) -> None:
    try:
        value = read_value(Reader(octets), "value")
    except DecodeError:
        return
    assert value.integer is None or 0 <= value.integer < 1 << 32
    (value.string or "").encode()
