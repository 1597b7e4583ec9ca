"""``store.signals`` on SQLite."""

from datetime import datetime

from gateway.domain.signal import SignalPoint
from gateway.store import signals
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteSignals(Facet):
    """``contracts.signals.SignalStore`` on SQLite."""

    async def note(self, line: int, point: SignalPoint) -> None:
        await self._write(lambda tx: signals.note(tx, line, point))

    async def between(self, line: int, since: datetime, until: datetime) -> list[SignalPoint]:
        return await self._read(lambda tx: signals.between(tx, line, to_ms(since), to_ms(until)))
