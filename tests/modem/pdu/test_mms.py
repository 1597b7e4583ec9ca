"""Notifications of multimedia messages: pushes that were sent in the field, and every octet that can be wrong."""

import json
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.errors import DecodeError
from modem.pdu.mms import MmsNotification, is_mms_push
from modem.pdu.octets import from_hex
from modem.pdu.tpdu import decode_deliver
from modem.pdu.udh import Ports
from modem.pdu.user_data import join_octets
from modem.pdu.wsp import Push

HERE = Path(__file__).parents[2] / "vectors"
VECTORS = json.loads((HERE / "mms-notification.json").read_text())["vectors"]
MESSAGES = {
    vector["id"]: vector
    for group in ("binary-ports-mwi-wap", "concat", "deliver")
    for vector in json.loads((HERE / f"{group}.json").read_text())["vectors"]
}
PRIORITIES = {"0x80": "low", "0x81": "normal", "0x82": "high"}
PUSH = bytes.fromhex("01 06 03 BE AF 84")
TYPE = b"\x8c\x82"
LOCATION = b"\x83http://a/b\0"
WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)
TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=30)


def vectors(*, mms: bool) -> Any:
    chosen = [vector for vector in VECTORS if ("mms" in vector["expect"]) is mms]
    assert chosen
    return pytest.mark.parametrize("vector", chosen, ids=lambda vector: vector["parts"][0])


def fields_of(notification: MmsNotification) -> dict[str, Any]:
    """A notification in the words of the vectors; a field that it does not have is left out."""
    expiry = notification.expiry
    known = {
        "message_type": "m-notification-ind",  # nothing else is decoded
        "transaction_id": notification.transaction_id,
        "version": notification.version,
        "from": notification.sender,
        "subject": notification.subject,
        "class": notification.message_class,
        "size": notification.size,
        "expiry": {"relative": int(expiry.total_seconds())} if isinstance(expiry, timedelta) else expiry,
        "content_location": notification.content_location,
        "priority": notification.priority,
        "delivery_report": notification.delivery_report,
    }
    return {name: value for name, value in known.items() if value is not None}


@vectors(mms=True)
def test_notifications_from_the_field(vector: dict[str, Any]) -> None:
    octets, expected = bytes.fromhex(vector["payload_hex"]), dict(vector["expect"]["mms"])
    if "priority" in expected:  # the vector gives the octet
        expected["priority"] = PRIORITIES[expected["priority"]]
    assert fields_of(MmsNotification.decode(octets)) == expected
    assert is_mms_push(octets)
    push = Push.decode(octets)
    assert (push.transaction_id, push.confirmed) == (vector["expect"]["wsp_tid"], vector["expect"]["pdu_type"] == 7)
    assert push.content_type == vector["expect"]["content_type"]
    assert push.application_id == vector["expect"]["x-wap-application-id"]


@vectors(mms=False)
def test_pushes_of_something_else_from_the_field(vector: dict[str, Any]) -> None:
    octets, expected = bytes.fromhex(vector["payload_hex"]), vector["expect"]
    push = Push.decode(octets)
    assert (push.transaction_id, push.content_type) == (expected["wsp_tid"], expected["content_type"])
    assert push.body.hex().upper() == expected["body_hex"]
    assert not is_mms_push(octets)
    with pytest.raises(DecodeError, match="Content-Type"):
        MmsNotification.decode(octets)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["parts"][0])
def test_the_payloads_are_what_the_messages_carry(vector: dict[str, Any]) -> None:
    parts = [decode_deliver(from_hex(MESSAGES[name]["pdu"])).user_data for name in vector["parts"]]
    assert all(part is not None and part.header is not None for part in parts)
    octets = join_octets(part for part in parts if part is not None)
    assert octets.hex().upper() == vector["payload_hex"]
    ports = next(part.header.ports for part in parts if part is not None and part.header is not None)
    assert is_mms_push(octets, ports) is ("mms" in vector["expect"])


def decode(*fields: bytes) -> MmsNotification:
    return MmsNotification.decode(PUSH + TYPE + LOCATION + b"".join(fields))


