"""Brings a database to this version's schema: numbered SQL, forward only, one transaction each."""

import sqlite3
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from gateway.domain.thread import thread_id


class SchemaTooNew(RuntimeError):
    """The database was written by a newer version than this one."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path} has schema {found}, this version knows up to {known}: install the newer version again, "
            f"or put back the copy made before the upgrade ({backup_path(path, known).name} or your own backup) "
            "with `simgate restore`"
        )


class DatabaseDamaged(RuntimeError):
    """The database does not pass its own check; nothing was written to it."""

    def __init__(self, path: Path, finding: str) -> None:
        super().__init__(
            f"{path} is damaged ({finding}): nothing was changed. Keep a copy of it, then put back a backup with "
            "`simgate restore`, or recover what is readable with `sqlite3 FILE .recover`"
        )


def migrations() -> Mapping[int, str]:
    """Every migration by number."""
    folder = resources.files("gateway.store").joinpath("migrations", "sqlite")
    found = {int(file.name[:4]): file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".sql")}
    return dict(sorted(found.items()))


def backup_path(path: Path, version: int) -> Path:
    """Where the copy of a database stands that was made before it left a schema version."""
    return path.with_name(f"{path.name}.v{version}.backup")


def version_of(connection: sqlite3.Connection) -> int:
    """The schema number of a database; 0 when it is new."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raises DatabaseDamaged when the database does not pass SQLite's quick_check."""
    try:
        finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise DatabaseDamaged(path, str(error)) from error
    if finding != "ok":
        raise DatabaseDamaged(path, str(finding))


def migrate(connection: sqlite3.Connection, path: Path, known: Mapping[int, str] | None = None) -> int:
    """Apply what the database lacks, after a copy of it was made beside it. Returns its schema number.

    connection: in autocommit mode. known: the migrations by number, the packaged ones when None.
    Raises SchemaTooNew; sqlite3.Error leaves the database at the last whole migration.
    """
    known = migrations() if known is None else known
    version = version_of(connection)
    newest = max(known)
    if version > newest:
        raise SchemaTooNew(path, version, newest)
    if 0 < version < newest:
        _copy(connection, backup_path(path, version))
    for number in range(version + 1, newest + 1):
        _apply(connection, number, known[number])
    return newest


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)  # left by an upgrade that was killed half-way: the database is still that old
    connection.execute("VACUUM INTO ?", (str(target),))


def _apply(connection: sqlite3.Connection, number: int, script: str) -> None:
    connection.create_function("thread_id", 3, thread_id, deterministic=True)  # 0010 gives old messages their threads
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _statements(script: str) -> list[str]:
    """One statement each: ``executescript`` would commit the transaction that is open."""
    statements: list[str] = []
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements
