"""A text cut into parts: the cheapest alphabet, the fewest parts, and no character torn (TS 23.040 §9.2.3.24)."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from typing import Final

from modem.charset import gsm7, ucs2
from modem.charset.graphemes import is_boundary
from modem.pdu.dcs import Alphabet
from modem.pdu.udh import LOCKING_SHIFT, SINGLE_SHIFT, Concatenation, InformationElement, UserDataHeader
from modem.pdu.user_data import MOST_OCTETS, MOST_SEPTETS, UserData

MOST_PARTS: Final = 255

Elements = tuple[InformationElement, ...]


class TooManyParts(ValueError):
    """A message has at most 255 parts. count: how many this one would need."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} parts, {MOST_PARTS} are allowed")
        self.count = count


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a text.

    octets: of TP-UD with its header. units: septets or 16-bit units that the text takes; units_left: how many more
        would go into this part.
    """

    text: str
    user_data: UserData
    octets: int
    units: int
    units_left: int


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a text goes on the air.

    locking, single: national language identifiers of the tables in use, 0 for the default ones.
    not_gsm7: where UCS-2 was chosen, the distinct characters that made it so.
    """

    alphabet: Alphabet
    locking: int
    single: int
    parts: tuple[Segment, ...]
    not_gsm7: tuple[str, ...]


def segment(
    text: str,
    *,
    alphabet: Alphabet | None = None,
    languages: Sequence[int] = (),
    reference: int = 0,
    reference_bits: int = 8,
    elements: Elements = (),
) -> Segmentation:
    """Cut a text into the fewest parts.

    alphabet: None takes GSM 7-bit when the tables have every character, else UCS-2. languages: national language
        identifiers whose tables the receivers are known to have; they are used where that spares UCS-2 or a part.
    reference, reference_bits: of the concatenation element, 8 or 16 bits wide; it is there only with two parts or more.
    elements: further elements for the header of every part, such as ports.
    No part ends within a character, and none within what is seen as one character (an emoji sequence, a letter with
        its marks, an Indic conjunct) unless that costs a part more or it does not fit into one.
    Raises NotEncodable when GSM 7-bit is asked for and cannot be, TooManyParts, ValueError when the elements leave no
        room or the alphabet is that of octets (see ``segment_octets``).
    """
    if alphabet is not Alphabet.UCS2 and not elements:
        septets = gsm7.basic(text)
        if septets is not None and len(septets) <= MOST_SEPTETS:
            return _one_plain_part(text, septets)
    if alphabet is Alphabet.OCTETS:
        raise ValueError("octets are no text")
    coding = None if alphabet is Alphabet.UCS2 else _cheapest_gsm7(text, languages, reference_bits, elements)
    not_gsm7: tuple[str, ...] = ()
    if coding is None and alphabet is Alphabet.GSM7:
        gsm7.encode(text)  # names the first character that the default tables lack
    if coding is None:
        text = ucs2.repair(text)
        not_gsm7 = gsm7.missing(text)
        coding = _Coding(text, Alphabet.UCS2, 0, 0, [1 + (character > "\uffff") for character in text])
    header = coding.elements + elements
    cuts = coding.cuts(header, reference_bits)
    if len(cuts) > MOST_PARTS + 1:
        raise TooManyParts(len(cuts) - 1)
    parts = tuple(
        coding.part(start, end, _numbered(header, reference, reference_bits, len(cuts) - 1, number))
        for number, (start, end) in enumerate(pairwise(cuts), start=1)
    )
    return Segmentation(coding.alphabet, coding.locking, coding.single, parts, not_gsm7)


def segment_octets(
    data: bytes, *, reference: int = 0, reference_bits: int = 8, elements: Elements = ()
) -> tuple[UserData, ...]:
    """Cut 8-bit data into the fewest parts, each with ``elements`` (ports, say) in its header.

    Raises TooManyParts, and ValueError when the elements leave no room.
    """
    size = _capacity(Alphabet.OCTETS, elements)
    if len(data) > size:
        size = _capacity(Alphabet.OCTETS, _numbered(elements, 0, reference_bits, MOST_PARTS, 1))
    starts = range(0, max(1, len(data)), size)
    if len(starts) > MOST_PARTS:
        raise TooManyParts(len(starts))
    return tuple(
        UserData(
            Alphabet.OCTETS,
            data[start : start + size],
            _header(_numbered(elements, reference, reference_bits, len(starts), number)),
        )
        for number, start in enumerate(starts, start=1)
    )


