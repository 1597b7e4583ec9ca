"""Keys and accounts from the command line: on the database while no daemon runs, else through the daemon's socket.

The socket is ``simgate.sock`` in the state directory, mode 0600: who may open it may read the database anyway. One JSON
object a line goes in, one comes back: ``{"ok": …}`` or ``{"refused": "a sentence"}``; then the daemon closes.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gateway.aio import Clock, SystemClock
from gateway.config import AccountEntry, ConfigError, LineSettings, Settings
from gateway.domain.access import Account, AccountSettings, Key, Principal
from gateway.domain.errors import GatewayError, NotFound, Rejected
from gateway.domain.event import instant
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord
from gateway.metrics import Metrics
from gateway.services.access import Access
from gateway.services.accounts import Accounts
from gateway.store import database_path, open_store
from gateway.store.contract import Store
from gateway.store.lock import exclusive

SOCKET = "simgate.sock"
LOCK = "simgate.lock"  # held by whoever has the database open
LONGEST_LINE = 64 * 1024  # octets of a request or an answer's line
READ_S = 10.0  # a client on this machine that has not said its line by then never will

Answer = Any  # what json can carry

_log = logging.getLogger(__name__)


class Administration:
    """What the commands ``keys``, ``accounts`` and ``backup`` do, on a store that is open."""

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


@contextmanager
def locked(settings: Settings) -> Iterator[None]:
    """Nobody else has this state directory or its database for as long as the block runs. Raises AlreadyLocked."""
    database = database_path(settings.store.url, settings.data_dir)
    with ExitStack() as locks:
        locks.enter_context(exclusive(settings.data_dir / LOCK))
        if database.parent != settings.data_dir:  # another state directory may name the same file
            locks.enter_context(exclusive(database.with_name(f"{database.name}.lock")))
        yield


async def perform_alone(settings: Settings, command: str, arguments: Mapping[str, Any]) -> Answer:
    """Do one command on the database itself; the caller has it ``locked``, so that no daemon runs."""
    clock = SystemClock()
    store = await open_store(settings.store.url, settings.data_dir, clock=clock)
    try:
        await make_accounts(store, settings.accounts, clock)
        access = Access(store, clock, metrics=Metrics(), rate=0)
        return await Administration(store, access, clock).perform(command, arguments)
    finally:
        await store.close()


async def make_accounts(store: Store, entries: Sequence[AccountEntry], clock: Clock) -> None:
    """Make ``default`` and the accounts of the configuration where they are missing; those that stand are kept."""
    wanted = {"default": AccountSettings()} | {entry.name: entry.settings for entry in entries}
    there = {account.name for account in await store.accounts()}
    for name, settings in wanted.items():
        if name not in there:
            await store.put_account(name, settings, clock.now(), replace=False)


async def put_lines(store: Store, lines: Sequence[LineSettings], clock: Clock) -> None:
    """Write the configured lines."""
    for line in lines:
        record = LineRecord(
            num=0,
            id=new_id("lin", int(clock.now().timestamp() * 1000)),
            name=line.name,
            number=line.number,
            aliases=line.aliases,
            accounts=line.accounts,
        )
        await store.put_line(record)


@asynccontextmanager
async def serving(administration: Administration, data_dir: Path) -> AsyncIterator[None]:
    """Answer at the socket for as long as the block runs. The caller holds the lock: a socket left behind is dead."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_S):
                line = await reader.readline()
            writer.write(json.dumps(await _answer(administration, line)).encode() + b"\n")
            await writer.drain()
        except (TimeoutError, ValueError, OSError) as error:
            _log.info("a caller of the control socket went away", extra={"reason": str(error)})
        finally:
            writer.close()

    with _listening(data_dir) as listener:
        server = await asyncio.start_unix_server(answer, sock=listener, limit=LONGEST_LINE)
        try:
            yield
        finally:
            server.close()
            (data_dir / SOCKET).unlink(missing_ok=True)


async def _answer(administration: Administration, line: bytes) -> Answer:
    try:
        request = json.loads(line)
        return {"ok": await administration.perform(request["command"], request["arguments"])}
    except (GatewayError, ConfigError) as refusal:
        return {"refused": str(refusal)}
    except (ValueError, KeyError, TypeError):
        _log.warning("a request at the control socket was not understood", exc_info=True)
        return {"refused": "this gateway does not understand the request; is it another version?"}


def ask(data_dir: Path, command: str, arguments: Mapping[str, Any], timeout_s: float = 60.0) -> Answer:
    """Ask the daemon that runs on this state directory (blocking, for the command line).

    Raises ConnectionError or FileNotFoundError when none answers, GatewayError when it refuses.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock, _short_address(data_dir) as address:
        sock.settimeout(timeout_s)
        sock.connect(address)
        sock.sendall(json.dumps({"command": command, "arguments": dict(arguments)}).encode() + b"\n")
        with sock.makefile("rb") as stream:
            line = stream.readline()
    if not line:
        raise ConnectionResetError("the daemon closed the socket without an answer")
    answer = json.loads(line)
    if "refused" in answer:
        raise Rejected("refused", answer["refused"])
    return answer["ok"]


@contextmanager
def _listening(data_dir: Path) -> Iterator[socket.socket]:
    (data_dir / SOCKET).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock, _short_address(data_dir) as address:
        sock.bind(address)
        (data_dir / SOCKET).chmod(0o600)  # before listen: nobody can have connected
        sock.listen()
        yield sock


@contextmanager
def _short_address(data_dir: Path) -> Iterator[str]:
    """The socket's address by way of an open directory: sun_path takes 107 octets, a folder's name may have more."""
    folder = os.open(data_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{SOCKET}"
    finally:
        os.close(folder)


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
