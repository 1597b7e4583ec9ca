"""The state directory and the database: writable, sound, of this version, with room, on a disk that keeps its word."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from statistics import median

from gateway.doctor.block import is_removable
from gateway.doctor.case import Case, reading
from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.doctor.host import try_writing
from gateway.ports.access import user_name
from gateway.store.connections import LONGEST_WAL
from gateway.store.migrate import DatabaseDamaged, check, migrations, version_of

LITTLE_ROOM = 500_000_000  # octets, as the alert rule for it has it
NO_ROOM = 50_000_000
SLOW_FSYNC_S = 0.050  # above it a single line sends slower than its modem could
UNBELIEVABLE_FSYNC_S = 0.000_050  # no card and no stick programs its flash in less
MIB = 1024 * 1024
_CLOSED = "the state directory is closed to this user"


def writable(case: Case) -> Iterator[Finding]:
    folder = case.settings.data_dir
    if not folder.exists():
        yield warn(
            "store.writable",
            str(folder),
            "there is no such directory yet; the first start or key makes it",
            f"simgate keys add{case.options}",
        )
        return
    if case.closed:
        cause = f"it is closed to others than {user_name(folder.stat().st_uid)}: its contents cannot be looked at"
        yield warn("store.writable", str(folder), cause, f"sudo simgate doctor{case.options}")
        return
    try:
        try_writing(folder)
    except OSError as error:
        name = quote(str(folder))
        yield fail(
            "store.writable",
            str(folder),
            f"nothing can be written there: {error.strerror or error}",
            f"sudo chown -R {user_name(os.geteuid())} {name}"
            if isinstance(error, PermissionError)
            else f"df -h {name}",
        )
    else:
        yield ok("store.writable", str(folder), "it can be written")


def sound(case: Case) -> Iterator[Finding]:
    path = case.database
    if case.closed or not path.exists():
        yield skipped("store.sound", str(path), _CLOSED if case.closed else "there is no database yet")
        return
    try:
        with reading(path) as connection:
            check(connection, path)
            found, known = version_of(connection), max(migrations())
    except DatabaseDamaged as damage:
        yield fail("store.sound", str(path), str(damage), f"simgate restore --force{case.options} BACKUP")
        return
    except sqlite3.Error as error:
        yield fail("store.sound", str(path), f"it cannot be read: {error}", f"sudo simgate doctor{case.options}")
        return
    yield ok("store.sound", str(path), "it passes SQLite's quick_check")
    if found > known:
        cause = f"schema {found} was written by a newer version; this one knows up to {known}"
        yield fail("store.schema", str(path), cause, "pipx upgrade simgate")
    elif found < known:
        cause = f"schema {found} is older than this version's {known}; the next start makes a copy and migrates it"
        yield warn("store.schema", str(path), cause, f"simgate migrate{case.options}")
    else:
        yield ok("store.schema", str(path), f"schema {found} is this version's")


def room(case: Case) -> Iterator[Finding]:
    folder = _nearest(case.settings.data_dir)
    free = case.host.free(folder)
    cause, cure = f"{free // MIB} MiB are free", f"sudo du -xh --max-depth=2 {quote(str(folder))} | sort -h | tail"
    if free < NO_ROOM:
        yield fail("store.room", str(folder), f"{cause}: soon nothing can be accepted", cure)
    elif free < LITTLE_ROOM:
        yield warn("store.room", str(folder), cause, cure)
    else:
        yield ok("store.room", str(folder), cause)


def log_size(case: Case) -> Iterator[Finding]:
    path = case.database.with_name(f"{case.database.name}-wal")
    if case.closed:
        yield skipped("store.wal", str(path), _CLOSED)
        return
    size = path.stat().st_size if path.exists() else 0
    if size > LONGEST_WAL:
        cause = f"the log is {size // MIB} MiB long: another program keeps the database open for reading"
        yield warn("store.wal", str(path), cause, f"sudo fuser -v {quote(str(case.database))}")
    else:
        yield ok("store.wal", str(path), f"the log is {size // MIB} MiB long")


def fsync(case: Case) -> Iterator[Finding]:
    """Accepting waits for it. A card that answers at once has kept nothing: a power cut loses what was accepted."""
    folder = _nearest(case.settings.data_dir)
    if folder != case.settings.data_dir:
        yield skipped("store.fsync", str(case.settings.data_dir), "there is no such directory yet")
        return
    if case.closed:
        yield skipped("store.fsync", str(folder), _CLOSED)
        return
    try:
        times = case.host.fsync(folder)
    except OSError as error:
        yield skipped("store.fsync", str(folder), f"it cannot be measured: {error.strerror or error}")
        return
    middle = median(times)
    cause = f"an fsync takes {1000 * middle:.2f} ms ({1000 * max(times):.1f} at most)"
    if middle < UNBELIEVABLE_FSYNC_S and is_removable(case.host.sys, folder.stat().st_dev):
        yield fail(
            "store.fsync",
            str(folder),
            f"{cause}, which no card or stick can do: it says that it has kept what it has not",
            "simgate run --data-dir DIRECTORY_ON_AN_SSD",
        )
    elif middle > SLOW_FSYNC_S:
        cause = f"{cause}: every accepted message waits for it"
        yield warn("store.fsync", str(folder), cause, "simgate run --data-dir DIRECTORY_ON_AN_SSD")
    else:
        yield ok("store.fsync", str(folder), cause)


def _nearest(folder: Path) -> Path:
    """The directory, or the one above it that there is."""
    found = folder.absolute()
    while not found.exists():
        found = found.parent
    return folder if found == folder.absolute() else found


CHECKS = (writable, sound, room, log_size, fsync)
