"""What modems say about the network: registration and operator (TS 27.007 §7.2, §7.3)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from modem.at.fields import integer, unquote


class Domain(StrEnum):
    CS = "cs"
    PS = "ps"
    EPS = "eps"
    FIVE_GS = "5gs"


_DOMAINS = {"+CREG:": Domain.CS, "+CGREG:": Domain.PS, "+CEREG:": Domain.EPS, "+C5GREG:": Domain.FIVE_GS}
_TECHNOLOGIES = {  # <AcT> of TS 27.007 §7.3
    0: "gsm",
    1: "gsm",
    2: "umts",
    3: "gsm",
    4: "umts",
    5: "umts",
    6: "umts",
    7: "lte",
    8: "gsm",
    9: "nb-iot",
    10: "lte",
    11: "nr",
    12: "nr",
    13: "lte",
}


@dataclass(frozen=True, slots=True)
class RegistrationAnswer:
    """solicited: it has the form of the answer to the read command. lac: location or tracking area code."""

    domain: Domain
    solicited: bool
    stat: int
    lac: int | None
    ci: int | None
    act: int | None


def parse_registration(line: str) -> RegistrationAnswer | None:
    """Read +CREG, +CGREG, +CEREG and +C5GREG, asked for or not; the two differ by a leading <n> only."""
    domain = next((domain for prefix, domain in _DOMAINS.items() if line.startswith(prefix)), None)
    if domain is None:
        return None
    raw = [part.strip() for part in line.partition(":")[2].split(",")]
    solicited = len(raw) > 1 and raw[1].isdecimal() and len(raw[1]) <= 3  # an area in hex has four digits
    if len(raw) == 3 and not raw[2].startswith('"'):  # "1,599,3945": <stat>, area, cell
        solicited = False
    values = raw[1:] if solicited else raw
    stat = integer(unquote(values[0]))
    if stat is None:
        return None
    lac, ci, act = _place(values[1:])
    return RegistrationAnswer(domain, solicited, stat, lac, ci, act)


def _place(values: list[str]) -> tuple[int | None, int | None, int | None]:
    """Area, cell and technology out of what follows <stat>: three, or four with a routing area in between."""
    if any(value.count('"') % 2 for value in values):
        return None, None, None
    numbers = [_hexadecimal(value) for value in values]
    numbers += [None] * (3 - len(numbers))
    if len(values) < 4 or values[3].startswith('"'):
        return numbers[0], numbers[1], integer(values[2]) if len(values) > 2 else None
    act = integer(values[3])
    if act is None:  # Samsung S8500: two more fields of its own
        return numbers[0], numbers[1], None
    return numbers[0], numbers[2], act


def _hexadecimal(value: str) -> int | None:
    try:
        return int(unquote(value).split(" ")[0], 16)
    except ValueError:
        return None


def technology(act: int | None) -> str | None:
    """The radio technology of an <AcT>, in a word."""
    return _TECHNOLOGIES.get(act) if act is not None else None


@dataclass(frozen=True, slots=True)
class OperatorAnswer:
    """format: 0 long name, 1 short name, 2 number."""

    mode: int
    format: int | None
    operator: str | None
    act: int | None


def parse_operator(line: str) -> OperatorAnswer | None:
    """Read +COPS? (TS 27.007 §7.3)."""
    raw = [part.strip() for part in line.partition(":")[2].split(",")]
    mode = integer(raw[0])
    if mode is None:
        return None
    if len(raw) < 3:
        return OperatorAnswer(mode, None, None, None)
    act = integer(raw[-1]) if len(raw) > 3 else None
    name = unquote(",".join(raw[2:-1] if act is not None else raw[2:]))
    return OperatorAnswer(mode, integer(raw[1]), name or None, act)


@dataclass(frozen=True, slots=True)
class OfferedNetwork:
    """A network in reach. stat: 0 unknown, 1 available, 2 the one in use, 3 forbidden. number: MCC and MNC."""

    stat: int
    number: str
    name: str | None = None
    act: int | None = None


# Sony Ericsson TM-506 closes the bracket before <AcT>, Option and Motorola leave out what they do not know.
_OFFERED = re.compile(r'\((\d)\s*,\s*"([^"]*)"\s*,\s*(?:"([^"]*)")?\s*,\s*"(\d{5,6})"\)?(?:\s*,\s*(\d+))?\)')


def parse_networks(line: str) -> tuple[OfferedNetwork, ...]:
    """Read +COPS=? (TS 27.007 §7.3). Behind the networks stand the modes and formats it knows, which are left out."""
    return tuple(
        OfferedNetwork(int(stat), number, long.strip() or short.strip() or None, int(act) if act else None)
        for stat, long, short, number, act in _OFFERED.findall(line)
    )
