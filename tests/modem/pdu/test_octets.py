import pytest

from modem.errors import DecodeError
from modem.pdu.octets import Reader, from_hex, swap_nibbles


def test_a_reader_goes_from_front_to_back():
    reader = Reader(b"\x01\x02\x03\x04")
    assert (reader.octet("a"), reader.take("b", 2), reader.left, reader.rest(), reader.left) == (
        1,
        b"\2\3",
        1,
        b"\4",
        0,
    )
    assert reader.rest() == b""


def test_what_is_not_there_is_named_with_its_place():
    reader = Reader(b"\x01\x02")
    reader.octet("TP-MTI")
    with pytest.raises(DecodeError) as caught:
        reader.take("TP-SCTS", 7)
    assert (caught.value.field, caught.value.octet) == ("TP-SCTS", 1)
    assert reader.rest() == b"\x02"
    with pytest.raises(DecodeError) as caught:
        reader.octet("TP-UDL")
    assert (caught.value.field, caught.value.octet) == ("TP-UDL", 2)


def test_nibbles_swap():
    assert swap_nibbles(b"\x12\xf0") == b"\x21\x0f"


@pytest.mark.parametrize(("line", "octets"), [("0011fF", b"\0\x11\xff"), (" 00\r\n", b"\0"), ("", b"")])
def test_hexadecimal_lines_are_read(line, octets):
    assert from_hex(line) == octets


@pytest.mark.parametrize(
    ("line", "octet", "reason"),
    [("00112G", 2, "not hex"), ("001", 1, "half"), ("00 11", 1, "not hex"), ("OK", 0, "not hex"), ("٣٣", 0, "not hex")],
)
def test_other_lines_are_refused(line, octet, reason):
    with pytest.raises(DecodeError, match=reason) as caught:
        from_hex(line)
    assert (caught.value.field, caught.value.octet) == ("PDU", octet)
