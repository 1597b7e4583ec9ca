"""A phone outside."""

from datetime import UTC, datetime

from modem.pdu.dcs import Alphabet
from modem.pdu.segmentation import segment
from modem.pdu.tpdu import UserData
from modem.simulator.phone import Phone, PhoneMessage, echo

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_parts_in_any_order_become_one_message() -> None:
    phone, text = Phone("+447700900123"), "part after part " * 30
    parts = segment(text, reference=5).parts
    for part in reversed(parts[1:]):
        assert phone.take("+447700900000", part.user_data, NOW) is None
    assert phone.take("+447700900000", parts[0].user_data, NOW) == PhoneMessage("+447700900000", text, NOW, len(parts))


def test_a_phone_that_echoes_has_nothing_to_say_to_data() -> None:
    phone = Phone("+447700900123")
    message = phone.take("+447700900000", UserData(Alphabet.OCTETS, b"\x01"), NOW)
    assert message is not None
    assert (message.text, echo(message)) == (None, None)
