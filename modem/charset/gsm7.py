"""The GSM 7-bit alphabets: text to septets and back, with every national language table (TS 23.038 §6.2.1).

Septets travel here as one octet each; ``pack`` and ``unpack`` turn them into the octets of the air interface.
"""

import codecs
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from modem.charset.tables import ESCAPE, LOCKING, SINGLE, UNDEFINED

_ESCAPE_SEPTET: Final = b"\x1b"
_PACKED_AT_ONCE: Final = 256  # septets; exactly 224 octets, so that longer texts can be packed piece by piece


class NotEncodable(ValueError):
    """A character is in none of the tables asked for. character: the first such one; index: its place in the text."""

    def __init__(self, character: str, index: int) -> None:
        super().__init__(f"{character!r} at {index} is not in the GSM 7-bit alphabet asked for")
        self.character = character
        self.index = index


def encode(text: str, *, locking: int = 0, single: int = 0) -> bytes:
    """Encode a text as septets, one per octet.

    locking, single: national language identifiers (TS 23.038 §6.2.1.2.4); 0 is the default table.
        A language without such a table stands for the default one, as on the receiving side.
    Returns one octet per septet; a character of the extension table takes two.
    Raises NotEncodable.
    """
    if not locking:
        septets = basic(text)
        if septets is not None:
            return septets
    try:
        return codecs.charmap_encode(text, "strict", _codes(locking, single))[0]
    except UnicodeEncodeError as error:
        raise NotEncodable(text[error.start], error.start) from None


def basic(text: str) -> bytes | None:
    """Septets of a text that lies in the default table alone, one per octet; None when any character does not."""
    try:
        shifted = codecs.charmap_encode(text, "strict", _BASIC)[0]
    except UnicodeEncodeError:
        return None
    return None if b"\0" in shifted else shifted.translate(_SHIFT_BACK)


def decode(septets: bytes, *, locking: int = 0, single: int = 0) -> str:
    """Decode septets, one per octet.

    An extension code without a character gives the character which the locking table has there; two escapes in a row
        give one space (TS 23.038 §6.2.1.1), an undefined position of a locking table a space, an escape at the very
        end nothing. Unknown languages stand for the default tables.
    Raises ValueError (UnicodeDecodeError) for an octet above 0x7F, which no septet is.
    """
    table = _characters(locking)
    if _ESCAPE_SEPTET not in septets:
        return codecs.charmap_decode(septets, "strict", table)[0]
    extension = _extension(locking, single)
    first, *runs = septets.split(_ESCAPE_SEPTET)
    pieces = [codecs.charmap_decode(first, "strict", table)[0]]
    blank = False  # this run follows the second of two escapes
    for place, run in enumerate(runs, start=1):
        if blank or not run:
            pieces.append(codecs.charmap_decode(run, "strict", table)[0])
            blank = not blank and place < len(runs)
            pieces.append(" " if blank else "")
        else:
            pieces.append(extension[run[0]])
            pieces.append(codecs.charmap_decode(run[1:], "strict", table)[0])
    return "".join(pieces)


def cost(text: str, *, locking: int = 0, single: int = 0) -> int:
    """Septets that a text takes with these tables. Raises NotEncodable."""
    return len(encode(text, locking=locking, single=single))


def missing(text: str, *, locking: int = 0, single: int = 0) -> tuple[str, ...]:
    """The distinct characters which these tables lack, in the order in which they first appear."""
    known = widths(locking, single)
    return tuple(character for character in dict.fromkeys(text) if character not in known)


@lru_cache(maxsize=256)
def widths(locking: int = 0, single: int = 0) -> Mapping[str, int]:
    """Every character that these tables can write, with its cost in septets: 1, or 2 behind an escape."""
    return {chr(point): len(code) for point, code in _codes(locking, single).items()}


