"""Watches how full the storages of one line's modem are, and has it told when one stays nearly full."""

import logging
from collections.abc import Iterable

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.line import StorageFill
from gateway.line import Who
from gateway.metrics import Metrics
from gateway.policy.storages import StorageLook, look
from gateway.store.contract import Store
from modem.driver import Modem

logger = logging.getLogger(__name__)


class StorageKeeper:
    """One line's, over one connection. It asks the modem nothing: each sweep selects every storage, which tells."""

    def __init__(self, who: Who, modem: Modem, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._who = who
        self._modem = modem
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._last = StorageLook()
        self._told: tuple[tuple[StorageFill, ...], frozenset[str]] | None = None

    async def looked(self) -> bool:
        """After each sweep. Whether another one is to come soon, because only that tells if a storage is stuck."""
        fills = {StorageFill(use.storage, use.used, use.total): use.freed for use in self._modem.storage_uses}
        found = look(fills, self._last)
        for fill in found.low:
            if fill.storage not in {known.storage for known in self._last.low}:
                fields = {"line": self._who.name, "storage": fill.storage, "used": fill.used, "size": fill.size}
                logger.error("storage stays nearly full", extra=fields)
        self._last = found
        self._count(fills, found)
        await self._tell(found)
        return bool(found.undecided)

    def _count(self, fills: Iterable[StorageFill], found: StorageLook) -> None:
        low = {fill.storage for fill in found.low}
        for fill in fills:
            labels = {"line": self._who.name, "store": fill.storage}
            self._metrics.sim_storage_used.labels(**labels).set(fill.used)
            self._metrics.sim_storage_size.labels(**labels).set(fill.size)
            self._metrics.sim_storage_low.labels(**labels).set(fill.storage in low)

    async def _tell(self, found: StorageLook) -> None:
        """What the disk does not take is told after the next sweep."""
        told = (found.low, found.undecided)
        if told == self._told:
            return
        try:
            await self._store.line_book.storages(self._who.num, *told, self._clock.now())
        except Unavailable as error:
            logger.warning("full storages not told", extra={"line": self._who.name, "code": error.code})
        else:
            self._told = told
