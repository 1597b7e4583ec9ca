"""``store.routing`` on SQLite."""

from collections.abc import Sequence
from functools import partial

from gateway.domain.route import LineRoute
from gateway.store import routing
from gateway.store.facets.facet import Connected, Facet
from gateway.store.transaction import Memory


class SqliteRouting(Facet):
    """``contracts.routing.RoutingStore`` on SQLite."""

    def __init__(self, store: Connected, memory: Memory) -> None:
        super().__init__(store)
        self._memory = memory

    async def routes(self) -> Sequence[LineRoute]:
        return tuple(self._memory.routes.values())

    async def put(self, routes: Sequence[LineRoute]) -> None:
        if not await self._write(lambda tx: routing.put(tx, routes)):
            return
        for queue in list(self._memory.waiting):
            for priority in routing.PRIORITIES:
                after: int | None = 0
                while after is not None:  # in pieces: others want their turn
                    after = await self._write(partial(routing.refit, queue=queue, priority=priority, after=after))
        await self._write(routing.all_fitted)
