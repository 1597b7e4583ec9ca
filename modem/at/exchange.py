"""The command in flight: its octets out, its answer or its loss in; everything else passed on as news.

One step below `modem.at.session`, which says when a command may be written.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Protocol

from modem.at.answers import parse_reference
from modem.at.commands import Command
from modem.at.dialogue import Dialogue, Finished, ForeignEcho, Heard, Prompted, Response, Unsolicited
from modem.at.framing import AtPrompt, Framer, Token
from modem.at.masking import Masker
from modem.at.masking import octets as masked_octets
from modem.at.results import Category, FinalResult, is_unsolicited, parse_final
from modem.at.timing import Timing
from modem.errors import CommandTimeout, TransportLost

wire = logging.getLogger("modem.wire")
log = logging.getLogger(__name__)

CTRL_Z = b"\x1a"
_FORGOTTEN_OK = FinalResult(Category.OK, None, "OK")
_PIN = re.compile(r"(CPIN=)\S*", re.IGNORECASE)


class Stream(Protocol):
    """What is needed of a port; both raise TransportLost."""

    async def read(self) -> bytes: ...

    def write(self, octets: bytes) -> None: ...


class Listener(Protocol):
    """Who is told what goes over the wire, masked. direction: "out" or "in"."""

    @property
    def listening(self) -> bool:
        """False: nothing is told, and telling costs nothing."""
        ...

    def heard(self, direction: str, line: str) -> None: ...


class Exchange:
    """A command on its way.

    future: its response. prompt: resolved when the modem asks for the PDU, or has refused to.
    deadline: time of the loop. abandoned: its caller has left; the next command waits for its end.
    """

    __slots__ = ("abandoned", "command", "deadline", "future", "prompt", "started", "timer")

    def __init__(self, command: Command, seconds: float, *, prompted: bool) -> None:
        loop = asyncio.get_running_loop()
        self.command = command
        self.future: asyncio.Future[Response] = loop.create_future()
        self.prompt: asyncio.Future[None] | None = loop.create_future() if prompted else None
        self.timer: asyncio.TimerHandle | None = None
        self.started = loop.time()
        self.deadline = self.started + seconds
        self.abandoned = False


class Channel:
    """A stream of octets with at most one exchange on it.

    out_of_step: an answer was given up or is in doubt, so that the next line may belong to the past.
    lost: why nothing can be written any more.
    """

    def __init__(
        self,
        stream: Stream,
        timing: Timing,
        name: str,
        *,
        on_news: Callable[[Unsolicited], None],
        on_late_reference: Callable[[int], None],
        listener: Listener | None = None,
    ) -> None:
        self.exchange: Exchange | None = None
        self.out_of_step = False
        self.lost: TransportLost | None = None
        self.heard = asyncio.Event()
        self.ended_at = 0.0
        self._stream = stream
        self._timing = timing
        self._name = name
        self._on_news = on_news
        self._on_late_reference = on_late_reference
        self._listener = listener
        self._masker = Masker()
        self._framer = Framer()
        self._dialogue = Dialogue()
        self._silence: asyncio.TimerHandle | None = None

    @property
    def echoed(self) -> bool:
        return self._dialogue.echoed

    # --- out

    def begin(self, command: Command, *, prompted: bool = False) -> Exchange:
        """Raises TransportLost."""
        if self.lost is not None:
            raise self.lost
        exchange = Exchange(command, self._timing.of(command.wait), prompted=prompted)
        self.exchange = exchange
        self._dialogue.begin(command, entering=prompted)
        self._framer.expects_prompt = prompted
        try:
            self.write(command.text.encode("latin-1", "replace") + b"\r", command.name)
        except TransportLost:
            self.end(exchange)
            raise
        return exchange

    def write_pdu(self, piece: str, pdu: str) -> None:
        """Write a piece of the PDU whose echo may come as a whole."""
        self._dialogue.wrote(pdu)
        self.write(piece.encode(), piece, masked=masked_octets(piece))

    def write_ctrl_z(self) -> None:
        """The PDU is complete: from now on the answer may come."""
        self._dialogue.entered()
        self.write(CTRL_Z, "<Ctrl-Z>")

    def write(self, octets: bytes, shown: str, *, masked: str | None = None) -> None:
        """shown: what the trace says of it. masked: the same for others; None finds out. Raises TransportLost."""
        if self.lost is not None:
            raise self.lost
        if self._traced():
            self._trace("out", shown, self._masker.sent(shown) if masked is None else masked)
        self._stream.write(octets)

    # --- the end of an exchange

    def end(self, exchange: Exchange) -> None:
        """What comes from now on does not belong to it."""
        if exchange.timer is not None:
            exchange.timer.cancel()
        if self.exchange is exchange:
            self.exchange = None
            self._dialogue.end()
            self._framer.expects_prompt = False
            self.ended_at = asyncio.get_running_loop().time()

    def expire(self, exchange: Exchange) -> Response:
        """Its time is over. Returns what counts as its answer all the same; raises CommandTimeout."""
        informed, response = self._dialogue.informed, self._dialogue.so_far(_FORGOTTEN_OK)
        self.end(exchange)
        self.out_of_step = True
        if informed and exchange.command.may_lack_ok:
            return response
        waited = asyncio.get_running_loop().time() - exchange.started
        raise CommandTimeout(exchange.command.name, round(waited, 1))

    def abandon(self, exchange: Exchange) -> None:
        """Nobody waits for it any more; the next command does, before it is written."""
        if self.exchange is exchange:
            exchange.abandoned = True
            self._framer.expects_prompt = False
            if exchange.future.done():
                exchange.future = asyncio.get_running_loop().create_future()

    def fail(self, error: TransportLost | CommandTimeout) -> None:
        """No answer can come any more: whoever waits gets the error."""
        exchange = self.exchange
        if exchange is None:
            return
        self.end(exchange)
        for future in (exchange.prompt, exchange.future):
            if future is not None and not future.done():
                future.set_exception(error)
                future.exception()  # marks it as seen: an abandoned exchange has nobody to see it

    def forget(self) -> None:
        """What was begun and read so far belongs to another life of the modem."""
        if self.exchange is not None:
            self.end(self.exchange)
        self._framer.discard()
        self.out_of_step = True

    def close(self, lost: TransportLost) -> None:
        self.lost = self.lost or lost
        self.fail(self.lost)
        if self._silence is not None:
            self._silence.cancel()

    # --- in

    def hear(self, octets: bytes) -> None:
        """Take what was read."""
        self.heard.set()
        for token in self._framer.feed(octets):
            self._sort(token)
        self._watch_silence()
        exchange = self.exchange
        if exchange is not None and exchange.command.may_lack_ok and self._dialogue.informed:
            sending = exchange.prompt is not None
            wait = self._timing.short if sending else self._timing.missing_ok
            self._finish_later(exchange, self._dialogue.so_far(_FORGOTTEN_OK), wait, in_doubt=sending)

    def _sort(self, token: Token) -> None:
        if self._traced():
            if isinstance(token, AtPrompt):
                self._trace("in", "<prompt>", "<prompt>")
            else:
                line = self._without_secret(token.text)
                self._trace("in", _PIN.sub(r"\1****", line), self._masker.heard(line))
        for heard in self._dialogue.feed(token):
            self._react(heard)

    def _without_secret(self, line: str) -> str:
        """Of an echo, whatever has become of it on its way, only its length where the command holds a secret."""
        if self.exchange is None or not self.exchange.command.shown or parse_final(line) is not None:
            return line
        return line if is_unsolicited(line) and "=" not in line else f"({len(line)} characters)"

    def _react(self, heard: Heard) -> None:
        exchange = self.exchange
        match heard:
            case Unsolicited(line=line) if line.startswith("+CMGS:"):
                if (reference := parse_reference(line)) is not None:
                    self._on_late_reference(reference)
            case Unsolicited():
                self._on_news(heard)
            case ForeignEcho():
                log.warning("%s: another program sends commands to this port", self._name)
            case Prompted() if exchange is not None and exchange.prompt is not None:
                if exchange.timer is not None:  # the OK before it was somebody else's
                    exchange.timer.cancel()
                if not exchange.prompt.done():
                    exchange.prompt.set_result(None)
            case Finished(response=response) if exchange is not None:
                unsatisfying = (
                    response.ok and exchange.command.needs_answer and not (response.lines or response.records)
                )
                if unsatisfying and not exchange.abandoned:
                    self._finish_later(exchange, response, self._timing.answer_after_ok)
                else:
                    self._finish(exchange, response)

    def _finish(self, exchange: Exchange, response: Response, *, in_doubt: bool = False) -> None:
        self.end(exchange)
        self.out_of_step = self.out_of_step or in_doubt
        references = references_of(response)
        for reference in references if exchange.abandoned else references[:-1]:
            self._on_late_reference(reference)
        if not exchange.future.done():
            exchange.future.set_result(response)
        if exchange.prompt is not None and not exchange.prompt.done():
            exchange.prompt.set_result(None)

    def _finish_later(self, exchange: Exchange, response: Response, seconds: float, *, in_doubt: bool = False) -> None:
        """Finish with this unless something better comes within these seconds."""

        def finish() -> None:
            if self.exchange is exchange:
                self._finish(exchange, response, in_doubt=in_doubt)

        if exchange.timer is not None:
            exchange.timer.cancel()
        exchange.timer = asyncio.get_running_loop().call_later(seconds, finish)

    def _watch_silence(self) -> None:
        """A PDU that does not follow its header and a quote that nobody closes are given up after some silence."""
        waiting = self._framer.held or self._dialogue.incomplete
        if self._silence is not None and (self._framer.held or not waiting):
            self._silence.cancel()
            self._silence = None
        if self._silence is None and waiting:
            self._silence = asyncio.get_running_loop().call_later(self._timing.pdu_after_header, self._fell_silent)

    def _fell_silent(self) -> None:
        self._silence = None
        for token in self._framer.flush():
            self._sort(token)
        for heard in self._dialogue.expire():
            self._react(heard)

    def _traced(self) -> bool:
        return (self._listener is not None and self._listener.listening) or wire.isEnabledFor(logging.DEBUG)

    def _trace(self, direction: str, whole: str, line: str) -> None:
        """whole: without secrets, else as it is; line: as anybody may see it."""
        if self._listener is not None and self._listener.listening:
            self._listener.heard(direction, line)
        arrow = ">" if direction == "out" else "<"
        extra = {"modem": self._name, "direction": direction, "line": line, "whole": whole}
        wire.debug("%s %s %s", self._name, arrow, line, extra=extra)


def references_of(response: Response) -> list[int]:
    """The TP-MRs that a response to AT+CMGS holds; its own is the last, one before it has come too late."""
    found = (parse_reference(line) for line in response.lines if line.startswith("+CMGS:"))
    return [reference for reference in found if reference is not None]
