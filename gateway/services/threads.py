"""Conversations of an account (native-v1 §7.3)."""

from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.message import Message
from gateway.domain.thread import Thread
from gateway.store.contract import Store


class Threads:
    """Reading needs messages:read, answering messages:send."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(
        self, *, by: Principal, limit: int, cursor: int | None = None, archived: bool | None = None
    ) -> Sequence[Thread]:
        """Newest first."""
        raise NotImplementedError

    async def get(self, thread: str, *, by: Principal) -> Thread:
        """Raises NotFound."""
        raise NotImplementedError

    async def messages(
        self, thread: str, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> Sequence[Message]:
        """Raises NotFound."""
        raise NotImplementedError

    async def change(
        self, thread: str, *, by: Principal, archived: bool | None = None, read: bool | None = None
    ) -> Thread:
        """Raises NotFound."""
        raise NotImplementedError
