"""What a store keeps of calls for many."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.store.contract import BatchRecord


class BatchStore(Protocol):
    """Batches as wholes; each method works through a large one in pieces, so that others get their turn.

    All raise NotFound for a batch that is none of the account's.
    """

    async def list(
        self, account: str, *, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> "list[BatchRecord]":
        """Calls for many, newest first or ascending; cursor: ``num`` of the last one seen. Not those without any
        message."""
        ...

    async def pause(self, account: str, batch: str) -> None:
        """No line takes its messages any more, over restarts too; they expire all the same."""
        ...

    async def resume(self, account: str, batch: str) -> None: ...
    async def cancel(self, account: str, batch: str, now: datetime) -> int:
        """Cancel what is not being sent yet. Returns how many messages that were."""
        ...
