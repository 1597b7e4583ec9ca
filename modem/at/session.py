"""One exchange at a time over a stream of octets, news aside, and back in step after a loss.

The session owns the exchange, not its caller: a caller may be cancelled or give up at any await. Whoever comes next
finds the stream in step, because the session first lets the abandoned exchange end, or drains and asks until the modem
answers in time again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from modem.at import commands
from modem.at.commands import Command
from modem.at.dialogue import Response, Unsolicited
from modem.at.exchange import Channel, Exchange, Listener, Stream, references_of
from modem.at.timing import Pacing, Timing
from modem.errors import CommandTimeout, TransportLost

log = logging.getLogger(__name__)

ESCAPE = b"\x1b"
PROBES = 5  # calls to a modem that may be asleep
_RESYNCS = 3


class Session:
    """The AT side of one port.

    on_news: called for every unsolicited line, in order, from the pump; it must not block.
    on_late_reference: called with the TP-MR of a submit that had been given up. name: what logs call the modem.
    listener: told what goes over the wire while it listens.
    admitted: cleared by the owner to have nothing read until somebody needs an answer. pacing: of the modem's profile.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        on_news: Callable[[Unsolicited], None],
        on_late_reference: Callable[[int], None],
        timing: Timing | None = None,
        name: str = "modem",
        listener: Listener | None = None,
    ) -> None:
        self.timing = timing or Timing()
        self.pacing = Pacing()
        self.name = name
        self.admitted = asyncio.Event()
        self.admitted.set()
        self._stream = stream
        self._channel = Channel(
            stream, self.timing, name, on_news=on_news, on_late_reference=on_late_reference, listener=listener
        )
        self._turn = asyncio.Lock()
        self._at_prompt = False

    @property
    def busy(self) -> bool:
        """A command waits for its answer."""
        return self._channel.exchange is not None

    @property
    def echoed(self) -> bool:
        """What was last told to it came back as it was."""
        return self._channel.echoed

    async def run(self) -> None:
        """The pump; ends only by TransportLost or cancellation. Whoever waits for an answer then gets TransportLost."""
        try:
            while True:
                if not self.admitted.is_set():
                    await self.admitted.wait()
                self._channel.hear(await self._stream.read())
        except TransportLost as lost:
            self._channel.close(lost)
            raise
        finally:
            self._channel.close(TransportLost(f"{self.name}: the session has ended"))

    async def execute(self, command: Command) -> Response:
        """Send a command and return its answer, errors included.

        Raises CommandTimeout when none came in the command's time, TransportLost.
        """
        async with self._turn:
            await self._in_step()
            return await self._ask(command)

    async def inquire(self, command: Command) -> Response:
        """As `execute`, for a command that may be carried out twice: a lost answer is asked for once more."""
        try:
            return await self.execute(command)
        except CommandTimeout:
            return await self.execute(command)

    async def execute_behind(self, first: Command, command: Command) -> tuple[Response, Response | None]:
        """As `execute`, right behind another command, with nobody else's in between.

        Returns both answers; the second is None where the first command was refused: then the other was not sent.
        """
        async with self._turn:
            await self._in_step()
            before = await self._ask(first)
            if not before.ok:
                return before, None
            if self._channel.out_of_step:  # its OK was never heard
                raise CommandTimeout(first.name, 0.0)
            return before, await self._ask(command)

    async def require(self, command: Command) -> Response:
        """As `execute`; raises CommandRejected for an answer that is no OK."""
        response = await self.execute(command)
        if not response.ok:
            raise response.final.rejection(command.name)
        return response

    async def submit(self, tpdu_length: int, pdu: bytes, before_ctrl_z: Callable[[], Awaitable[None]]) -> int:
        """AT+CMGS: send a PDU and return its TP-MR (TS 27.005 §3.5.1, §4.3).

        tpdu_length: octets without the service centre field. before_ctrl_z: awaited between the PDU and Ctrl-Z; what it
        raises takes the message back and goes up.
        Raises CommandRejected; CommandTimeout, after Ctrl-Z the message may then be on its way; TransportLost.
        """
        command = commands.send_message(tpdu_length)
        async with self._turn:
            await self._in_step()
            exchange = await self._begin(command, prompted=True)
            try:
                await self._prompt(exchange)
                await self._write_pdu(pdu.hex().upper())
                await before_ctrl_z()
            except BaseException:
                self._take_back(exchange)
                raise
            if not exchange.future.done():  # else the modem has refused it already, or has restarted
                exchange.deadline = asyncio.get_running_loop().time() + self.timing.submit
                self._channel.write_ctrl_z()
            self._at_prompt = False
            response = await self._final(exchange)
        if not response.ok:
            raise response.final.rejection(command.name)
        references = references_of(response)
        if not references:  # an OK alone proves nothing, neither that it went nor that it did not
            raise CommandTimeout(command.name, self.timing.answer_after_ok)
        return references[-1]

    async def start(self, probes: int = PROBES) -> None:
        """Get the first answer out of a modem in an unknown state. Raises CommandTimeout when silent, TransportLost."""
        async with self._turn:
            self._channel.forget()
            # it may sit at the prompt of a former life, where Ctrl-Z would send what was entered
            self._channel.write(ESCAPE, "<ESC>")
            await asyncio.sleep(self.timing.quiet / 2)
            self._channel.write(b"\r", "<CR>")
            self._at_prompt = False
            await self._drain()
            for attempt in range(probes):
                try:
                    answered = (await self._ask(commands.AT)).ok
                except CommandTimeout:
                    continue
                if answered and attempt > 0:  # answers to the earlier ones come late, each would be taken for another's
                    await self._drain()
                    answered = (await self._ask(commands.AT)).ok
                if answered:
                    self._channel.out_of_step = False
                    return
            raise CommandTimeout("AT", probes * self.timing.probe)

    async def leave_data_mode(self) -> None:
        """Call a modem out of a connection that another program has left open (V.250 §6.3.5, TS 27.007 §6.4)."""
        async with self._turn:
            self._channel.forget()
            await asyncio.sleep(self.timing.guard)
            self._channel.write(b"+++", "+++")
            await asyncio.sleep(self.timing.guard)
            self._channel.write(b"ATH\r", "ATH")
            await self._drain()

    async def resync(self) -> None:
        """Get back in step now, needed or not. Raises CommandTimeout when the modem stays silent, TransportLost."""
        async with self._turn:
            await self._abandoned_end()
            await self._resync()

    async def drain(self) -> None:
        """Wait until the modem has been silent for a while."""
        async with self._turn:
            await self._abandoned_end()
            await self._drain()

    def interrupt(self) -> None:
        """The modem has restarted: what is in flight will not be answered any more."""
        exchange = self._channel.exchange
        if exchange is not None:
            self._channel.out_of_step = True
            waited = asyncio.get_running_loop().time() - exchange.started
            self._channel.fail(CommandTimeout(exchange.command.name, round(waited, 1)))

    # --- one exchange

    async def _ask(self, command: Command) -> Response:
        return await self._final(await self._begin(command))

    async def _begin(self, command: Command, *, prompted: bool = False) -> Exchange:
        if self.pacing.gap:
            rest = self._channel.ended_at + self.pacing.gap - asyncio.get_running_loop().time()
            if rest > 0:
                await asyncio.sleep(rest)
        self.admitted.set()
        return self._channel.begin(command, prompted=prompted)

    async def _final(self, exchange: Exchange) -> Response:
        try:
            async with asyncio.timeout_at(exchange.deadline):
                return await exchange.future
        except TimeoutError:
            return self._channel.expire(exchange)
        except asyncio.CancelledError:
            self._channel.abandon(exchange)
            raise

    async def _prompt(self, exchange: Exchange) -> None:
        """Wait for the prompt, or for the refusal that comes instead."""
        assert exchange.prompt is not None
        self._at_prompt = True
        try:
            async with asyncio.timeout(self.timing.prompt):
                await exchange.prompt
        except TimeoutError:
            raise CommandTimeout(exchange.command.name, self.timing.prompt) from None
        if exchange.future.done():
            self._at_prompt = False
            raise exchange.future.result().final.rejection(exchange.command.name)

    async def _write_pdu(self, pdu: str) -> None:
        pacing = self.pacing
        if pacing.after_prompt:
            await asyncio.sleep(pacing.after_prompt)
        size = pacing.chunk or len(pdu)
        for start in range(0, len(pdu), size):
            if start and pacing.between_chunks:
                await asyncio.sleep(pacing.between_chunks)
            self._channel.write_pdu(pdu[start : start + size], pdu)
        if pacing.before_ctrl_z:
            await asyncio.sleep(pacing.before_ctrl_z)

    def _take_back(self, exchange: Exchange) -> None:
        """Leave the prompt without sending. Never raises: an error is already on its way up."""
        if self._channel.exchange is not exchange:  # it has ended: refused, or the port is lost
            return
        try:
            self._channel.write(ESCAPE, "<ESC>")
        except TransportLost:
            self._channel.end(exchange)
            return
        exchange.deadline = asyncio.get_running_loop().time() + self.timing.probe
        self._channel.abandon(exchange)
        self._channel.out_of_step = True

    # --- in step

    async def _in_step(self) -> None:
        if self._channel.exchange is not None:
            await self._abandoned_end()
        if self._channel.out_of_step:
            await self._resync()

    async def _abandoned_end(self) -> None:
        """Let the exchange end whose caller has left."""
        exchange = self._channel.exchange
        if exchange is None:
            return
        try:
            async with asyncio.timeout_at(exchange.deadline):
                await asyncio.shield(exchange.future)
        except TimeoutError:
            self._channel.end(exchange)
            self._channel.out_of_step = True
        except CommandTimeout:
            self._channel.out_of_step = True

    async def _resync(self) -> None:
        """Drain, then ask until the answers fit the questions; last comes a marker that a late OK cannot answer."""
        self._channel.out_of_step = True
        for _ in range(_RESYNCS):
            if self._at_prompt:
                self._channel.write(ESCAPE, "<ESC>")
                self._at_prompt = False
            await self._drain()
            try:
                if (await self._ask(commands.AT)).ok:
                    await self._ask(commands.SIGNAL)
                    self._channel.out_of_step = False
                    return
            except CommandTimeout:
                log.debug("%s: out of step", self.name)
        raise CommandTimeout("AT", _RESYNCS * self.timing.probe)

    async def _drain(self) -> None:
        """Wait for silence, or for `drain` seconds of noise."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.timing.drain
        while loop.time() < end:
            self._channel.heard.clear()
            try:
                async with asyncio.timeout(self.timing.quiet):
                    await self._channel.heard.wait()
            except TimeoutError:
                return
