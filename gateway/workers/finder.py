"""Which port a line's modem is behind: the configured one, or a search by IMEI or ICCID over all that look like one.

Looking is cheap and opens nothing: names below /dev, and what /sys tells of the USB devices behind them. Only a search
opens ports, each for itself, and never one of a modem that a line uses.
"""

import asyncio
import logging
from collections.abc import Awaitable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.config import LineSettings
from gateway.line import LineFault, Remedy
from gateway.ports.access import may_use
from gateway.ports.kinds import is_bridge, is_never_a_modem, is_surely_a_modem
from gateway.ports.names import PATTERNS, REMOTE, Mark, candidates, kernel_name, mark, real
from gateway.ports.roles import hint_of, rank_of
from gateway.ports.sysfs import Inventory, UsbDevice, read_inventory
from gateway.ports.troubles import Trouble, ambiguous, busy, forbidden, stick_trouble
from gateway.workers.asking import Answer
from modem.errors import PortBusy, TransportLost

__all__ = ["PATTERNS", "REMOTE", "Finder", "mark", "real"]

ASK_AGAIN_S = 60.0  # a modem that was still starting, or got another SIM
ASK_EARLY_S = 5.0  # the first time; a stick shows its ports before it answers at them
ASK_STRANGER_AGAIN_S = 600.0  # what says nothing and is not known to be a modem; opening a port restarts some boards
LOOK_MISSING_S, LOOK_S = 2.0, 30.0  # how often it is looked at what is plugged in, with and without a modem missing
READ_S = 3.0  # the longest that the kernel is waited for
FRESH_S = 1.0  # lines that search at the same time look once

logger = logging.getLogger(__name__)


class Asker(Protocol):
    def __call__(self, device: str, *, on_usb: bool) -> Awaitable[Answer]:
        """Open a port and say who answers. on_usb: it is a USB modem's own, where the speed means nothing."""


@dataclass(frozen=True, slots=True)
class _Port:
    """A port that a search may ask. whole: what it is a part of; all ports of one whole lead to one modem."""

    path: str
    mark: Mark
    usb: UsbDevice | None
    rank: int
    whole: Mark

    @property
    def on_usb(self) -> bool:
        return self.usb is not None and not is_bridge(self.usb)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a port answered, when, and after how many silences."""

    answer: Answer
    at: float
    times: int


class Finder:
    """Shared by all lines, so that one port is asked once and by one of them at a time.

    devices, sys, proc, udev: where the system keeps its device files and shows itself; without sys every port stands
    alone.
    """

    def __init__(
        self,
        asker: Asker,
        devices: Path = Path("/dev"),
        sys: Path | None = None,
        proc: Path = Path("/proc"),
        udev: Path = Path("/run/udev/data"),
    ) -> None:
        self._ask = asker
        self._devices = devices
        self._sys = sys or (Path("/sys") if devices == Path("/dev") else devices / "no sys")
        self._proc = proc
        self._udev = udev
        self._turn = asyncio.Lock()
        self._looking = asyncio.Lock()
        self._asking: str | None = None
        self._known: dict[Mark, _Known] = {}
        self._taken: dict[str, tuple[str, str]] = {}  # line → real path and tty, which are known while it is there
        self._missing: set[str] = set()  # lines without a modem
        self._refused: dict[Mark, Trouble] = {}  # ports that the last search could not have
        self._told: set[object] = set()  # troubles that the log has
        self._inventory = Inventory()
        self._looked_at: float | None = None
        self._looked_through: object = None
        self._reading: asyncio.Future[Inventory] | None = None

    # -- what a line asks

    def take(self, device: str, line: str) -> None:
        self._missing.discard(line)
        self._taken[line] = real(device), kernel_name(device, self._devices)

    def give_back(self, line: str) -> None:
        self._taken.pop(line, None)

    def presence(self, settings: LineSettings) -> object:
        """Something that changes when the line's device, or any that may be its, comes, goes or is another; cheap."""
        if settings.device is not None:
            return mark(settings.device)
        return tuple(mark(path) for path in candidates(self._devices))

    async def find(self, settings: LineSettings, deaf: Set[Mark] = frozenset()) -> str | None:
        """The device to open now, or None while there is none. deaf: ports that announce nothing, for a search."""
        await self._look()
        if settings.device is None:
            async with self._turn:
                found = await self._search(settings, deaf)
        else:
            if real(settings.device) == self._asking:
                async with self._turn:  # a search has it open, and has no right to it
                    pass
            found = settings.device if mark(settings.device) is not None else None
        if found is None:
            self._missing.add(settings.name)
        return found

    def why_missing(self, settings: LineSettings) -> str:
        """Why the last look found nothing, as a sentence with what cures it."""
        if settings.device is not None:
            reason = f"there is no {settings.device}"
            refused: tuple[Trouble, ...] = ()
        else:
            names = {"IMEI": settings.imei, "ICCID": settings.iccid}
            reason = "no port answers with " + " and ".join(f"{name} {value}" for name, value in names.items() if value)
            refused = self.refused
        troubles = (*refused, *filter(None, map(stick_trouble, self._inventory.devices)))
        return "; ".join([reason, *map(str, troubles)])

    @property
    def users(self) -> tuple[str, ...]:
        """Lines that have a port."""
        return tuple(self._taken)

    @property
    def refused(self) -> tuple[Trouble, ...]:
        """Why ports could not be had when they were last asked."""
        return tuple(self._refused.values())

    async def explained(self, device: str, error: TransportLost) -> LineFault | TransportLost:
        """Why a port could not be opened, in words with a cure where one is known; else the error itself."""
        trouble = await self._refusal(device, is_busy=isinstance(error, PortBusy))
        return error if trouble is None else LineFault(str(trouble), Remedy.WAIT)

    def usb_id(self, device: str) -> str | None:
        """Vendor and product of the stick that a port is on; None on a cable, which does not tell what hangs on it."""
        found = self._inventory.behind(kernel_name(device, self._devices))
        return None if found is None or is_bridge(found[0]) else found[0].id

    def ambiguity(self, device: str) -> Trouble | None:
        """Why a device's name may mean another stick than the person did who wrote it."""
        return ambiguous(device, kernel_name(device, self._devices), self._inventory)

    def forget(self, device: str) -> None:
        """Ask it anew: what answered there was not who it had been."""
        if (gone := mark(device)) is not None:
            self._known = {key: known for key, known in self._known.items() if key[: len(gone)] != gone}

    # -- looking

    async def watch(self) -> None:
        """Tell the log, once for each appearance, what is plugged in and is no modem as it is. Never ends."""
        while True:
            await self._look()
            await asyncio.sleep(LOOK_MISSING_S if self._missing else LOOK_S)

    async def _look(self) -> None:
        async with self._looking:
            now, there = asyncio.get_running_loop().time(), [mark(path) for path in candidates(self._devices)]
            if self._looked_at is not None and now - self._looked_at < FRESH_S and there == self._looked_through:
                return
            if self._reading is None:
                self._reading = asyncio.get_running_loop().run_in_executor(None, read_inventory, self._sys)
            try:
                async with asyncio.timeout(READ_S):
                    self._inventory = await asyncio.shield(self._reading)
            except TimeoutError:  # a stick hangs while the kernel resets it: the others are where they were
                logger.warning("USB cannot be read", extra={"waited_s": READ_S})
            else:
                self._reading = None
            self._looked_at, self._looked_through = now, there
        troubled = {
            (device.appearance, trouble)
            for device in self._inventory.devices
            if (trouble := stick_trouble(device)) is not None
        }
        self._tell(troubled)

    def _tell(self, troubled: set[tuple[tuple[str, str], Trouble]]) -> None:
        for one in troubled - self._told:
            trouble = one[1]
            extra = {"looked_at": trouble.looked_at, "cause": trouble.cause, "cure": trouble.cure}
            logger.warning("plugged in, but no modem as it is", extra=extra)
        self._told = set(troubled)

    def _whole(self, path: str, tty: str) -> Mark:
        """What a port is a part of: the USB device, or the port itself on a bridge and where no USB is known."""
        found = self._inventory.behind(tty)
        return (path,) if found is None or is_bridge(found[0]) else found[0].appearance

    def _ports(self) -> list[_Port]:
        """Those that may be asked, in the order in which they are; of one modem together."""
        ports = []
        for path in candidates(self._devices):
            tty = kernel_name(path, self._devices)
            marked, found = mark(path), self._inventory.behind(tty)
            if found is None and self._reading is not None:
                continue  # it may be any stick's
            if marked is None:
                continue
            usb, rank = (found[0], rank_of(*found, hint_of(self._udev, path))) if found else (None, 0)
            if rank is None or (usb is not None and is_never_a_modem(usb)):
                continue
            key = marked if usb is None else (*marked, *usb.appearance)
            order = rank * 100 + (found[1].number if found else 0)
            ports.append(_Port(path, key, usb, order, self._whole(real(path), tty)))
        first = {whole: n for n, whole in reversed(list(enumerate(port.whole for port in ports)))}
        return sorted(ports, key=lambda port: (first[port.whole], port.rank))

    # -- searching

    async def _search(self, settings: LineSettings, deaf: Set[Mark]) -> str | None:
        """Modem by modem; of each the best port that answers as wanted."""
        ports = self._ports()
        self._known = {port.mark: self._known[port.mark] for port in ports if port.mark in self._known}
        self._refused = {key: trouble for key, trouble in self._refused.items() if key in {port.mark for port in ports}}
        second_best: _Port | None = None
        done: set[Mark] = set()  # modems of which enough is known
        for port in ports:
            if port.whole in done or self._is_taken(port):
                continue
            if second_best is not None and second_best.usb is not None and port.whole != second_best.whole:
                break  # the modem is found, and none of its ports is better
            answer = await self._answer(port)
            if not answer.opened:
                done.add(port.whole)  # whoever has one port of a modem has the modem
            elif _is_wanted(settings, answer) and answer.announces and mark(port.path) not in deaf:
                return port.path
            elif _is_wanted(settings, answer):
                second_best = second_best or port
            elif answer.identity is not None and answer.identity.imei is not None:
                done.add(port.whole)
        return None if second_best is None else second_best.path

    def _is_taken(self, port: _Port) -> bool:
        return any(
            real(port.path) == path or port.whole == self._whole(path, tty) for path, tty in self._taken.values()
        )

    async def _answer(self, port: _Port) -> Answer:
        now = asyncio.get_running_loop().time()
        known = self._known.get(port.mark)
        if known is not None and now - known.at < _good_for(port, known):
            return known.answer
        if not may_use(Path(port.path)):
            answer = Answer(opened=False)
        else:
            self._asking = real(port.path)
            try:
                answer = await self._ask(port.path, on_usb=port.on_usb)
            finally:
                self._asking = None
            logger.info("port asked", extra={"device": port.path, "answers": answer.identity is not None})
        await self._note_refusal(port, answer)
        self._known[port.mark] = _Known(answer, now, 1 if known is None else known.times + 1)
        return answer

    async def _note_refusal(self, port: _Port, answer: Answer) -> None:
        trouble = None if answer.opened else await self._refusal(port.path, is_busy=answer.busy)
        if trouble is None:
            self._refused.pop(port.mark, None)
        elif self._refused.get(port.mark) != trouble:
            self._refused[port.mark] = trouble
            extra = {"device": port.path, "cause": trouble.cause, "cure": trouble.cure}
            logger.warning("port cannot be asked", extra=extra)

    async def _refusal(self, device: str, *, is_busy: bool) -> Trouble | None:
        if REMOTE in device or mark(device) is None:
            return None
        await self._look()
        found = self._inventory.behind(kernel_name(device, self._devices))
        usb_id = found[0].id if found else None
        if not may_use(Path(device)):
            try:
                return forbidden(device)
            except OSError:  # unplugged meanwhile
                return None
        return await asyncio.to_thread(busy, device, usb_id, self._proc, self._sys) if is_busy else None


def _good_for(port: _Port, known: _Known) -> float:
    """Seconds for which an answer stands."""
    identity = known.answer.identity
    if identity is not None and identity.iccid is not None:
        return ASK_AGAIN_S
    if port.usb is not None and identity is None and known.answer.opened and not is_surely_a_modem(port.usb):
        return ASK_AGAIN_S if known.times == 1 else ASK_STRANGER_AGAIN_S
    return min(ASK_EARLY_S * 2.0 ** min(known.times - 1, 10), ASK_AGAIN_S)


def _is_wanted(settings: LineSettings, answer: Answer) -> bool:
    identity = answer.identity
    return (
        identity is not None
        and (settings.imei is None or settings.imei == identity.imei)
        and (settings.iccid is None or settings.iccid == identity.iccid)
    )
