import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.errors import DecodeError
from modem.pdu.udh import Concatenation, InformationElement, Ports, UserDataHeader, WaitingCount

ELEMENTS = st.builds(InformationElement, st.integers(0, 255), st.binary(max_size=12))
HEADERS = st.lists(ELEMENTS, max_size=9).map(lambda elements: UserDataHeader(tuple(elements)))


def header(octets: str) -> UserDataHeader:
    return UserDataHeader.decode(bytes.fromhex(octets))


@given(HEADERS, st.binary(max_size=5))
def test_decoding_undoes_encoding_and_unknown_elements_stay(sent, content):
    assert UserDataHeader.decode(sent.encode() + content) == sent


@given(st.binary(min_size=1, max_size=60))
def test_any_octets_are_a_header_or_refused(octets):
    if octets[0] >= len(octets):
        with pytest.raises(DecodeError, match="TP-UDHL"):
            UserDataHeader.decode(octets)
        return
    decoded = UserDataHeader.decode(octets)
    assert decoded.encode() == octets[: octets[0] + 1]
    assert decoded.concatenation is None or decoded.concatenation.valid
    assert decoded.ports is None or decoded.ports.bits in (8, 16)
    assert decoded.single_shift in range(256)
    assert all(count.count in range(256) for count in decoded.waiting)


@given(st.sampled_from([8, 16]), st.data())
def test_concatenation_goes_there_and_back(bits, data):
    reference = data.draw(st.integers(0, (1 << bits) - 1))
    total = data.draw(st.integers(1, 255))
    sent = Concatenation(bits, reference, total, data.draw(st.integers(1, total)))
    assert UserDataHeader((InformationElement.concatenation(sent),)).concatenation == sent


@given(st.sampled_from([8, 16]), st.data())
def test_ports_go_there_and_back(bits, data):
    port = st.integers(0, (1 << bits) - 1)
    sent = Ports(data.draw(port), data.draw(port), bits)
    assert UserDataHeader((InformationElement.ports(sent),)).ports == sent


@pytest.mark.parametrize(
    ("octets", "found", "ignored"),
    [
        ("0500032A0302", Concatenation(8, 42, 3, 2), None),
        ("060804BEEF0302", Concatenation(16, 0xBEEF, 3, 2), None),
        ("0A00032A030200032B0201", Concatenation(8, 43, 2, 1), None),  # the last one counts
        ("0A00032A030200032B0203", Concatenation(8, 42, 3, 2), None),  # the last one that makes sense
        ("050003090200", None, Concatenation(8, 9, 2, 0)),
        ("050003090203", None, Concatenation(8, 9, 2, 3)),
        ("050003090001", None, Concatenation(8, 9, 0, 1)),
        ("0400020102", None, None),
        ("00", None, None),
    ],
)
def test_which_concatenation_counts(octets, found, ignored):
    assert header(octets).concatenation == found
    assert header(octets).ignored_concatenation == ignored


def test_the_last_ports_and_shifts_count():
    assert header("0A05040B8423F00402E2F0").ports == Ports(226, 240, 8)
    assert header("0605040B8423F0").ports == Ports(2948, 9200, 16)
    assert header("0405020B84").ports is None
    assert (header("06240101240103").single_shift, header("06240101240103").locking_shift) == (3, 0)
    assert header("03250104").locking_shift == 4
    assert header("0425020404").locking_shift == 0


def test_every_waiting_indication_counts():
    assert header("08010280030102E201").waiting == (WaitingCount(0, True, 0, 3), WaitingCount(2, True, 3, 1))


def test_what_does_not_add_up_is_kept():
    broken = header("0500FF010201")
    assert (broken.elements, broken.undecoded) == ((), b"\x00\xff\x01\x02\x01")
    assert header("0600032A030200").undecoded == b"\x00"


@pytest.mark.parametrize("octets", ["", "05", "0500032A03"])
def test_a_header_longer_than_the_user_data_is_refused(octets):
    with pytest.raises(DecodeError):
        header(octets)


@pytest.mark.parametrize(
    "wrong", [Concatenation(8, 256, 2, 1), Concatenation(16, 1 << 16, 2, 1), Concatenation(8, 0, 256, 1)]
)
def test_numbers_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError):
        InformationElement.concatenation(wrong)
    with pytest.raises(ValueError):
        InformationElement.ports(Ports(256, 1, 8))
