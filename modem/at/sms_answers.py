"""What modems say about messages and their storages (TS 27.005)."""

import re
from dataclasses import dataclass

from modem.at.fields import fields, integer, plain_digits


@dataclass(frozen=True, slots=True)
class ServiceCentre:
    """number: None when the SIM has none. type_of_address: octet of TS 23.040 §9.1.2.5."""

    number: str | None
    type_of_address: int | None


def parse_service_centre(line: str) -> ServiceCentre | None:
    """Read +CSCA (TS 27.005 §3.3.1)."""
    values = fields(line)
    number = plain_digits(values[0])
    kind = integer(values[1]) if len(values) > 1 else None
    if number and kind == 145 and not number.startswith("+"):
        number = "+" + number
    return ServiceCentre(number or None, kind)


@dataclass(frozen=True, slots=True)
class Use:
    """How full a storage is. name: None where the modem does not repeat it."""

    name: str | None
    used: int
    total: int


def parse_storages_offered(line: str) -> tuple[tuple[str, ...], ...] | None:
    """Read +CPMS=? (TS 27.005 §3.2.2): the names for reading, writing and receiving; fewer lists from some modems.

    One flat list is valid for all three. None: the modem does not say.
    """
    body = line.partition(":")[2].strip()
    if not body:
        return None
    if "(" not in body:
        flat = tuple(_names(body))
        return (flat, flat, flat) if len(set(flat)) > 1 else tuple((name,) for name in flat)
    if body.startswith("((") and body.endswith("))"):  # Wavecom: one pair too many
        body = body[1:-1]
    lists, depth, start = [], 0, 0
    for position, character in enumerate(body):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            lists.append(body[start:position])
            start = position + 1
    return tuple(tuple(_names(part)) for part in [*lists, body[start:]])


def _names(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def parse_storages(line: str) -> tuple[Use, ...]:
    """Read +CPMS? with names, and the answer of the set command without."""
    values = fields(line)
    uses: list[Use] = []
    name: str | None = None
    numbers: list[int] = []
    for value in values:
        number = integer(value)
        if number is None:
            name, numbers = value or None, []
            continue
        numbers.append(number)
        if len(numbers) == 2:
            uses.append(Use(name, *numbers))
            name, numbers = None, []
    return tuple(uses)


def parse_ranges(line: str) -> tuple[tuple[int, ...], ...]:
    """Read what a test command offers: "(0-2),(0,1,3),1" is three tuples of the values allowed."""
    parts = re.findall(r"\(([^()]*)\)|([^,()]+)", line.partition(":")[2])
    return tuple(_values(inside or single) for inside, single in parts if inside or single.strip() or not single)


def _values(text: str) -> tuple[int, ...]:
    values: list[int] = []
    for low, high in re.findall(r"(\d+)\s*(?:-\s*(\d+))?", text):
        values += range(int(low), min(int(high or low), int(low) + 255) + 1)
    return tuple(values)


def parse_numbers(line: str) -> tuple[int, ...]:
    """The plain numbers behind the colon, up to the first thing that is none: +CNMI?, +CMGF?, +CSMS?."""
    numbers: list[int] = []
    for field in fields(line):
        number = integer(field)
        if number is None:
            break
        numbers.append(number)
    return tuple(numbers)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A stored message that +CMTI or +CDSI announces; None where the modem does not say. mms: a push it has parsed."""

    storage: str | None
    index: int | None
    mms: bool


def parse_announcement(line: str) -> Announcement:
    """Read +CMTI and +CDSI (TS 27.005 §3.4.1). Index 0 is a place; -1 is none."""
    values = fields(line)
    index = integer(values[1]) if len(values) > 1 else None
    return Announcement(values[0] or None, index, len(values) > 2 and values[2].upper().startswith("MMS"))


@dataclass(frozen=True, slots=True)
class Header:
    """The line above a PDU. length: octets of the TPDU, without the service centre field."""

    index: int | None
    stat: int | None
    length: int | None


def parse_record_header(line: str) -> Header:
    """Read +CMGL and +CMGR: the length is the last field, the status the last number in front of it."""
    values = fields(line)
    listed = line.startswith("+CMGL:")
    index = integer(values.pop(0)) if listed else None
    length = integer(values.pop()) if values else None
    numbers = [number for value in values if (number := integer(value)) is not None]
    return Header(index, numbers[-1] if numbers else None, length)


def parse_direct_length(line: str) -> int | None:
    """Read +CMT, +CDS and +CBM: octets of the TPDU."""
    return integer(fields(line)[-1])


def parse_reference(line: str) -> int | None:
    """Read +CMGS: the TP-MR that the modem has given the message."""
    return integer(fields(line)[0])
