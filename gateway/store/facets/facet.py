"""What every facet is made of: a way to write and a way to read."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.store.transaction import Transaction

T = TypeVar("T")


class Connected(Protocol):
    """How intentions reach the database."""

    async def write(self, intention: Callable[[Transaction], T]) -> T:
        """Run the intention on the writer; returns after its commit."""
        ...

    async def read(self, query: Callable[[Transaction], T], *, searching: bool = False) -> T:
        """Run the query over one snapshot. searching: it may take long, and holds nobody else up."""
        ...


class Facet:
    """One noun's intentions over the connections of its store."""

    def __init__(self, store: Connected) -> None:
        self._write = store.write
        self._read = store.read
