"""What a store keeps of conversations; they are written with the messages that make them."""

from typing import Protocol

from gateway.domain.thread import Thread


class ThreadStore(Protocol):
    """A line of an account and a peer."""

    async def list(
        self, account: str, *, limit: int, cursor: int | None = None, archived: bool | None = None
    ) -> list[Thread]:
        """The one that was active last first. cursor: ``activity`` of the last one seen."""
        ...

    async def find(self, account: str, thread: str) -> Thread | None: ...
    async def change(self, account: str, thread: str, *, archived: bool | None, read: bool | None) -> Thread:
        """None leaves it as it is. Raises NotFound."""
        ...
