"""A text cut into parts: the cheapest alphabet, the fewest parts, and no character torn (TS 23.040 §9.2.3.24)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
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
    locking: bool = True,
    reference: int = 0,
    reference_bits: int = 8,
    elements: Elements = (),
) -> Segmentation:
    """Cut a text into the fewest parts.

    alphabet: None takes GSM 7-bit when the tables have every character, else UCS-2. languages: national language
        identifiers whose tables the receivers are known to have; they are used where that spares UCS-2 or a part.
    locking: False leaves the locking tables out. A receiver without a single shift table shows the letter without its
        mark; one without a locking table shows another text.
    reference, reference_bits: of the concatenation element, 8 or 16 bits wide; it is there only with two parts or more.
    elements: further elements for the header of every part, such as ports.
    No part ends within a character, and none within what is seen as one character (an emoji sequence, a letter with
        its marks, an Indic conjunct) unless that costs a part more or it does not fit into one.
    Raises NotEncodable when GSM 7-bit is asked for and cannot be, TooManyParts, ValueError when the elements leave no
        room or the alphabet is that of octets (see ``segment_octets``).
    """
    if (alphabet is None or alphabet is Alphabet.GSM7) and not elements:
        septets = gsm7.basic(text)
        if septets is not None and len(septets) <= MOST_SEPTETS:
            return _one_plain_part(text, septets)
    if alphabet is Alphabet.OCTETS:
        raise ValueError("octets are no text")
    coding = None
    if alphabet is not Alphabet.UCS2:
        tables = tuple(product((0, *languages) if locking else (0,), (0, *languages)))
        coding = _cheapest_gsm7(text, tables, reference_bits, elements)
        if coding is None and alphabet is Alphabet.GSM7:
            raise _not_encodable(text, tables)
    not_gsm7: tuple[str, ...] = ()
    if coding is None:
        text = ucs2.repair(text)
        not_gsm7 = gsm7.missing(text)
        widths = (1 + (character > "\uffff") for character in text)
        coding = _coding(text, Alphabet.UCS2, 0, 0, widths, reference_bits, elements)
    if coding.count > MOST_PARTS:
        raise TooManyParts(coding.count)
    parts = tuple(
        coding.part(start, end, _numbered(coding.elements, reference, reference_bits, coding.count, number))
        for number, (start, end) in enumerate(pairwise(coding.cuts()), start=1)
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
    """One way to write a text.

    sums: the units before each of its characters, then those of all. elements: of the header of each part, without the
    concatenation. begins: where the text ends, then where the last part, the last two, the last three … of them begin
    when all of those are full; so it tells the fewest parts there can be.
    """

    text: str
    alphabet: Alphabet
    locking: int
    single: int
    sums: Sequence[int]
    elements: Elements
    capacity: int
    begins: Sequence[int]

    @property
    def count(self) -> int:
        return len(self.begins) - 1

    def cuts(self) -> list[int]:
        """Where parts begin, and the end: filled from the front, giving way to clusters while the rest still fits."""
        cuts, whole = [0], 0  # whole: the last cut that tore no cluster
        for earliest in self.begins[-2::-1]:
            start = cuts[-1]
            full = bisect_right(self.sums, self.sums[start] + self.capacity) - 1
            places = range(full, max(earliest - 1, start), -1)
            whole = next((place for place in places if is_boundary(self.text, place, whole)), whole)
            cuts.append(whole if whole > start else full)
        return cuts

    def part(self, start: int, end: int, header: Elements) -> Segment:
        text = self.text[start:end]
        if self.alphabet is Alphabet.GSM7:
            content = gsm7.encode(text, locking=self.locking, single=self.single)
        else:
            content = ucs2.encode(text)
        user_data = UserData(self.alphabet, content, _header(header))
        units = user_data.units
        return Segment(text, user_data, len(user_data.encode()[1]), units, self.capacity - units)


def _coding(
    text: str,
    alphabet: Alphabet,
    locking: int,
    single: int,
    widths: Iterable[int],
    reference_bits: int,
    elements: Elements,
) -> _Coding:
    shifts = ((SINGLE_SHIFT, single), (LOCKING_SHIFT, locking))
    elements = tuple(InformationElement(iei, bytes((language,))) for iei, language in shifts if language) + elements
    sums = list(accumulate(widths, initial=0))
    capacity = _capacity(alphabet, elements)
    begins = [len(text)]
    if sums[-1] <= capacity:
        begins.append(0)
    else:
        capacity = _capacity(alphabet, _numbered(elements, 0, reference_bits, MOST_PARTS, 1))
    while begins[-1] > 0:
        begins.append(bisect_left(sums, sums[begins[-1]] - capacity))
    return _Coding(text, alphabet, locking, single, sums, elements, capacity, begins)


def _one_plain_part(text: str, septets: bytes) -> Segmentation:
    count = len(septets)
    part = Segment(text, UserData(Alphabet.GSM7, septets), (7 * count + 7) // 8, count, MOST_SEPTETS - count)
    return Segmentation(Alphabet.GSM7, 0, 0, (part,), ())


def _cheapest_gsm7(
    text: str, tables: Iterable[tuple[int, int]], reference_bits: int, elements: Elements
) -> _Coding | None:
    """The tables with the fewest parts, among those the default ones, then the fewest units; None: none has all."""
    characters = set(text)
    best: tuple[tuple[int, bool, int], _Coding] | None = None
    for locking, single in tables:
        known = gsm7.widths(locking, single)
        if not characters <= known.keys() or (locking and not gsm7.has_locking_table(locking)):
            continue
        widths = (known[character] for character in text)
        coding = _coding(text, Alphabet.GSM7, locking, single, widths, reference_bits, elements)
        rank = coding.count, bool(locking or single), coding.sums[-1] + _header_units(coding.elements)
        if best is None or rank < best[0]:
            best = rank, coding
        if rank[:2] == (1, False):
            break  # nothing is cheaper than one part in the default tables
    return None if best is None else best[1]


def _not_encodable(text: str, tables: Iterable[tuple[int, int]]) -> gsm7.NotEncodable:
    """Names the first character that the tables which come nearest lack."""
    missing = min((gsm7.missing(text, locking=locking, single=single) for locking, single in tables), key=len)
    return gsm7.NotEncodable(missing[0], text.index(missing[0]))


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
    if room < 4:  # two septets or two units: one character of the widest sort
        raise ValueError("the header leaves no room")
    if alphabet is Alphabet.GSM7:
        return room * 8 // 7
    return room // 2 if alphabet is Alphabet.UCS2 else room
