"""TP-UDL and TP-UD: a header, then septets or octets (TS 23.040 §9.2.3.16, §9.2.3.24)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Self

from modem.charset import gsm7, ucs2
from modem.errors import DecodeError
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.octets import Reader
from modem.pdu.udh import UserDataHeader

MOST_OCTETS: Final = 140  # of TP-UD with its header
MOST_SEPTETS: Final = 160


@dataclass(frozen=True, slots=True)
class UserData:
    """What one TPDU carries.

    content: septets, one per octet, for GSM 7-bit; octets otherwise; without the header.
    """

    alphabet: Alphabet
    content: bytes
    header: UserDataHeader | None = None

    def encode(self) -> tuple[int, bytes]:
        """TP-UDL, in septets or octets as the alphabet wants, and TP-UD with the header in front."""
        if self.header is None:
            if self.alphabet is Alphabet.GSM7:
                return len(self.content), gsm7.pack(self.content)
            return len(self.content), self.content
        header = self.header.encode()
        if self.alphabet is not Alphabet.GSM7:
            return len(header) + len(self.content), header + self.content
        septets, fill_bits = _header_septets(len(header))
        return septets + len(self.content), header + gsm7.pack(self.content, fill_bits)

    @classmethod
    def decode(cls, udl: int, octets: bytes, *, udhi: bool, alphabet: Alphabet, at: int = 0) -> Self:
        """Decode TP-UD; what TP-UDL promises and the octets do not hold is left out.

        at: place of the first octet in its PDU, for the error. A header is looked for when udhi says so and there is
            any user data at all.
        Raises DecodeError when the header is longer than the user data.
        """
        is_gsm7 = alphabet is Alphabet.GSM7
        octets = octets[: (7 * udl + 7) // 8 if is_gsm7 else udl]
        if not udhi or not udl:
            return cls(alphabet, gsm7.unpack(octets, min(udl, len(octets) * 8 // 7)) if is_gsm7 else octets)
        try:
            header = UserDataHeader.decode(octets)
        except DecodeError as error:
            raise DecodeError(error.field, at, error.reason) from None
        length = octets[0] + 1
        if not is_gsm7:
            return cls(alphabet, octets[length:], header)
        septets, fill_bits = _header_septets(length)
        count = min(udl - septets, (8 * (len(octets) - length) - fill_bits) // 7)
        return cls(alphabet, gsm7.unpack(octets[length:], max(0, count), fill_bits), header)

    @property
    def text(self) -> str | None:
        """The text of this part alone, never with a lone surrogate; None for octets."""
        if self.alphabet is Alphabet.GSM7:
            if self.header is None:
                return gsm7.decode(self.content)
            return gsm7.decode(self.content, locking=self.header.locking_shift, single=self.header.single_shift)
        return ucs2.decode(self.content) if self.alphabet is Alphabet.UCS2 else None

    @property
    def udl(self) -> int:
        """TP-UDL as ``encode`` gives it."""
        length = 0 if self.header is None else len(self.header.encode())
        return len(self.content) + (_header_septets(length)[0] if self.alphabet is Alphabet.GSM7 else length)

    @property
    def units(self) -> int:
        """Septets, 16-bit units or octets that the content takes."""
        return len(self.content) // 2 if self.alphabet is Alphabet.UCS2 else len(self.content)

    @property
    def odd(self) -> bool:
        """UCS-2 that ends in half a unit."""
        return self.alphabet is Alphabet.UCS2 and len(self.content) % 2 == 1


def join_text(parts: Sequence[UserData]) -> str:
    """The text of a long message from its parts in order.

    Septets and octets are joined before they are decoded, so that an escape or a surrogate pair which the sender cut
    in two is whole again. Runs of parts in different alphabets or tables are decoded each by its own; parts of octets
    have no text and add none (see ``join_octets``).
    """
    pieces: list[str] = []
    for (alphabet, locking, single), run in groupby(parts, _coding):
        if alphabet is Alphabet.GSM7:
            pieces.append(gsm7.decode(b"".join(part.content for part in run), locking=locking, single=single))
        elif alphabet is Alphabet.UCS2:
            pieces.append(ucs2.decode(_whole_units(part.content for part in run)))
    return "".join(pieces)


def join_octets(parts: Iterable[UserData]) -> bytes:
    """The contents of the parts one behind the other: a binary message that was sent in parts."""
    return b"".join(part.content for part in parts)


def read_user_data(reader: Reader, *, udhi: bool, coding: DataCoding) -> tuple[UserData, bool]:
    """Read TP-UDL and TP-UD of a TPDU.

    Returns the user data and whether it is damaged: shorter than TP-UDL says, longer than the 140 octets there can be,
        or with lengths inside its header or halves of units that do not add up.
    Raises DecodeError when there is no TP-UDL or the header does not fit.
    """
    udl = reader.octet("TP-UDL")
    at = reader.position
    alphabet = _alphabet(coding, udl, reader.left)
    is_gsm7 = alphabet is Alphabet.GSM7
    octets = reader.take("TP-UD", min(reader.left, (7 * udl + 7) // 8 if is_gsm7 else udl))
    user_data = UserData.decode(udl, octets, udhi=udhi, alphabet=alphabet, at=at)
    damaged = (
        len(octets) < ((7 * udl + 7) // 8 if is_gsm7 else udl)
        or udl > (MOST_SEPTETS if is_gsm7 else MOST_OCTETS)
        or user_data.odd
        or (user_data.header is not None and user_data.header.undecoded != b"")
    )
    return user_data, damaged


def _alphabet(coding: DataCoding, udl: int, octets: int) -> Alphabet:
    if coding.compressed:
        return Alphabet.OCTETS
    # Seen in the field: F9 with UCS-2, FB with 7-bit. Only the number of octets tells them apart.
    if coding.doubtful and octets == udl != (7 * udl + 7) // 8:
        return Alphabet.UCS2
    return coding.alphabet


def _header_septets(length: int) -> tuple[int, int]:
    """Septets that a header of ``length`` octets takes up, and the fill bits behind it (§9.2.3.24)."""
    septets = (8 * length + 6) // 7
    return septets, 7 * septets - 8 * length


def _coding(part: UserData) -> tuple[Alphabet, int, int]:
    if part.alphabet is not Alphabet.GSM7 or part.header is None:
        return part.alphabet, 0, 0
    return part.alphabet, part.header.locking_shift, part.header.single_shift


def _whole_units(contents: Iterable[bytes]) -> bytes:
    """Joined octets; when halves of units do not meet across the parts, each part loses its own."""
    pieces = list(contents)
    joined = b"".join(pieces)
    return b"".join(piece[: len(piece) & ~1] for piece in pieces) if len(joined) % 2 else joined
