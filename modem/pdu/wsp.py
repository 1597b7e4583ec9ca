"""WAP push: the connectionless Push PDU of WSP and the encoding of its headers (WAP-230-WSP §8.2.4, §8.4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from modem.charset import ucs2
from modem.errors import DecodeError
from modem.pdu.octets import Reader

PUSH_PORT: Final = 2948  # WAP-259-WDP appendix B: WAP push, connectionless
_PUSH_TYPES: Final = (0x06, 0x07)  # Push and ConfirmedPush, table 34
_APPLICATION_ID: Final = 0x2F  # X-Wap-Application-Id, table 39
_LENGTH_FOLLOWS: Final = 31
_QUOTE: Final = 0x7F  # in front of a text whose first octet is above 0x7F (§8.4.2.1)
_LONGEST_UINTVAR: Final = 5  # octets: 32 bits
_CONTENT_TYPES: Final = {  # table 40; 0 is */*
    0x2D: "text/vnd.wap.si",
    0x2E: "application/vnd.wap.sic",
    0x2F: "text/vnd.wap.sl",
    0x30: "application/vnd.wap.slc",
    0x31: "text/vnd.wap.co",
    0x32: "application/vnd.wap.coc",
    0x36: "application/vnd.wap.connectivity-wbxml",
    0x3E: "application/vnd.wap.mms-message",
}
_UTF16: Final = frozenset((1000, 1013, 1015))  # ISO-10646-UCS-2, UTF-16BE, UTF-16
_UTF16_LE: Final = 1014
_CHARSETS: Final = {  # MIBenum of the IANA registry, table 42; for all others see _decode
    **{number: f"iso8859-{number - 3}" for number in range(4, 13)},
    17: "shift_jis",
    18: "euc_jp",
    38: "euc_kr",
    113: "gbk",
    114: "gb18030",
    2025: "gbk",  # GB2312
    2026: "big5",
    2084: "koi8_r",
    **{number: f"cp{number - 1000}" for number in range(2250, 2259)},
}


@dataclass(frozen=True, slots=True)
class Value:
    """A header value, told apart by its first octet (§8.4.1.2); one of the three is not None.

    short: 0..127, the low bits of a single octet. text: without the NUL. data: the octets behind a length.
    """

    short: int | None = None
    text: bytes | None = None
    data: bytes | None = None

    @property
    def integer(self) -> int | None:
        """Integer-value (§8.4.2.3): short, or long of at most 32 bits; None when it is neither."""
        if self.data is None:
            return self.short
        number = int.from_bytes(self.data, "big")
        return number if self.data and number < 1 << 32 else None

    @property
    def string(self) -> str | None:
        """Text-string (§8.4.2.1), or Encoded-string-value, which names its character set (OMA-TS-MMS_ENC §7.3.19)."""
        if self.text is not None:
            return _decode(self.text, None)
        return None if self.data is None else _encoded_string(self.data)


@dataclass(frozen=True, slots=True)
class Header:
    """name: 0..127, the number of a well-known header. octet: where it stands in the PDU."""

    name: int
    value: Value
    octet: int


@dataclass(frozen=True, slots=True)
class Push:
    """A Push PDU.

    content_type: in words, None when its number is not known here. application_id: a number of the WINA registry, or a
        URI. body: what is pushed; it begins at octet body_start of the PDU.
    """

    transaction_id: int
    confirmed: bool
    content_type: str | None
    application_id: int | str | None
    body: bytes
    body_start: int

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Decode the payload of a message to PUSH_PORT.

        Raises DecodeError when it is no Push PDU, or its lengths do not add up.
        """
        reader = Reader(octets)
        transaction_id = reader.octet("TID")
        pdu_type = reader.octet("PDU-Type")
        if pdu_type not in _PUSH_TYPES:
            raise DecodeError("PDU-Type", 1, f"{pdu_type:#04x} is not Push")
        length = read_uintvar(reader, "HeadersLen")
        start = reader.position
        reader.take("Headers", length)
        inside = Reader(octets[: reader.position])
        inside.position = start
        content_type = _content_type(read_value(inside, "Content-Type"))
        application_id = None
        for header in read_headers(inside):
            if header.name == _APPLICATION_ID:
                value = header.value.integer
                application_id = header.value.string if value is None else value
        body_start = reader.position
        return cls(transaction_id, pdu_type == 0x07, content_type, application_id, reader.rest(), body_start)


