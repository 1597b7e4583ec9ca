import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.charset import gsm7
from modem.errors import DecodeError
from modem.pdu.address import Address, TypeOfNumber, encode_service_centre, read_address, read_service_centre
from modem.pdu.octets import Reader

NUMERIC = [ton for ton in TypeOfNumber if ton not in (TypeOfNumber.ALPHANUMERIC, TypeOfNumber.INTERNATIONAL)]
DIGITS = st.text(st.sampled_from("0123456789*#abc"), min_size=1, max_size=20)
NAMES = st.text(st.sampled_from(sorted(gsm7.widths())), min_size=1, max_size=11).filter(
    lambda name: gsm7.cost(name) <= 11 and not (gsm7.cost(name) == 8 and name.endswith("@"))
)
PLANS = st.integers(0, 15)
ADDRESSES = (
    st.builds(Address, DIGITS, st.sampled_from(NUMERIC), PLANS)
    | st.builds(Address, DIGITS.map("+{}".format), st.just(TypeOfNumber.INTERNATIONAL), PLANS)
    | st.builds(Address, NAMES, st.just(TypeOfNumber.ALPHANUMERIC), PLANS)
)


def read(octets: str) -> Address:
    return read_address(Reader(bytes.fromhex(octets)), "TP-OA")


@given(ADDRESSES)
def test_decoding_undoes_encoding(address):
    reader = Reader(address.encode() + b"\xff")
    assert read_address(reader, "TP-OA") == address
    assert reader.left == 1


@given(st.none() | ADDRESSES.filter(lambda one: one.ton is not TypeOfNumber.ALPHANUMERIC))
def test_decoding_undoes_encoding_of_a_service_centre(address):
    assert read_service_centre(Reader(encode_service_centre(address))) == address


@pytest.mark.parametrize(
    ("text", "address", "octets"),
    [
        ("+447700900123", Address("+447700900123", TypeOfNumber.INTERNATIONAL, 1), "0C91447700091032"),
        ("12345", Address("12345", TypeOfNumber.UNKNOWN, 1), "05812143F5"),
        ("*100#", Address("*100#", TypeOfNumber.UNKNOWN, 1), "05811A00FB"),
        ("SIMgate", Address("SIMgate", TypeOfNumber.ALPHANUMERIC, 0), "0DD0D364F31CA69701"),
        ("Łódka", None, None),
        ("TwelveLetter", None, None),
        ("a[]{}~\\", None, None),
        ("", None, None),
        ("24/7 Gym", Address("24/7 Gym", TypeOfNumber.ALPHANUMERIC, 0), None),
        ("+", None, None),
        ("+44 gym", None, None),
        ("01 23", None, None),
        ("123456789012345678901", None, None),
    ],
)
def test_what_people_write_becomes_an_address(text, address, octets):
    if address is None:
        with pytest.raises(ValueError):
            Address.of(text)
    else:
        assert Address.of(text) == address
        assert octets is None or address.encode().hex().upper() == octets


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("0081", ""),
        ("0091", ""),
        ("03911200", "+210"),  # the filler is missing: the length decides
        ("0481F132", "1"),  # the filler is in the middle: the number ends there
        ("0581BADCFE", "*#abc"),
        ("0ED0D62731687C3A01", "VODAFON"),
        ("0DD041E19058340200", "ABCDEF@"),
        ("07D0C2B07B0D", "Bank"),
    ],
)
def test_odd_forms_are_read(octets, value):
    assert read(octets).value == value


@pytest.mark.parametrize("octets", ["", "0C", "0C91", "0C9144", "15910000000000000000000000", "FF91"])
def test_cut_and_overlong_addresses_are_refused(octets):
    with pytest.raises(DecodeError) as caught:
        read(octets)
    assert caught.value.field == "TP-OA"


@pytest.mark.parametrize("octets", ["", "07", "0791", "0C910000000000000000000000"])
def test_cut_and_overlong_service_centres_are_refused(octets):
    with pytest.raises(DecodeError) as caught:
        read_service_centre(Reader(bytes.fromhex(octets)))
    assert caught.value.field == "SMSC"


def test_an_address_made_by_hand_is_checked_when_it_is_encoded():
    for wrong in (Address("12x", TypeOfNumber.UNKNOWN), Address("1" * 21, TypeOfNumber.NATIONAL)):
        with pytest.raises(ValueError):
            wrong.encode()
    with pytest.raises(ValueError):
        encode_service_centre(Address("1" * 21, TypeOfNumber.UNKNOWN))
