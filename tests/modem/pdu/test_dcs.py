import pytest

from modem.pdu.dcs import Alphabet, DataCoding, WaitingIndication, WaitingType


@pytest.mark.parametrize(
    ("alphabet", "message_class", "octet"),
    [
        (Alphabet.GSM7, None, 0x00),
        (Alphabet.OCTETS, None, 0x04),
        (Alphabet.UCS2, None, 0x08),
        (Alphabet.GSM7, 0, 0x10),
        (Alphabet.OCTETS, 0, 0x14),
        (Alphabet.UCS2, 0, 0x18),
        (Alphabet.UCS2, 3, 0x1B),
    ],
)
def test_texts_get_the_plain_coding(alphabet, message_class, octet):
    coding = DataCoding.for_text(alphabet, message_class)
    assert coding == DataCoding(octet)
    assert (coding.alphabet, coding.message_class) == (alphabet, message_class)


def test_there_are_four_classes():
    with pytest.raises(ValueError):
        DataCoding.for_text(Alphabet.GSM7, 4)


@pytest.mark.parametrize(
    ("octets", "alphabet"),
    [
        ([0x00, 0x0C, 0x13, 0x40, 0x80, 0xBF, 0xC0, 0xDF, 0xF0, 0xFB], Alphabet.GSM7),
        ([0x04, 0x17, 0x44, 0xF4, 0xF7, 0xFF], Alphabet.OCTETS),
        ([0x08, 0x1A, 0x48, 0xE0, 0xEF], Alphabet.UCS2),
    ],
)
def test_each_group_tells_its_alphabet(octets, alphabet):
    assert {DataCoding(octet).alphabet for octet in octets} == {alphabet}


def test_every_octet_has_an_answer():
    for octet in range(256):
        coding = DataCoding(octet)
        assert coding.alphabet in Alphabet
        assert coding.message_class in (None, 0, 1, 2, 3)
        assert coding.automatic_deletion == (octet >> 6 == 1)
        assert coding.reserved_group == (octet >> 6 == 2)
        assert (coding.waiting is None) == (octet >> 4 not in (0xC, 0xD, 0xE))
        assert coding.compressed == (octet < 0x80 and octet & 0x20 != 0)
        assert not (coding.doubtful and coding.alphabet is not Alphabet.GSM7)


def test_waiting_indications():
    assert DataCoding(0xC8).waiting == WaitingIndication(store=False, active=True, type=WaitingType.VOICEMAIL)
    assert DataCoding(0xD1).waiting == WaitingIndication(store=True, active=False, type=WaitingType.FAX)
    assert DataCoding(0xEA).waiting == WaitingIndication(store=True, active=True, type=WaitingType.EMAIL)
