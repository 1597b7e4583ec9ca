"""Inbound messages for callers that fetch them."""

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.message import Message
from gateway.store.contract import Store


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

    async def ack(self, message: str, *, by: Principal) -> Message:
        """Mark it handled; again is fine. Raises NotFound. Needs inbound:read."""
        by.need("inbound:read")
        return await self._store.ack_inbound(by.account.name, message)
