"""Information lines and unsolicited lines to values; tolerant, because every form below has been seen.

None of these functions raises: what cannot be read is None. Sources: TS 27.005, TS 27.007; deviations are the modems'.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from modem.at.results import parse_final

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


# --- registration (TS 27.007 §7.2, §10.1.20, §10.1.22)


class Domain(StrEnum):
    CS = "cs"
    PS = "ps"
    EPS = "eps"
    FIVE_GS = "5gs"


_DOMAINS = {"+CREG:": Domain.CS, "+CGREG:": Domain.PS, "+CEREG:": Domain.EPS, "+C5GREG:": Domain.FIVE_GS}
_TECHNOLOGIES = {0: "gsm", 1: "gsm", 2: "umts", 3: "gsm", 4: "umts", 5: "umts", 6: "umts"} | {
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


def is_registration_answer(line: str) -> bool:
    """The line has the form of the answer to AT+CREG? and not of the news with the same prefix."""
    answer = parse_registration(line)
    return answer is not None and answer.solicited


def technology(act: int | None) -> str | None:
    """The radio technology of an <AcT>, in a word."""
    return _TECHNOLOGIES.get(act) if act is not None else None


# --- SIM and identity


class PinState(StrEnum):
    """What stands between us and the SIM."""

    READY = "ready"
    PIN = "pin"
    PUK = "puk"
    PIN2 = "pin2"
    LOCKED = "network-locked"
    WAIT = "wait"
    ABSENT = "absent"
    FAILED = "failed"
    UNKNOWN = "unknown"


_PIN_STATES = {
    "READY": PinState.READY,
    "SIM PIN": PinState.PIN,
    "SIM PUK": PinState.PUK,
    "SIM PIN2": PinState.PIN2,
    "SIM PUK2": PinState.PIN2,
    "NOT READY": PinState.WAIT,
    "NOT INSERTED": PinState.ABSENT,
    "SIM NOT INSERTED": PinState.ABSENT,
    "SIM REMOVED": PinState.ABSENT,
    "SIM FAILURE": PinState.FAILED,
}
_PIN_ERRORS = {
    ("cme", 10): PinState.ABSENT,
    ("cms", 310): PinState.ABSENT,
    ("cme", 11): PinState.PIN,
    ("cms", 311): PinState.PIN,
    ("cme", 12): PinState.PUK,
    ("cms", 316): PinState.PUK,
    ("cme", 13): PinState.FAILED,
    ("cms", 313): PinState.FAILED,
    ("cme", 15): PinState.FAILED,
    ("cme", 5): PinState.LOCKED,
    ("cme", 40): PinState.LOCKED,
    ("cme", 14): PinState.WAIT,
    ("cms", 314): PinState.WAIT,
    ("cme", 515): PinState.WAIT,
    ("cms", 515): PinState.WAIT,
}


def parse_pin_state(line: str) -> PinState:
    """Read the answer to AT+CPIN?, its error included."""
    if (final := parse_final(line)) is not None:
        return _PIN_ERRORS.get((final.kind, final.code or 0), PinState.UNKNOWN)
    word = unquote(line.partition(":")[2]).upper()
    if word.startswith("PH-"):
        return PinState.LOCKED
    return _PIN_STATES.get(word, PinState.UNKNOWN)


_RETRY_ORDER = {  # prefix -> what its numbers count, in their order
    "^CPIN:": ("puk", "pin", "puk2", "pin2"),
    "+SPIC:": ("pin", "puk", "pin2", "puk2"),
    "+QPINC:": ("pin", "puk"),
    "+UPINCNT:": ("pin", "pin2", "puk", "puk2"),
    "+ZPINPUK:": ("pin", "puk"),
    "#PCT:": ("pin",),
    "^SPIC:": ("pin",),
    "+XPINCNT:": ("pin", "pin2", "puk", "puk2"),
}


def parse_pin_retries(line: str) -> dict[str, int]:
    """Read the counters of attempts left: pin, puk, pin2, puk2, as far as the modem tells them."""
    if line.startswith("+CPINR:"):
        values = fields(line)
        name = values[0].upper().removeprefix("SIM ").lower()
        left = integer(values[1]) if len(values) > 1 else None
        return {name: left} if left is not None else {}
    names = next((names for prefix, names in _RETRY_ORDER.items() if line.startswith(prefix)), ())
    numbers = [number for field in fields(line) if (number := integer(field)) is not None]
    if line.startswith("^CPIN:"):
        numbers = numbers[-len(names) :]  # in front of them: the state, and the counter of the code asked for
    return dict(zip(names, numbers, strict=False))


_ICCID = re.compile(r"(?<![0-9A-Fa-f])(89\d{16,18})[Ff]?(?![0-9A-Fa-f])")
_IMEI = re.compile(r"(?<!\d)(\d{14,17})(?!\d)")
_IMSI = re.compile(r"(?<!\d)(\d{14,15})(?!\d)")


def parse_iccid(lines: Iterable[str]) -> str | None:
    """The ICCID without its filling F (ITU-T E.118: 18 to 20 digits that begin with 89)."""
    return _first(_ICCID, lines)


def parse_imei(lines: Iterable[str]) -> str | None:
    """The IMEI, or the IMEISV of those that give that."""
    return _first(_IMEI, lines)


def parse_imsi(lines: Iterable[str]) -> str | None:
    return _first(_IMSI, lines)


def _first(pattern: re.Pattern[str], lines: Iterable[str]) -> str | None:
    return next((match[1] for line in lines if (match := pattern.search(line))), None)


def parse_own_number(line: str) -> str | None:
    """Read +CNUM (TS 27.007 §7.1)."""
    values = fields(line)
    candidates = [values[1]] if len(values) > 1 else []
    candidates += re.findall(r"\+\d{6,15}", line)  # where quotes are lost, the comma is not to be trusted either
    return next(
        (plain_digits(number) for number in candidates if re.fullmatch(r"\+?[0-9]+", plain_digits(number))), None
    )


def parse_function(line: str) -> int | None:
    """Read +CFUN: the level; None where the modem answers with the list of the test command."""
    return integer(fields(line)[0])


# --- network


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
class SignalAnswer:
    """Strengths in dBm, qualities in dB; None is unknown, which is not weak.

    rssi, ber: as the modem counts. dbm: the received strength that rssi means.
    """

    rssi: int | None = None
    ber: int | None = None
    dbm: int | None = None
    rxlev_dbm: int | None = None
    rscp_dbm: int | None = None
    ecno_db: float | None = None
    rsrq_db: float | None = None
    rsrp_dbm: int | None = None


def parse_signal(line: str) -> SignalAnswer | None:
    """Read +CSQ (TS 27.007 §8.5) and +CESQ (§8.69)."""
    numbers = [integer(field) for field in fields(line)]
    if line.startswith("+CESQ:"):
        rxlev, _, rscp, ecno, rsrq, rsrp = (*numbers, *(None,) * 6)[:6]
        return SignalAnswer(
            rxlev_dbm=-111 + rxlev if rxlev is not None and rxlev < 99 else None,
            rscp_dbm=-121 + rscp if rscp is not None and rscp < 255 else None,
            ecno_db=-24.5 + ecno / 2 if ecno is not None and ecno < 255 else None,
            rsrq_db=-20 + rsrq / 2 if rsrq is not None and rsrq < 255 else None,
            rsrp_dbm=-141 + rsrp if rsrp is not None and rsrp < 255 else None,
        )
    if not numbers or numbers[0] is None:
        return None
    return SignalAnswer(rssi=numbers[0], ber=numbers[1] if len(numbers) > 1 else None, dbm=_strength(numbers[0]))


def _strength(rssi: int) -> int | None:
    if 0 <= rssi <= 31:
        return -113 + 2 * rssi
    return -116 + (rssi - 100) if 100 <= rssi < 199 else None  # SIMCom, Quectel: the scale of TD-SCDMA and LTE


# --- USSD (TS 27.007 §7.15)


@dataclass(frozen=True, slots=True)
class UssdAnswer:
    """status: 0 done, 1 answer expected, 2 ended by the network, ... text: as the modem wrote it, undecoded."""

    status: int
    text: str | None
    data_coding: int | None


_USSD = re.compile(r'\+CUSD:\s*(\d+)\s*(?:,\s*(?:"(.*)"|"?([^"]*?)"?))?\s*(?:,\s*(\d*)\s*)?\Z', re.DOTALL)


def parse_ussd(line: str) -> UssdAnswer | None:
    """Read +CUSD; the string is what stands between the first and the last quote."""
    match = _USSD.match(line)
    if match is None:
        status = re.match(r"\+CUSD:\s*(\d+)", line)  # a string that was cut before its quote
        text = line.partition(",")[2].strip().strip('"')
        return UssdAnswer(int(status[1]), text or None, None) if status else None
    text = match[2] if match[2] is not None else match[3]
    return UssdAnswer(int(match[1]), text or None, integer(match[4] or ""))


# --- SMS


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
