"""What a store tells of messages that came in, beside ``inbound_after`` and ``ack_inbound``."""

from datetime import datetime
from typing import Literal, Protocol

from gateway.domain.message import Message

Sort = Literal["received", "sender", "body"]


class InboxStore(Protocol):
    """Looking at what came in."""

    async def between(
        self, account: str, start: datetime, end: datetime, *, sort: Sort, descending: bool, limit: int
    ) -> list[Message]:
        """What came in from start on and before end, without parts; the first ``limit`` in that order."""
        ...

    async def find(self, account: str, message: str) -> Message | None:
        """One inbound message of the account, by its id; without parts."""
        ...
