"""What callers may write as "from": the lines' own numbers, names and aliases, and the senders that were registered."""

from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.sender import ResolvedSender, Sender, Strategy
from gateway.store.contract import Store


class Senders:
    """The account's senders."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, *, by: Principal) -> Sequence[Sender]:
        """The registered ones. Needs lines:read."""
        raise NotImplementedError

    async def create(
        self, value: str, lines: Sequence[str], *, by: Principal, kind: str | None = None, strategy: Strategy
    ) -> Sender:
        """Register a sender over lines (ids or names, in order). kind: None to tell it by the value.

        Raises Rejected for a line that is none of the account's, Conflict("conflict") for a value that is taken.
        Needs lines:write.
        """
        raise NotImplementedError

    async def delete(self, sender: str, *, by: Principal) -> None:
        """By id. Raises NotFound. Needs lines:write."""
        raise NotImplementedError

    async def resolve(self, value: str, *, by: Principal) -> ResolvedSender:
        """The sender that this account means by value: any number form, alias, name or code, whatever its case.

        Raises Rejected("invalid_sender").
        """
        raise NotImplementedError
