"""Time stamps: TP-SCTS, TP-DT and the absolute TP-VP (TS 23.040 §9.2.3.11)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from modem.pdu.octets import Reader, swap_nibbles

LENGTH: Final = 7  # octets
QUARTER: Final = timedelta(minutes=15)
WIDEST_ZONE: Final = 79  # quarters of an hour: seven tens and nine, as the sign takes one bit

_MINUS_ZERO: Final = 0x08  # a zone of zero quarters, with a sign
_NOT_DECIMAL: Final = 0xFF
_DECIMAL: Final = bytes(
    (octet & 0x0F) * 10 + (octet >> 4) if octet & 0x0F < 10 and octet >> 4 < 10 else _NOT_DECIMAL
    for octet in range(256)
)


def decode(octets: bytes) -> datetime | None:
    """Decode a time stamp.

    octets: 7 octets, each two swapped decimal digits; the last one is the zone in quarters of an hour, bit 3 its sign.
    Returns an aware datetime in the zone the network sent (years 90-99 are 19xx), or None when a digit is above 9 or
        there is no such date: networks do send that, and no message is lost for it. A zone that is no number
        (``zone`` returns None for it) is taken for UTC, because the local time is still the best there is.
    """
    year, month, day, hour, minute, second = octets[:6].translate(_DECIMAL)
    if year == _NOT_DECIMAL:
        return None
    try:
        return datetime(
            year + (2000 if year < 90 else 1900), month, day, hour, minute, second, tzinfo=_ZONES[octets[6]] or UTC
        )
    except ValueError:
        return None


def zone(octet: int) -> timezone | None:
    """The zone that the last octet of a time stamp names; None when it is no decimal number."""
    return _ZONES[octet]


def encode(moment: datetime) -> bytes:
    """Encode an aware datetime as 7 octets, in its own zone rounded to quarters of an hour.

    Raises ValueError when it is naive or not within 1990..2089, the years that two digits can tell.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a time stamp needs a zone")
    quarters = max(-WIDEST_ZONE, min(WIDEST_ZONE, round(offset / QUARTER)))
    local = moment.astimezone(timezone(quarters * QUARTER))
    if not 1990 <= local.year <= 2089:
        raise ValueError(f"the year {local.year} has no two-digit form")
    digits = f"{local:%y%m%d%H%M%S}{abs(quarters):02d}"
    octets = swap_nibbles(bytes.fromhex(digits))
    return octets[:6] + bytes((octets[6] | (0x08 if quarters < 0 else 0),))


def read_timestamp(reader: Reader, field: str) -> tuple[datetime | None, bytes | None]:
    """Read TP-SCTS or TP-DT: the moment, and its octets where they are not those that ``encode`` would give.

    Raises DecodeError when it is cut.
    """
    octets = reader.take(field, LENGTH)
    moment = decode(octets)
    sound = moment is not None and _ZONES[octets[6]] is not None and octets[6] != _MINUS_ZERO
    return moment, None if sound else octets


def encode_field(moment: datetime | None, octets: bytes | None) -> bytes:
    """The inverse of ``read_timestamp``; zeros when there is neither. Raises ValueError as ``encode`` does."""
    if octets is not None:
        return octets
    return bytes(LENGTH) if moment is None else encode(moment)


def _zone(octet: int) -> timezone | None:
    tens, units = octet & 0x07, octet >> 4
    if units > 9:
        return None
    quarters = (10 * tens + units) * (-1 if octet & 0x08 else 1)
    return timezone(quarters * QUARTER) if quarters else UTC


_ZONES: Final = tuple(_zone(octet) for octet in range(256))
