"""Accounts as their own resource: settings, plan, suspension, logins (decisions.md)."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.aio import Clock
from gateway.domain.access import Account, Key, Principal
from gateway.store.contract import Store


class Accounts:
    """Everything here needs admin."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, *, by: Principal) -> Sequence[Account]:
        raise NotImplementedError

    async def get(self, account: str, *, by: Principal) -> Account:
        """By name or id. Raises NotFound."""
        raise NotImplementedError

    async def create(
        self, name: str, settings: Mapping[str, Any], *, by: Principal, licensee_id: str | None = None
    ) -> Account:
        """Raises Rejected that names every fault, Conflict("conflict") for a name that is taken."""
        raise NotImplementedError

    async def update(
        self,
        account: str,
        settings: Mapping[str, Any],
        *,
        by: Principal,
        suspended: bool | None = None,
        licensee_id: str | None = None,
    ) -> Account:
        """Raises NotFound, Rejected."""
        raise NotImplementedError

    async def add_login(
        self,
        account: str,
        username: str,
        password: str,
        *,
        by: Principal,
        scopes: Sequence[str] | None = None,
        fronts: Sequence[str] = (),
    ) -> Key:
        """A user and password for the fronts that carry those. Raises NotFound, Rejected, Conflict("conflict")."""
        raise NotImplementedError
