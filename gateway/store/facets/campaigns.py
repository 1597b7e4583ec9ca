"""``store.campaigns``: each account's registry."""

from collections.abc import Callable, Mapping
from datetime import datetime

from gateway.domain.campaign import Campaign
from gateway.store import campaigns
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteCampaigns(Facet):
    """``contracts.campaigns.CampaignStore`` on SQLite."""

    async def find(self, account: str, ref: str) -> Campaign | None:
        return await self._read(lambda tx: campaigns.find(tx, account, ref))

    async def add(self, campaign: Campaign) -> Campaign:
        return await self._write(lambda tx: campaigns.add(tx, campaign))

    async def change(self, account: str, ref: str, edit: Callable[[Campaign], Campaign], now: datetime) -> Campaign:
        return await self._write(lambda tx: campaigns.change(tx, account, ref, edit, to_ms(now)))

    async def delete(self, account: str, ref: str) -> bool:
        return await self._write(lambda tx: campaigns.delete(tx, account, ref))

    async def of_routes(self, account: str) -> Mapping[str, str]:
        return await self._read(lambda tx: campaigns.of_routes(tx, account))

    async def list(self, account: str) -> list[Campaign]:
        return await self._read(lambda tx: campaigns.campaigns(tx, account))
