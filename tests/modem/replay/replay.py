"""One dialogue played to the real driver over a real pseudo-terminal, for a story to tell and to assert with."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from modem.at import commands
from modem.at.commands import Command, Wait
from modem.at.dialogue import Response
from modem.driver import Identity, Modem, ModemSettings, PinGuard
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost
from modem.events import DeliverReceived, Incoming, ModemEvent, ReportReceived, UndecodableReceived
from modem.transport import Port, open_port
from tests.modem.replay.clock import ClockLoop, run
from tests.modem.replay.player import Player
from tests.modem.replay.transcript import CUTS, Dialogue
from tests.modem.replay.wire import Wire

HELLO = bytes.fromhex("0001000A8160938934390000" + "04D4F29C0E")  # "Test" to 0639983493
SETTLED_S = 30.0  # of the loop's time: whatever the driver does by itself, it has done by then
_BARE = re.compile(
    r"AT(?:I\d*|\+?C?GM[IMR]|\+G(?:SN|CAP)|\+CGSN|\+CIMI|\+C?CID|\+ICCID|\+CLAC|\+GTCAINFO\?|\+ZPAS)", re.IGNORECASE
)
T = TypeVar("T")


class _Counted:
    """A port whose octets are counted on their way. speed: the only one at which anything is understood."""

    def __init__(self, port: Port, wire: Wire, speed: int | None, player: Player) -> None:
        self._port, self._wire, self._speed, self._player = port, wire, speed, player
        self.name, self.has_speed = port.name, speed is not None
        self.speeds: list[int] = []
        received = port.data_received

        def data_received(data: bytes) -> None:
            wire.arrived(data)
            received(data)

        port.data_received = data_received  # type: ignore[method-assign]  # to be told of it
        wire.host_open = True

    async def read(self) -> bytes:
        return await self._port.read()

    def write(self, octets: bytes) -> None:
        self._port.write(octets)
        self._wire.written(octets)

    async def set_baudrate(self, baudrate: int) -> None:
        self.speeds.append(baudrate)
        await self._port.set_baudrate(baudrate)
        if baudrate == self._speed:
            self._player.garbled = None
            self._player.playing = False

    async def close(self) -> None:
        self._wire.host_open = False
        await self._port.close()


class _Warnings(logging.Handler):
    def __init__(self, told: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._told = told

    def emit(self, record: logging.LogRecord) -> None:
        self._told.append(record.getMessage())


class Replay:
    """The driver and the player on one line.

    keep: nothing that comes in is acknowledged by itself. joined: the delays between readings are gone with them.
    """

    def __init__(self, loop: ClockLoop, dialogue: Dialogue, cut: str, exact: tuple[str, ...]) -> None:
        self._loop = loop
        self.dialogue = dialogue
        self.joined = cut == "joined"
        self.player = Player(loop, dialogue, CUTS[cut], exact)
        self.ordinary = self.player.ordinary
        self.events: list[ModemEvent] = []
        self.warnings: list[str] = []
        self._log = _Warnings(self.warnings)
        logging.getLogger("modem").addHandler(self._log)
        self.keep = False
        self.lost: TransportLost | None = None
        self._modem: Modem | None = None
        self._port: _Counted | None = None
        self._tasks: list[asyncio.Task[Any]] = [asyncio.create_task(self.player.run())]

    # --- the driver's life

    @property
    def modem(self) -> Modem:
        assert self._modem is not None
        return self._modem

    @property
    def port(self) -> "_Counted":
        assert self._port is not None
        return self._port

    @property
    def now(self) -> float:
        """Seconds."""
        return self._loop.time()

    async def open(self, *, speed: int | None = None, profile: str = "auto") -> Modem:
        """Open the port that is there now; what an earlier one told stays told."""
        await self.close()
        wire = self.player.wire
        port = await open_port(wire.device)
        self._port = _Counted(port, wire, speed, self.player)
        self._modem = Modem(self._port, ModemSettings(profile=profile))  # type: ignore[arg-type]  # all that is used
        self.lost = None
        self._tasks += [asyncio.create_task(self._run(self._modem)), asyncio.create_task(self._gather(self._modem))]
        return self._modem

    async def up(self, pin: str | None = None, guard: PinGuard | None = None, *, first: bool = False) -> Identity:
        """Bring the modem up, as the dialogue has it; first: as an ordinary one, the dialogue begins behind it."""
        if self._modem is None:
            await self.open()
        self.player.playing = not first
        identity = await self.modem.bring_up(pin=pin, pin_guard=guard)
        self.player.playing = True
        return identity

    async def up_at_last(self, seconds: float = 120.0) -> Identity:
        """Try until it comes up, as a daemon does."""
        end = self.now + seconds
        while True:
            try:
                return await self.up()
            except CommandTimeout:
                if self.now > end:
                    raise

    async def _run(self, modem: Modem) -> None:
        try:
            await modem.run()
        except TransportLost as lost:
            self.lost = lost

    async def _gather(self, modem: Modem) -> None:
        async for event in modem.events():
            self.events.append(event)
            if isinstance(event, DeliverReceived | ReportReceived | UndecodableReceived) and not self.keep:
                with contextlib.suppress(ModemError):
                    await modem.acknowledge(event)

    async def close(self) -> None:
        """Let go of the port."""
        if self._modem is None:
            return
        await self.modem.close()
        for task in self._tasks[1:]:
            task.cancel()
        results = await asyncio.gather(*self._tasks[1:], return_exceptions=True)
        del self._tasks[1:]
        self._modem = None
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def end(self) -> None:
        logging.getLogger("modem").removeHandler(self._log)
        await self.close()
        self._tasks[0].cancel()
        results = await asyncio.gather(self._tasks[0], return_exceptions=True)
        await self.player.close()
        if isinstance(results[0], Exception):
            raise results[0]

    # --- what a story does

    def later(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Begin something that goes on while the story does."""
        return asyncio.create_task(work)

    async def settle(self, seconds: float = SETTLED_S) -> None:
        """Let the driver do what it does by itself."""
        await asyncio.sleep(seconds)

    async def lead(self) -> None:
        """Say what stands before the first command of the dialogue, and let it be digested."""
        await self.player.open_with()
        await self.settle()

    async def send(self, pdu: bytes = HELLO, *, more_follow: bool = False) -> int:
        """Submit a PDU; its reference."""

        async def before_ctrl_z() -> None: ...

        length = len(pdu) - 1 - pdu[0]
        return await self.modem.submit(pdu, length, before_ctrl_z=before_ctrl_z, more_follow=more_follow)

    async def ask(self, text: str) -> Response:
        """A command that the driver itself never sends, over its session, among all that it does."""
        return await self.modem._session.execute(command_of(text))

    async def require(self, text: str) -> Response:
        """As `ask`, and an error is raised."""
        return await self.modem._session.require(command_of(text))

    async def in_step(self) -> None:
        """The next answers are those of the next questions."""
        await self.modem.round_trip()
        response = await self.ask("AT+CSQ")
        assert response.ok
        assert [line.partition(":")[0] for line in response.lines] == ["+CSQ"]

    async def announce(self, line: str) -> None:
        """Have the modem say a line that is not in the dialogue, and let it be digested."""
        await self.player.announce(line)
        await self.settle()

    # --- what it has come to

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def heard(self) -> list[str]:
        """Every command line that the modem got, in order."""
        return self.ordinary.heard

    def count(self, start: str) -> int:
        return sum(line.startswith(start) for line in self.heard)

    @property
    def incoming(self) -> list[Incoming]:
        return [e for e in self.events if isinstance(e, DeliverReceived | ReportReceived | UndecodableReceived)]


