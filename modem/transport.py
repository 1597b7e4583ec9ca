"""A tty or a socket://host:port address as octets to read and write; the loss of it is TransportLost, at once.

pyserial-asyncio stays behind this file, which alone knows its two habits: opening blocks; closing drains, which on a
wedged port blocks the whole loop.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import termios
from pathlib import Path
from urllib.parse import urlsplit

import serial
import serial_asyncio

from modem.errors import PortBusy, TransportLost

DEFAULT_BAUDRATE = 115200
BAUDRATES = (115200, 9600, 57600, 38400, 19200, 460800, 921600, 4800)  # in the order of likelihood
_READ_AHEAD = 64 * 1024  # octets; beyond that the kernel has to keep the rest
_CONNECT = 10.0  # seconds
_OPEN = 5.0  # seconds; a healthy tty opens at once
_LOCKED = (errno.EBUSY, errno.EAGAIN)  # TIOCEXCL; flock(2)
_NO_LOCKS = (errno.EINVAL, errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP)
_PSEUDO_TERMINALS = "/dev/pts/"


class _Tty(serial.Serial):
    """A tty that never waits for its output to drain."""

    def flush(self) -> None:
        """Discard instead of tcdrain: called at closing, when a wedged port would block the loop for ever."""
        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self.fileno(), termios.TCIOFLUSH)


class Port(asyncio.Protocol):
    """An open port; make it with `open_port`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._transport: asyncio.Transport | None = None
        self._tty: serial.Serial | None = None
        self._received = bytearray()
        self._readable = asyncio.Event()
        self._paused = False
        self._lost: TransportLost | None = None
        self._closed = asyncio.Event()

    @property
    def is_tty(self) -> bool:
        return self._tty is not None

    @property
    def has_speed(self) -> bool:
        """The baud rate means something: neither a pseudo-terminal nor a USB modem cares."""
        return self.is_tty and not os.path.realpath(self.name).startswith((_PSEUDO_TERMINALS, "/dev/ttyACM"))

    def attach(self, transport: asyncio.Transport, tty: serial.Serial) -> None:
        """Know the tty below; the transport will tell of itself only when the loop has turned."""
        self._transport = transport
        self._tty = tty

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._readable.set()
        if len(self._received) > _READ_AHEAD and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(exc)
        self._closed.set()

    # --- for the session

    async def read(self) -> bytes:
        """What has come since the last time, at least one octet. Raises TransportLost, after all octets were read."""
        while not self._received:
            if self._lost is not None:
                raise self._lost
            self._readable.clear()
            await self._readable.wait()
        octets = bytes(self._received)
        self._received.clear()
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return octets

    def write(self, octets: bytes) -> None:
        """Write at once what the port takes and the rest when it can. Raises TransportLost."""
        if self._lost is not None or self._transport is None:
            raise self._lost or TransportLost(f"{self.name}: closed")
        if self._tty is not None and self._transport.get_write_buffer_size() == 0:
            octets = octets[self._write_now(octets) :]  # the transport alone would wait for the next turn of the loop
        if octets:
            self._transport.write(octets)

    def _write_now(self, octets: bytes) -> int:
        assert self._tty is not None
        try:
            return os.write(self._tty.fileno(), octets)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._lose(error)
            self._abort()
            raise self._lost or error from error

    async def set_baudrate(self, baudrate: int) -> None:
        """Change the speed of a tty; a socket has none. Raises TransportLost."""
        if self._tty is None:
            return
        try:
            await asyncio.to_thread(setattr, self._tty, "baudrate", baudrate)
        except (OSError, serial.SerialException, ValueError) as error:
            raise TransportLost(f"{self.name}: {error}") from error

    async def close(self) -> None:
        """Let go of the port; what was not written is discarded. Never blocks, never raises."""
        if self._transport is None or self._closed.is_set():
            return
        self._lose(None)
        self._abort()
        await self._closed.wait()

    def _abort(self) -> None:
        transport = self._transport
        if transport is not None and (not transport.is_closing() or transport.get_write_buffer_size() > 0):
            transport.abort()

    def _lose(self, error: Exception | None) -> None:
        if self._lost is None:
            self._lost = TransportLost(f"{self.name}: {error or 'closed'}")
        self._readable.set()


async def open_port(device: str, *, baudrate: int = DEFAULT_BAUDRATE, rtscts: bool = False) -> Port:
    """Open a tty (8N1, raw, exclusive where the device knows that) or a socket://host:port.

    Raises TransportLost, PortBusy; it names the program that holds the port, if that can be seen.
    """
    port = Port(device)
    loop = asyncio.get_running_loop()
    try:
        if device.startswith("socket://"):
            address = urlsplit(device)
            async with asyncio.timeout(_CONNECT):
                await loop.create_connection(lambda: port, address.hostname or "", address.port or 0)
            return port
        async with asyncio.timeout(_OPEN):
            tty = await asyncio.to_thread(_open_tty, device, baudrate, rtscts)
    except TimeoutError as error:
        raise TransportLost(f"{device}: does not open") from error
    except (OSError, ValueError, serial.SerialException) as error:
        kind = PortBusy if getattr(error, "errno", None) in _LOCKED else TransportLost
        raise kind(await asyncio.to_thread(_explain, device, error)) from error
    try:
        transport, _ = await serial_asyncio.connection_for_serial(loop, lambda: port, tty)
    except (OSError, serial.SerialException) as error:  # it was unplugged since
        tty.close()
        raise TransportLost(f"{device}: {error}") from error
    port.attach(transport, tty)
    return port


def _open_tty(device: str, baudrate: int, rtscts: bool) -> serial.Serial:
    tty = _Tty(baudrate=baudrate, rtscts=rtscts, timeout=0, write_timeout=0)
    tty.port = device
    tty.dtr = True  # u-blox and SIMCom take a missing DTR for a host that sleeps
    tty.rts = True
    tty.exclusive = True
    try:
        tty.open()
    except serial.SerialException as error:
        if error.errno not in _NO_LOCKS:
            raise
        tty.exclusive = None
        tty.open()
    if not os.path.realpath(device).startswith(_PSEUDO_TERMINALS):  # there it would outlive a killed holder
        with contextlib.suppress(OSError):
            fcntl.ioctl(tty.fileno(), termios.TIOCEXCL)
    with contextlib.suppress(termios.error):
        _keep_lines_at_close(tty.fileno())
    return tty


def _keep_lines_at_close(fd: int) -> None:
    """Clear HUPCL: a modem must not take our restart for its user hanging up."""
    attributes = termios.tcgetattr(fd)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _explain(device: str, error: Exception) -> str:
    holder = holder_of(device)
    return f"{device}: {error}" + (f" (held by {holder})" if holder else "")


def holder_of(device: str, proc: Path = Path("/proc")) -> str | None:
    """The program that has a device open, as "name (pid)", or None if there is none or it cannot be seen."""
    target = os.path.realpath(device)
    for process in proc.glob("[0-9]*"):
        if process.name == str(os.getpid()):
            continue
        with contextlib.suppress(OSError):
            if any(os.path.realpath(handle) == target for handle in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} ({process.name})"
    return None
