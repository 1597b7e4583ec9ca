"""``store.inbox``: what came in."""

from datetime import datetime

from gateway.domain.message import Message
from gateway.store import inbox
from gateway.store.contracts.inbox import Sort
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteInbox(Facet):
    """``contracts.inbox.InboxStore`` on SQLite."""

    async def between(
        self, account: str, start: datetime, end: datetime, *, sort: Sort, descending: bool, limit: int
    ) -> list[Message]:
        window = (to_ms(start), to_ms(end))
        return await self._read(
            lambda tx: inbox.between(tx, account, window, sort=sort, descending=descending, limit=limit),
            searching=True,
        )

    async def find(self, account: str, message: str) -> Message | None:
        return await self._read(lambda tx: inbox.find(tx, account, message))
