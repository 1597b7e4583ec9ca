"""What a store keeps of what happened, as its readers go through it."""

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.event import Event, EventType


class EventLog(Protocol):
    """The account's own part of the log; ``seq`` is common to all accounts and grows with every commit."""

    async def after(self, account: str, seq: int, *, limit: int, types: Sequence[EventType] = ()) -> list[Event]:
        """Behind seq, oldest first. types: only these; none: all."""
        ...

    async def newest(self, account: str) -> int:
        """The seq behind which the next event of the account will be; 0 for none."""
        ...

    async def reaches(self, account: str, seq: int) -> bool:
        """Whether everything behind seq is still there, and seq is one of this log at all."""
        ...
