"""``store.batches``: calls for many."""

from datetime import datetime

from gateway.store import batches
from gateway.store.contract import BatchRecord
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteBatches(Facet):
    """``contracts.batches.BatchStore`` on SQLite."""

    async def list(
        self, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> list[BatchRecord]:
        return await self._read(
            lambda tx: batches.batches(tx, account, limit=limit, cursor=cursor, ascending=ascending), searching=True
        )

    async def pause(self, account: str, batch: str) -> None:
        await self._write(lambda tx: batches.set_paused(tx, account, batch, paused=True))
        while await self._write(lambda tx: batches.hold(tx, account, batch)) == batches.MOST:
            pass

    async def resume(self, account: str, batch: str) -> None:
        await self._write(lambda tx: batches.set_paused(tx, account, batch, paused=False))
        while await self._write(lambda tx: batches.release(tx, account, batch)) == batches.MOST:
            pass

    async def cancel(self, account: str, batch: str, now: datetime) -> int:
        done = 0
        while count := await self._write(lambda tx: batches.cancel(tx, account, batch, to_ms(now))):
            done += count
        return done
