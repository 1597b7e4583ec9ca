"""Who a line belongs to: the command in flight, nobody (news) or the noise. Pure: any stream can be replayed."""

import re
from dataclasses import dataclass

from modem.at.commands import Command
from modem.at.framing import AtPrompt, Token
from modem.at.results import FinalResult, is_hex, is_unsolicited, parse_final


@dataclass(frozen=True, slots=True)
class Record:
    """An information line and the PDU below it, as hex digits; None when the modem gave none."""

    header: str
    pdu: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """What a command was answered: its result code, its information lines, its records."""

    final: FinalResult
    lines: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()

    @property
    def ok(self) -> bool:
        return self.final.ok


@dataclass(frozen=True, slots=True)
class Prompted:
    """The prompt has come."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A final result code has come, with all that came before it."""

    response: Response


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """A line that answers nothing. pdu: what stood below it, for +CMT and its like (raw text if it is no hex)."""

    line: str
    pdu: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignEcho:
    """The echo of a command that was not ours: another program uses the port, or our past does."""

    line: str


Heard = Prompted | Finished | Unsolicited | ForeignEcho

_TWO_LINES = ("+CMT:", "+CDS:", "+CBM:", "+UCMT:")
_LENGTH = re.compile(r"(\d+)\s*\Z")
_PDU_BEHIND_HEADER = re.compile(r"(\+CM(?:G[RL]|T):.*?\d)[\s,]+([0-9A-Fa-f]{20,})\Z")
_FOREIGN = re.compile(r"AT(?:[+^&$*#%E]|I\d?\Z)")
_NAMED = re.compile(r"AT[+^&$*#%][A-Z]+(?:=\?|[=?]|\Z)", re.IGNORECASE)
_ECHO_SLACK = 2  # characters that an overrun port loses from an echo
_TAIL_SLACK = 8  # garbage that stood behind the CR of the command before


class _Header:
    """A line that a PDU must follow. asked: it is a record of the command in flight."""

    __slots__ = ("asked", "body", "length", "line")

    def __init__(self, line: str, *, asked: bool) -> None:
        self.line = line
        self.asked = asked
        self.body: str | None = None
        length = _LENGTH.search(line)
        self.length = int(length[1]) if length else None

    def add(self, line: str) -> None:
        """A line of what is no PDU: a text has several."""
        self.body = line if self.body is None else f"{self.body}\r\n{line}"

    def fits(self, pdu: str) -> bool:
        """The TPDU has the announced octets behind its service centre field (TS 27.005 §3.1, <length>)."""
        return self.length is not None and len(pdu) // 2 == self.length + 1 + int(pdu[:2], 16)


