"""The fields of an information line, as the modems really write them."""

import re

_UCS2_DIGIT = re.compile(r"(?:00[23][0-9A-Fa-f])+")


def fields(line: str) -> list[str]:
    """What stands behind the colon, cut at the commas outside quotes, without blanks and outer quotes."""
    _, _, rest = line.partition(":")
    parts, start, quoted = [], 0, False
    for position, character in enumerate(rest):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            parts.append(rest[start:position])
            start = position + 1
    parts.append(rest[start:])
    return [unquote(part) for part in parts]


def unquote(field: str) -> str:
    return field.strip().strip('"').strip()


def integer(field: str) -> int | None:
    return int(field) if field.isascii() and field.isdecimal() else None


def plain_digits(field: str) -> str:
    """A number that may be written in UCS-2 hex, because another program left AT+CSCS="UCS2"."""
    if len(field) >= 8 and len(field) % 4 == 0 and _UCS2_DIGIT.fullmatch(field):
        return bytes.fromhex(field).decode("utf-16-be")
    return field
