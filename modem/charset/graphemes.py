"""Where a text may be cut without tearing what a person sees as one character (after Unicode UAX #29)."""

import unicodedata
from typing import Final

_ZERO_WIDTH_JOINER: Final = "\u200d"
_VIRAMA_CLASS: Final = 9  # canonical combining class of the signs that join Indic consonants


def is_boundary(text: str, place: int, start: int = 0) -> bool:
    """Whether a cut before ``text[place]`` leaves no grapheme cluster torn.

    start: a place before it that is known to be a boundary, so that nothing further in front has to be looked at.
    Kept whole: CR LF; a character with its combining marks, variation selectors, skin tone, keycap or tags; sequences
        joined by ZERO WIDTH JOINER; pairs of regional indicators (flags); Hangul syllables written in jamo; Indic
        consonants joined by a virama. Marks without a base and unpaired joiners hold on to what stands before them.
    """
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    if before < "\u0300" and after < "\u0300":
        return not (before == "\r" and after == "\n")
    if _extends(after) or before == _ZERO_WIDTH_JOINER:
        return False
    if _is_regional(after):
        return not _odd_regionals_before(text, place, start)
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return unicodedata.category(after) != "Lo"
    return not _jamo_joins(before, after)


def _extends(character: str) -> bool:
    """Combining marks, joiners, variation selectors, skin tones, tags, half-width voicing marks."""
    if unicodedata.category(character) in ("Mn", "Mc", "Me"):
        return True
    return (
        character in "\u200c\u200d\uff9e\uff9f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _odd_regionals_before(text: str, place: int, start: int) -> bool:
    first = place
    while first > start and _is_regional(text[first - 1]):
        first -= 1
    return (place - first) % 2 == 1


def _jamo_joins(before: str, after: str) -> bool:
    """Leading consonant, vowel, trailing consonant (UAX #29 GB6 to GB8)."""
    if "\u1100" <= before <= "\u115f":
        return "\u1100" <= after <= "\u11a7" or "\uac00" <= after <= "\ud7a3"
    if "\uac00" <= before <= "\ud7a3":
        open_syllable = (ord(before) - 0xAC00) % 28 == 0
        return "\u11a8" <= after <= "\u11ff" or (open_syllable and "\u1160" <= after <= "\u11a7")
    if "\u1160" <= before <= "\u11a7":
        return "\u1160" <= after <= "\u11ff"
    return "\u11a8" <= before <= "\u11ff" and "\u11a8" <= after <= "\u11ff"
