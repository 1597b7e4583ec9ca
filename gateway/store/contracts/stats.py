"""What a store counts."""

from datetime import datetime
from typing import Protocol

from gateway.store.stats import Piece


class StatStore(Protocol):
    """Counts of messages, piece by piece: each look is short, and nobody waits for it."""

    async def piece(self, account: str, group_by: str, since: datetime, until: datetime, before: int | None) -> Piece:
        """before: of the piece that came before; None for the newest. group_by: "day", "line" or "campaign"."""
        ...
