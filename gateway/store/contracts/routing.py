"""Routes as a store keeps them."""

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.route import LineRoute


class RoutingStore(Protocol):
    """``store.routing``."""

    async def routes(self) -> Sequence[LineRoute]:
        """In their order."""
        ...

    async def put(self, routes: Sequence[LineRoute]) -> None:
        """Take these instead of the ones that were.

        Returns once everything that waits is where the lines that may carry it find it. What is left undone by a crash
        is done by the next call.
        """
        ...
