"""Webhook endpoints, changed in one step."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.domain.webhook import Webhook


class Endpoints(Protocol):
    """``store.endpoints``."""

    def known(self, account: str) -> Sequence[Webhook]:
        """The account's endpoints as the last commit left them, oldest first; costs nothing."""
        ...

    async def put(
        self,
        account: str,
        make: Callable[[Webhook | None], Webhook],
        *,
        webhook: str | None = None,
        name: str | None = None,
        most: int,
    ) -> Webhook:
        """Put what ``make`` makes of the endpoint of that id, or of that name in any case, in one transaction.

        make: gets None where none is so called, or neither is given; what it raises is raised here, and nothing is
        written. Raises NotFound for an id that is none's, QuotaExceeded for more than ``most``, Conflict for a name
        that another one has. Lines that the account has for itself follow a change of the name.
        """
        ...
