"""What a store tells of the queue."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.policy.waiting import Holds


class QueueStore(Protocol):
    """Messages that wait, looked at from outside: nothing changes by it."""

    async def holds(self, account: str, message: str, now: datetime) -> "Holds | None":
        """What holds the account's message back, by id or tracking id, all of it at one moment.

        None when there is no such message. Its candidates are lines that the account may send from.
        """
        ...