def read_uintvar(reader: Reader, field: str) -> int:
    """Read a uintvar (§8.1.2): seven bits an octet, the first bit set in all but the last.

    Raises DecodeError when it is cut or longer than 5 octets.
    """
    start, number = reader.position, 0
    for _ in range(_LONGEST_UINTVAR):
        octet = reader.octet(field)
        number = number << 7 | octet & 0x7F
        if octet < 0x80:
            return number
    raise DecodeError(field, start, f"a uintvar of more than {_LONGEST_UINTVAR} octets")


def read_value(reader: Reader, field: str) -> Value:
    """Read a header value (§8.4.1.2), whatever it means. Raises DecodeError when it is cut."""
    first = reader.octet(field)
    if first >= 0x80:
        return Value(short=first & 0x7F)
    if first < _LENGTH_FOLLOWS:
        return Value(data=reader.take(field, first))
    if first == _LENGTH_FOLLOWS:
        return Value(data=reader.take(field, read_uintvar(reader, field)))
    start = reader.position - 1
    end = reader.octets.find(b"\0", start)
    if end < 0:
        raise DecodeError(field, start, "a text without its NUL")
    reader.position = end + 1
    return Value(text=_unquoted(reader.octets[start:end]))


def read_headers(reader: Reader) -> Iterator[Header]:
    """The well-known headers from here to the end (§8.4.2.6); those that are named in letters are passed over.

    The end is also where another code page begins, in which the numbers mean something else, and where filling does.
    Raises DecodeError when a value is cut.
    """
    while reader.left:
        start = reader.position
        name = reader.octets[start]
        if name < 0x20 or name == _QUOTE:
            return
        if name < 0x80:
            read_value(reader, "header name")
            read_value(reader, "header value")
            continue
        reader.position += 1
        yield Header(name & 0x7F, read_value(reader, f"header {name & 0x7F:#04x}"), start)


def _content_type(value: Value) -> str | None:
    """Content-type-value (§8.4.2.24): the media alone, or the media and its parameters behind a length."""
    if value.data is not None:
        try:
            value = read_value(Reader(value.data), "Content-Type")
        except DecodeError:
            return None
    if value.text is not None:
        return value.text.decode("latin-1").lower()
    return _CONTENT_TYPES.get(value.integer or 0)


def _unquoted(text: bytes) -> bytes:
    return text[1:] if text[:1] == bytes((_QUOTE,)) else text


def _encoded_string(data: bytes) -> str:
    """Char-set and text: the character set is a short integer, a long one of 1 or 2 octets, or not there at all."""
    first = data[0] if data else 0x20
    if 0x20 <= first < 0x80:
        return _decode(data, None)
    if first in (1, 2):
        return _decode(data[1 + first :], int.from_bytes(data[1 : 1 + first], "big"))
    return _decode(data[1:], first & 0x7F)  # below 0x20: a sender that forgot the upper bit (gammu: at-sms-33)


def _decode(text: bytes, charset: int | None) -> str:
    if charset in _UTF16:
        return ucs2.decode(text).rstrip("\0")
    if charset == _UTF16_LE:
        return text[: len(text) & ~1].decode("utf-16-le", "replace").rstrip("\0")
    text = _unquoted(text.partition(b"\0")[0])
    codec = _CHARSETS.get(charset or 0)
    if codec is not None:
        return text.decode(codec, "replace")
    try:  # also for US-ASCII and for no character set at all, in which many write more than that
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