@dataclass(frozen=True, slots=True)
class _Coding:
    """One way to write a text; widths: the units that each of its characters takes."""

    text: str
    alphabet: Alphabet
    locking: int
    single: int
    widths: Sequence[int]

    @property
    def elements(self) -> Elements:
        """The header elements that tell the receiver the tables."""
        shifts = ((SINGLE_SHIFT, self.single), (LOCKING_SHIFT, self.locking))
        return tuple(InformationElement(iei, bytes((language,))) for iei, language in shifts if language)

    def cuts(self, header: Elements, reference_bits: int) -> list[int]:
        """Where parts begin and the text ends: [0, len(text)] for one part."""
        sums = list(accumulate(self.widths, initial=0))
        if sums[-1] <= _capacity(self.alphabet, header):
            return [0, len(self.text)]
        return _cuts(self.text, sums, _capacity(self.alphabet, _numbered(header, 0, reference_bits, MOST_PARTS, 1)))

    def part(self, start: int, end: int, header: Elements) -> Segment:
        text = self.text[start:end]
        if self.alphabet is Alphabet.GSM7:
            content = gsm7.encode(text, locking=self.locking, single=self.single)
        else:
            content = ucs2.encode(text)
        user_data = UserData(self.alphabet, content, _header(header))
        units = user_data.units
        return Segment(text, user_data, len(user_data.encode()[1]), units, _capacity(self.alphabet, header) - units)


def _one_plain_part(text: str, septets: bytes) -> Segmentation:
    count = len(septets)
    part = Segment(text, UserData(Alphabet.GSM7, septets), (7 * count + 7) // 8, count, MOST_SEPTETS - count)
    return Segmentation(Alphabet.GSM7, 0, 0, (part,), ())


def _cheapest_gsm7(text: str, languages: Sequence[int], reference_bits: int, elements: Elements) -> _Coding | None:
    """The tables with the fewest parts, among those the default ones, then the fewest units; None: none has all."""
    characters = set(text)
    best: tuple[tuple[int, bool, int], _Coding] | None = None
    for locking, single in product((0, *languages), repeat=2):
        known = gsm7.widths(locking, single)
        if not characters <= known.keys() or (locking and not gsm7.has_locking_table(locking)):
            continue
        coding = _Coding(text, Alphabet.GSM7, locking, single, [known[character] for character in text])
        header = coding.elements + elements
        parts = len(coding.cuts(header, reference_bits)) - 1
        rank = parts, bool(coding.elements), sum(coding.widths) + _header_units(header)
        if best is None or rank < best[0]:
            best = rank, coding
        if rank[:2] == (1, False):
            break  # nothing is cheaper than one part in the default tables
    return None if best is None else best[1]


def _cuts(text: str, sums: Sequence[int], capacity: int) -> list[int]:
    """Fill parts from the front, and give way to what is seen as one character while the rest still fits."""
    if capacity < 2:
        raise ValueError("the header leaves no room for a text")
    begins = [len(text)]  # where the last part, the last two, the last three … begin if all of them are full
    while begins[-1] > 0:
        begins.append(bisect_left(sums, sums[begins[-1]] - capacity))
    cuts = [0]
    for earliest in begins[-2::-1]:
        full = bisect_right(sums, sums[cuts[-1]] + capacity) - 1
        places = range(full, max(earliest - 1, cuts[-1]), -1)
        cuts.append(next((place for place in places if is_boundary(text, place)), full))
    return cuts


def _numbered(elements: Elements, reference: int, bits: int, total: int, sequence: int) -> Elements:
    if total == 1:
        return elements
    concatenation = Concatenation(bits, reference, min(total, MOST_PARTS), sequence)
    return (InformationElement.concatenation(concatenation), *elements)


def _header(elements: Elements) -> UserDataHeader | None:
    return UserDataHeader(elements) if elements else None


def _header_octets(elements: Elements) -> int:
    return sum(2 + len(element.data) for element in elements) + 1 if elements else 0


def _header_units(elements: Elements) -> int:
    return (8 * _header_octets(elements) + 6) // 7


def _capacity(alphabet: Alphabet, elements: Elements) -> int:
    """Units that a part has for its content. Raises ValueError when the header takes them all."""
    room = MOST_OCTETS - _header_octets(elements)
    if room <= 0:
        raise ValueError("the header leaves no room")
    if alphabet is Alphabet.GSM7:
        return room * 8 // 7
    return room // 2 if alphabet is Alphabet.UCS2 else room
