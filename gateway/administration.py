"""What the commands ``keys``, ``accounts`` and ``backup`` do, on a store that is open."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.aio import Clock
from gateway.domain.access import Account, Key, Principal
from gateway.domain.errors import NotFound, Rejected
from gateway.domain.event import instant
from gateway.services.access import Access
from gateway.services.accounts import Accounts
from gateway.store.contract import Store

Answer = Any  # what json can carry


class Administration:
    """The operator's commands by name; who may give them may read the database anyway."""

    def __init__(self, store: Store, access: Access, clock: Clock) -> None:
        self._store = store
        self._access = access
        self._accounts = Accounts(store, clock)
        self._clock = clock
        self._does: Mapping[str, Callable[..., Awaitable[Answer]]] = {
            "keys.add": self._add_key,
            "keys.list": self._list_keys,
            "keys.revoke": self._revoke_key,
            "accounts.add": self._add_account,
            "accounts.set": self._set_account,
            "accounts.list": self._list_accounts,
            "accounts.suspend": self._suspend_account,
            "accounts.resume": self._resume_account,
            "accounts.show": self._show_account,
            "accounts.login.add": self._add_login,
            "accounts.login.list": self._list_logins,
            "accounts.login.remove": self._remove_login,
            "backup": self._backup,
            "doubt": self._doubt,
        }

    async def perform(self, command: str, arguments: Mapping[str, Any]) -> Answer:
        """Do one command. Raises GatewayError or ConfigError with a sentence for the person."""
        try:
            does = self._does[command]
        except KeyError:
            raise Rejected("unknown_action", f"this gateway does not know {command}; is it older?") from None
        return await does(**arguments)

    async def _add_key(
        self,
        account: str,
        scopes: Sequence[str] | None = None,
        name: str = "",
        ip_allow: Sequence[str] = (),
        fronts: Sequence[str] = (),
    ) -> Answer:
        key, plain = await self._access.create_key(
            by=_operator(await self._account(account)), name=name, scopes=scopes, ip_allow=ip_allow, fronts=fronts
        )
        return _key(key) | {"key": plain}

    async def _list_keys(self, account: str | None = None) -> Answer:
        if account is not None:
            await self._account(account)
        return [_key(key) for key in await self._store.keys(account) if key.kind == "api_key"]

    async def _revoke_key(self, key: str) -> Answer:
        key_id = key.removeprefix("gsk_").split("_")[0]
        if not await self._store.revoke_key(None, key_id, self._clock.now()):
            raise NotFound(f'there is no key "{key_id}" (simgate keys list)')
        return {"id": key_id}

    async def _add_account(self, name: str, settings: Mapping[str, Any]) -> Answer:
        return _account(await self._accounts.create(name, settings, by=await self._default()))

    async def _set_account(self, name: str, settings: Mapping[str, Any]) -> Answer:
        by = _operator(await self._account(name))
        return _account(await self._accounts.update(name, settings, by=by))

    async def _list_accounts(self) -> Answer:
        return [_account(account) for account in await self._store.accounts()]

    async def _suspend_account(self, name: str) -> Answer:
        by = _operator(await self._account(name))
        return _account(await self._accounts.update(name, {}, by=by, suspended=True))

    async def _resume_account(self, name: str) -> Answer:
        by = _operator(await self._account(name))
        return _account(await self._accounts.update(name, {}, by=by, suspended=False))

    async def _show_account(self, name: str) -> Answer:
        account = await self._account(name)
        return _account(account) | {"logins": await self._list_logins(name)}

    async def _add_login(
        self,
        account: str,
        username: str,
        password: str,
        scopes: Sequence[str] | None = None,
        fronts: Sequence[str] = (),
        ip_allow: Sequence[str] = (),
    ) -> Answer:
        by = _operator(await self._account(account))
        login = await self._accounts.add_login(
            account, username, password, by=by, scopes=scopes, fronts=fronts, ip_allow=ip_allow
        )
        return _login(login)

    async def _list_logins(self, account: str | None = None) -> Answer:
        if account is not None:
            await self._account(account)
        keys = await self._store.keys(account)
        return [_login(key) for key in keys if key.kind == "login" and key.revoked_at is None]

    async def _remove_login(self, username: str) -> Answer:
        login = await self._store.access.login(username)
        if login is None:
            raise NotFound(f'there is no user "{username}" (simgate accounts login list)')
        by = _operator(await self._account(login.account))
        await self._accounts.remove_login(login.account, login.id, by=by)
        return _login(login)

    async def _backup(self, path: str) -> Answer:
        await self._store.backup(Path(path))
        return {"path": path}

    async def _doubt(self) -> Answer:
        """After a restore."""
        return {"count": await self._store.doubt(self._clock.now())}

    async def _account(self, name: str) -> Account:
        account = await self._store.account(name)
        if account is None:
            raise NotFound(f'there is no account "{name}" (simgate accounts list)')
        return account

    async def _default(self) -> Principal:
        return _operator(await self._account("default"))


def _operator(account: Account) -> Principal:
    """Who reaches this socket may do everything, in any account."""
    return Principal(account, "", frozenset({"admin"}))


def _key(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "account": key.account,
        "name": key.name,
        "scopes": list(key.scopes),
        "ip_allow": list(key.ip_allow),
        "fronts": list(key.fronts),
        "created_at": instant(key.created_at),
        "last_used_at": instant(key.last_used_at),
        "revoked_at": instant(key.revoked_at),
    }


def _login(login: Key) -> dict[str, Any]:
    return {
        "id": login.id,
        "account": login.account,
        "username": login.username,
        "scopes": list(login.scopes),
        "ip_allow": list(login.ip_allow),
        "fronts": list(login.fronts),
        "created_at": instant(login.created_at),
        "last_used_at": instant(login.last_used_at),
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "num": account.num,
        "licensee_id": account.licensee_id,
        "created_at": instant(account.created_at),
        "suspended_at": instant(account.suspended_at),
        "settings": asdict(account.settings),
    }
