"""The idioms asyncio lacks: a bell, watchers by key, work that must reach its end, a clock that tests can turn."""

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Where times come from; the system's outside tests."""

    def now(self) -> datetime:
        """Wall time, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class Bell:
    """A wake-up that is never lost: clear it, look, then wait. Rung while nobody waits, it stays rung."""

    __slots__ = ("_event", "waiting")

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.waiting = 0  # how many wait for it just now

    def ring(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    @property
    def rung(self) -> bool:
        """True since it rang, until it is cleared: for who looks by himself and never waits."""
        return self._event.is_set()

    async def wait(self, at_most_s: float | None = None) -> bool:
        """True when it rang, False when the time was over first."""
        self.waiting += 1
        try:
            if at_most_s is None:
                return await self._event.wait()
            async with asyncio.timeout(at_most_s):
                return await self._event.wait()
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1


class Watchers:
    """Bells by key: a waiter registers its own bell for a key; whoever changes the thing behind it rings them all."""

    def __init__(self) -> None:
        self._bells: dict[str, set[Bell]] = {}
        self.ended = False

    @contextmanager
    def watching(self, *keys: str) -> Iterator[Bell]:
        """A bell that rings with any of the keys, for as long as the block runs."""
        bell = Bell()
        for key in keys:
            self._bells.setdefault(key, set()).add(bell)
        try:
            yield bell
        finally:
            for key in keys:
                bells = self._bells[key]
                bells.discard(bell)
                if not bells:
                    del self._bells[key]

    def end(self) -> None:
        """Wake all, for good: nobody shall wait any more, there is nobody left who would ring."""
        self.ended = True
        self.ring(tuple(self._bells))

    def ring(self, keys: Iterable[str]) -> None:
        if not self._bells:
            return
        for key in keys:
            for bell in self._bells.get(key, ()):
                bell.ring()


async def finish(work: Coroutine[Any, Any, T], *, at_most_s: float | None = None) -> T:
    """Run work to its end even when the caller is cancelled meanwhile; the cancellation goes on afterwards.

    Only for what must not be abandoned half-way, such as a part that is on the air. at_most_s: how long it may still
    take after the cancellation; then it is cancelled as well.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    deadline: float | None = None
    while not task.done():
        left = None if deadline is None else deadline - asyncio.get_running_loop().time()
        if left is not None and left <= 0:
            task.cancel()
            left = None
        try:
            await asyncio.wait((task,), timeout=left)
        except asyncio.CancelledError as error:
            cancelled = error
            if at_most_s is not None and deadline is None:
                deadline = asyncio.get_running_loop().time() + at_most_s
    if cancelled is not None:
        failure = None if task.cancelled() else task.exception()
        raise cancelled from failure
    return task.result()


async def together(*works: Coroutine[Any, Any, Any], base: Coroutine[Any, Any, Any] | None = None) -> None:
    """Run works side by side until one of them ends; then the others are cancelled, and all have ended on return.

    base: what the works rest on. When it ends, they are cancelled; it is cancelled only after they have ended, so that
    what must not be abandoned half-way can still use it. Failures are raised as one ExceptionGroup. A cancellation of
    the caller is raised whatever fails meanwhile: before Python 3.13 a TaskGroup would hide it behind the failure, and
    leave ``Task.cancelling`` wrong.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    resting = tasks if base is None else [asyncio.ensure_future(base), *tasks]
    cancelled = await _wait_all(resting, asyncio.FIRST_COMPLETED)
    for ending in (tasks, resting):
        for task in ending:
            task.cancel()
        while any(not task.done() for task in ending):
            cancelled = await _wait_all(ending, asyncio.ALL_COMPLETED) or cancelled
    failures = [error for task in resting if not task.cancelled() and (error := task.exception()) is not None]
    if cancelled is not None:
        raise cancelled
    if failures:
        raise BaseExceptionGroup("works that failed", failures)


async def _wait_all(tasks: Sequence[asyncio.Future[Any]], until: str) -> asyncio.CancelledError | None:
    try:
        await asyncio.wait(tasks, return_when=until)
    except asyncio.CancelledError as error:
        return error
    return None
