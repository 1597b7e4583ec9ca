"""UCS-2 as it is used on the air: UTF-16BE (TS 23.038 §6.2.3), tolerant of what others send, strict in what it gives.

No function here ever returns a lone surrogate: it becomes U+FFFD, so that every text can be written as JSON and UTF-8.
"""

import codecs


def encode(text: str) -> bytes:
    """Encode as UTF-16BE; surrogates that do not pair become U+FFFD."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError:
        return repair(text).encode("utf-16-be")


def decode(octets: bytes) -> str:
    """Decode UTF-16BE; a lone surrogate becomes U+FFFD, the odd octet at the end is dropped.

    A byte order mark, which some gateways send, is honoured and not part of the text.
    """
    even = octets[: len(octets) & ~1]
    if even.startswith(codecs.BOM_UTF16_LE):
        return even[2:].decode("utf-16-le", "replace")
    return even.removeprefix(codecs.BOM_UTF16_BE).decode("utf-16-be", "replace")


def repair(text: str) -> str:
    """The same text with surrogates joined where they pair and replaced by U+FFFD where they do not."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def units(text: str) -> int:
    """16-bit units that a text takes: two for a character above U+FFFF."""
    return len(encode(text)) // 2
