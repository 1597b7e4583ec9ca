"""AT traffic as it may be shown to others: what the modem does stays to be read, whom it is done with does not.

Masked are phone numbers and the numbers of SIM and modem (IMEI, IMSI, ICCID), PINs and passwords, PDUs as a whole (the
addresses and the text are in their octets), texts, names out of phone books, USSD codes and answers.
"""

import re
from dataclasses import dataclass

_SECRET = re.compile(r"(?i)([+^#*$!%&](?:CPIN2?|CPWD|CLCK|CPINR|SPIC|PIN|PWD)\w*=).+")
_INTERNATIONAL = re.compile(r"(?<!\d)(\+\d{3,4})\d+(\d{3})(?!\d)")
_DIGITS = re.compile(r"(?<![\d+…])(\d{3})\d{1,}(\d{3})(?!\d)")  # seven and more: shorter ones are codes and times
_HEX = re.compile(r"(?i)(?<![0-9A-Z])(?:[0-9A-F]{2}){8,}(?![0-9A-Z])")
_WHOLE_HEX = re.compile(r"(?i)(?:[0-9A-F]{2}){3,}")
_HEX_DIGIT = re.compile(r"(?i)[0-9A-F]")
_NOISY = 24  # characters: of what is shorter and mostly hex digits the numbers are masked
_ICCID = re.compile(r"(?i)(?<![0-9A-Z])89\d{15,18}F?(?![0-9A-Z])")
_QUOTED = re.compile(r'"([^"]*)"')
_HEADER = re.compile(r"(?:AT)?([+^#*$!%&][A-Z0-9_]+)", re.IGNORECASE)
_TOLD = frozenset({  # commands and lines whose quoted fields may be a name, a text or a USSD code
    "+CMT", "+CMGL", "+CMGR", "+CMGW", "+CMGS", "+CDS", "+CBM", "+CLIP", "+CCWA", "+CNUM", "+CPBR", "+CPBF", "+CPBW",
    "+CUSATP", "+CNAP", "+COLP", "+CLCC", "+CSCA", "+CDU", "+WAP_PUSH_MMS", "*PSUTTZ", "+STN", "^STN",
})  # fmt: skip
_HARMLESS = re.compile(r"(?:REC (?:UN)?READ|STO (?:UN)?SENT|ALL|\d\d(?:\d\d)?/\d\d/\d\d,[\d:]+[+-]?\d*|\+?\d*)\Z")
_USSD = frozenset({"+CUSD", "^CUSD"})  # codes and answers, numbers or not
_RECORDS = frozenset({"+CMGL", "+CMGR"})  # until their final result every line without a header is content
_ONE_RECORD = frozenset({"+CMT", "+CDS", "+CBM"})  # the line behind is content
_FINAL = re.compile(r"(?:OK|ERROR|\+CM[SE] ERROR:.*|NO CARRIER|COMMAND NOT SUPPORT|0|4)\Z")


@dataclass(slots=True)
class Masker:
    """One modem's traffic, line by line. What a line may show depends on the lines before it."""

    _content: str = ""  # "": none; "one": the next line is content; "all": until the final result
    _open_quote: bool = False

    def sent(self, line: str) -> str:
        """A command as it was written."""
        return _masked(line)

    def heard(self, line: str) -> str:
        """A line as it was read."""
        if self._open_quote and not _FINAL.fullmatch(line):  # the answer to a USSD code over several lines
            closed, quote, rest = line.partition('"')
            self._open_quote = not quote
            return f"{_counted(closed)}{quote}{_masked(rest)}"
        header = _HEADER.match(line)
        name = header[1].upper() if header and line[header.end() : header.end() + 1] == ":" else ""
        if self._content and not name and not _FINAL.fullmatch(line):
            if self._content == "one":
                self._content = ""
            return _counted(line)
        self._follow(name, line)
        self._open_quote = False
        if name in _USSD and line.count('"') % 2:
            start, _, text = line.rpartition('"')
            self._open_quote = True
            return f'{_masked(start)}"{_counted(text)}'
        return _masked(line)

    def _follow(self, name: str, line: str) -> None:
        """What this line says of the next."""
        if name in _RECORDS:
            self._content = "all"
        elif name in _ONE_RECORD and self._content != "all":
            self._content = "one"
        elif _FINAL.fullmatch(line):
            self._content = ""


def octets(hex_digits: str) -> str:
    """What is shown of a PDU or a piece of one."""
    return f"({len(hex_digits) // 2} octets)"


def numbers(text: str) -> str:
    """Any text with only the ends of its long numbers, and without longer octets in hex."""
    text = _ICCID.sub(lambda hit: f"{hit[0][:3]}…{hit[0].rstrip('Ff')[-3:]}", text)
    text = _HEX.sub(lambda hit: hit[0] if hit[0].isdigit() else octets(hit[0]), text)
    return _DIGITS.sub(r"\1…\2", _INTERNATIONAL.sub(r"\1…\2", text))


def _masked(line: str) -> str:
    """A line that is no content: its secrets, numbers, octets and, where such stand in it, names and texts."""
    line = _SECRET.sub(r"\1…", line)
    if _WHOLE_HEX.fullmatch(line) and not line.isdigit() and not _ICCID.fullmatch(line):
        return octets(line)
    if _is_noisy_pdu(line):
        return f"({len(line)} characters)"
    header = _HEADER.search(line)
    if header and header[1].upper() in _USSD:
        line = _QUOTED.sub(lambda hit: f'"{_counted(hit[1])}"', line)
    elif header and header[1].upper() in _TOLD:
        line = _QUOTED.sub(lambda hit: hit[0] if _HARMLESS.match(hit[1]) else f'"{_counted(hit[1])}"', line)
    return numbers(line)


def _is_noisy_pdu(line: str) -> bool:
    return len(line) >= _NOISY and not _HEADER.match(line) and len(_HEX_DIGIT.findall(line)) > 0.8 * len(line)


def _counted(text: str) -> str:
    if not text:
        return text
    return octets(text) if _WHOLE_HEX.fullmatch(text) else f"({len(text)} characters)"