def has_locking_table(language: int) -> bool:
    """Whether a national language has a locking shift table; Spanish has none (TS 23.038 annex A.3)."""
    return language in LOCKING


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Pack septets into octets, the first one into the lowest bits (TS 23.038 §6.1.2.1).

    septets: one per octet. fill_bits: zero bits before the first septet, 0..6, which bring a text behind a user data
        header to a septet boundary (TS 23.040 §9.2.3.24).
    """
    if len(septets) > _PACKED_AT_ONCE:
        bits = 0
        for start in range(0, len(septets), _PACKED_AT_ONCE):
            bits |= _packed_bits(septets[start : start + _PACKED_AT_ONCE]) << 7 * start
    else:
        bits = _packed_bits(septets)
    return (bits << fill_bits).to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """Unpack ``count`` septets, one per octet; what the octets do not hold reads as zero (TS 23.038 §6.1.2.1)."""
    bits = int.from_bytes(octets, "little") >> fill_bits
    if count <= _PACKED_AT_ONCE:
        return _unpacked(bits, count)
    mask = (1 << 7 * _PACKED_AT_ONCE) - 1
    return b"".join(
        _unpacked(bits >> 7 * start & mask, min(_PACKED_AT_ONCE, count - start))
        for start in range(0, count, _PACKED_AT_ONCE)
    )


def _packed_bits(septets: bytes) -> int:
    # Neighbours move together, then pairs, then fours: eight steps on one big number instead of one per septet.
    bits = int.from_bytes(septets, "little")
    for size, low, high in _PACKING:
        bits = (bits & low) | (bits & high) >> size
        if 2 * size >= len(septets):
            break
    return bits


def _unpacked(bits: int, count: int) -> bytes:
    bits &= (1 << 7 * count) - 1
    for size, low, high in _UNPACKING:
        if size < count:
            bits = (bits & low) | (bits & high) << size
    return (bits & _SEPTETS).to_bytes(max(count, (bits.bit_length() + 7) // 8), "little")[:count]


def _masks(slot: int, size: int) -> tuple[int, int, int]:
    """The step that joins or parts two groups of ``size`` septets: (size, mask of the low group, of the high one)."""
    group = (1 << 7 * size) - 1
    low = sum(group << start for start in range(0, 8 * _PACKED_AT_ONCE, 16 * size))
    return size, low, low << slot * size


_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_PACKING: Final = tuple(_masks(8, size) for size in _SIZES)
_UNPACKING: Final = tuple(_masks(7, size) for size in reversed(_SIZES))
_SEPTETS: Final = int.from_bytes(b"\x7f" * _PACKED_AT_ONCE, "little")


@lru_cache(maxsize=16)
def _characters(locking: int) -> str:
    """A decoding table for ``charmap_decode``: 128 characters; the escape is never looked up."""
    return LOCKING.get(locking, LOCKING[0]).replace(UNDEFINED, " ")


@lru_cache(maxsize=256)
def _extension(locking: int, single: int) -> tuple[str, ...]:
    """The 128 characters behind an escape; empty positions fall back to the locking table (TS 23.038 §6.2.1.1)."""
    table = SINGLE.get(single, SINGLE[0])
    return tuple(
        fallback if character == UNDEFINED else character
        for character, fallback in zip(table, _characters(locking), strict=True)
    )


@lru_cache(maxsize=256)
def _codes(locking: int, single: int) -> Mapping[int, bytes]:
    """Code point to septets; one septet is preferred to two, the lower of two equal codes to the higher."""
    codes = {
        ord(character): _ESCAPE_SEPTET + bytes((code,))
        for code, character in reversed(list(enumerate(SINGLE.get(single, SINGLE[0]))))
        if character != UNDEFINED
    }
    codes |= {
        ord(character): bytes((code,))
        for code, character in reversed(list(enumerate(LOCKING.get(locking, LOCKING[0]))))
        if character not in (UNDEFINED, ESCAPE)
    }
    return codes


# charmap_build makes its fast form only of a table that begins with NUL, so each code is one higher here; the escape's
# place is taken by U+FFFE, which stands for nothing.
_BASIC: Final = codecs.charmap_build("\0" + LOCKING[0].replace(ESCAPE, "\ufffe"))
_SHIFT_BACK: Final = bytes(range(1)) + bytes(range(255))
