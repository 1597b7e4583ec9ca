"""Cuts the octets a modem sends into lines and prompts; any chunking of the stream gives the same tokens."""

import re
from dataclasses import dataclass

LONGEST_LINE = 8192  # octets; the longest honest line is a PDU of 352 hex digits, what is longer is noise
_LINE_END = re.compile(rb"[\r\n\x1a]")  # the echo of a PDU ends with Ctrl-Z and nothing else
_NOISE = re.compile(rb"[^\x21-\x7e]+")  # blanks, power-up octets and rests of another speed in front of a line
_DROPPED = b"\x00\xff"
_MAY_SPAN_LINES = b"+CUSD:"  # the one answer whose quoted string holds CR LF
_QUOTE = ord('"')
_PROMPT = ord(">")
_AFTER_STRING = re.compile(rb"\s*(,[\s0-9]*)?\Z")
_STARTS_ANEW = re.compile(rb"(OK|ERROR)\Z|[+^#$*%]")


@dataclass(frozen=True, slots=True)
class AtLine:
    """One line without its end and without blanks around it; octets as latin-1 characters."""

    text: str


@dataclass(frozen=True, slots=True)
class AtPrompt:
    """The modem waits for a PDU (TS 27.005 §3.5.1)."""


Token = AtLine | AtPrompt


class Framer:
    """A cutter with its rest of the stream.

    Lines end with any run of CR, LF or Ctrl-Z; inside the quoted string of a +CUSD line CR and LF are text.
    Source: V.250 §5.7, TS 27.005 §3.5.1; the deviations are those of real modems.

    expects_prompt: set it before a command is written that is answered by "> "; it clears itself. The prompt has no
        line end, so that only somebody who waits for it can tell it from the start of a line.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self.expects_prompt = False

    @property
    def held(self) -> bool:
        """A quoted string is open over a line end: after some silence `flush` is due."""
        return self._may_span() and _LINE_END.search(self._buffer) is not None

    def feed(self, octets: bytes) -> list[Token]:
        """Take what was read; returns the tokens it completes. What outgrows LONGEST_LINE is cut there."""
        self._buffer += octets.translate(None, _DROPPED)
        tokens: list[Token] = []
        while (token := self._next()) is not None:
            tokens.append(token)
        return tokens

    def flush(self) -> list[Token]:
        """The modem fell silent inside a quoted string that nobody will close: give up what is held, as lines."""
        if not self.held:
            return []
        pieces = [piece for piece in _LINE_END.split(bytes(self._buffer)) if piece]
        self._clear()
        text = [pieces.pop(0)]
        while pieces and not _STARTS_ANEW.match(pieces[0]):
            text.append(pieces.pop(0))
        return [_line(b"\r\n".join(text)), *map(_line, pieces)]

    def discard(self) -> None:
        """Forget a line that has begun: what follows comes from another life of the modem."""
        self._clear()
        self.expects_prompt = False

    def _clear(self) -> None:
        self._buffer.clear()
        self._scanned = 0

    def _next(self) -> Token | None:
        while noise := self._leading_noise():
            del self._buffer[:noise]
            self._scanned = 0
        if self._buffer and self._buffer[0] == _PROMPT:  # only an expected one gets past _leading_noise
            del self._buffer[:1]
            self.expects_prompt = False
            return AtPrompt()
        end = self._line_end()
        if end is None:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._scanned = 0
        return _line(line)

    def _leading_noise(self) -> int:
        if noise := _NOISE.match(self._buffer):
            return noise.end()
        return 1 if self._buffer and self._buffer[0] == _PROMPT and not self.expects_prompt else 0

    def _line_end(self) -> int | None:
        spans = self._may_span()
        while (end := _LINE_END.search(self._buffer, self._scanned)) is not None:
            if not spans or _closed(bytes(self._buffer[: end.start()])):
                return min(end.start(), LONGEST_LINE)
            self._scanned = end.end()
        if len(self._buffer) >= LONGEST_LINE:
            return LONGEST_LINE
        if not spans:
            # a +CUSD line is known as such only when its first octets are all there
            self._scanned = 0 if len(self._buffer) < len(_MAY_SPAN_LINES) else len(self._buffer)
        return None

    def _may_span(self) -> bool:
        return self._buffer.startswith(_MAY_SPAN_LINES)


def _line(octets: bytes) -> AtLine:
    return AtLine(octets.decode("latin-1").strip())


def _closed(line: bytes) -> bool:
    """No quoted string is open at the end of the line; USSD texts hold quotes of their own, so the last one decides."""
    first, last = line.find(_QUOTE), line.rfind(_QUOTE)
    return first < 0 or (last > first and _AFTER_STRING.match(line, last + 1) is not None)
