"""What a store keeps of senders."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from gateway.domain.sender import Sender


class SenderStore(Protocol):
    """Senders that were registered, and the number of every value that somebody asked for."""

    async def words(self, account: str) -> Mapping[str, str]:
        """Every value this account may write as "from", case-folded → the value as it is told, which is also the route
        that a message takes: "auto", a line's id, name, number or alias, a registered sender. A line's own value wins
        over a registered one."""
        ...

    async def list(self, account: str) -> list[Sender]:
        """The registered ones, oldest first."""
        ...

    async def put(self, sender: Sender) -> Sender:
        """Register it. Raises Conflict("conflict") for a value that is one already, of a line or registered, and
        QuotaExceeded("quota_exceeded") for more than a thousand of an account."""
        ...

    async def delete(self, account: str, sender: str, now: datetime) -> bool:
        """By id; what waits for it becomes rejected ("sender_deleted"). False when there is none."""
        ...

    async def last_lines(self, account: str, peers: Collection[str]) -> Mapping[str, str]:
        """Each peer (E.164 or a short code) that the account talked with → the line that did so last, as it may be
        written; only lines that are up."""
        ...

    async def number(self, account: str, value: str, now: datetime) -> int:
        """An integer that stays with this value in this account, whatever it leads to."""
        ...
