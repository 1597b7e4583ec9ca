"""``store.endpoints`` on SQLite."""

from collections.abc import Callable, Sequence

from gateway.aio import Clock
from gateway.domain.webhook import Webhook
from gateway.store import webhooks
from gateway.store.facets.facet import Connected, Facet
from gateway.store.transaction import Memory, to_ms


class SqliteEndpoints(Facet):
    """Endpoints, changed in one step."""

    def __init__(self, store: Connected, memory: Memory, clock: Clock) -> None:
        super().__init__(store)
        self._memory = memory
        self._clock = clock

    def known(self, account: str) -> Sequence[Webhook]:
        return [webhook for webhook in self._memory.webhooks if webhook.account == account]

    async def put(
        self,
        account: str,
        make: Callable[[Webhook | None], Webhook],
        *,
        webhook: str | None = None,
        name: str | None = None,
        most: int,
    ) -> Webhook:
        now = to_ms(self._clock.now())
        return await self._write(
            lambda tx: webhooks.change_webhook(tx, account, make, now, webhook=webhook, name=name, most=most)
        )
