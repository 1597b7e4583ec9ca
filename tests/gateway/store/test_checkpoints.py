"""The log is copied back beside the writer, and again and again while messages come in."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from gateway.store.checkpoints import CHECKPOINT, FEWEST, MOST, PAGES, Checkpoints


@pytest.fixture
async def connections(tmp_path: Path) -> AsyncIterator[tuple[aiosqlite.Connection, aiosqlite.Connection]]:
    """One that writes and never checkpoints by itself, one that only reads."""
    async with aiosqlite.connect(tmp_path / "db") as writing, aiosqlite.connect(tmp_path / "db") as other:
        await writing.execute("PRAGMA journal_mode = WAL")
        await writing.execute("PRAGMA wal_autocheckpoint = 0")
        await writing.execute("CREATE TABLE things (name TEXT)")
        await writing.commit()
        await other.execute("PRAGMA query_only = ON")
        yield writing, other


async def write(connection: aiosqlite.Connection, rows: int) -> int:
    await connection.executemany("INSERT INTO things VALUES (?)", [("x" * 200,)] * rows)
    await connection.commit()
    return connection.total_changes


async def lies_in(path: Path) -> int:
    """How many rows the file itself has, the log left aside."""
    return await asyncio.to_thread(_count, path)


def _count(path: Path) -> int:
    connection = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    try:
        return int(connection.execute("SELECT count(*) FROM things").fetchone()[0])
    except sqlite3.OperationalError:  # not even the table
        return 0
    finally:
        connection.close()


async def test_nothing_is_copied_before_there_is_enough(connections, tmp_path: Path):
    writing, other = connections
    checkpoints = Checkpoints(other)
    checkpoints.committed(await write(writing, FEWEST - 1))
    await checkpoints.close()
    assert await lies_in(tmp_path / "db") == 0


async def test_what_is_in_the_log_comes_into_the_file(connections, tmp_path: Path):
    writing, other = connections
    checkpoints = Checkpoints(other)
    for rows in (FEWEST, FEWEST + MOST):
        changes = await write(writing, rows - await lies_in(tmp_path / "db"))
        checkpoints.committed(changes)
        await checkpoints.close()
        assert await lies_in(tmp_path / "db") == changes


async def test_how_often_follows_how_many_pages_a_row_needs(connections, tmp_path: Path):
    writing, other = connections
    checkpoints = Checkpoints(other)

    async def spread(rows: int) -> int:
        for _ in range(rows):
            changes = await write(writing, 1)  # a commit each
        return changes

    checkpoints.committed(await write(writing, FEWEST))
    await checkpoints.close()
    assert checkpoints._every == MOST  # twenty to a page
    for _ in range(2):  # the log begins anew with what is written behind a checkpoint
        checkpoints._every = FEWEST
        checkpoints.committed(await spread(FEWEST))
        await checkpoints.close()
        assert PAGES * 0.9 <= checkpoints._every <= PAGES  # one page, and at times the one above it


async def test_the_writer_goes_on_meanwhile_and_one_runs_at_a_time(connections):
    writing, other = connections
    checkpoints = Checkpoints(other)
    asked: list[str] = []
    await other.set_trace_callback(asked.append)
    checkpoints.committed(await write(writing, FEWEST))
    first = checkpoints._running
    checkpoints.committed(FEWEST + MOST)
    assert checkpoints._running is first
    assert await asyncio.wait_for(write(writing, 1), 10) == FEWEST + 1
    await checkpoints.close()
    assert asked == [CHECKPOINT]


async def test_one_that_fails_is_told_and_the_next_is_tried(caplog):
    broken = await aiosqlite.connect(":memory:")
    await broken._execute(broken._conn.close)
    checkpoints = Checkpoints(broken)
    with caplog.at_level(logging.WARNING):
        for times in (1, 2):
            checkpoints.committed(times * MOST)
            await checkpoints.close()
    assert [record.message for record in caplog.records] == ["the log was not copied back"] * 2
    await broken.close()
