"""``store.stats``: counts of messages."""

from datetime import datetime

from gateway.store import stats
from gateway.store.facets.facet import Facet
from gateway.store.stats import Piece
from gateway.store.transaction import NEWEST, to_ms


class SqliteStats(Facet):
    """``contracts.stats.StatStore`` on SQLite."""

    async def piece(self, account: str, group_by: str, since: datetime, until: datetime, before: int | None) -> Piece:
        start = NEWEST if before is None else before
        return await self._read(
            lambda tx: stats.piece(tx, account, group_by, to_ms(since), to_ms(until), start), searching=True
        )
