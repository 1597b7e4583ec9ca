"""``store.event_log``: what happened, as its readers go through it."""

from collections.abc import Sequence

from gateway.domain.event import Event, EventType
from gateway.store import event_log
from gateway.store.facets.facet import Facet


class SqliteEventLog(Facet):
    """``contracts.event_log.EventLog`` on SQLite."""

    async def after(self, account: str, seq: int, *, limit: int, types: Sequence[EventType] = ()) -> list[Event]:
        return await self._read(
            lambda tx: event_log.after(tx, account, seq, limit=limit, types=types), searching=bool(types)
        )

    async def newest(self, account: str) -> int:
        return await self._read(lambda tx: event_log.newest(tx, account))

    async def reaches(self, account: str, seq: int) -> bool:
        return await self._read(lambda tx: event_log.reaches(tx, account, seq))
