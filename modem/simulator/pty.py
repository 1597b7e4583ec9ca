"""A pseudo-terminal as a modem's port: raw, non-blocking, on the event loop."""

import asyncio
import contextlib
import errno
import os
import pty
import termios
import tty
from collections.abc import Callable
from pathlib import Path

READ_OCTETS = 4096
MOST_UNREAD_OCTETS = 65536  # what a host that does not read may leave lying; beyond it octets are lost


class Port:
    """The modem's end of a pty. path: the device that a host opens.

    While no host has it open the port keeps the slave side open itself, so that the master side does not report a
    hang-up for ever; from the host's first octets on the host's own opening does that, and its closing is seen.
    """

    def __init__(self, received: Callable[[bytes], None], replaced: Callable[[], None] = lambda: None) -> None:
        self._received, self._replaced = received, replaced
        self._loop = asyncio.get_running_loop()
        self._unwritten = bytearray()
        self._open()

    def _open(self) -> None:
        self._master, slave = pty.openpty()
        self._slave: int | None = slave
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self.path = Path(os.ttyname(slave))
        self._loop.add_reader(self._master, self._readable)

    @property
    def closed(self) -> bool:
        return self._master < 0

    def _readable(self) -> None:
        try:
            octets = os.read(self._master, READ_OCTETS)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._host_gone()
            return
        if self._slave is not None:
            os.close(self._slave)
            self._slave = None
        self._received(octets)

    def _host_gone(self) -> None:
        """The host closed the device. Its leftovers go; one that cannot be opened again (TIOCEXCL) is replaced."""
        self._stop_writing()
        try:
            self._slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
        except OSError:
            self._loop.remove_reader(self._master)
            os.close(self._master)
            self._open()
            self._replaced()
            return
        termios.tcflush(self._slave, termios.TCIFLUSH)
        tty.setraw(self._slave)

    def write(self, octets: bytes) -> None:
        """To the host; what it does not read in time waits, up to a bound."""
        if self.closed:
            return
        if not self._unwritten:
            octets = octets[self._write_now(octets) :]
            if not octets:
                return
            self._loop.add_writer(self._master, self._writable)
        if len(self._unwritten) + len(octets) <= MOST_UNREAD_OCTETS:
            self._unwritten += octets

    def _write_now(self, octets: bytes | bytearray) -> int:
        try:
            return os.write(self._master, octets)
        except BlockingIOError:
            return 0
        except OSError:  # nobody has the other side open: the octets are lost, as on a real line
            return len(octets)

    def _writable(self) -> None:
        del self._unwritten[: self._write_now(self._unwritten)]
        if not self._unwritten:
            self._loop.remove_writer(self._master)

    def _stop_writing(self) -> None:
        if self._unwritten:
            self._unwritten.clear()
            self._loop.remove_writer(self._master)

    def close(self) -> None:
        """Unplug: the host reads end of file or EIO."""
        if self.closed:
            return
        self._stop_writing()
        self._loop.remove_reader(self._master)
        if self._slave is not None:
            os.close(self._slave)
            self._slave = None
        os.close(self._master)
        self._master = -1


def link(name: Path, target: Path) -> None:
    """Make `name` a symbolic link to `target`, at once and whatever it was before."""
    fresh = name.with_name(f".{name.name}.new")
    with contextlib.suppress(FileNotFoundError):
        fresh.unlink()
    fresh.symlink_to(target)
    fresh.replace(name)
