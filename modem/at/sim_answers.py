"""What modems answer about the SIM and themselves (TS 27.007 §7.1, §8.2, §8.3; the counters are the vendors')."""

import re
from collections.abc import Iterable
from enum import StrEnum

from modem.at.fields import fields, integer, plain_digits, unquote
from modem.at.results import parse_final


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
    "+QTRPIN:": ("pin", "pin2", "puk", "puk2"),
    "*EPIN:": ("pin", "puk", "pin2", "puk2"),
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
