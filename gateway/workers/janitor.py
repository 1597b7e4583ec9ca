"""What time brings: retries that fall due, validity that ends, parts that nobody waits for any more, old rows."""

import logging
from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.store.contract import Store

PRUNE_EVERY = timedelta(hours=1)
LONGEST_WAIT_S = 60.0  # the wall clock may be set meanwhile
SHORTEST_WAIT_S = 0.05  # what is due but not doable must not turn the loop into a spin
HOLD_S = 5.0  # after the disk took nothing

logger = logging.getLogger(__name__)


class Janitor:
    """Does what falls due. ``run`` once per daemon. part_timeout: how long missing inbound parts are waited for."""

    def __init__(self, store: Store, clock: Clock, *, part_timeout: timedelta = timedelta(hours=24)) -> None:
        self._store = store
        self._clock = clock
        self._part_timeout = part_timeout
        self._pruned_at: datetime | None = None

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
        changed = await self._store.promote(now)
        shown = await self._store.expire_arrivals(now, now - self._part_timeout)
        if changed or shown:
            logger.debug("time did its work", extra={"messages": changed, "incomplete": shown})
        if self._pruned_at is None or abs(now - self._pruned_at) >= PRUNE_EVERY:
            pruned = await self._store.prune(now) + await self._store.media.prune(now)
            self._pruned_at = now
            if pruned:
                logger.info("old rows dropped", extra={"rows": pruned})

    def _wait(self, due: datetime | None) -> float:
        if due is None:
            return LONGEST_WAIT_S
        return min(max((due - self._clock.now()).total_seconds(), SHORTEST_WAIT_S), LONGEST_WAIT_S)
