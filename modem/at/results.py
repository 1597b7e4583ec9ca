"""What a line is: a final result code, something the modem says unasked, or neither; and what a result code means.

Sources: V.250 §5.7.1, TS 27.007 §4.2 and §9.2, TS 27.005 §3.2.5. A result code is a whole line, never a part of one:
operator names and USSD texts contain "OK", too.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from modem.at.codes import (
    CME_NAMES,
    CMS_NAMES,
    CMS_VENDOR_NAMES,
    cme_number,
    cms_name,
    cms_number,
)
from modem.errors import CommandRejected, ErrorKind

__all__ = [
    "CME_NAMES",
    "CMS_NAMES",
    "CMS_VENDOR_NAMES",
    "Category",
    "FinalResult",
    "cms_name",
    "is_hex",
    "is_unsolicited",
    "parse_final",
]


class Category(StrEnum):
    """Which tree a final result code belongs to."""

    OK = "ok"
    GENERIC = "generic"
    CMS = "cms"
    CME = "cme"
    MODEM = "modem"
    UNSUPPORTED = "unsupported"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class FinalResult:
    """A final result code. code: its number if it has one, also for a verbose text that is known; text: the line."""

    category: Category
    code: int | None
    text: str

    @property
    def ok(self) -> bool:
        return self.category is Category.OK

    @property
    def kind(self) -> ErrorKind:
        if self.category is Category.CMS:
            return "cms"
        return "cme" if self.category is Category.CME else "plain"

    def rejection(self, command: str) -> CommandRejected:
        """The error that tells a caller of this result. command: the command line, secrets masked."""
        return CommandRejected(command, self.kind, self.code, self.text)

    def says(self, kind: ErrorKind, *codes: int) -> bool:
        """Whether it is one of these numbers of that kind."""
        return self.kind == kind and self.code in codes


_ERROR = re.compile(r"\+(CM[ES]) ERROR\s*(?::\s*(.*))?")
_MODEM_ERROR = re.compile(r"MODEM ERROR:\s*(\d+)")
_WORDS = {
    "OK": Category.OK,
    "ERROR": Category.GENERIC,
    "TOO MANY PARAMETERS": Category.GENERIC,  # Huawei EM770W
    "COMMAND NO RESPONS!": Category.GENERIC,  # their spelling
    "COMMAND NO RESPONSE!": Category.GENERIC,
    "ABORTED": Category.GENERIC,  # u-blox: the command was cut off by what came behind it
    "COMMAND NOT SUPPORT": Category.UNSUPPORTED,  # Huawei
    "COMMAND NOT SUPPORTED": Category.UNSUPPORTED,
    "NA": Category.UNSUPPORTED,  # Samsung
}
_CALL_WORDS = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"})
_NUMERIC = {"0": Category.OK, "4": Category.GENERIC}  # ATV0


def parse_final(line: str, *, dialing: bool = False, numeric: bool = False) -> FinalResult | None:
    """The final result code that a line is, or None.

    dialing: a call is being set up or ended, so that NO CARRIER and its like are answers, not news.
    numeric: the modem may still be in ATV0, so that a lone digit is a result code.
    """
    category = _WORDS.get(line)
    if category is not None:
        return FinalResult(category, None, line)
    if line.startswith("+CM"):
        return _parse_error(line)
    if line.startswith("MODEM") and (match := _MODEM_ERROR.fullmatch(line)):
        return FinalResult(Category.MODEM, int(match[1]), line)
    if dialing and line in _CALL_WORDS:
        return FinalResult(Category.CALL, None, line)
    if numeric and line in _NUMERIC:
        return FinalResult(_NUMERIC[line], None, line)
    return None


def _parse_error(line: str) -> FinalResult | None:
    match = _ERROR.fullmatch(line)
    if match is None:
        return None
    cms, detail = match[1] == "CMS", (match[2] or "").strip()
    if detail.isdecimal():
        code: int | None = int(detail)
    else:
        code = cms_number(detail) if cms else cme_number(detail)
        if code is None and cms:
            code = _cms_number_of_cme_word(detail)
    return FinalResult(Category.CMS if cms else Category.CME, code, line)


def _cms_number_of_cme_word(detail: str) -> int | None:
    """Some modems use the words of TS 27.007 behind +CMS ERROR ("SIM not inserted"); the tens digits run parallel."""
    code = cme_number(detail)
    return code + 300 if code is not None and 10 <= code <= 18 else None


_SIGNS = tuple("+^#$*%!&")
_NEWS = re.compile(
    r"RING|NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE|RDY|CONNECT|CALL[: ]|Call Ready|SMS Ready|SMS DONE|PB DONE|PBREADY"
    r"|NORMAL POWER DOWN|POWERED DOWN|(?:UNDER|OVER)-VOLTAGE|VOICE CALL:|MISSED_CALL:|MODEM:STARTUP|HANGUP:"
    r"|BEGIN\b|END\b"
)


def is_unsolicited(line: str) -> bool:
    """Whether a line that nobody asked for by its prefix is news rather than an answer without prefix.

    Open-ended on purpose: vendors invent new ones faster than lists are kept.
    """
    return line.startswith(_SIGNS) or _NEWS.match(line) is not None


_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def is_hex(line: str) -> bool:
    """Whether a line can be a PDU: hex digits in pairs, and more of them than any result code has."""
    return len(line) >= 8 and _HEX.fullmatch(line) is not None
