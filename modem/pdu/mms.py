"""M-Notification.ind: the push that tells where a multimedia message waits to be fetched (OMA-TS-MMS_ENC-V1_3 §6.2)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from modem.errors import DecodeError
from modem.pdu.octets import Reader
from modem.pdu.udh import Ports
from modem.pdu.wsp import PUSH_PORT, Header, Push, Value, read_headers, read_value

CONTENT_TYPE: Final = "application/vnd.wap.mms-message"
APPLICATION_IDS: Final = (4, "x-wap-application:mms.ua")  # the number and the URN of the WINA registry

_PLMN: Final = "/TYPE=PLMN"

# Field names as short integers (§7.4)
_CONTENT_LOCATION: Final = 0x03
_DELIVERY_REPORT: Final = 0x06
_EXPIRY: Final = 0x08
_FROM: Final = 0x09
_MESSAGE_CLASS: Final = 0x0A
_MESSAGE_TYPE: Final = 0x0C
_VERSION: Final = 0x0D
_MESSAGE_SIZE: Final = 0x0E
_PRIORITY: Final = 0x0F
_SUBJECT: Final = 0x16
_TRANSACTION_ID: Final = 0x18

# Values as short integers: the octets of the standard without their upper bit
_NOTIFICATION: Final = 0x02
_ADDRESS_PRESENT: Final = 0x00
_ABSOLUTE: Final = 0x00
_RELATIVE: Final = 0x01
_MESSAGE_CLASSES: Final = {0: "personal", 1: "advertisement", 2: "informational", 3: "auto"}
_PRIORITIES: Final = {0: "low", 1: "normal", 2: "high"}
_YES_NO: Final = {0: True, 1: False}


@dataclass(frozen=True, slots=True)
class MmsNotification:
    """What waits at the operator; a field that is missing, or makes no sense, is None.

    content_location: the URL to fetch it from, as a rule on the operator's own bearer only.
    version: such as "1.2". sender: an address with its type, or a name; None also when the sender hides.
    message_class: personal, advertisement, informational, auto, or a word of the operator's.
    size: octets. expiry: how long from now on, or until when in UTC. priority: low, normal or high.
    """

    content_location: str
    transaction_id: str | None = None
    version: str | None = None
    sender: str | None = None
    subject: str | None = None
    message_class: str | None = None
    size: int | None = None
    expiry: timedelta | datetime | None = None
    priority: str | None = None
    delivery_report: bool | None = None

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Decode the whole payload of a message to port 2948, its parts joined.

        Raises DecodeError when it is no push of a multimedia message, no M-Notification.ind, cut, or names no place to
            fetch from.
        """
        push = Push.decode(octets)
        if not _is_for_mms(push):
            raise DecodeError("Content-Type", 3, f"{push.content_type} is not {CONTENT_TYPE}")
        reader = Reader(octets)
        reader.position = push.body_start
        found: dict[int, Header] = {}
        for header in read_headers(reader):
            found.setdefault(header.name, header)
        _check_type(found.get(_MESSAGE_TYPE), push.body_start)
        values = {name: header.value for name, header in found.items()}
        location = _string(values.get(_CONTENT_LOCATION))
        if not location:
            raise DecodeError("X-Mms-Content-Location", len(octets), "there is none")
        return cls(
            content_location=location,
            transaction_id=_string(values.get(_TRANSACTION_ID)),
            version=_version(values.get(_VERSION)),
            sender=_sender(values.get(_FROM)),
            subject=_string(values.get(_SUBJECT)),
            message_class=_word(values.get(_MESSAGE_CLASS), _MESSAGE_CLASSES),
            size=_integer(values.get(_MESSAGE_SIZE)),
            expiry=_expiry(values.get(_EXPIRY)),
            priority=_word(values.get(_PRIORITY), _PRIORITIES),
            delivery_report=_YES_NO.get(_short(values.get(_DELIVERY_REPORT))),
        )

    @property
    def sender_number(self) -> str | None:
        """The telephone number in the sender's address, without its type; None when it is something else."""
        address = self.sender or ""
        return address[: -len(_PLMN)] if address.upper().endswith(_PLMN) else None


def is_mms_push(octets: bytes, ports: Ports | None = None) -> bool:
    """Whether a payload is a WAP push for the MMS client; never raises.

    octets: the user data of 8-bit messages without their headers, joined. ports: of the user data header; where there
        are none, the payload alone decides. The sender decides nothing: anybody can call himself anything.
    """
    if ports is not None and ports.destination != PUSH_PORT:
        return False
    try:
        return _is_for_mms(Push.decode(octets))
    except DecodeError:
        return False


def _is_for_mms(push: Push) -> bool:
    """By its content type; by the application where the type is a number that nobody knows."""
    return push.content_type == CONTENT_TYPE or (push.content_type is None and push.application_id in APPLICATION_IDS)


def _check_type(header: Header | None, body_start: int) -> None:
    if header is None:
        raise DecodeError("X-Mms-Message-Type", body_start, "there is none")
    if header.value.short != _NOTIFICATION:
        raise DecodeError("X-Mms-Message-Type", header.octet, "it is not m-notification-ind")


def _short(value: Value | None) -> int:
    """-1 when there is none, which stands in no table."""
    return -1 if value is None or value.short is None else value.short


def _string(value: Value | None) -> str | None:
    return None if value is None else value.string


def _integer(value: Value | None) -> int | None:
    return None if value is None else value.integer


def _word(value: Value | None, words: dict[int, str]) -> str | None:
    """A number that stands for a word, or the word itself (Message-class-value, §7.3.27)."""
    return words.get(_short(value)) or (_string(value) or "").lower() or None


def _version(value: Value | None) -> str | None:
    """Version-value (WAP-230-WSP §8.4.2.3): three bits major, four bits minor, 15 for no minor one; or a text."""
    if value is None or value.short is None:
        return _string(value)
    major, minor = value.short >> 4, value.short & 0x0F
    return str(major) if minor == 0x0F else f"{major}.{minor}"


def _sender(value: Value | None) -> str | None:
    """From-value (§7.3.21): a token that says whether there is an address, and the address."""
    inner = _behind_token(value)
    return inner[1].string if inner and inner[0] == _ADDRESS_PRESENT else None


def _expiry(value: Value | None) -> timedelta | datetime | None:
    """Expiry-value (§7.3.20): a token, and a date in seconds since 1970 or a span in seconds."""
    inner = _behind_token(value)
    seconds = inner[1].integer if inner else None
    if inner is None or seconds is None:
        return None
    if inner[0] == _ABSOLUTE:
        return datetime.fromtimestamp(seconds, UTC)
    return timedelta(seconds=seconds) if inner[0] == _RELATIVE else None


def _behind_token(value: Value | None) -> tuple[int, Value] | None:
    """The token that a value begins with, and the value behind it; a faulty one does not spoil the others."""
    if value is None or value.data is None:
        return None
    reader = Reader(value.data)
    try:
        token = read_value(reader, "token").short
        return None if token is None else (token, read_value(reader, "value"))
    except DecodeError:
        return None
