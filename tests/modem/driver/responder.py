"""A modem in memory that says what a test wants; the rest it answers like a plain GSM modem with two storages."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from modem.driver import Modem, ModemSettings, Timing
from modem.errors import TransportLost
from modem.events import ModemEvent

QUICK = Timing(
    probe=0.1,
    short=0.2,
    identity=0.2,
    sim=0.2,
    pin=0.2,
    radio=0.2,
    storage=0.2,
    read=0.2,
    listing=0.3,
    delete=0.15,
    prompt=0.2,
    submit=0.4,
    network=0.2,
    quiet=0.01,
    guard=0.02,
    drain=0.1,
    missing_ok=0.03,
    answer_after_ok=0.02,
    pdu_after_header=0.05,
    settle=0.3,
    poll=0.02,
    ready_after_pin=0.15,
    registration=0.05,
    caller=0.02,
)
DELIVER = "07918497483252F0040B918496445078F700007121320144744004D4F29C0E"
REPORT = "079144770009302206E80C91447700098070909070618422809090706184628000"
SUBMIT = "0791447700094077B17A0C914477000910470000AD11D3701B046797E9653C886E06BDE53F"

Answer = str | Callable[[str], str]


class Responder:
    """What `Modem` needs of a port. script: start of a command -> its answer, before everything else.

    stores: storage -> index -> (<stat>, PDU). heard: the commands, without CR.
    """

    name = "responder"
    has_speed = False

    def __init__(self, script: dict[str, Answer] | None = None) -> None:
        self.script: dict[str, Answer] = dict(script or {})
        self.stores: dict[str, dict[int, tuple[int, str]]] = {"SM": {}, "ME": {}, "SR": {}}
        self.selected = "SM"
        self.routing = "0,0,0,0,0"
        self.heard: list[str] = []
        self._line = ""
        self._incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._lost = False

    # --- the port

    async def read(self) -> bytes:
        octets = None if self._lost else await self._incoming.get()
        if octets is None:
            self._lost = True
            raise TransportLost("responder: unplugged")
        return octets

    def write(self, octets: bytes) -> None:
        if self._lost:
            raise TransportLost("responder: unplugged")
        for character in octets.decode("latin-1"):
            if character == "\x1b":
                self._line = ""
            elif character in "\r\x1a":
                line, self._line = self._line + (character if character == "\x1a" else ""), ""
                if line:
                    self.heard.append(line)
                    self.say(self._answer(line))
            else:
                self._line += character

    async def set_baudrate(self, baudrate: int) -> None:
        raise AssertionError("no speed")

    async def close(self) -> None:
        self.unplug()

    # --- the test's side

    def say(self, text: str) -> None:
        if text:
            self._incoming.put_nowait(text.encode("latin-1"))

    def announce(self, line: str) -> None:
        self.say(f"\r\n{line}\r\n")

    def unplug(self) -> None:
        self._incoming.put_nowait(None)

    def count(self, start: str) -> int:
        return sum(line.startswith(start) for line in self.heard)

    # --- the modem

    def _answer(self, line: str) -> str:
        for start in sorted(self.script, key=len, reverse=True):
            if line.startswith(start):
                answer = self.script[start]
                return answer if isinstance(answer, str) else answer(line)
        return self.plain(line)

    def plain(self, line: str) -> str:
        """The answer of a modem without whims."""
        if line.endswith("\x1a"):
            return "\r\n+CMGS: 7\r\n\r\nOK\r\n"
        if line.startswith("AT+CMGS="):
            return "\r\n> "
        for start, body in ANSWERS.items():
            if line == start:
                return f"\r\n{body}\r\n\r\nOK\r\n"
        if line.startswith(("AT+CPMS=", "AT+CPMS?")):
            return self._storages(line)
        if line.startswith("AT+CNMI="):
            self.routing = line.partition("=")[2]
        elif line == "AT+CNMI?":
            return f"\r\n+CNMI: {self.routing}\r\n\r\nOK\r\n"
        elif line.startswith(("AT+CMGR=", "AT+CMGD=")):
            return self._place(line)
        elif line == "AT+CMGL=4":
            here = self.stores[self.selected].items()
            records = (f"\r\n+CMGL: {i},{stat},,{tpdu_length(pdu)}\r\n{pdu}" for i, (stat, pdu) in here)
            return "".join(records) + "\r\n\r\nOK\r\n"
        return "\r\nOK\r\n" if line.startswith("AT") else ""

    def _storages(self, line: str) -> str:
        names = [name.strip('"') for name in line.partition("=")[2].split(",")]
        if names[0]:
            if any(name not in self.stores for name in names):
                return "\r\n+CMS ERROR: 302\r\n"
            self.selected = names[0]
        used = len(self.stores[self.selected])
        return f'\r\n+CPMS: "{self.selected}",{used},20,"SM",0,20,"SM",0,20\r\n\r\nOK\r\n'

    def _place(self, line: str) -> str:
        index = int(line.partition("=")[2])
        store = self.stores[self.selected]
        if index not in store:
            return "\r\n+CMS ERROR: 321\r\n"
        if line.startswith("AT+CMGD"):
            del store[index]
            return "\r\nOK\r\n"
        stat, pdu = store[index]
        return f"\r\n+CMGR: {stat},,{tpdu_length(pdu)}\r\n{pdu}\r\n\r\nOK\r\n"


ANSWERS = {
    "AT+CGMI": "Example",
    "AT+CGMM": "One",
    "AT+CGMR": "1.0",
    "AT+CGSN": "001014000000018",
    "AT+CIMI": "001010000000001",
    "AT+CCID": "+CCID: 8999000000000000013",
    "AT+CFUN?": "+CFUN: 1",
    "AT+CPIN?": "+CPIN: READY",
    "AT+CPINR": "+CPINR: SIM PIN,3,3",
    "AT+CMGF?": "+CMGF: 0",
    "AT+CSMS?": "+CSMS: 0,1,1,1",
    "AT+CSCA?": '+CSCA: "+447700900999",145',
    "AT+CPMS=?": '+CPMS: ("SM","ME","SR"),("SM","ME"),("SM","ME")',
    "AT+CNMI=?": "+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)",
    "AT+CMMS=?": "+CMMS: (0-2)",
    "AT+CREG?": '+CREG: 2,1,"00A1","00B2",0',
    "AT+CEREG?": "+CEREG: 0,0",
    "AT+CSQ": "+CSQ: 20,0",
    "AT+COPS?": '+COPS: 0,2,"00101",0',
    "AT+CNUM": '+CNUM: "","+447700900000",145',
}


def tpdu_length(pdu: str) -> int:
    try:
        return len(pdu) // 2 - 1 - int(pdu[:2], 16)
    except ValueError:
        return 20


class Driven:
    """A modem under test, running; with its far end and the events it has told."""

    def __init__(self, port: Responder, settings: ModemSettings) -> None:
        self.port = port
        self.modem = Modem(port, settings)  # type: ignore[arg-type]  # it has all that is used of a Port
        self._events = self.modem.events()

    async def event(self, *kinds: type) -> ModemEvent:
        """The next event of these kinds."""
        async with asyncio.timeout(2):
            async for event in self._events:
                if not kinds or isinstance(event, kinds):
                    return event
        raise AssertionError("the modem is closed")

    async def no_event(self, *kinds: type) -> None:
        """Nothing of these kinds is told, although there was time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                async for event in self._events:
                    assert not isinstance(event, kinds), event


@contextlib.asynccontextmanager
async def driven(
    script: dict[str, Answer] | None = None,
    *,
    timing: Timing = QUICK,
    up: bool = True,
    centre: str | None = None,
    roaming: bool = True,
    profile: str = "auto",
) -> AsyncIterator[Driven]:
    """A running modem, brought up unless told otherwise."""
    settings = ModemSettings(profile=profile, timing=timing, service_centre=centre, roaming=roaming)
    made = Driven(Responder(script), settings)
    pump = asyncio.create_task(made.modem.run())
    try:
        if up:
            await made.modem.bring_up()
        yield made
    finally:
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, TransportLost):
            await pump
        await made.modem.close()


async def nothing() -> None:
    """A before_ctrl_z without a care."""
