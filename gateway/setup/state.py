"""The state directory while setup has it: the PIN's memory and the first key, as the user whom it belongs to."""

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gateway.aio import SystemClock
from gateway.config import SERVICE_CONFIG, Settings
from gateway.control import locked, perform_alone
from gateway.setup.modems import Found, prepare
from gateway.store import open_store
from gateway.workers.finder import REMOTE
from gateway.workers.pins import StoredPins
from modem.driver import Identity, Inspection

PRIVATE = 0o077
SERVICE_USER = "simgate"


async def prepare_with_pin(settings: Settings, found: Found, pin: str) -> tuple[Identity, Inspection]:
    """``prepare``, with the PIN remembered as the gateway does: what a SIM has refused is never tried again.

    Raises ModemError, TimeoutError, AlreadyLocked and what opening a database raises.
    """
    with owned(settings, found.candidate.device):
        clock = SystemClock()
        store = await open_store(settings.store.url, settings.data_dir, clock=clock)
        try:
            return await prepare(found, pin, StoredPins(store, clock))
        finally:
            await store.close()


async def perform(settings: Settings, command: str, arguments: Mapping[str, Any]) -> Any:
    """One of the operator's commands on the database itself. Raises AlreadyLocked, GatewayError."""
    with owned(settings):
        return await perform_alone(settings, command, arguments)


@contextmanager
def owned(settings: Settings, device: str | None = None) -> Iterator[None]:
    """The state directory is there and nobody else's; root is its owner meanwhile, with the port's group beside.

    Raises AlreadyLocked, OSError.
    """
    before = os.umask(PRIVATE)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _as_owner(settings.data_dir, device), locked(settings):
            yield
    finally:
        os.umask(before)


def reader(config: Path, data_dir: Path) -> tuple[int, int] | None:
    """User and group who read what root writes for the service; None: nobody but who writes it."""
    if os.geteuid() != 0:
        return None
    if config == SERVICE_CONFIG:
        with suppress(KeyError):
            user = pwd.getpwnam(SERVICE_USER)
            return user.pw_uid, user.pw_gid
    if not data_dir.exists():
        return None
    found = data_dir.stat()
    return found.st_uid, found.st_gid


@contextmanager
def _as_owner(data_dir: Path, device: str | None) -> Iterator[None]:
    owner = data_dir.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    wanted = {owner.st_gid}
    with suppress(KeyError):
        wanted |= set(os.getgrouplist(pwd.getpwuid(owner.st_uid).pw_name, owner.st_gid))
    if device is not None and REMOTE not in device:  # as SupplementaryGroups= of the unit gives it
        with suppress(OSError):
            wanted.add(Path(device).stat().st_gid)
    os.setgroups(sorted(wanted))
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
