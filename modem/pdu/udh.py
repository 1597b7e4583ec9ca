"""TP-UDH, the user data header and its information elements (TS 23.040 §9.2.3.24)."""

from dataclasses import dataclass
from typing import Final, Self

from modem.errors import DecodeError

CONCATENATION_8: Final = 0x00
SPECIAL_MESSAGE: Final = 0x01
PORTS_8: Final = 0x04
PORTS_16: Final = 0x05
CONCATENATION_16: Final = 0x08
SINGLE_SHIFT: Final = 0x24
LOCKING_SHIFT: Final = 0x25


@dataclass(frozen=True, slots=True)
class Concatenation:
    """One part of a long message (§9.2.3.24.1, .8): bits is the width of the reference, sequence counts from 1."""

    bits: int
    reference: int
    total: int
    sequence: int

    @property
    def valid(self) -> bool:
        return 1 <= self.sequence <= self.total


@dataclass(frozen=True, slots=True)
class Ports:
    """Application ports (§9.2.3.24.3, .4): bits is 8 or 16."""

    destination: int
    source: int
    bits: int


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """Special SMS message indication (§9.2.3.24.2).

    type: 0 voicemail, 1 fax, 2 e-mail, 3 other, 7 video. store: keep the text. profile: subscriber profile less one.
    count: messages that wait.
    """

    type: int
    store: bool
    profile: int
    count: int


@dataclass(frozen=True, slots=True)
class InformationElement:
    """An element as it stands on the air; unknown identifiers are kept. data: at most 255 octets."""

    iei: int
    data: bytes

    @classmethod
    def concatenation(cls, concatenation: Concatenation) -> Self:
        """Raises ValueError when a number does not fit its octets."""
        width = concatenation.bits // 8
        if not (0 <= concatenation.reference < 1 << concatenation.bits and concatenation.total <= 255):
            raise ValueError(f"{concatenation} does not fit its octets")
        tail = bytes((concatenation.total, concatenation.sequence))
        iei = CONCATENATION_8 if concatenation.bits == 8 else CONCATENATION_16
        return cls(iei, concatenation.reference.to_bytes(width, "big") + tail)

    @classmethod
    def ports(cls, ports: Ports) -> Self:
        """Raises ValueError when a port does not fit its octets."""
        width = ports.bits // 8
        if not (0 <= ports.destination < 1 << ports.bits and 0 <= ports.source < 1 << ports.bits):
            raise ValueError(f"{ports} does not fit its octets")
        data = ports.destination.to_bytes(width, "big") + ports.source.to_bytes(width, "big")
        return cls(PORTS_8 if ports.bits == 8 else PORTS_16, data)

    def encode(self) -> bytes:
        return bytes((self.iei, len(self.data))) + self.data


@dataclass(frozen=True, slots=True)
class UserDataHeader:
    """The header of a user data field.

    elements: in the order of the octets; where one comes twice, the last one counts (§9.2.3.24).
    undecoded: what follows the last whole element when the lengths inside do not add up; empty in a sound header.
    """

    elements: tuple[InformationElement, ...]
    undecoded: bytes = b""

    def encode(self) -> bytes:
        """TP-UDHL and the elements. Raises ValueError beyond 255 octets."""
        body = b"".join(element.encode() for element in self.elements) + self.undecoded
        return bytes((len(body),)) + body

    @classmethod
    def decode(cls, octets: bytes) -> Self:
        """Decode a header that begins with TP-UDHL; octets behind its end are not looked at.

        Raises DecodeError when it is longer than what is there.
        """
        if not octets or octets[0] >= len(octets):
            raise DecodeError("TP-UDHL", 0, f"the header is longer than the {len(octets)} octets of user data")
        end = octets[0] + 1
        elements = []
        position = 1
        while position + 2 <= end and position + 2 + octets[position + 1] <= end:
            start, position = position + 2, position + 2 + octets[position + 1]
            elements.append(InformationElement(octets[start - 2], octets[start:position]))
        return cls(tuple(elements), octets[position:end])

    @property
    def concatenation(self) -> Concatenation | None:
        """The last one that makes sense: total 0, sequence 0 and sequence above total are ignored (§9.2.3.24.1)."""
        return next((found for found in self._concatenations() if found.valid), None)

    @property
    def ignored_concatenation(self) -> Concatenation | None:
        """The one to show when there is one, but none makes sense."""
        found = self._concatenations()
        return None if any(one.valid for one in found) else next(iter(found), None)

    @property
    def ports(self) -> Ports | None:
        for element in reversed(self.elements):
            width = {PORTS_8: 1, PORTS_16: 2}.get(element.iei)
            if width and len(element.data) == 2 * width:
                destination, source = element.data[:width], element.data[width:]
                return Ports(int.from_bytes(destination, "big"), int.from_bytes(source, "big"), 8 * width)
        return None

    @property
    def single_shift(self) -> int:
        """National language identifier of the single shift table; 0 when none is named."""
        return self._language(SINGLE_SHIFT)

    @property
    def locking_shift(self) -> int:
        """National language identifier of the locking shift table; 0 when none is named."""
        return self._language(LOCKING_SHIFT)

    @property
    def waiting(self) -> tuple[WaitingCount, ...]:
        """Every indication: one message may speak of voicemail and of fax."""
        return tuple(
            WaitingCount(octet & 0x1F, bool(octet & 0x80), octet >> 5 & 3, count)
            for octet, count in (e.data for e in self.elements if e.iei == SPECIAL_MESSAGE and len(e.data) == 2)
        )

    def _concatenations(self) -> tuple[Concatenation, ...]:
        """Last first."""
        found = []
        for element in reversed(self.elements):
            if element.iei == CONCATENATION_8 and len(element.data) == 3:
                found.append(Concatenation(8, *element.data))
            elif element.iei == CONCATENATION_16 and len(element.data) == 4:
                reference = int.from_bytes(element.data[:2], "big")
                found.append(Concatenation(16, reference, element.data[2], element.data[3]))
        return tuple(found)

    def _language(self, iei: int) -> int:
        for element in reversed(self.elements):
            if element.iei == iei and len(element.data) == 1:
                return element.data[0]
        return 0
