"""Commands on the state directory: through the socket of the daemon that runs there, else on the database itself."""

import asyncio
import os
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.cli.exits import Exit, Failure
from gateway.config import ConfigError, Settings, load
from gateway.control import ask, locked, perform_alone
from gateway.domain.errors import GatewayError
from gateway.store.lock import AlreadyLocked
from gateway.store.migrate import DatabaseDamaged, SchemaTooNew

STARTING_S = 10.0  # a daemon holds the lock before its socket answers
PRIVATE = 0o077


def settings_of(arguments: Namespace) -> Settings:
    """The configuration these arguments name. Raises Failure with every fault."""
    try:
        return load(arguments.config, arguments.data_dir)
    except ConfigError as error:
        raise Failure(Exit.REFUSED, str(error)) from error


def administer(arguments: Namespace, command: str, request: Mapping[str, Any]) -> Any:
    """Do one command of ``control.Administration`` wherever it can be done now."""
    settings = settings_of(arguments)
    deadline = time.monotonic() + STARTING_S
    while True:
        try:
            return ask(settings.data_dir, command, request)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        except PermissionError as error:
            raise Failure(Exit.CREDENTIALS, _not_yours(settings.data_dir)) from error
        except GatewayError as refusal:
            raise Failure(Exit.REFUSED, str(refusal)) from refusal
        except OSError as error:
            raise Failure(Exit.UNREACHABLE, f"the gateway that runs does not answer: {error}") from error
        try:
            return _alone(settings, command, request)
        except AlreadyLocked as busy:
            if time.monotonic() > deadline:
                raise Failure(Exit.UNREACHABLE, f"{busy} (it does not answer)") from busy
            time.sleep(0.2)


def _alone(settings: Settings, command: str, request: Mapping[str, Any]) -> Any:
    """On the database, while nobody else has it. Raises AlreadyLocked, Failure."""
    try:
        become_owner(settings.data_dir)
        with locked(settings):
            return asyncio.run(perform_alone(settings, command, request))
    except (GatewayError, ConfigError, SchemaTooNew, DatabaseDamaged) as refusal:
        raise Failure(Exit.REFUSED, str(refusal)) from refusal
    except PermissionError as error:
        raise Failure(Exit.CREDENTIALS, _not_yours(settings.data_dir)) from error
    except OSError as error:
        reason = f"{error.strerror or error}: {error.filename or settings.data_dir}"
        raise Failure(Exit.REFUSED, f"the state directory cannot be used: {reason}") from error


def become_owner(data_dir: Path) -> None:
    """Make the directory if need be; root then acts as its owner, or the daemon could not open what is made there."""
    os.umask(PRIVATE)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = data_dir.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setegid(owner.st_gid)
        os.seteuid(owner.st_uid)


def _not_yours(data_dir: Path) -> str:
    return f"{data_dir} belongs to another user: try again with sudo, or name another one with --data-dir"
