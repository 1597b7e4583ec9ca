"""A real pseudo-terminal whose octets are counted on both sides."""

import asyncio
import os
import pty
import tty
from collections.abc import Callable

from tests.modem.replay.clock import ClockLoop


class Wire:
    """A pseudo-terminal with its octets counted on both sides, so that nothing is on its way unseen."""

    def __init__(self, loop: ClockLoop, hear: Callable[[str], None]) -> None:
        self._loop, self._hear = loop, hear
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.device = os.ttyname(self._slave)
        self.closed = False
        self.host_open = False
        self._said = self._arrived = self._written = self._heard = 0
        self._caught_up = asyncio.Event()
        loop.add_reader(self._master, self._readable)
        loop.busy_when.append(self._busy)

    def _busy(self) -> bool:
        return self.host_open and not self.closed and (self._said, self._written) != (self._arrived, self._heard)

    def _readable(self) -> None:
        try:
            octets = os.read(self._master, 4096)
        except OSError:  # nobody has the other side open any more
            return
        self._heard += len(octets)
        self._hear(octets.decode("latin-1"))

    def arrived(self, octets: bytes) -> None:
        """The driver's port has read these."""
        self._arrived += len(octets)
        self._caught_up.set()

    def written(self, octets: bytes) -> None:
        """The driver's port has written these."""
        self._written += len(octets)

    async def say(self, text: str) -> None:
        """Returns when the driver has read it, so that each call is a reading of its own."""
        if self.closed or not self.host_open:
            return
        octets = text.encode("latin-1")
        while octets:
            count = os.write(self._master, octets)
            self._said += count
            octets = octets[count:]
            while self._arrived < self._said and not self.closed:
                self._caught_up.clear()
                await self._caught_up.wait()

    def close(self) -> None:
        """Unplug: the host reads EIO."""
        if self.closed:
            return
        self.closed = True
        self._caught_up.set()
        self._loop.remove_reader(self._master)
        os.close(self._slave)
        os.close(self._master)
