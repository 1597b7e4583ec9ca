"""``store.queue``: what waits, and for what."""

from datetime import datetime

from gateway.policy.waiting import Holds
from gateway.store import holding
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteQueue(Facet):
    """``contracts.queue.QueueStore`` on SQLite."""

    async def holds(self, account: str, message: str, now: datetime) -> Holds | None:
        return await self._read(lambda tx: holding.holds(tx, account, message, to_ms(now)))
