"""Calls for many as wholes: looked at, paused, resumed, cancelled; and who a call for a group is for."""

from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.contact import Subscriber
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.services.subscriptions import Subscriptions
from gateway.store.contract import BatchRecord, Store

LARGEST = 10_000  # messages of one call


class Batches:
    """The account's batches. Reading needs messages:read, changing messages:send."""

    def __init__(self, store: Store, clock: Clock, subscriptions: Subscriptions) -> None:
        self._store = store
        self._clock = clock
        self._subscriptions = subscriptions

    async def list(
        self, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> Sequence[BatchRecord]:
        """Calls for many, newest first or ascending, each with its counts. cursor: ``num`` of the last one seen."""
        by.need("messages:read")
        return await self._store.batches.list(by.account.name, limit=limit, cursor=cursor, ascending=ascending)

    async def get(self, batch: str, *, by: Principal) -> BatchRecord:
        """Also that of a single message. Raises NotFound."""
        by.need("messages:read")
        return await self._find(batch, by)

    async def pause(self, batch: str, *, by: Principal) -> BatchRecord:
        """What of it waits goes on waiting, and expires in its time. Raises NotFound."""
        by.need("messages:send")
        await self._store.batches.pause(by.account.name, batch)
        return await self._find(batch, by)

    async def resume(self, batch: str, *, by: Principal) -> BatchRecord:
        """Raises NotFound."""
        by.need("messages:send")
        await self._store.batches.resume(by.account.name, batch)
        return await self._find(batch, by)

    async def cancel(self, batch: str, *, by: Principal) -> BatchRecord:
        """Cancel what is not being sent yet. Raises NotFound."""
        by.need("messages:send")
        await self._store.batches.cancel(by.account.name, batch, self._clock.now())
        return await self._find(batch, by)

    async def recipients(
        self, *, by: Principal, group: str | None = None, campaign: str | None = None
    ) -> Sequence[Subscriber]:
        """Everybody in the group (id or name), or who is subscribed to the campaign; with both, those of the group.

        Raises NotFound for an unknown group, Rejected("invalid_request") for more than 10,000. Needs messages:send.
        """
        by.need("messages:send")
        if campaign is not None:
            found = await self._subscriptions.subscribers(by=by, campaign=campaign, group=group)
        else:
            found = await self._subscriptions.members(group or "", by=by)
        if len(found) > LARGEST:
            fault = Fault(
                "group", "invalid_request", f"at most {LARGEST} recipients in one call, these are {len(found)}"
            )
            raise Rejected("invalid_request", f"group: {fault.message}", faults=(fault,))
        return found

    async def _find(self, batch: str, by: Principal) -> BatchRecord:
        found = await self._store.batch(by.account.name, batch)
        if found is None:
            raise NotFound("there is no such batch")
        return found
