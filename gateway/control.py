"""Keys and accounts from the command line: on the database while no daemon runs, else through the daemon's socket.

The socket is ``simgate.sock`` in the state directory, mode 0600: who may open it may read the database anyway. One JSON
object a line goes in, one comes back: ``{"ok": …}`` or ``{"refused": "a sentence"}``; then the daemon closes.
"""

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from gateway.administration import Administration, Answer
from gateway.aio import Clock, SystemClock
from gateway.config import AccountEntry, ConfigError, LineSettings, Settings
from gateway.domain.access import AccountSettings
from gateway.domain.errors import GatewayError, Rejected
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord
from gateway.metrics import Metrics
from gateway.services.access import Access
from gateway.store import database_path, open_store
from gateway.store.contract import Store
from gateway.store.lock import exclusive

SOCKET = "simgate.sock"
LOCK = "simgate.lock"  # held by whoever has the database open
LONGEST_LINE = 64 * 1024  # octets of a request or an answer's line
READ_S = 10.0  # a client on this machine that has not said its line by then never will

_log = logging.getLogger(__name__)


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
            limits=line.limits,
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
