"""The one task that writes: what waits goes into one commit, and what fails in it fails alone."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest

from gateway.domain.errors import Rejected, Unavailable
from gateway.store.transaction import Effects, Memory, Transaction
from gateway.store.writer import Writer

ADD = "INSERT INTO things (name) VALUES (?)"


class Rig:
    """A writer on a database with one table, and what it did."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.connection = connection
        self.commits: list[Effects] = []
        self.changes: list[int] = []
        self.reloads = 0
        self.memory = Memory()
        self.writer = Writer(connection, self.memory, reload=self._reload, committed=self._committed)

    def _committed(self, effects: Effects, changes: int) -> None:
        self.commits.append(effects)
        self.changes.append(changes)

    def _reload(self, connection: sqlite3.Connection, memory: Memory) -> None:
        self.reloads += 1

    async def names(self) -> list[str]:
        return [row[0] for row in await self.connection.execute_fetchall("SELECT name FROM things ORDER BY rowid")]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    connection = await aiosqlite.connect(tmp_path / "db", isolation_level=None)
    await connection.execute("PRAGMA journal_mode = WAL")
    await connection.execute("CREATE TABLE things (name TEXT UNIQUE)")
    rig = Rig(connection)
    try:
        yield rig
    finally:
        await rig.writer.close()
        await connection.close()


def add(name: str, tx: Transaction) -> str:
    tx.run(ADD, (name,))
    return name


async def test_what_waits_together_is_one_commit(rig: Rig):
    done = await asyncio.gather(*(rig.writer.commit(lambda tx, n=n: add(str(n), tx)) for n in range(100)))
    assert done == [str(n) for n in range(100)]
    assert await rig.names() == done
    assert len(rig.commits) == 1


async def test_how_much_was_changed_is_told_with_each_commit(rig: Rig):
    await asyncio.gather(*(rig.writer.commit(lambda tx, n=n: add(str(n), tx)) for n in range(3)))
    await rig.writer.commit(lambda tx: add("more", tx))
    assert rig.changes == [3, 4]


async def test_one_after_the_other_is_a_commit_each(rig: Rig):
    for n in range(3):
        await rig.writer.commit(lambda tx, n=n: add(str(n), tx))
    assert len(rig.commits) == 3


async def test_an_intention_that_raises_takes_back_its_own_rows_only(rig: Rig):
    def refuse(tx: Transaction) -> None:
        tx.run(ADD, ("half",))
        raise Rejected("opted_out")

    def stumble(tx: Transaction) -> None:
        tx.run(ADD, ("bug",))
        raise ZeroDivisionError

    done = await asyncio.gather(
        rig.writer.commit(lambda tx: add("a", tx)),
        rig.writer.commit(refuse),
        rig.writer.commit(stumble),
        rig.writer.commit(lambda tx: add("b", tx)),
        return_exceptions=True,
    )
    assert [type(one) for one in done] == [str, Rejected, ZeroDivisionError, str]
    assert await rig.names() == ["a", "b"]


async def test_a_lone_intention_that_raises_writes_nothing(rig: Rig):
    def refuse(tx: Transaction) -> None:
        tx.run(ADD, ("half",))
        raise Rejected("opted_out")

    with pytest.raises(Rejected):
        await rig.writer.commit(refuse)
    assert await rig.names() == []
    assert not rig.connection.in_transaction


async def test_equal_work_is_done_together_and_alone_when_it_fails_together(rig: Rig):
    groups: list[int] = []

    def add_all(tx: Transaction, names: list[str]) -> list[str]:
        groups.append(len(names))
        tx.many(ADD, [(name,) for name in names])
        return names

    done = await asyncio.gather(*(rig.writer.commit_merged(add_all, name) for name in "abc"))
    assert (done, groups) == (["a", "b", "c"], [3])
    again = await asyncio.gather(*(rig.writer.commit_merged(add_all, name) for name in "xay"), return_exceptions=True)
    assert [type(one) for one in again] == [str, sqlite3.IntegrityError, str]
    assert groups == [3, 3, 1, 1, 1]
    assert await rig.names() == ["a", "b", "c", "x", "y"]


async def test_a_caller_who_left_before_the_commit_is_passed_over(rig: Rig):
    leaving = asyncio.ensure_future(rig.writer.commit(lambda tx: add("a", tx)))
    staying = asyncio.ensure_future(rig.writer.commit(lambda tx: add("b", tx)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == "b"
    assert await rig.names() == ["b"]


async def test_effects_are_told_after_the_commit_and_only_of_what_was_kept(rig: Rig):
    def ring(tx: Transaction) -> None:
        tx.ring("kept")
        tx.moved(("auto", "default"), 2)

    def fail(tx: Transaction) -> None:
        tx.ring("lost")
        tx.moved(("auto", "default"), 5)
        raise Rejected("opted_out")

    await asyncio.gather(rig.writer.commit(ring), rig.writer.commit(fail), return_exceptions=True)
    [effects] = rig.commits
    assert effects.keys == {"kept"}
    assert rig.memory.waiting == {("auto", "default"): 2}


async def test_a_commit_that_fails_refuses_all_of_it_and_the_next_one_goes_on(rig: Rig, tmp_path: Path):
    await rig.connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(tmp_path / "db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        done = await asyncio.gather(
            *(rig.writer.commit(lambda tx, n=n: add(str(n), tx)) for n in range(3)), return_exceptions=True
        )
        assert [type(one) for one in done] == [Unavailable] * 3
        other.execute("ROLLBACK")
    finally:
        other.close()
    await rig.writer.commit(lambda tx: add("after", tx))
    assert await rig.names() == ["after"]
    assert rig.reloads == 1


async def test_a_fault_of_the_program_leaves_nobody_waiting(rig: Rig):
    def break_memory(tx: Transaction) -> None:
        def stumble(_: Memory) -> None:
            raise ZeroDivisionError

        tx.remember(stumble)

    with pytest.raises(Unavailable):
        await rig.writer.commit(break_memory)
    with pytest.raises(Unavailable):
        await rig.writer.commit(lambda tx: add("a", tx))
    with pytest.raises(ZeroDivisionError):
        await rig.writer.close()
    rig.writer = Writer(rig.connection, rig.memory, reload=rig._reload, committed=rig._committed)


async def test_closing_commits_what_waits_and_refuses_what_comes_later(rig: Rig):
    waiting = asyncio.ensure_future(rig.writer.commit(lambda tx: add("a", tx)))
    await asyncio.sleep(0)
    await rig.writer.close()
    assert await waiting == "a"
    with pytest.raises(Unavailable):
        await rig.writer.commit(lambda tx: add("b", tx))
