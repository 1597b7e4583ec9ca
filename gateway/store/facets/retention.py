"""``store.retention``: letting go of what is old."""

from datetime import datetime

from gateway.store import retention
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteRetention(Facet):
    """``contracts.retention.RetentionStore`` on SQLite."""

    async def erase_texts(self, account: str, until: datetime, after: int) -> int | None:
        return await self._write(lambda tx: retention.erase_texts(tx, account, to_ms(until), after))

    async def erase_left(self, account: str, until: datetime, after: int) -> int | None:
        return await self._write(lambda tx: retention.erase_left(tx, account, to_ms(until), after))

    async def drop_messages(self, account: str, until: datetime, after: int) -> int | None:
        return await self._write(lambda tx: retention.drop_messages(tx, account, to_ms(until), after))
