"""What time brings: retries that fall due, validity that ends, parts that nobody waits for any more, old rows."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.metrics import Metrics
from gateway.store.contract import Store
from gateway.workers.duty import attempted

T = TypeVar("T")

PRUNE_EVERY = timedelta(hours=1)
LONGEST_WAIT_S = 60.0  # the wall clock may be set meanwhile
SHORTEST_WAIT_S = 0.05  # what is due but not doable must not turn the loop into a spin
HOLD_S = 5.0  # after the disk took nothing
REST_S = 300.0  # before a duty that broke is tried again
POSTPONED = timedelta(hours=1)  # how long a message that breaks whoever looks at it is left alone

logger = logging.getLogger(__name__)


class Janitor:
    """Does what falls due. ``run`` once per daemon. part_timeout: how long missing inbound parts are waited for.

    A duty that breaks is a fault of ours in what it found, and would find again after every restart: it rests, and
    neither the other duties nor the gateway stop for it.
    """

    def __init__(
        self, store: Store, clock: Clock, metrics: Metrics, *, part_timeout: timedelta = timedelta(hours=24)
    ) -> None:
        self._store = store
        self._clock = clock
        self._failures = metrics.worker_failures.labels(worker="janitor")
        self._part_timeout = part_timeout
        self._pruned_at: datetime | None = None
        self._resting: dict[str, float] = {}  # duty → until when, monotonic seconds

    async def run(self) -> None:
        """Ends only by cancellation."""
        bell = self._store.bells.janitor
        while True:
            bell.clear()  # before looking, so that no wake-up is lost
            try:
                await self._tidy(self._clock.now())
                wait = self._wait(await self._store.next_due())
            except Unavailable as error:
                logger.warning("cannot tidy up", extra={"code": error.code})
                wait = HOLD_S
            await bell.wait(wait)

    async def _tidy(self, now: datetime) -> None:
        changed = await self._promote(now)
        shown = await self._do("show", lambda: self._store.expire_arrivals(now, now - self._part_timeout))
        if changed or shown:
            logger.debug("time did its work", extra={"messages": changed, "incomplete": shown})
        if self._pruned_at is None or abs(now - self._pruned_at) >= PRUNE_EVERY:
            rows = await self._do("prune", lambda: self._store.prune(now))
            files = await self._do("prune files", lambda: self._store.media.prune(now))
            self._pruned_at = now
            if rows or files:
                logger.info("old rows dropped", extra={"rows": (rows or 0) + (files or 0)})

    async def _promote(self, now: datetime) -> int | None:
        """Many at once; where that breaks, one by one, so that the one which breaks it stands alone."""
        changed = await self._try("promote", self._store.promote(now))
        if changed is None:
            for num in await self._store.overdue.nums(now):
                if not await self._try(f"promote message {num}", _done(self._store.overdue.promote(num, now))):
                    await self._store.overdue.postpone(num, now + POSTPONED)
        return changed

    async def _do(self, duty: str, work: Callable[[], Awaitable[int]]) -> int | None:
        """What it did; None when it broke, or rests because it broke."""
        if self._clock.monotonic() < self._resting.get(duty, float("-inf")):
            return None
        done = await self._try(duty, work())
        if done is None:
            self._resting[duty] = self._clock.monotonic() + REST_S
        return done

    async def _try(self, duty: str, work: Awaitable[T]) -> T | None:
        return await attempted(duty, work, self._failures)

    def _wait(self, due: datetime | None) -> float:
        if due is None:
            return LONGEST_WAIT_S
        resting = any(self._clock.monotonic() < until for until in self._resting.values())
        shortest = HOLD_S if resting else SHORTEST_WAIT_S  # what it would do is due all the time
        return min(max((due - self._clock.now()).total_seconds(), shortest), LONGEST_WAIT_S)


async def _done(work: Awaitable[None]) -> bool:
    await work
    return True
