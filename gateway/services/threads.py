"""Conversations of an account (native-v1 §7.3)."""

from collections.abc import Sequence

from gateway.domain.access import Principal
from gateway.domain.errors import NotFound
from gateway.domain.message import Message
from gateway.domain.thread import Thread
from gateway.store.contract import MessageFilter, Store


class Threads:
    """Reading needs messages:read, answering messages:send."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, thread: str, *, by: Principal) -> Thread:
        """Raises NotFound."""
        by.need("messages:read")
        return await self._own(thread, by)

    async def answering(self, thread: str, *, by: Principal) -> Thread:
        """As ``get``, for who writes to it: needs messages:send. Raises NotFound."""
        by.need("messages:send")
        return await self._own(thread, by)

    async def messages(
        self, thread: str, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> Sequence[Message]:
        """Newest first, without parts; also what waits for the thread's line. Raises NotFound."""
        own = await self.get(thread, by=by)
        where = MessageFilter(own.account, thread=own.id)
        return await self._store.messages(where, limit=limit, cursor=cursor, ascending=ascending)

    async def change(
        self, thread: str, *, by: Principal, archived: bool | None = None, read: bool | None = None
    ) -> Thread:
        """archived: out of sight until something comes; read: nothing of it is unread, False: something is.

        Raises NotFound.
        """
        by.need("messages:read")
        return await self._store.threads.change(by.account.name, thread, archived=archived, read=read)

    async def list(
        self, *, by: Principal, limit: int, cursor: int | None = None, archived: bool | None = None
    ) -> Sequence[Thread]:
        """The one that was active last first. cursor: ``activity`` of the last one seen."""
        by.need("messages:read")
        return await self._store.threads.list(by.account.name, limit=limit, cursor=cursor, archived=archived)

    async def _own(self, thread: str, by: Principal) -> Thread:
        found = await self._store.threads.find(by.account.name, thread)
        if found is None:
            raise NotFound("there is no such thread")
        return found
