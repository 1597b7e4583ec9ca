"""``store.sims`` on SQLite."""

from datetime import datetime

from gateway.domain.sim import ServiceCentre
from gateway.store import sims
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteSims(Facet):
    """``contracts.sims.SimStore`` on SQLite."""

    async def service_centre(self, iccid: str) -> ServiceCentre | None:
        return await self._read(lambda tx: sims.service_centre(tx, iccid))

    async def keep_service_centre(self, iccid: str, number: str, now: datetime) -> None:
        await self._write(lambda tx: sims.keep_service_centre(tx, iccid, number, to_ms(now)))
