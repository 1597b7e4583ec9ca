import asyncio
import contextlib
import os
import pty
import sys
import tty
from collections.abc import Iterator

import pytest

from modem.errors import TransportLost
from modem.transport import _open_tty, holder_of, open_port


class Terminal:
    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.device = os.ttyname(slave)
        self._slave: int | None = slave

    def release(self) -> None:
        """Nobody but the port under test holds the terminal open."""
        if self._slave is not None:
            os.close(self._slave)
            self._slave = None

    def unplug(self) -> None:
        self.release()
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.unplug()


async def test_octets_go_both_ways_and_out_at_once(terminal: Terminal) -> None:
    port = await open_port(terminal.device)
    port.write(b"AT\r")
    assert os.read(terminal.master, 10) == b"AT\r"  # no turn of the loop in between
    os.write(terminal.master, b"\r\nOK\r\n")
    assert await port.read() == b"\r\nOK\r\n"
    await port.close()


async def test_an_unplugged_port_is_lost_within_the_blink_of_an_eye(terminal: Terminal) -> None:
    port = await open_port(terminal.device)
    os.write(terminal.master, b"last words")
    assert await port.read() == b"last words"
    terminal.unplug()
    async with asyncio.timeout(1):
        with pytest.raises(TransportLost):
            await port.read()
    with pytest.raises(TransportLost):
        port.write(b"AT\r")
    await port.close()


async def test_closing_a_port_that_takes_nothing_does_not_block(terminal: Terminal) -> None:
    port = await open_port(terminal.device)
    for _ in range(40):
        port.write(b"x" * 1000)  # nobody reads the master
    async with asyncio.timeout(1):
        await port.close()
    with pytest.raises(TransportLost):
        await port.read()


async def test_a_flooding_device_is_not_read_without_bound(terminal: Terminal) -> None:
    port = await open_port(terminal.device)
    os.set_blocking(terminal.master, False)
    written = 0
    for _ in range(200):
        with contextlib.suppress(BlockingIOError):
            written += os.write(terminal.master, b"RING\r\n" * 500)
        await asyncio.sleep(0)
    read = 0
    while read < written:
        octets = await port.read()
        assert len(octets) <= 70_000
        read += len(octets)
    await port.close()


async def test_a_missing_device_is_a_lost_transport() -> None:
    with pytest.raises(TransportLost, match="/dev/nothing-here"):
        await open_port("/dev/nothing-here")


async def test_a_device_that_is_unplugged_while_it_is_opened_is_a_lost_transport(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_and_unplug(*how: object) -> object:
        tty = _open_tty(*how)
        terminal.unplug()
        return tty

    monkeypatch.setattr("modem.transport._open_tty", open_and_unplug)
    with pytest.raises(TransportLost):
        await open_port(terminal.device)


async def test_a_device_that_somebody_holds_is_refused_by_name(terminal: Terminal) -> None:
    hold = (
        "import fcntl, os, sys; handle = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)\n"
        "fcntl.flock(handle, fcntl.LOCK_EX); print(flush=True); input()"
    )
    pipe = asyncio.subprocess.PIPE
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", hold, terminal.device, stdin=pipe, stdout=pipe)
    assert holder.stdout is not None
    try:
        await holder.stdout.readline()
        with pytest.raises(TransportLost, match=str(holder.pid)):
            await open_port(terminal.device)
    finally:
        await holder.communicate(b"\n")


async def test_a_closed_port_opens_again(terminal: Terminal) -> None:
    for _ in range(2):
        port = await open_port(terminal.device)
        await port.close()


async def test_a_socket_does_as_well_as_a_tty() -> None:
    lines: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readuntil(b"\r"))
        writer.write(b"\r\nOK\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, number = server.sockets[0].getsockname()
    port = await open_port(f"socket://{host}:{number}")
    assert not port.is_tty
    port.write(b"AT\r")
    assert await port.read() == b"\r\nOK\r\n"
    assert lines == [b"AT\r"]
    with pytest.raises(TransportLost):
        await port.read()
    await port.close()
    server.close()
    await server.wait_closed()


async def test_a_socket_that_nobody_listens_on_is_a_lost_transport() -> None:
    with pytest.raises(TransportLost):
        await open_port("socket://127.0.0.1:1")


async def test_the_speed_of_a_pseudo_terminal_can_be_changed(terminal: Terminal) -> None:
    port = await open_port(terminal.device, baudrate=9600)
    await port.set_baudrate(115200)
    await port.close()


def test_a_device_nobody_has_open_has_no_holder() -> None:
    assert holder_of("/dev/nothing-here") is None


def test_the_holder_is_found_in_another_list_of_processes(tmp_path):
    device = tmp_path / "ttyUSB0"
    device.touch()
    (tmp_path / "812/fd").mkdir(parents=True)
    (tmp_path / "812/comm").write_text("minicom\n")
    (tmp_path / "812/fd/3").symlink_to(device)
    assert holder_of(str(device), tmp_path) == "minicom (812)"
