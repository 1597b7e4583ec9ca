"""A reading cursor over the octets of a PDU, and semi-octets (TS 23.040 §9.1.2)."""

from typing import Final

from modem.errors import DecodeError

_SWAP_NIBBLES: Final = bytes((octet & 0x0F) << 4 | octet >> 4 for octet in range(256))


class Reader:
    """Reads a PDU from front to back; what is not there is a DecodeError that names the field and the octet."""

    __slots__ = ("octets", "position")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.position = 0

    def octet(self, field: str) -> int:
        """The next octet. Raises DecodeError at the end."""
        position = self.position
        if position >= len(self.octets):
            raise DecodeError(field, position, "the PDU ends here")
        self.position = position + 1
        return self.octets[position]

    def take(self, field: str, count: int) -> bytes:
        """The next ``count`` octets. Raises DecodeError when there are fewer."""
        position = self.position
        end = position + count
        if end > len(self.octets):
            raise DecodeError(field, position, f"{count} octets needed, {len(self.octets) - position} left")
        self.position = end
        return self.octets[position:end]

    def rest(self) -> bytes:
        """Everything that is left; may be empty."""
        start, self.position = self.position, len(self.octets)
        return self.octets[start:]

    @property
    def left(self) -> int:
        return len(self.octets) - self.position


def swap_nibbles(octets: bytes) -> bytes:
    """Exchange the two semi-octets of each octet: the first digit of a number lies in the low one."""
    return octets.translate(_SWAP_NIBBLES)


def from_hex(line: str) -> bytes:
    """The octets of a PDU as a modem writes it (TS 27.005 §3.1); blanks around it do not matter.

    Raises DecodeError when a character is no hexadecimal digit or the last octet lacks its second one.
    """
    digits = line.strip()
    try:
        if digits.isalnum():  # bytes.fromhex would skip blanks inside
            return bytes.fromhex(digits)
    except ValueError:
        pass
    if not digits:
        return b""
    place = next((i for i, character in enumerate(digits) if character not in "0123456789ABCDEFabcdef"), len(digits))
    raise DecodeError("PDU", place // 2, "not hexadecimal" if place < len(digits) else "half an octet at the end")
