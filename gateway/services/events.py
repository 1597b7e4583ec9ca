"""The log of what happened, page by page and as a stream (native-v1 §7.10)."""

from collections.abc import AsyncIterator, Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.event import Event, EventType
from gateway.store.contract import Store


class Events:
    """The account's own events. Needs events:read."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def after(self, seq: int, *, by: Principal, limit: int, types: Sequence[EventType] = ()) -> Sequence[Event]:
        """Oldest first, behind seq."""
        raise NotImplementedError

    def stream(self, after: int | None, *, by: Principal) -> AsyncIterator[Event | None]:
        """Every event behind ``after`` (None: from now on) as it comes; None now and then while there is none.

        Ends when the gateway stops. Raises NotFound("gone" as code "event_gap") when the log no longer reaches back.
        """
        raise NotImplementedError
