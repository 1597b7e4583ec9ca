"""How lines heard the network."""

from datetime import datetime
from typing import Protocol

from gateway.domain.signal import SignalPoint


class SignalStore(Protocol):
    """``store.signals``: a point for five minutes of a line, after two days for an hour, after 90 days none."""

    async def note(self, line: int, point: SignalPoint) -> None:
        """The first of five minutes stands for them."""
        ...

    async def between(self, line: int, since: datetime, until: datetime) -> list[SignalPoint]:
        """Oldest first; until itself is not among them."""
        ...
