"""The gateway of a soak and what surrounds it, in one loop: real ptys, a real database, HTTP and webhooks on loopback.

What is spaced out, so that a month fits into minutes, stands in ``unhurried``: looks at things that are well. How long
anything waits for an answer, and how it is taken up again, is as in the field.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiohttp import ClientSession

from gateway import daemon, heartbeat
from gateway.config import HttpSettings, InboundSettings, LineSettings, Settings, WebhookSettings
from gateway.control import locked, perform_alone
from gateway.daemon import Running, run_daemon
from gateway.workers import dispatcher, finder, janitor, notifier, supervisor
from gateway.workers.connection import Intervals
from modem.driver import ModemSettings, Timing
from modem.simulator.bank import Bank
from modem.simulator.latency import Latency
from tests.support.soak.sink import CountingSink, Mood
from tests.support.soak.trouble import Desk
from tests.support.virtual_time import VirtualClock, VirtualLoop, count_threads

MANNERS = ("generic", "huawei", "simcom", "quectel", "zte", "wavecom", "quectel", "generic")
LINES = len(MANNERS)
BY_IMEI, BY_ICCID = range(3), range(3, 6)  # the others by a name that stays, as those of by-id do
SWAPS = (frozenset({0, 2}), frozenset(BY_ICCID))  # never a SIM with a PIN to a line that does not know it
PINS = {1: "1234", 4: "2468"}
LATENCY = Latency.of(
    submit="1.5..4", deliver="0.5..2", report="2..90", answer="0..0.05", prompt="0.01..0.05", boot="3..12"
)
INTERVALS = Intervals(check=3600.0, sweep=7200.0)
FLOOD_S = 1800.0
DAYS_OF_TEXTS = 10


def unhurried(patch: pytest.MonkeyPatch, devices: Path, dice: Random) -> None:
    """Look less often at what is well: every hour at a modem, every two into its storages, and the like."""
    settings = ModemSettings(timing=Timing(registration=60.0))
    spaced = partial(
        supervisor.Supervisor,
        intervals=INTERVALS,
        modem_settings=settings,
        devices=devices,
        sys=devices / "nothing",  # what is plugged into this machine is no part of it
        jitter=partial(dice.uniform, -1, 1),
    )
    patch.setattr(daemon, "Supervisor", spaced)
    patch.setattr(supervisor, "LOOK_S", 10.0)
    patch.setattr(finder, "LOOK_MISSING_S", 10.0)
    patch.setattr(finder, "LOOK_S", 900.0)
    patch.setattr(dispatcher, "IDLE_S", 900.0)
    patch.setattr(janitor, "LONGEST_WAIT_S", 900.0)
    patch.setattr(heartbeat, "BEAT_S", 900.0)


def tell_loop_of_webhooks(patch: pytest.MonkeyPatch, loop: VirtualLoop, sink: CountingSink) -> None:
    """Deliveries are conversations, but while nobody will answer them."""
    post = notifier.post

    async def conversing(*arguments: Any) -> Any:
        if sink.mood is Mood.HANGING:
            return await post(*arguments)
        with loop.conversing():
            return await post(*arguments)

    patch.setattr(notifier, "post", conversing)


@dataclass(slots=True)
class World:
    """Bank, sink, and the gateway while it runs; http is None while it does not."""

    bank: Bank
    desk: Desk
    sink: CountingSink
    clock: VirtualClock
    settings: Settings
    key: str
    names: tuple[str, ...]
    running: Running | None = None
    http: ClientSession | None = None
    starts: int = 0
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def database(self) -> Path:
        return self.settings.data_dir / "simgate.db"

    async def start(self) -> None:
        self.starts += 1
        self.running = await self._stack.enter_async_context(_running(self.settings, self.clock))
        bearer = {"Authorization": f"Bearer {self.key}"}
        self.http = await self._stack.enter_async_context(ClientSession(self.running.url, headers=bearer))

    async def stop(self) -> None:
        """In order, as for an upgrade."""
        self.running = self.http = None
        await self._stack.aclose()

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        assert self.http is not None
        async with self.http.request(method, path, json=body) as answer:
            assert answer.status < 400, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def all(self, path: str) -> AsyncIterator[Any]:
        """Page by page."""
        cursor = ""
        while True:
            page = await self.ask("GET", f"{path}&limit=200{cursor}")
            for entry in page["data"]:
                yield entry
            if not page["has_more"]:
                return
            cursor = f"&cursor={page['next_cursor']}"


@asynccontextmanager
async def world(directory: Path, seed: int, loop: VirtualLoop, patch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Modems plugged in and a sink that listens; the gateway is configured and not started."""
    clock, devices = VirtualClock(loop), directory / "modems"
    count_threads(patch)
    unhurried(patch, devices, Random(seed))
    async with (
        Bank(
            LINES,
            directory=devices,
            manner=MANNERS,
            latency=LATENCY,
            sizes={"SM": 10, "ME": 20, "SR": 10},
            seed=seed,
            retry_seconds=60.0,
            now=clock.now,
        ) as bank,
        CountingSink() as sink,
    ):
        tell_loop_of_webhooks(patch, loop, sink)
        cards = {index: bank.modems[index].equipment.card for index in BY_IMEI}
        desk = Desk(bank, frozenset((*BY_IMEI, *BY_ICCID)), SWAPS, cards)
        _plug_in(bank, desk)
        settings = Settings(
            data_dir=directory / "state",
            http=HttpSettings(port=0, rate_per_key=0),
            webhooks=WebhookSettings(allow_networks=("127.0.0.0/8",)),
            inbound=InboundSettings(part_timeout_s=5 * 86_400),
            lines=tuple(_line(bank, index) for index in range(LINES)),
        )
        settings.data_dir.mkdir()
        with locked(settings):
            retention = {"text_days": DAYS_OF_TEXTS}
            key = (await perform_alone(settings, "keys.add", {"account": "default"}))["key"]
            await perform_alone(settings, "accounts.set", {"name": "default", "settings": retention})
        names = tuple(line.name for line in settings.lines)
        yield World(bank, desk, sink, clock, settings, key, names)


def _plug_in(bank: Bank, desk: Desk) -> None:
    """Under the names that a kernel gives; and what a modem says unasked all the time, it says now and then."""
    for bay in bank.modems:
        manner = bay.equipment.manner
        bay.unplug()
        slow = tuple(replace(flood, every=FLOOD_S + flood.every) for flood in manner.floods)
        bay.equipment.manner = replace(manner, floods=slow)
        if (pin := PINS.get(bay.index)) is not None:
            bay.lock(pin)
        bay.plug(f"ttyUSB{bay.index}" if bay.index in desk.moves else None)


def _line(bank: Bank, index: int) -> LineSettings:
    bay = bank.modems[index]
    line = LineSettings(f"line{index}", number=bay.number, pin=PINS.get(index))
    if index in BY_IMEI:
        return replace(line, imei=bay.imei)
    return replace(line, iccid=bay.iccid) if index in BY_ICCID else replace(line, device=bay.device)


@asynccontextmanager
async def _running(settings: Settings, clock: VirtualClock) -> AsyncIterator[Running]:
    up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(run_daemon(settings, ready=up.set_result, clock=clock, abandon=_no_end))
    await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
    if not up.done():
        await task
    try:
        yield up.result()
    finally:
        up.result().stop()
        await task


def _no_end(status: int) -> Any:
    raise AssertionError(f"the gateway would have ended with status {status}: something stayed on the air")
