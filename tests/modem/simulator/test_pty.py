"""A port on a real pseudo-terminal: hosts come, go, do not read, or hold it for themselves."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modem.simulator.pty import MOST_UNREAD_OCTETS, Port, link
from tests.modem.simulator.host import Host


class Modem:
    """The other end of a port under test."""

    def __init__(self) -> None:
        self.received = b""
        self.news = asyncio.Event()
        self.replaced = 0
        self.port = Port(self._received, self._replaced)

    def _received(self, octets: bytes) -> None:
        self.received += octets
        self.news.set()

    def _replaced(self) -> None:
        self.replaced += 1
        self.news.set()

    async def until(self, octets: bytes) -> None:
        async with asyncio.timeout(3):
            while octets not in self.received:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def modem() -> AsyncIterator[Modem]:
    modem = Modem()
    yield modem
    modem.port.close()


async def test_all_octets_pass_unchanged_both_ways(modem: Modem) -> None:
    host = Host(str(modem.port.path))
    octets = bytes(range(256))
    host.write(octets)
    await modem.until(octets)
    modem.port.write(octets)
    assert await host.until(octets) == octets
    host.close()


async def test_a_host_may_leave_and_another_come(modem: Modem) -> None:
    for round_number in range(3):
        host = Host(str(modem.port.path))
        host.write(b"round %d" % round_number)
        await modem.until(b"round %d" % round_number)
        modem.port.write(b"welcome")
        assert await host.until(b"welcome") == b"welcome"
        host.close()
    assert modem.replaced == 0


async def test_the_next_host_does_not_read_what_the_last_one_left(modem: Modem) -> None:
    host = Host(str(modem.port.path))
    host.write(b"first")
    await modem.until(b"first")
    host._loop.remove_reader(host.fd)
    modem.port.write(b"left behind")
    host.close()
    async with asyncio.timeout(3):
        while modem.port._slave is None:  # until it has noticed
            await asyncio.sleep(0)
    second = Host(str(modem.port.path))
    second.write(b"second")
    await modem.until(b"second")
    modem.port.write(b"fresh")
    assert await second.until(b"fresh") == b"fresh"
    second.close()


async def test_a_host_that_does_not_read_costs_bounded_memory(modem: Modem) -> None:
    host = Host(str(modem.port.path))
    host.write(b"x")
    await modem.until(b"x")
    host._loop.remove_reader(host.fd)
    for _ in range(1000):
        modem.port.write(b"y" * 1000)
    assert len(modem.port._unwritten) <= MOST_UNREAD_OCTETS
    host._loop.add_reader(host.fd, host._readable)
    await host.until(lambda seen: len(seen) > MOST_UNREAD_OCTETS - 1000)
    modem.port.write(b"still there")
    await host.until(b"still there")
    host.close()


async def test_closing_is_seen_by_the_host(modem: Modem) -> None:
    host = Host(str(modem.port.path))
    host.write(b"x")
    await modem.until(b"x")
    modem.port.close()
    async with asyncio.timeout(3):
        await host.gone.wait()
    assert modem.port.closed
    modem.port.write(b"into the void")
    host.close()


async def test_a_device_that_cannot_be_opened_again_is_replaced(modem: Modem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that took TIOCEXCL leaves a device that only root may open again."""
    host = Host(str(modem.port.path))
    host.write(b"x")
    await modem.until(b"x")
    os_open = os.open

    def refusing(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if str(path).startswith("/dev/pts/"):
            raise OSError(16, "Device or resource busy")
        return os_open(path, flags, mode)

    with monkeypatch.context() as patch:
        patch.setattr("modem.simulator.pty.os.open", refusing)
        host.close()
        async with asyncio.timeout(3):
            while not modem.replaced:
                modem.news.clear()
                await modem.news.wait()
    second = Host(str(modem.port.path))
    second.write(b"hello")
    await modem.until(b"hello")
    second.close()


def test_a_link_is_replaced_at_once(tmp_path: Path) -> None:
    name = tmp_path / "modem0"
    link(name, Path("/dev/null"))
    link(name, Path("/dev/zero"))
    assert name.readlink() == Path("/dev/zero")
