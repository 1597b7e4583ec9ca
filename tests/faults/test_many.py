"""Faults 40 to 42: many modems, foreign programs, and a daemon that hangs."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway import daemon, heartbeat
from gateway.config import LineSettings
from gateway.domain.line import LineState
from modem.driver import ModemSettings
from modem.simulator.bank import Bank
from tests.faults.conftest import Play
from tests.support.hurried import TIMING
from tests.support.stage import line_is

MODEMS = 20
EACH = 4
P95_WITHIN_S = 2.0


def all_of_them(bank: Bank) -> Sequence[LineSettings]:
    return [LineSettings(f"line{bay.index}", number=bay.number, device=bay.device) for bay in bank.modems]


async def test_fault_40_one_wedged_modem_of_twenty_slows_nobody(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hangs in the middle of a command from the first message to the last of the others."""
    patient = ModemSettings(timing=replace(TIMING, submit=120.0))
    monkeypatch.setattr(daemon, "Supervisor", partial(daemon.Supervisor, modem_settings=patient))
    async with play(modems=MODEMS, numbers=(), lines=all_of_them) as stage:
        wedged = stage.bank.modems[0].hold("submitted")
        doubtful = await stage.send("wedged", to="+447700900500", **{"from": "line0"})
        await wedged.reached()
        started = time.monotonic()

        async def send(n: int, line: int) -> float:
            message = await stage.send(f"{line}:{n}", to=f"+4477009{line:02}{n:03}", **{"from": f"line{line}"})
            await stage.in_state(message, "delivered")
            return time.monotonic() - started

        took = await asyncio.gather(*(send(n, line) for n in range(EACH) for line in range(1, MODEMS)))
        await stage.in_state(doubtful, "sending")
        wedged.release()
        await stage.in_state(doubtful, "sent", "delivered")
    p95 = sorted(took)[len(took) * 95 // 100]
    assert p95 < P95_WITHIN_S
    expected = [(f"{line}:{n}", line) for n in range(EACH) for line in range(1, MODEMS)]
    assert sorted(stage.on_the_air()) == sorted([*expected, ("wedged", 0)])


HOLD = (
    "import fcntl, os, sys; handle = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)\n"
    "fcntl.flock(handle, fcntl.LOCK_EX); print(flush=True); input()"
)


@asynccontextmanager
async def held(device: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another program has the port open and locked for as long as the block runs."""
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, device, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    try:
        await holder.stdout.readline()
        yield holder
    finally:
        await holder.communicate(b"\n")


async def test_fault_41_a_port_that_another_program_holds_is_named_and_never_stolen(play: Play) -> None:
    """Retried until it is free; the queue goes on over the others."""
    async with play(modems=2) as stage:
        office = stage.bank.modems[0]
        configured = Path(office.device)
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN, "no modem")
        office.plug("somewhere")
        assert office.port is not None
        async with held(office.port) as holder:
            point(configured, office.port)
            down = await line_is(stage.store, "office", LineState.DOWN, f"({holder.pid})")
            assert f"has it open; cure: sudo kill {holder.pid}" in down.status.reason
            await stage.in_state(await stage.send("meanwhile"), "delivered")
            assert holder.returncode is None
        point(configured, office.port)  # the simulator gives it another port once its holder is gone
        await line_is(stage.store, "office", LineState.UP)
        await stage.in_state(await stage.send("afterwards", **{"from": "office"}), "delivered")
    assert stage.on_the_air() == [("meanwhile", 1), ("afterwards", 0)]


def point(link: Path, device: str) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(device)


async def test_fault_42_a_blocked_loop_starves_the_watchdog_and_the_queue_is_intact(
    play: Play, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """While the loop stands systemd hears nothing, and a late beat does not count: it restarts us. What was accepted
    is on disk: tests/system/test_kill_nine.py kills at every moment. A block that ends before that costs nothing."""
    monkeypatch.setattr(heartbeat, "LAG_S", 0.3)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        async with play() as stage:
            stage.bank.modems[0].register(2)
            await line_is(stage.store, "office", LineState.DOWN, "searching")
            message = await stage.send("through it")
            await heard(manager, "WATCHDOG=1")
            discard(manager)
            time.sleep(0.7)  # noqa: ASYNC251  the bug that is to be survived
            with pytest.raises(BlockingIOError):
                manager.recv(4096)
            assert "WATCHDOG=1" not in await word(manager)
            await heard(manager, "WATCHDOG=1")
            stage.bank.modems[0].register(1)
            await stage.in_state(message, "delivered")
    assert stage.on_the_air() == [("through it", 0)]


async def word(manager: socket.socket) -> list[str]:
    """The next of what systemd is told."""
    async with asyncio.timeout(5.0):
        octets = await asyncio.get_running_loop().sock_recv(manager, 4096)
    return octets.decode().split("\n")


async def heard(manager: socket.socket, what: str) -> None:
    while what not in await word(manager):
        pass


def discard(manager: socket.socket) -> None:
    with suppress(BlockingIOError):
        while True:
            manager.recv(4096)
