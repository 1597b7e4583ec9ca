"""The nightly job: texts, and later messages, whose days are over (native-v1 §8). Each account has its own days.

Beside the janitor, because a night's work may take long and what falls due must not wait for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from gateway.aio import Clock
from gateway.domain.access import Account
from gateway.domain.errors import Unavailable
from gateway.metrics import Metrics
from gateway.store.contract import Store
from gateway.workers.duty import attempted

HOUR = 3  # of the machine's day, when there is least to do
PAUSE_S = 0.2  # between two pieces: 125 messages a second are more than ten lines send, and those come first
LONGEST_WAIT_S = 3600.0  # the wall clock may be set meanwhile

logger = logging.getLogger(__name__)


class Retention:
    """``run`` once per daemon."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._failures = metrics.worker_failures.labels(worker="retention")

    async def run(self) -> None:
        """At once, for machines that are not on at night, and then each night. Ends only by cancellation."""
        due = self._clock.now()
        while True:
            now = self._clock.now()
            if now >= due:
                await self._try()
                due = next_night(now)
            await asyncio.sleep(min(max((due - self._clock.now()).total_seconds(), 0.0), LONGEST_WAIT_S))

    async def sweep(self) -> None:
        """Everything that is due now, account by account: what breaks with one is a fault of ours in what it found
        there, and neither the others nor the gateway stop for it."""
        now = self._clock.now()
        for account in await self._store.accounts():
            await attempted(f"retention of {account.name}", self._sweep(account, now), self._failures)

    async def _sweep(self, account: Account, now: datetime) -> None:
        name, settings, retention = account.name, account.settings, self._store.retention
        gone, silent = now - timedelta(days=settings.metadata_days), now - timedelta(days=settings.text_days)
        await _through(partial(retention.drop_messages, name, gone))
        await _through(partial(retention.erase_left, name, silent))
        await _through(partial(retention.erase_texts, name, silent))

    async def _try(self) -> None:
        try:
            await self.sweep()
        except Unavailable as error:
            logger.warning("nothing let go of", extra={"code": error.code})


async def _through(piece: Callable[[int], Awaitable[int | None]]) -> None:
    """Each piece from where the last one ended."""
    following = await piece(0)
    while following is not None:
        await asyncio.sleep(PAUSE_S)
        following = await piece(following)


def next_night(now: datetime) -> datetime:
    """The next time that the machine's clock says three."""
    local = now.astimezone()
    tonight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return tonight if tonight > local else tonight + timedelta(days=1)
