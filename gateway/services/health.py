"""Is it alive, is it ready (decisions.md)."""

from dataclasses import dataclass

from gateway.aio import Clock
from gateway.domain.line import LineState
from gateway.store.contract import Store, StoreEnded

KEPT_S = 1.0  # a probe writes to disk: many callers share one


@dataclass(frozen=True, slots=True)
class Readiness:
    """ready: takes messages and can send them. writable: the database commits."""

    ready: bool
    writable: bool
    lines_up: int
    lines: int


class Health:
    """Answers probes; whoever asks often gets the answer of a moment ago."""

    def __init__(self, store: Store, clock: Clock, *, min_lines: int) -> None:
        self._store = store
        self._clock = clock
        self._min_lines = min_lines
        self._probed_at = float("-inf")
        self._alive = self._writable = False

    async def live(self) -> bool:
        """The event loop runs (or nobody would answer) and the writer answers, be it that the disk takes nothing."""
        await self._probe()
        return self._alive

    async def _probe(self) -> None:
        if self._clock.monotonic() - self._probed_at <= KEPT_S:
            return
        try:
            self._writable = await self._store.healthy()
            self._alive = True
        except StoreEnded:
            self._alive = self._writable = False
        self._probed_at = self._clock.monotonic()

    async def ready(self) -> Readiness:
        """The writer commits, and at least as many lines are up as the configuration wants."""
        await self._probe()
        writable = self._writable
        lines = await self._store.lines()
        up = sum(line.state is LineState.UP for line in lines)
        return Readiness(writable and up >= self._min_lines, writable, up, len(lines))
