"""``store.threads``: conversations."""

from gateway.domain.thread import Thread
from gateway.store import threads
from gateway.store.facets.facet import Facet


class SqliteThreads(Facet):
    """``contracts.threads.ThreadStore`` on SQLite."""

    async def find(self, account: str, thread: str) -> Thread | None:
        return await self._read(lambda tx: threads.find(tx, account, thread))

    async def change(self, account: str, thread: str, *, archived: bool | None, read: bool | None) -> Thread:
        return await self._write(lambda tx: threads.change(tx, account, thread, archived=archived, read=read))

    async def list(
        self, account: str, *, limit: int, cursor: int | None = None, archived: bool | None = None
    ) -> list[Thread]:
        return await self._read(
            lambda tx: threads.threads(tx, account, limit=limit, cursor=cursor, archived=archived), searching=True
        )