class Dialogue:
    """Sorts tokens. One command at a time: `begin` it, and `end` it when its `Finished` was satisfying."""

    def __init__(self) -> None:
        self._command: Command | None = None
        self._written = ""
        self._echo_over = False  # of what was written last
        self._lines: list[str] = []
        self._records: list[Record] = []
        self._headers: list[_Header] = []
        self._foreign_finals = 0
        self._entering = False
        self.echoed = False  # the command line begun last, as it was
        self._digits = False  # the modem gives its result codes as numbers (ATV0), whatever it was told

    @property
    def incomplete(self) -> bool:
        """A header waits for its PDU: after a while of waiting `expire` is due."""
        return bool(self._headers)

    @property
    def informed(self) -> bool:
        """At least one information line of the command in flight has come."""
        return bool(self._lines or self._records)

    def begin(self, command: Command, *, entering: bool = False) -> None:
        """entering: a text is to be entered before there can be an answer; `entered` says when it was."""
        self._command = command
        self._entering = entering
        self._written = command.text
        self.echoed = False
        self._echo_over = False
        self._lines.clear()
        self._records.clear()
        self._foreign_finals = 0

    def wrote(self, text: str) -> None:
        """Another line has been written within the same command, whose echo may come: the PDU."""
        self._written = text
        self._echo_over = False

    def entered(self) -> None:
        self._entering = False

    def end(self) -> None:
        self._command = None
        self._entering = False
        self._headers = [header for header in self._headers if not header.asked]

    def feed(self, token: Token) -> list[Heard]:
        """One token in, what it completes out, in order."""
        if isinstance(token, AtPrompt):
            return [Prompted()]
        line = token.text
        if self._command is not None and (self._is_echo(line) or self._is_garbled_echo(line)):
            self.echoed = self.echoed or line == self._command.text
            self._echo_over = True
            return []
        if self._headers and (heard := self._body(line)) is not None:
            return heard
        if self._command is not None and (heard := self._answer(line, self._command)) is not None:
            return heard
        return self._news(line)

    def so_far(self, final: FinalResult) -> Response:
        """What the command in flight has been told, under a result code of the caller's."""
        return Response(final, tuple(self._lines), tuple(self._records))

    def expire(self) -> list[Heard]:
        """Give up waiting for the PDUs of all open headers."""
        return [heard for header in list(self._headers) for heard in self._close(header)]

    def _answer(self, line: str, command: Command) -> list[Heard] | None:
        final = parse_final(line, dialing=command.dialing, numeric=command.numeric or self._digits)
        if final is not None:
            self._digits = line.isdecimal()
            if self._foreign_finals:
                self._foreign_finals -= 1
                return []
            late = [heard for header in list(self._headers) if header.asked for heard in self._close(header)]
            return [*late, Finished(self.so_far(final))]
        if command.prefixes and line.startswith(command.prefixes) and not self._entering:
            return self._record(line) if command.records else self._information(line)
        if _FOREIGN.match(line):
            self._foreign_finals += 1
            return [ForeignEcho(line)]
        if command.bare and not is_unsolicited(line):
            return self._information(line)
        return None

    def _information(self, line: str) -> list[Heard]:
        self._lines.append(line)
        return []

    def _record(self, line: str) -> list[Heard]:
        for header in [header for header in self._headers if header.asked]:
            self._close(header)
        if inline := _PDU_BEHIND_HEADER.fullmatch(line):
            self._records.append(Record(inline[1], inline[2]))
            return []
        header = _Header(line, asked=True)
        if header.length == 0:
            self._records.append(Record(line, None))
        else:
            self._headers.append(header)
        return []

    def _news(self, line: str) -> list[Heard]:
        if line.startswith(_TWO_LINES):
            if inline := _PDU_BEHIND_HEADER.fullmatch(line):
                return [Unsolicited(inline[1], inline[2])]
            header = _Header(line, asked=False)
            if header.length != 0:
                self._headers.append(header)
                return []
        return [Unsolicited(line)]

    def _body(self, line: str) -> list[Heard] | None:
        """Take the line as the PDU of a header, if it can be one."""
        if is_hex(line):
            header = next((header for header in self._headers if header.fits(line)), self._headers[-1])
            header.body = line
            return self._close(header)
        if is_unsolicited(line) or parse_final(line, dialing=True) is not None:
            return None
        self._headers[-1].add(line)  # a PDU in no known form, or noise in front of one: the next line may tell
        return []

    def _close(self, header: _Header) -> list[Heard]:
        self._headers.remove(header)
        if header.asked:
            self._records.append(Record(header.line, header.body))
            return []
        return [Unsolicited(header.line, header.body)]

    def _is_echo(self, line: str) -> bool:
        """The line just written comes back, perhaps with garbage around it or a character lost on the way."""
        written = self._written
        if line == written:
            return True
        if len(written) < 4:
            return False
        if line.endswith(written) or (line.startswith(written) and len(line) - len(written) <= _TAIL_SLACK):
            return not line.startswith(("+CME ERROR", "+CMS ERROR"))
        lost = len(written) - len(line)
        return 0 < lost <= _ECHO_SLACK and line.startswith(("A", "T")) and _is_subsequence(line, written)

    def _is_garbled_echo(self, line: str) -> bool:
        """The first line of our command's name and form with other values: digits that changed on the way.

        Another program's command is told from it by its name; a second echo of the same name is not ours.
        """
        if self._echo_over or line[:2] not in ("AT", "at"):
            return False
        ours, theirs = _NAMED.match(self._written), _NAMED.match(line)
        return ours is not None and theirs is not None and ours[0].upper() == theirs[0].upper()


def _is_subsequence(part: str, whole: str) -> bool:
    rest = iter(whole)
    return all(character in rest for character in part)
