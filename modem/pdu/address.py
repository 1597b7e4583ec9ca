"""Addresses: TP-OA, TP-DA, TP-RA (TS 23.040 §9.1.2.5) and the service centre's (TS 24.011 §8.2.5)."""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

from modem.charset import gsm7
from modem.errors import DecodeError
from modem.pdu.octets import Reader, swap_nibbles

LONGEST_ADDRESS: Final = 20  # semi-octets (TS 23.040 §9.1.2.5: 12 octets with length and type)
LONGEST_SERVICE_CENTRE: Final = 11  # octets with the type (TS 24.011 §8.2.5.2)
ISDN: Final = 1  # numbering plan E.164

_DIALLED: Final = re.compile(r"\+?[0-9*#]+")
_DIGITS_OF_NIBBLES: Final = str.maketrans("abcdef", "*#abc\0")
_NIBBLES_OF_DIGITS: Final = str.maketrans("*#abcABC", "abcdecde")


class TypeOfNumber(IntEnum):
    """TON (TS 23.040 §9.1.2.5)."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK = 3
    SUBSCRIBER = 4
    ALPHANUMERIC = 5
    ABBREVIATED = 6
    RESERVED = 7


_TYPES: Final = tuple(TypeOfNumber)


@dataclass(frozen=True, slots=True)
class Address:
    """One end of a message.

    value: digits 0-9 * # a b c, with "+" in front exactly when the type is international; a text of at most 11
        characters when it is alphanumeric; empty where the network gives none (TS 23.040 §9.1.2.5).
    npi: numbering plan, 0..15; 1 is E.164.
    """

    value: str
    ton: TypeOfNumber = TypeOfNumber.UNKNOWN
    npi: int = ISDN

    @classmethod
    def of(cls, text: str) -> Self:
        """The address that people write so: "+44…" international, digits (also short codes) unknown, else a name.

        Raises ValueError when it is neither: empty, too long, no number and without a letter, or with characters which
            the GSM 7-bit alphabet lacks.
        """
        if _DIALLED.fullmatch(text):
            international = text.startswith("+")
            if len(text) - international > LONGEST_ADDRESS:
                raise ValueError(f"{text!r}: more than {LONGEST_ADDRESS} digits")
            return cls(text, TypeOfNumber.INTERNATIONAL if international else TypeOfNumber.UNKNOWN, ISDN)
        if text.startswith("+") or not any(character.isalpha() for character in text):
            raise ValueError(f"{text!r} is neither a number nor a name")
        address = cls(text, TypeOfNumber.ALPHANUMERIC, 0)
        address.encode()
        return address

    def encode(self) -> bytes:
        """Length in semi-octets, type of address, value. Raises ValueError when the value does not fit its type."""
        count, octets = self.semi_octets()
        if count > LONGEST_ADDRESS:
            raise ValueError(f"{self.value!r}: {count} semi-octets, {LONGEST_ADDRESS} are allowed")
        return bytes((count, self.type_of_address)) + octets

    @property
    def type_of_address(self) -> int:
        return 0x80 | self.ton << 4 | self.npi

    def semi_octets(self) -> tuple[int, bytes]:
        """How many semi-octets the value takes, and the octets they lie in. Raises ValueError."""
        if self.ton is TypeOfNumber.ALPHANUMERIC:
            septets = gsm7.encode(self.value)
            return (len(septets) * 7 + 3) // 4, gsm7.pack(septets)
        digits = self.value.removeprefix("+")
        if not (digits.isascii() and digits.isdigit()):
            digits = digits.translate(_NIBBLES_OF_DIGITS)
        try:
            return len(digits), swap_nibbles(bytes.fromhex(digits + "f" if len(digits) % 2 else digits))
        except ValueError:
            raise ValueError(f"{self.value!r} is not made of digits") from None


def read_address(reader: Reader, field: str) -> Address:
    """Read TP-OA, TP-DA or TP-RA. Raises DecodeError when it is cut or longer than 20 semi-octets."""
    start = reader.position
    count = reader.octet(field)
    if count > LONGEST_ADDRESS:
        raise DecodeError(field, start, f"{count} semi-octets, {LONGEST_ADDRESS} are allowed")
    type_of_address = reader.octet(field)
    return _address(type_of_address, reader.take(field, (count + 1) // 2), count)


def read_service_centre(reader: Reader) -> Address | None:
    """Read the SMSC field; None when it is empty, which means the one that is set in the modem.

    Raises DecodeError when it is cut or longer than 11 octets.
    """
    start = reader.position
    length = reader.octet("SMSC")
    if not length:
        return None
    if length > LONGEST_SERVICE_CENTRE:
        raise DecodeError("SMSC", start, f"{length} octets, {LONGEST_SERVICE_CENTRE} are allowed")
    type_of_address = reader.octet("SMSC")
    octets = reader.take("SMSC", length - 1)
    return _address(type_of_address, octets, 2 * len(octets))


def encode_service_centre(address: Address | None) -> bytes:
    """The SMSC field in front of a TPDU, whose length counts octets (TS 27.005 §3.1); None: the one set in the modem.

    Raises ValueError when the value does not fit its type or is too long.
    """
    if address is None:
        return b"\0"
    _, octets = address.semi_octets()
    if len(octets) >= LONGEST_SERVICE_CENTRE:
        raise ValueError(f"{address.value!r}: too long for a service centre")
    return bytes((1 + len(octets), address.type_of_address)) + octets


def _address(type_of_address: int, octets: bytes, count: int) -> Address:
    ton = _TYPES[type_of_address >> 4 & 7]
    if ton is TypeOfNumber.ALPHANUMERIC:
        return Address(_name(octets, count), ton, type_of_address & 0x0F)
    digits = swap_nibbles(octets).hex()[:count]  # by the length: some leave the filler out
    if not digits.isdigit():
        digits = digits.translate(_DIGITS_OF_NIBBLES).partition("\0")[0]
    if ton is TypeOfNumber.INTERNATIONAL and digits:
        digits = "+" + digits
    return Address(digits, ton, type_of_address & 0x0F)


def _name(octets: bytes, count: int) -> str:
    septets = gsm7.unpack(octets, count * 4 // 7)
    # 14 semi-octets hold seven characters and seven spare bits as well as eight: a sender that rounds up to whole
    # octets means seven, and no name ends in "@".
    if count == 14 and septets.endswith(b"\0"):
        septets = septets[:-1]
    return gsm7.decode(septets)
