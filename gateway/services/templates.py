"""Named messages of an account (native-v1 §7.7; the rest-sms front's "messages")."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.template import Template
from gateway.store.contract import Store


class Templates:
    """Stored texts. Reading needs messages:read, changing messages:send."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(
        self, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False, skip: int = 0
    ) -> Sequence[Template]:
        """By their number, newest first or ascending; skip: leave out so many (what the rest-sms front pages by)."""
        raise NotImplementedError

    async def get(self, template: str, *, by: Principal) -> Template:
        """By id, or by name whatever its case. Raises NotFound."""
        raise NotImplementedError

    async def create(self, name: str, text: str, *, by: Principal, labels: Sequence[str] = ()) -> Template:
        """Raises Rejected ("body_empty", "body_too_long", "invalid_request"), Conflict("conflict") for a taken name."""
        raise NotImplementedError

    async def update(
        self,
        template: str,
        *,
        by: Principal,
        name: str | None = None,
        text: str | None = None,
        labels: Sequence[str] | None = None,
        expected: datetime | None = None,
    ) -> Template:
        """expected: the ``updated_at`` the caller has seen. Raises NotFound, Conflict, Rejected."""
        raise NotImplementedError

    async def delete(self, template: str, *, by: Principal) -> None:
        """Raises NotFound."""
        raise NotImplementedError

    async def render(self, template: str, variables: Mapping[str, str], *, by: Principal) -> str:
        """The text with its placeholders filled. Raises NotFound, Rejected("invalid_request") for a variable that has
        neither value nor default. Needs messages:send."""
        raise NotImplementedError
