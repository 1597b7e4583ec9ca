"""An event loop whose clock stands still while octets are on their way and jumps when nothing but a timer is left.

So the driver keeps its own waits and a transcript its own delays, 180 s for a send included; neither takes any time.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

_LOOK_S = 0.02  # of real time, while something is on its way
_MOST_S = 10.0  # of real time on its way, then something has got lost and time goes on

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type]  # chosen at import
    """Waits in real time for what is on its way, and in the loop's time for timers."""

    loop: "ClockLoop"

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        end = time.monotonic() + _MOST_S
        while self.loop.busy() and time.monotonic() < end:
            if found := super().select(_LOOK_S):
                return found
        if timeout is None:
            return super().select(_LOOK_S)
        self.loop.now += timeout
        return found


class ClockLoop(asyncio.SelectorEventLoop):
    """now: seconds. busy_when: each says whether something is on its way that no timer stands for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.busy_when: list[Callable[[], bool]] = []
        self._jobs = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def busy(self) -> bool:
        return self._jobs > 0 or any(busy() for busy in self.busy_when)

    def run_in_executor(self, executor: Executor | None, func: Any, *args: Any) -> Any:
        """Time stands still as long as a thread works for us."""
        self._jobs += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        self._jobs -= 1


def run(work: Callable[[ClockLoop], Coroutine[Any, Any, T]]) -> T:
    """Run to its end what is made for a loop of its own."""
    with asyncio.Runner(loop_factory=ClockLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, ClockLoop)
        return runner.run(work(loop))
