"""``store.links``: short links and their visits."""

from gateway.domain.link import Click, Link
from gateway.store import links
from gateway.store.facets.facet import Facet


class SqliteLinks(Facet):
    """``contracts.links.LinkStore`` on SQLite."""

    async def find(self, code: str) -> Link | None:
        return await self._read(lambda tx: links.find(tx, code))

    async def click(self, click: Click) -> Link | None:
        return await self._write(lambda tx: links.click(tx, click))

    async def clicks(self, account: str, code: str, *, limit: int, cursor: int | None = None) -> list[Click]:
        return await self._read(lambda tx: links.clicks(tx, account, code, limit=limit, cursor=cursor))

    async def list(
        self,
        account: str,
        *,
        message: str | None = None,
        campaign: str | None = None,
        limit: int = 100,
        cursor: int | None = None,
    ) -> list[Link]:
        return await self._read(
            lambda tx: links.links(tx, account, message=message, campaign=campaign, limit=limit, cursor=cursor)
        )
