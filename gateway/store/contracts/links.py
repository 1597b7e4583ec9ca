"""What a store keeps of short links and their visits; links are written with the message they stand in."""

from typing import Protocol

from gateway.domain.link import Click, Link


class LinkStore(Protocol):
    """Links of all accounts by their codes, and each account's lists of its own."""

    async def find(self, code: str) -> Link | None: ...
    async def click(self, click: Click) -> Link | None:
        """Counts it and writes link.clicked: of a person's always, of a bot's where an endpoint asked for all."""
        ...

    async def clicks(self, account: str, code: str, *, limit: int, cursor: int | None = None) -> list[Click]:
        """Newest first. cursor: ``num`` of the last one seen."""
        ...

    async def list(
        self,
        account: str,
        *,
        message: str | None = None,
        campaign: str | None = None,
        limit: int = 100,
        cursor: int | None = None,
    ) -> list[Link]:
        """Newest first. cursor: ``num`` of the last one seen."""
        ...