def test_the_place_alone_is_a_notification() -> None:
    assert decode() == MmsNotification("http://a/b")


@pytest.mark.parametrize(
    ("field", "name", "value"),
    [
        ("88 05 81 03 03 F4 80", "expiry", timedelta(days=3)),
        ("88 03 81 01 00", "expiry", timedelta()),
        ("88 02 81 85", "expiry", timedelta(seconds=5)),
        ("88 06 80 04 5F 5E 10 00", "expiry", datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)),
        ("88 06 80 04 FF FF FF FF", "expiry", datetime(2106, 2, 7, 6, 28, 15, tzinfo=UTC)),
        ("88 07 80 05 01 00 00 00 00", "expiry", None),
        ("88 02 82 85", "expiry", None),
        ("88 01 81", "expiry", None),
        ("88 00", "expiry", None),
        ("88 85", "expiry", None),
        ("89 01 81", "sender", None),  # the sender hides
        ("89 05 80 41 42 43 00", "sender", "ABC"),
        ("89 07 80 05 EA C3 A4 42 00", "sender", "äB"),
        ("89 07 80 05 84 E4 42 43 00", "sender", "äBC"),
        ("89 03 80 41 42", "sender", None),  # no NUL: the rest is sound all the same
        ("96 08 EA 7F C3 A4 C3 B6 20 00", "subject", "äö "),
        ("8A 83", "message_class", "auto"),
        ("8A 41 64 00", "message_class", "ad"),
        ("8A 99", "message_class", None),
        ("8D 93", "version", "1.3"),
        ("8D 9F", "version", "1"),
        ("8D 31 2E 30 00", "version", "1.0"),
        ("8E 85", "size", 5),
        ("8E 05 01 00 00 00 00", "size", None),
        ("8F 80", "priority", "low"),
        ("8F 82", "priority", "high"),
        ("86 80", "delivery_report", True),
        ("86 85", "delivery_report", None),
    ],
)
def test_fields(field: str, name: str, value: object) -> None:
    assert getattr(decode(bytes.fromhex(field)), name) == value


@pytest.mark.parametrize(
    ("sender", "number"),
    [
        ("+491/TYPE=PLMN", "+491"),
        ("+491/type=plmn", "+491"),
        ("a@b.de", None),
        ("1.2.3.4/TYPE=IPv4", None),
        (None, None),
    ],
)
def test_the_number_in_an_address(sender: str | None, number: str | None) -> None:
    assert MmsNotification("http://a/b", sender=sender).sender_number == number


def test_unknown_fields_and_filling_do_not_matter_and_the_first_of_two_counts() -> None:
    assert decode(b"\xbf\x81", b"X-Own\0yes\0", b"\x96A\0", b"\x96B\0", b"\0\0") == MmsNotification(
        "http://a/b", subject="A"
    )


@pytest.mark.parametrize(
    ("octets", "field"),
    [
        (b"", "TID"),
        (PUSH, "X-Mms-Message-Type"),
        (PUSH + LOCATION, "X-Mms-Message-Type"),
        (PUSH + b"\x8c\x86" + LOCATION, "X-Mms-Message-Type"),  # m-delivery-ind
        (PUSH + TYPE, "X-Mms-Content-Location"),
        (PUSH + TYPE + b"\x83\x81", "X-Mms-Content-Location"),
        (PUSH + TYPE + LOCATION[:-1], "header 0x03"),
        (PUSH + TYPE + LOCATION + b"\x8e\x02\x01", "header 0x0e"),
    ],
)
def test_what_is_no_notification_is_refused(octets: bytes, field: str) -> None:
    with pytest.raises(DecodeError) as caught:
        MmsNotification.decode(octets)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("headers", "ports", "answer"),
    [
        ("BE", None, True),
        ("BE", Ports(2948, 9200, 16), True),
        ("BE", Ports(9200, 2948, 16), False),
        ("FE AF 84", None, True),  # a content type that nobody knows, but for the MMS client
        ("AE AF 84", None, False),  # the content type is known to be another
        ("FE", Ports(2948, 9200, 16), False),
    ],
)
def test_what_tells_a_push_for_the_mms_client(headers: str, ports: Ports | None, answer: bool) -> None:
    octets = bytes.fromhex(headers)
    assert is_mms_push(bytes((1, 6, len(octets))) + octets, ports) is answer


