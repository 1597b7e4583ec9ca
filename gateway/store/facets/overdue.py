"""``store.overdue`` on SQLite."""

from collections.abc import Sequence
from datetime import datetime

from gateway.store import due
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteOverdue(Facet):
    """``contracts.overdue.Overdue`` on SQLite."""

    async def nums(self, now: datetime) -> Sequence[int]:
        return await self._read(lambda tx: due.overdue(tx, to_ms(now)))

    async def promote(self, num: int, now: datetime) -> None:
        await self._write(lambda tx: due.promote_one(tx, num, to_ms(now)))

    async def postpone(self, num: int, until: datetime) -> None:
        await self._write(lambda tx: due.postpone(tx, num, to_ms(until)))
