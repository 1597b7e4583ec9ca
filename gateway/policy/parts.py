"""A text and how it shall travel → the parts to send, fixed when the message is accepted (native-v1 §1.3)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.domain.errors import Fault, Rejected
from modem.charset.gsm7 import NotEncodable
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.segmentation import Segmentation, TooManyParts, segment

MOST_PARTS = 255  # what the concatenation element can count (TS 23.040 §9.2.3.24.1)
LONGEST = MOST_PARTS * 153  # characters that can fit at all
SHORT = 160  # characters that may fit into one part
FLASH_CLASS = 0  # TS 23.038 §4: shown at once, not kept
MASK_LENGTH = 11

UNITS = {Alphabet.GSM7: (160, 153), Alphabet.UCS2: (70, 67)}
"""Units in a message of one part, and in each part of a longer one."""

_FORBIDDEN = re.compile("[\0\ud800-\udfff]")
_MASK = re.compile(r"(?!\d+\Z)[ -~]+", re.ASCII)

_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‵´`ʹʼˈ", "'"),
        **dict.fromkeys("“”„‟″‶«»", '"'),
        **dict.fromkeys("‹", "<"),
        **dict.fromkeys("›", ">"),
        **dict.fromkeys("‐‑‒–—―−⁃", "-"),
        **dict.fromkeys("\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", " "),
        **dict.fromkeys("\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
        **dict.fromkeys("\u0085\u2028\u2029", "\n"),
        **dict.fromkeys("•·‧∙", "*"),
        "…": "...",
        "‥": "..",
        "⁄": "/",
        "÷": "/",
        "×": "x",
        "©": "(c)",
        "®": "(R)",
        "™": "(TM)",
        "½": "1/2",
        "¼": "1/4",
        "¾": "3/4",
        "ﬁ": "fi",
        "ﬂ": "fl",
    }
)
"""Typography that word processors put in by themselves, and what it looks like in the GSM alphabet."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One TPDU's user data. units, units_left: septets or UTF-16 units used, and still free."""

    udl: int
    user_data: bytes
    header: bool
    data_coding: int
    text: str
    units: int
    units_left: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How a text travels. text: as it will arrive; encoding: "gsm7" or "ucs2"; not_gsm7: what forced UCS-2."""

    text: str
    encoding: str
    parts: tuple[PlannedPart, ...]
    not_gsm7: tuple[str, ...]


def plan(
    text: str,
    *,
    encoding: str = "auto",
    transliterate: bool = False,
    max_segments: int = 10,
    flash: bool = False,
    reference: int = 0,
) -> Plan:
    """Cut a text into parts.

    encoding: "auto", "gsm7" or "ucs2". max_segments: 1..255. reference: 0..255, joins the parts of one message.
    Raises Rejected: "body_empty"; "invalid_request" for NUL, lone surrogates, or characters that the alphabet
    asked for has not; "body_too_long" over max_segments.
    """
    if transliterate:
        text = lookalikes(readable(text))
    if len(text) <= SHORT:
        planned = _short(text, encoding, flash)
        if len(planned.parts) == 1:
            return planned
    return _plan(text, encoding, max_segments, flash, reference)


@lru_cache(maxsize=1024)
def _short(text: str, encoding: str, flash: bool) -> Plan:
    """Many recipients get the same text: where it needs no reference, it is planned once."""
    return _plan(text, encoding, MOST_PARTS, flash, 0)


def _plan(text: str, encoding: str, max_segments: int, flash: bool, reference: int) -> Plan:
    text = readable(text)
    if not text:
        raise _refused("body_empty", "there is no text")
    segmentation = _segmented(text, encoding, max_segments, reference)
    data_coding = DataCoding.for_text(segmentation.alphabet, FLASH_CLASS if flash else None).octet
    parts = []
    for piece in segmentation.parts:
        udl, user_data = piece.user_data.encode()
        header = piece.user_data.header is not None
        parts.append(PlannedPart(udl, user_data, header, data_coding, piece.text, piece.units, piece.units_left))
    return Plan(text, segmentation.alphabet.value, tuple(parts), segmentation.not_gsm7)


def check_length(text: str, max_segments: int) -> None:
    """Raises Rejected("body_too_long") for what fits into no message at all, before time is spent on it."""
    if len(text) > LONGEST:
        raise _too_long(max_segments)


def readable(text: str) -> str:
    """The text with line ends as LF. Raises Rejected("invalid_request") for NUL and lone surrogates."""
    if _FORBIDDEN.search(text):
        raise _refused("invalid_request", "NUL and lone surrogates are not text")
    return text.replace("\r\n", "\n") if "\r" in text else text


def lookalikes(text: str) -> str:
    """Typographic quotes, dashes, blanks and the like in the characters of the GSM alphabet."""
    return text if text.isascii() and "\t" not in text and "`" not in text else text.translate(_LOOKALIKES)


def masked(text: str, mask: str | None, policy: str) -> tuple[str, str | None]:
    """The text to send and the mask to remember (native-v1 §8): a SIM cannot send under another name.

    mask: cut to 11 characters. policy: "ignore", "prefix" (``MASK: `` before the text) or "reject".
    Raises Rejected("mask_invalid").
    """
    if mask is None:
        return text, None
    mask = mask[:MASK_LENGTH]
    if policy == "reject" or not _MASK.fullmatch(mask):
        raise _refused("mask_invalid", "a sender mask is not possible here", "sender_mask")
    return (f"{mask}: {text}" if policy == "prefix" else text), mask


def _segmented(text: str, encoding: str, max_segments: int, reference: int) -> Segmentation:
    check_length(text, max_segments)
    alphabet = None if encoding == "auto" else Alphabet(encoding)
    try:
        segmentation = segment(text, alphabet=alphabet, reference=reference)
    except NotEncodable as error:
        raise _refused("invalid_request", f"{error.character!r} is not in the GSM alphabet") from None
    except TooManyParts:
        raise _too_long(max_segments) from None
    if len(segmentation.parts) > max_segments:
        raise _too_long(max_segments, len(segmentation.parts))
    return segmentation


def _too_long(max_segments: int, needed: int | None = None) -> Rejected:
    if needed is None:
        return _refused("body_too_long", f"more than {max_segments} parts")
    return _refused("body_too_long", f"it takes {needed} parts, more than {max_segments}")


def _refused(code: str, message: str, field: str = "text") -> Rejected:
    return Rejected(code, f"{field}: {message}", faults=(Fault(field, code, message),))