def long_integer(number: int) -> bytes:
    octets = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
    return bytes((len(octets),)) + octets


def with_length(octets: bytes) -> bytes:
    """Value-length (WAP-230-WSP §8.4.2.2)."""
    short = bytes((len(octets),))
    return short + octets if len(octets) < 31 else b"\x1f" + uintvar(len(octets)) + octets


def uintvar(number: int) -> bytes:
    return bytes((number >> 7 | 0x80, number & 0x7F)) if number > 0x7F else bytes((number,))


def utf8(text: str) -> bytes:
    octets = text.encode()
    quote = b"\x7f" if octets[:1] >= b"\x7f" else b""
    return with_length(b"\xea" + quote + octets + b"\0")


NOTIFICATIONS = st.builds(
    MmsNotification,
    content_location=WORDS,
    transaction_id=WORDS,
    version=st.sampled_from(["1.0", "1.2", "1.3"]),
    sender=TEXTS,
    subject=TEXTS,
    message_class=st.sampled_from(["personal", "advertisement", "informational", "auto"]),
    size=st.integers(0, 0xFFFFFFFF),
    expiry=st.integers(0, 0xFFFFFFFF).map(lambda seconds: timedelta(seconds=seconds))
    | st.integers(0, 0xFFFFFFFF).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    priority=st.sampled_from(["low", "normal", "high"]),
    delivery_report=st.booleans(),
)


def encode(sent: MmsNotification) -> bytes:
    """As an operator writes it: OMA-TS-MMS_ENC §7.3, by hand."""
    classes, priorities = ["personal", "advertisement", "informational", "auto"], ["low", "normal", "high"]
    token, seconds = (
        (b"\x81", sent.expiry // timedelta(seconds=1))
        if isinstance(sent.expiry, timedelta)
        else (b"\x80", int(sent.expiry.timestamp()) if sent.expiry else 0)
    )
    return PUSH + b"".join(
        (
            TYPE,
            b"\x98" + (sent.transaction_id or "").encode() + b"\0",
            bytes((0x8D, 0x90 | int((sent.version or "")[-1]))),
            b"\x89" + with_length(b"\x80" + utf8(sent.sender or "")),
            b"\x96" + utf8(sent.subject or ""),
            bytes((0x8A, 0x80 + classes.index(sent.message_class or ""))),
            b"\x8e" + long_integer(sent.size or 0),
            b"\x88" + with_length(token + long_integer(seconds)),
            bytes((0x8F, 0x80 + priorities.index(sent.priority or ""))),
            b"\x86\x80" if sent.delivery_report else b"\x86\x81",
            b"\x83" + sent.content_location.encode() + b"\0",
        )
    )


@given(NOTIFICATIONS)
def test_a_notification_reads_back(sent: MmsNotification) -> None:
    octets = encode(sent)
    assert MmsNotification.decode(octets) == sent
    assert is_mms_push(octets, Ports(2948, 9200, 16))


@given(NOTIFICATIONS, st.data())
def test_a_notification_that_is_cut_or_changed_is_a_value_or_refused(
    sent: MmsNotification, data: st.DataObject
) -> None:
    octets = bytearray(encode(sent))
    for _ in range(data.draw(st.integers(0, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    decodes_or_refuses(bytes(octets[: data.draw(st.integers(0, len(octets)))]))


@given(st.binary(max_size=120), st.sampled_from([b"", PUSH, PUSH + TYPE, PUSH + TYPE + LOCATION]))
def test_any_octets_are_a_value_or_refused(octets: bytes, head: bytes) -> None:
    decodes_or_refuses(head + octets)


def decodes_or_refuses(octets: bytes) -> None:
    push = is_mms_push(octets)
    try:
        found = MmsNotification.decode(octets)
    except DecodeError:
        return
    assert push
    for value in astuple(found):
        str(value).encode()  # no lone surrogate
