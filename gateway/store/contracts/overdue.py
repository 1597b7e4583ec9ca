"""Messages that are due, one by one: for when one of them breaks whoever looks at it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class Overdue(Protocol):
    """``store.overdue``; ``Store.promote`` does the same for many at once."""

    async def nums(self, now: datetime) -> Sequence[int]:
        """The numbers of some of those that are due."""
        ...

    async def promote(self, num: int, now: datetime) -> None:
        """Do what is due for that one, if it still is."""
        ...

    async def postpone(self, num: int, until: datetime) -> None:
        """Look at it again no sooner than then."""
        ...
