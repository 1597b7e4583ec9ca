"""Inbound messages for callers that fetch them."""

from datetime import datetime, timedelta

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import NotFound
from gateway.domain.message import Message
from gateway.store.contract import Store
from gateway.store.contracts.inbox import Sort

DAY = timedelta(hours=24)
MOMENT = timedelta(milliseconds=1)  # what came in just now is in a window up to now


class Inbox:
    """What came in for an account, oldest first."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def after(
        self, after: str | None, *, by: Principal, limit: int = 50, wait_s: float = 0, acked: bool | None = None
    ) -> list[Message]:
        """Inbound messages after the last one seen, oldest first; with none yet, the first that comes in time.

        after: the id of the last one seen, None from the beginning. wait_s: seconds, fewer when the gateway stops.
        acked: only (not) handled ones.
        Needs inbound:read.
        """
        by.need("inbound:read")
        account = by.account.name
        deadline = self._clock.monotonic() + wait_s
        watchers = self._store.bells.watchers
        with watchers.watching(f"inbox:{account}") as bell:
            while True:
                bell.clear()
                found = await self._store.inbound_after(account, after, limit, acked)
                remaining = deadline - self._clock.monotonic()
                if found or remaining <= 0 or watchers.ended:
                    return found
                await bell.wait(remaining)

    async def between(
        self,
        start: datetime | None,
        end: datetime | None,
        *,
        by: Principal,
        sort: Sort = "received",
        descending: bool = False,
        limit: int = 1000,
    ) -> list[Message]:
        """What came in from start on and before end, the first ``limit`` of it in that order.

        end: None for up to this moment; start: None for the 24 hours before end. Needs inbound:read.
        """
        by.need("inbound:read")
        until = end or self._clock.now() + MOMENT
        since = start or until - DAY
        return await self._store.inbox.between(
            by.account.name, since, until, sort=sort, descending=descending, limit=limit
        )

    async def get(self, message: str, *, by: Principal) -> Message:
        """One message that came in. Raises NotFound. Needs inbound:read."""
        by.need("inbound:read")
        found = await self._store.inbox.find(by.account.name, message)
        if found is None:
            raise NotFound("there is no such message")
        return found

    async def ack(self, message: str, *, by: Principal) -> Message:
        """Mark it handled; again is fine. Raises NotFound. Needs inbound:read."""
        by.need("inbound:read")
        return await self._store.ack_inbound(by.account.name, message)
