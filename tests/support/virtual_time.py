"""A month in minutes: an event loop whose time stands still while anything is done, and jumps while all only wait.

Whatever runs in the loop sees one time, which ``VirtualClock`` tells as wall time too. It jumps to the next timer when
no callback is ready, no file descriptor is readable and no thread works for the loop (an executor's, or those of
aiosqlite after ``count_threads``): work takes no time at all, however slow the machine is, and nobody's patience ends
because of that. So a run depends on the machine only where two threads finish together.

Two things make a look at the descriptors enough. Linux hands octets that were written to one end of a pseudo-terminal
to the other end in the background, but polling that end waits for it (n_tty_poll); epoll would not, so this loop polls.
TCP over loopback is delivered while it is sent, but for rare moments: inside ``VirtualLoop.conversing`` the loop really
waits a little for octets under way before it jumps.
"""

import asyncio
import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from queue import SimpleQueue
from typing import Any

import aiosqlite.core
import pytest

UNDER_WAY_S = 0.01
"""Real seconds for octets on loopback; thousands of times what they take."""
LOOK_S = 1.0
"""Real seconds between two looks while a thread works."""
MOST_PASSED = 50
"""Turns of the loop without a look at the descriptors."""
RESOLUTION_S = 1e-6


class _Selector(selectors.PollSelector):
    """Polls; tells the loop how long it would have waited instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualLoop | None = None
        self._passed = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        loop = self.loop
        if timeout == 0 and self._passed < MOST_PASSED:  # callbacks are ready: those first, a look costs more than one
            self._passed += 1
            return []
        self._passed = 0
        ready = super().select(0)
        if ready or timeout == 0 or loop is None:
            return ready
        if loop.working or timeout is None:
            return super().select(LOOK_S)
        if loop.talking and (ready := super().select(UNDER_WAY_S)):
            return ready
        loop.jump(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """working: what threads do for it just now. talking: conversations over TCP. jumps: how often it has jumped."""

    def __init__(self) -> None:
        self._now = 0.0
        self.working = self.talking = self.jumps = 0
        selector = _Selector()
        super().__init__(selector)
        self._clock_resolution = RESOLUTION_S
        selector.loop = self

    def time(self) -> float:
        return self._now

    def jump(self, seconds: float) -> None:
        self._now += max(seconds, RESOLUTION_S)
        self.jumps += 1

    def work(self, future: asyncio.Future[Any]) -> None:
        """Time stands still until the future is done."""
        self.working += 1
        future.add_done_callback(self._worked)

    def _worked(self, _: object) -> None:
        self.working -= 1

    @contextmanager
    def conversing(self) -> Iterator[None]:
        """Somebody waits for an answer over TCP."""
        self.talking += 1
        try:
            yield
        finally:
            self.talking -= 1

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self.work(future)
        return future


class VirtualClock:
    """The loop's time as a daemon's clock. start: when the loop's time was 0; whole seconds, UTC."""

    def __init__(self, loop: VirtualLoop, start: datetime = datetime(2027, 1, 1, tzinfo=UTC)) -> None:
        self._loop, self._start = loop, start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()


class _CountedQueue(SimpleQueue[Any]):
    """What aiosqlite's threads are given to do: pairs of a future, or None, and a function."""

    def put_nowait(self, item: Any) -> None:
        future = item[0]
        if future is not None and isinstance(loop := future.get_loop(), VirtualLoop):
            loop.work(future)
        super().put_nowait(item)


def count_threads(patch: pytest.MonkeyPatch) -> None:
    """Let every VirtualLoop know what aiosqlite does for it, for connections made from now on."""
    patch.setattr(aiosqlite.core, "SimpleQueue", _CountedQueue)
