"""A modem of the bank behind a pseudo-terminal, in a thread of its own, at a path that outlives replugging."""

import os
import select
import threading
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from tests.support.manners import octets as pdus
from tests.support.manners.card import Record
from tests.support.manners.engine import Modem
from tests.support.manners.manner import Manner
from tests.support.manners.routing import Submitted


class Port:
    """Use as a context manager. device: what the host opens."""

    def __init__(self, manner: Manner, folder: Path) -> None:
        self.manner = manner
        self.device = folder / f"tty-{manner.name}"
        self.modem = Modem(manner)
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._wake_read, self._wake = os.pipe()
        self._master: int | None = None
        self._slave: int | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name=manner.name, daemon=True)

    def __enter__(self) -> "Port":
        self._plug()
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping = True
        os.write(self._wake, b".")
        self._thread.join(5)
        self._unplug()
        os.close(self._wake)
        os.close(self._wake_read)

    # --- the thread --------------------------------------------------------------------------------------------------

    def _plug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        fresh = self.device.with_suffix(".new")
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.rename(self.device)

    def _unplug(self) -> None:
        for descriptor in (self._master, self._slave):
            if descriptor is not None:
                os.close(descriptor)
        self._master = self._slave = None
        self.device.unlink(missing_ok=True)

    def _serve(self) -> None:
        while not self._stopping:
            readers = [self._wake_read] + [self._master] * (self._master is not None)
            readable, _, _ = select.select(readers, [], [], self.modem.wire.wait())
            if self._wake_read in readable:
                os.read(self._wake_read, 64)
            self._make_calls()
            if self._master is None:
                list(self.modem.due())
                continue
            if self._master in readable:
                self.modem.feed(os.read(self._master, 4096))
            for octets in self.modem.due():
                self._write(self._master, octets)

    def _make_calls(self) -> None:
        try:
            while True:
                self._calls.get_nowait()()
        except Empty:
            return

    @staticmethod
    def _write(master: int, octets: bytes) -> None:
        """Nobody reads while the port is closed: what does not fit is lost, as on a wire."""
        with suppress(BlockingIOError):
            os.write(master, octets)

    # --- for tests ---------------------------------------------------------------------------------------------------

    def call(self, act: Callable[[Modem], Any]) -> Any:
        """Run ``act`` in the modem's thread and give back what it gives."""
        done, result = threading.Event(), []

        def run() -> None:
            result.append(act(self.modem))
            done.set()

        self._calls.put(run)
        os.write(self._wake, b".")
        if not done.wait(10):
            raise TimeoutError(f"{self.manner.name} does not answer its test")
        return result[0]

    def replug(self, gone_s: float) -> None:
        """The stick vanishes from the bus and comes back after its restart, maybe under another number."""

        def run() -> None:
            self._unplug()
            self.modem.reboot()

        self.call(lambda _: run())
        time.sleep(gone_s)
        self.call(lambda _: self._plug())

    def deliver(self, *pdus_: bytes) -> None:
        for octets in pdus_:
            self.call(lambda modem, octets=octets: modem.routing.deliver(octets))

    def preload(self, storage: str, status: int, octets: bytes) -> tuple[str, int]:
        """Put a message where it lay before the host came."""
        place = self.call(lambda modem: modem.card.put(storage, Record(status, octets)))
        assert place is not None, f"{storage} is full"
        return place

    def records(self) -> dict[tuple[str, int], bytes]:
        """Everything that lies in the modem now."""
        return self.call(
            lambda modem: {
                (name, index): record.octets
                for name, storage in modem.card.storages.items()
                for index, record in storage.records.items()
            }
        )

    @property
    def submits(self) -> list[Submitted]:
        return self.call(lambda modem: list(modem.routing.submits))

    @property
    def texts(self) -> list[tuple[str, str]]:
        """(destination, text) of every whole message that the network has taken."""
        return pdus.texts_of(submitted.submit for submitted in self.submits)

    @property
    def violations(self) -> list[str]:
        return self.call(lambda modem: list(modem.violations))

    @property
    def log(self) -> str:
        """The whole dialogue, for a failing test to show."""
        return self.call(lambda modem: "\n".join(modem.log))
