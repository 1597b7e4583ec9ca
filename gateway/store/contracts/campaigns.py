"""What a store keeps of campaigns."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from gateway.domain.campaign import Campaign


class CampaignStore(Protocol):
    """Each account's registry; every change writes campaign.updated and rings the access bell."""

    async def list(self, account: str) -> list[Campaign]:
        """Oldest first."""
        ...

    async def find(self, account: str, ref: str) -> Campaign | None: ...
    async def add(self, campaign: Campaign) -> Campaign:
        """Raises Conflict when the account has one of that ref."""
        ...

    async def change(self, account: str, ref: str, edit: Callable[[Campaign], Campaign], now: datetime) -> Campaign:
        """Read, edited and written in one transaction. Raises NotFound, and what edit raises."""
        ...

    async def delete(self, account: str, ref: str) -> bool: ...
    async def of_routes(self, account: str) -> Mapping[str, str]:
        """What the account may write as "from" → the campaign of the line it means, where it has one."""
        ...
