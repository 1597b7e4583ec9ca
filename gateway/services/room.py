"""How much the queue still takes."""

import asyncio

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.store.contract import Store

FULL_FOR_S = 1.0  # a full queue is not counted again sooner
RETRY_FULL_S = 60.0


class Room:
    """Whether the queue takes more. Counts down what it may take and asks the store again only at the end of that."""

    def __init__(self, store: Store, clock: Clock, most: int) -> None:
        self._store = store
        self._clock = clock
        self._most = most
        self._left = 0
        self._asked_at = float("-inf")
        self._asking = asyncio.Lock()

    async def take(self, messages: int) -> None:
        """Raises Unavailable when more than ``most`` messages would wait."""
        if self._left < messages:
            async with self._asking:
                await self._ask()
        if self._left < messages:
            raise Unavailable("unavailable", "the queue is full", retry_after=RETRY_FULL_S)
        self._left -= messages

    async def _ask(self) -> None:
        now = self._clock.monotonic()
        if now - self._asked_at > FULL_FOR_S:
            waiting = (await self._store.counts()).get("waiting", 0)
            self._asked_at, self._left = now, self._most - waiting
