"""Accounts as their own resource: settings, plan, suspension, logins (decisions.md)."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from gateway.aio import Clock, finish
from gateway.config import ConfigError, ConfigFault, account_settings
from gateway.domain.access import Account, AccountSettings, Key, Principal
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.services.granting import Grant, given
from gateway.services.logins import new_login, username_fault
from gateway.services.passwords import hash_password, password_fault
from gateway.store.contract import Store

_LICENSEE = re.compile(r"[0-9a-f]{32}")
NOBODY = "0" * 32  # what a caller writes for "my own account"


class Accounts:
    """Everything here needs admin. account: its name or its id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, *, by: Principal, limit: int = 200, cursor: int | None = None) -> Sequence[Account]:
        """Newest first; cursor: ``num`` of the last one seen."""
        by.need("admin")
        return await self._store.access.accounts(limit, cursor)

    async def get(self, account: str, *, by: Principal) -> Account:
        """By name or id. Raises NotFound."""
        by.need("admin")
        found = await self._store.access.find_account(_word(account))
        if found is None:
            raise NotFound("there is no such account")
        return found

    async def create(
        self, name: str, settings: Mapping[str, Any], *, by: Principal, licensee_id: str | None = None
    ) -> Account:
        """licensee_id: 32 hex digits, None for random ones.

        Raises Rejected that names every fault, Conflict("conflict") for a name or licensee id that is taken.
        """
        by.need("admin")
        checked = _settings(name, settings)
        licensee = None if licensee_id is None else _licensee(licensee_id)
        return await self._store.access.create_account(name, checked, self._clock.now(), licensee_id=licensee)

    async def update(
        self,
        account: str,
        settings: Mapping[str, Any],
        *,
        by: Principal,
        suspended: bool | None = None,
        licensee_id: str | None = None,
    ) -> Account:
        """Change the settings that are given, and no others. Raises NotFound, Rejected, Conflict("conflict").

        suspended: refuse all its keys and logins, or let it work again; what of its messages waits is held meanwhile.
        """
        by.need("admin")
        licensee = None if licensee_id is None else _licensee(licensee_id)
        now = self._clock.now()

        def change(standing: Account) -> Account:
            checked = _settings(standing.name, asdict(standing.settings) | dict(settings))
            suspended_at = _suspended_at(standing, suspended, now)
            licensee_id = licensee or standing.licensee_id
            return replace(standing, settings=checked, suspended_at=suspended_at, licensee_id=licensee_id)

        return await self._store.access.change_account(_word(account), change)

    # -------------------------------------------------------------------------------------- logins

    async def logins(
        self, account: str, *, by: Principal, limit: int = 200, cursor: int | None = None
    ) -> Sequence[Key]:
        """Those that stand, newest first; cursor: ``num`` of the last one seen. Raises NotFound."""
        owner = await self.get(account, by=by)
        return await self._store.access.logins(owner.name, limit, cursor)

    async def add_login(
        self,
        account: str,
        username: str,
        password: str,
        *,
        by: Principal,
        scopes: Sequence[str] | None = None,
        fronts: Sequence[str] = (),
        ip_allow: Sequence[str] = (),
    ) -> Key:
        """A user and password for the fronts that carry those. Raises NotFound, Rejected, Conflict("conflict").

        scopes: None for all but admin. A user name is unique in the whole gateway: requests name no account.
        """
        owner = await self.get(account, by=by)
        faults = [fault for fault in (username_fault(username), password_fault(password)) if fault is not None]
        if faults:
            raise Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))
        now = self._clock.now()
        maker = await self._store.key(by.key_id)
        checked = given(Grant(scopes, ip_allow, fronts), by=by, maker=maker, now=now)
        secret_hash = await finish(asyncio.to_thread(hash_password, password))
        login = new_login(
            owner.name,
            username,
            secret_hash,
            now=now,
            scopes=checked.scopes,
            fronts=checked.fronts,
            ip_allow=checked.ip_allow,
        )
        return await self._store.access.add_login(replace(login, expires_at=checked.expires_at))

    async def remove_login(self, account: str, login: str, *, by: Principal) -> None:
        """It opens nothing any more, nor do its sessions. login: its id. Raises NotFound."""
        owner = await self.get(account, by=by)
        if not await self._store.access.remove_login(owner.name, _word(login), self._clock.now()):
            raise NotFound("there is no such login")


def _settings(name: str, values: Mapping[str, Any]) -> AccountSettings:
    try:
        if "name" in values:
            raise ConfigError(f"account {name}", (ConfigFault("name", "it is no setting, and it stays"),))
        return account_settings(name, values)
    except ConfigError as error:
        faults = tuple(Fault(_field(one.key), "invalid_request", one.text) for one in error.faults)
        raise Rejected(
            "invalid_request", "; ".join(f"{one.field}: {one.message}" for one in faults), faults=faults
        ) from error


def _field(key: str) -> str:
    return key if key == "name" else f"settings.{key}"


def _licensee(text: str) -> str:
    licensee = text.replace("-", "").lower()
    if not _LICENSEE.fullmatch(licensee) or licensee == NOBODY:
        fault = Fault("licensee_id", "invalid_request", "32 hex digits, not all of them 0")
        raise Rejected("invalid_request", f"{fault.field}: {fault.message}", faults=(fault,))
    return licensee


def _suspended_at(standing: Account, suspended: bool | None, now: datetime) -> datetime | None:
    if suspended is None:
        return standing.suspended_at
    return (standing.suspended_at or now) if suspended else None


def _word(text: str) -> str:
    """A name or an id is ASCII; anything else is nobody's, and need not be storable."""
    return text if text.isascii() else ""