async def failure(work: Awaitable[object]) -> ModemError:
    """The error that this ends with."""
    try:
        result = await work
    except ModemError as error:
        return error
    raise AssertionError(f"no error but {result!r}")


async def rejection(work: Awaitable[object]) -> tuple[str, int | None]:
    """How this is refused: kind and number."""
    error = await failure(work)
    assert isinstance(error, CommandRejected), error
    return error.kind, error.code


def command_of(text: str) -> Command:
    """The command that a driver would send for this one, were it to."""
    prefixes = tuple(f"{name}:" for name in re.findall(r"[+^$#*][A-Z0-9]+", text.upper()))
    if text.upper().startswith(("AT+CMGR", "AT+CMGL")):
        return Command(text, prefixes, Wait.READ, records=True)
    if text.upper().startswith("ATD"):
        return Command(text, wait=Wait.NETWORK, dialing=True)
    if text.upper() == "AT+COPS=?":
        return commands.NETWORKS_OFFERED
    if text.upper().startswith("AT+CUSD=1,"):
        return commands.order(text, Wait.USSD)
    if text.upper().startswith("AT+CMMSDOWN"):
        return Command(text, wait=Wait.NETWORK)
    if text.upper() in ("ATI", "ATI0"):
        return commands.FULL_IDENTITY
    if text.upper() == "AT+CPIN?":
        return commands.PIN_STATE
    return Command(text, prefixes, bare=_BARE.match(text) is not None)


Story = Callable[[Replay], Awaitable[None]]


@dataclass(frozen=True)
class Expectation:
    """What a dialogue is there to show. exact: as in `Player`."""

    story: Story
    exact: tuple[str, ...] = ()


@contextlib.asynccontextmanager
async def _replay(loop: ClockLoop, dialogue: Dialogue, cut: str, exact: tuple[str, ...]) -> AsyncIterator[Replay]:
    made = Replay(loop, dialogue, cut, exact)
    try:
        yield made
    finally:
        await made.end()


def play(dialogue: Dialogue, expectation: Expectation, cut: str, *, echo_to_the_letter: bool = False) -> None:
    """Play it once and hold it against its expectation. echo_to_the_letter: as in `Player`."""

    async def told(loop: ClockLoop) -> None:
        async with _replay(loop, dialogue, cut, expectation.exact) as made:
            made.player.echo_to_the_letter = echo_to_the_letter
            await expectation.story(made)

    run(told)
