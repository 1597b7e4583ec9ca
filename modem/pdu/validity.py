"""TP-VP, the validity period, in its three forms (TS 23.040 §9.2.3.12)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from modem.pdu import timestamp
from modem.pdu.octets import Reader

FORMAT_ENHANCED: Final = 0b01
FORMAT_RELATIVE: Final = 0b10
FORMAT_ABSOLUTE: Final = 0b11


def _relative(octet: int) -> timedelta:
    if octet < 144:
        return timedelta(minutes=5) * (octet + 1)
    if octet < 168:
        return timedelta(hours=12) + timedelta(minutes=30) * (octet - 143)
    if octet < 197:
        return timedelta(days=octet - 166)
    return timedelta(weeks=octet - 192)


_RELATIVE: Final = tuple(_relative(octet) for octet in range(256))


@dataclass(frozen=True, slots=True)
class RelativeValidity:
    """One octet, 5 minutes to 63 weeks, in steps that grow (§9.2.3.12.1)."""

    octet: int

    @classmethod
    def at_least(cls, period: timedelta) -> Self:
        """The shortest that is not shorter than ``period``; the longest there is when nothing is long enough."""
        return cls(next((octet for octet, known in enumerate(_RELATIVE) if known >= period), 255))

    @property
    def period(self) -> timedelta:
        return _RELATIVE[self.octet]

    def encode(self) -> bytes:
        return bytes((self.octet,))


@dataclass(frozen=True, slots=True)
class AbsoluteValidity:
    """A time stamp of 7 octets (§9.2.3.12.2)."""

    octets: bytes

    @classmethod
    def at(cls, moment: datetime) -> Self:
        """Raises ValueError when it is naive or not within 1990..2089."""
        return cls(timestamp.encode(moment))

    @property
    def moment(self) -> datetime | None:
        """None when the octets are no date."""
        return timestamp.decode(self.octets)

    def encode(self) -> bytes:
        return self.octets


@dataclass(frozen=True, slots=True)
class EnhancedValidity:
    """A functionality indicator and what it announces, 7 octets in all (§9.2.3.12.3)."""

    octets: bytes

    @classmethod
    def of(cls, period: timedelta | None, *, single_shot: bool = False) -> Self:
        """In seconds up to 255 of them, in hours, minutes and seconds below 100 hours, else relative; None: no period.

        Raises ValueError when the period is not positive.
        """
        flags = 0x40 if single_shot else 0
        if period is None:
            return cls(bytes((flags, 0, 0, 0, 0, 0, 0)))
        seconds = -(-period // timedelta(seconds=1))
        if seconds <= 0:
            raise ValueError("a validity period is positive")
        if seconds <= 255:
            return cls(bytes((flags | 2, seconds, 0, 0, 0, 0, 0)))
        hours, rest = divmod(seconds, 3600)
        if hours < 100:
            digits = "".join(f"{number:02d}"[::-1] for number in (hours, *divmod(rest, 60)))
            return cls(bytes((flags | 3,)) + bytes.fromhex(digits) + bytes(3))
        return cls(bytes((flags | 1, RelativeValidity.at_least(period).octet, 0, 0, 0, 0, 0)))

    @property
    def single_shot(self) -> bool:
        """The service centre is to try once only."""
        return bool(self.octets[0] & 0x40)

    @property
    def format(self) -> int:
        """0 no period, 1 relative, 2 seconds, 3 hours, minutes and seconds; others are reserved."""
        return self.octets[0] & 0x07

    @property
    def period(self) -> timedelta | None:
        """None when there is none, or none that is understood."""
        if self.octets[0] & 0x80:  # the indicator goes on in a further octet, which no release defines
            return None
        if self.format == 1:
            return _RELATIVE[self.octets[1]]
        if self.format == 2:
            return timedelta(seconds=self.octets[1])
        if self.format == 3:
            return _clock(self.octets[1:4])
        return None

    def encode(self) -> bytes:
        return self.octets


Validity = RelativeValidity | AbsoluteValidity | EnhancedValidity


def format_of(validity: Validity | None) -> int:
    """TP-VPF, the two bits that announce the form (§9.2.3.3)."""
    if validity is None:
        return 0
    return _FORMATS[type(validity)]


def read_validity(reader: Reader, validity_format: int) -> Validity | None:
    """Read TP-VP as TP-VPF announces it. Raises DecodeError when it is cut."""
    if validity_format == FORMAT_RELATIVE:
        return RelativeValidity(reader.octet("TP-VP"))
    if validity_format == FORMAT_ABSOLUTE:
        return AbsoluteValidity(reader.take("TP-VP", timestamp.LENGTH))
    if validity_format == FORMAT_ENHANCED:
        return EnhancedValidity(reader.take("TP-VP", timestamp.LENGTH))
    return None


def _clock(octets: bytes) -> timedelta | None:
    digits = [(octet & 0x0F, octet >> 4) for octet in octets]
    if any(tens > 9 or units > 9 for tens, units in digits):
        return None
    hours, minutes, seconds = (10 * tens + units for tens, units in digits)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


_FORMATS: Final = {
    RelativeValidity: FORMAT_RELATIVE,
    AbsoluteValidity: FORMAT_ABSOLUTE,
    EnhancedValidity: FORMAT_ENHANCED,
}
