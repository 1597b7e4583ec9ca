"""``simgate check-config``, ``migrate``, ``backup``, ``restore``, ``version``: what works on the files."""

import asyncio
import shutil
import sqlite3
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.apis import APIS, unknown_api
from gateway.cli.exits import Exit, Failure
from gateway.cli.local import administer, become_owner, settings_of
from gateway.cli.output import say, show_json
from gateway.control import locked, perform_alone
from gateway.metrics import program_version
from gateway.store import database_path
from gateway.store.lock import AlreadyLocked
from gateway.store.migrate import DatabaseDamaged, check


def check_config(arguments: Namespace) -> int:
    settings = settings_of(arguments)
    unknown = [
        f"  accounts[{n}].services: {unknown_api(name)}"
        for n, account in enumerate(settings.accounts, 1)
        for name in account.settings.services
        if name not in APIS
    ]
    if unknown:
        raise Failure(Exit.REFUSED, "\n".join([f"{settings.source} cannot be used:", *unknown]))
    lines = f"{len(settings.lines)} line{'s' * (len(settings.lines) != 1)}"
    say(f"{settings.source or 'no configuration file, every default'}: fine ({lines}, state in {settings.data_dir})")
    return Exit.OK


def migrate(arguments: Namespace) -> int:
    """Opening migrates; a copy is made beside the database before."""
    administer(arguments, "accounts.list", {})
    settings = settings_of(arguments)
    say(f"{database_path(settings.store.url, settings.data_dir)} has this version's schema")
    return Exit.OK


def backup(arguments: Namespace) -> int:
    target = arguments.file.absolute()
    if target.exists():
        raise Failure(Exit.REFUSED, f"{target} exists already; name a file that does not")
    if not target.parent.is_dir():
        raise Failure(Exit.REFUSED, f"there is no directory {target.parent}")
    administer(arguments, "backup", {"path": str(target)})
    say(f"{target}  {target.stat().st_size} bytes")
    return Exit.OK


def restore(arguments: Namespace) -> int:
    """Put a checked copy in place; what stood there is kept beside it."""
    settings = settings_of(arguments)
    source: Path = arguments.file
    _check_copy(source)
    try:
        become_owner(settings.data_dir)
        with locked(settings):
            _replace(database_path(settings.store.url, settings.data_dir), source, force=arguments.force)
            doubtful = asyncio.run(perform_alone(settings, "doubt", {}))["count"]
    except AlreadyLocked as busy:
        raise Failure(Exit.REFUSED, str(busy)) from busy
    if doubtful:
        say(
            f"{doubtful} messages waited in it. They may have been sent since, so they are unknown now and are not "
            "sent: simgate list --state unknown shows them."
        )
    return Exit.OK


def _check_copy(source: Path) -> None:
    if not source.is_file():
        raise Failure(Exit.REFUSED, f"there is no file {source}")
    try:
        connection = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        try:
            check(connection, source)
        finally:
            connection.close()
    except (sqlite3.Error, DatabaseDamaged) as error:
        raise Failure(Exit.REFUSED, f"{source} is no sound copy of a database: {error}") from error


def _replace(target: Path, source: Path, *, force: bool) -> None:
    if target.exists():
        if not force:
            raise Failure(Exit.REFUSED, f"there is a database at {target}; --force puts the copy in its place")
        aside = target.with_name(f"{target.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}.before-restore")
        for suffix in ("-wal", "-shm", ""):
            part = target.with_name(target.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        say(f"what stood there is now {aside}")
    staged = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(source, staged)
    staged.rename(target)
    say(f"{target} is the copy now; the gateway can be started")


def version(arguments: Namespace) -> int:
    if arguments.output == "json":
        show_json({"simgate": program_version(), "python": sys.version.split()[0], "sqlite": sqlite3.sqlite_version})
    else:
        say(f"simgate {program_version()} (Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version})")
    return Exit.OK
