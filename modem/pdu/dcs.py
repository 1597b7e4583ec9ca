"""TP-DCS, the data coding scheme (TS 23.038 §4)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Alphabet(StrEnum):
    """How the user data is to be read."""

    GSM7 = "gsm7"
    OCTETS = "8bit"
    UCS2 = "ucs2"


class WaitingType(StrEnum):
    """What kind of message waits."""

    VOICEMAIL = "voicemail"
    FAX = "fax"
    EMAIL = "email"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class WaitingIndication:
    """The message waiting groups 1100, 1101 and 1110: store is whether the text is to be kept."""

    store: bool
    active: bool
    type: WaitingType


# Bits 3..2 of the general groups; the reserved fourth value is to be taken for GSM 7-bit.
_GENERAL: Final = (Alphabet.GSM7, Alphabet.OCTETS, Alphabet.UCS2, Alphabet.GSM7)
_WAITING_TYPES: Final = tuple(WaitingType)


def _alphabet(octet: int) -> Alphabet:
    if octet < 0x80:
        return _GENERAL[octet >> 2 & 3]
    if octet >= 0xF0:
        return Alphabet.OCTETS if octet & 0x04 else Alphabet.GSM7
    return Alphabet.UCS2 if octet >= 0xE0 else Alphabet.GSM7


_ALPHABETS: Final = tuple(_alphabet(octet) for octet in range(256))


@dataclass(frozen=True, slots=True)
class DataCoding:
    """One octet and what it says; any octet is one, reserved ones are read as TS 23.038 §4 tells receivers to."""

    octet: int

    @classmethod
    def for_text(cls, alphabet: Alphabet, message_class: int | None = None) -> Self:
        """The plain coding of an alphabet: 0x00, 0x04, 0x08; with a class 0..3 0x10, 0x14, 0x18 and so on."""
        octet = _GENERAL.index(alphabet) << 2
        if message_class is None:
            return cls(octet)
        if not 0 <= message_class <= 3:
            raise ValueError(f"message class {message_class} is not within 0..3")
        return cls(octet | 0x10 | message_class)

    @property
    def alphabet(self) -> Alphabet:
        return _ALPHABETS[self.octet]

    @property
    def message_class(self) -> int | None:
        """0 immediate display, 1 ME, 2 SIM, 3 TE; None when the octet carries no class."""
        has_class = self.octet & 0x10 if self.octet < 0x80 else self.octet >= 0xF0
        return self.octet & 3 if has_class else None

    @property
    def compressed(self) -> bool:
        """Compressed by TS 23.042, which nobody does: the user data is then octets without a text."""
        return self.octet < 0x80 and bool(self.octet & 0x20)

    @property
    def automatic_deletion(self) -> bool:
        return 0x40 <= self.octet < 0x80

    @property
    def waiting(self) -> WaitingIndication | None:
        if not 0xC0 <= self.octet < 0xF0:
            return None
        return WaitingIndication(self.octet >= 0xD0, bool(self.octet & 0x08), _WAITING_TYPES[self.octet & 3])

    @property
    def reserved_group(self) -> bool:
        """Groups 1000 to 1011, to be read as GSM 7-bit."""
        return 0x80 <= self.octet < 0xC0

    @property
    def doubtful(self) -> bool:
        """Group 1111 with its reserved bit 3: in the field both 7-bit and UCS-2, so the octet count has to decide."""
        return self.octet & 0xF8 == 0xF8 and not self.octet & 0x04
