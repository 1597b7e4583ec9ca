"""The connections of the SQLite store: how they are set up, and that each of them is closed."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import aiosqlite

from gateway.store.memory import fill
from gateway.store.migrate import DatabaseDamaged, check, migrate
from gateway.store.transaction import Memory
from gateway.store.writer import on_thread

BUSY_MS = 5_000  # another process, such as a backup tool, may hold the file that long
CACHE_KIB = 16_384
READING_CACHE_KIB = 4_096
LONGEST_WAL = 64 * 1024 * 1024  # octets kept of a log that a long reader let grow
MOST_PAGES = 16_000  # of the log: then the writer itself copies it back (``checkpoints`` does so long before)

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an accepted message survives a power cut: there is no option to weaken it
    f"PRAGMA wal_autocheckpoint = {MOST_PAGES}",
    f"PRAGMA journal_size_limit = {LONGEST_WAL}",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_MS}",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA temp_store = MEMORY",
)


@dataclass(frozen=True, slots=True)
class Connections:
    """One that writes; one that reads; one for reading that may take long. Each has a thread of its own."""

    path: Path
    writing: aiosqlite.Connection
    reading: aiosqlite.Connection
    searching: aiosqlite.Connection

    @classmethod
    async def open(cls, path: Path, memory: Memory) -> Self:
        """Migrates where needed and fills the memory. Raises SchemaTooNew, DatabaseDamaged, sqlite3.Error."""
        async with AsyncExitStack() as opened:
            try:
                writing = await connect(path)
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                    raise DatabaseDamaged(path, str(error)) from error
                raise
            opened.push_async_callback(writing.close)
            await on_thread(writing, lambda: _prepare(writing._conn, path, memory))
            reading = await connect(path)
            opened.push_async_callback(reading.close)
            searching = await connect(path)
            opened.push_async_callback(searching.close)
            for connection in (reading, searching):
                await on_thread(connection, partial(_query_only, connection))
            opened.pop_all()
        return cls(path, writing, reading, searching)

    async def close(self) -> None:
        """Closes each of them, whatever becomes of the others."""
        async with AsyncExitStack() as stack:
            for connection in (self.writing, self.reading, self.searching):
                stack.push_async_callback(connection.close)


async def connect(path: Path) -> aiosqlite.Connection:
    """One connection, to be closed by the caller. Raises sqlite3.Error."""
    connection = await aiosqlite.connect(path, isolation_level=None)
    async with AsyncExitStack() as opened:
        opened.push_async_callback(connection.close)
        await on_thread(connection, lambda: _set_up(connection._conn))
        opened.pop_all()
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _prepare(connection: sqlite3.Connection, path: Path, memory: Memory) -> None:
    check(connection, path)
    migrate(connection, path)
    fill(connection, memory)


def _query_only(connection: aiosqlite.Connection) -> None:
    connection._conn.execute("PRAGMA query_only = ON")
    connection._conn.execute(f"PRAGMA cache_size = -{READING_CACHE_KIB}")


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read inside is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def copy(connection: sqlite3.Connection, target: Path) -> None:
    """A copy of the whole database, synced. Raises FileExistsError, sqlite3.Error."""
    if target.exists():
        raise FileExistsError(f"{target} exists already")
    connection.execute("VACUUM INTO ?", (str(target),))
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
