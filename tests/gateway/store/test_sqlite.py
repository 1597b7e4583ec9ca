"""The SQLite store keeps every promise of the contract, and some that are its own."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.aio import SystemClock
from gateway.domain.errors import Unavailable
from gateway.store import database_path, due, open_store
from gateway.store.contract import MessageFilter, Store, StoreEnded
from gateway.store.migrate import DatabaseDamaged

pytest.register_assert_rewrite("tests.gateway.contract.outbound")
pytest.register_assert_rewrite("tests.gateway.contract.inbound")
pytest.register_assert_rewrite("tests.gateway.contract.telling")
pytest.register_assert_rewrite("tests.gateway.contract.endpoints")
pytest.register_assert_rewrite("tests.gateway.contract.waiting")

from tests.gateway.contract.build import NOW, accept, batch_of, line_up, ms, new_message, once, report, send, take  # noqa: E402 - after the registration
from tests.gateway.store_contract import StoreContract  # noqa: E402


class TestSqliteStore(StoreContract):
    """The contract, on SQLite."""


def test_a_url_names_the_file(tmp_path: Path):
    assert database_path("sqlite", tmp_path) == tmp_path / "simgate.db"
    assert database_path("sqlite:////srv/x.db", tmp_path) == Path("/srv/x.db")
    assert database_path("sqlite:///x.db", tmp_path) == tmp_path / "x.db"
    with pytest.raises(ValueError, match="postgresql"):
        database_path("postgresql://host/db", tmp_path)


async def ask(store: Store, sql: str) -> list[sqlite3.Row]:
    """Straight to the writing connection."""
    return list(await store._connections.writing.execute_fetchall(sql))


@pytest.mark.parametrize(("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)])
async def test_every_commit_is_synced_and_reading_never_waits_for_writing(store: Store, name: str, value: object):
    [row] = await ask(store, f"PRAGMA {name}")
    assert row[0] == value


async def test_a_claim_reads_an_index_head_however_long_the_queue_is(store: Store):
    plan = await ask(
        store,
        "EXPLAIN QUERY PLAN SELECT num, priority FROM messages WHERE waiting = 1 AND route = 'a' AND account = 'b' "
        "AND (avoid IS NULL OR avoid NOT LIKE '%,1,%') ORDER BY priority DESC, num LIMIT 1",
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH messages USING INDEX messages_waiting (route=? AND account=?)",
    ]


async def test_a_window_of_what_came_in_is_read_by_its_times(store: Store):
    plan = await ask(
        store,
        "EXPLAIN QUERY PLAN SELECT * FROM messages WHERE account = 'a' AND direction = 'in' AND created_at >= 1 "
        "AND created_at < 2 ORDER BY created_at DESC, num DESC LIMIT 9",
    )
    assert [row["detail"] for row in plan] == [
        "SEARCH messages USING INDEX messages_inbound_time (account=? AND created_at>? AND created_at<?)",
    ]


async def test_what_was_counted_by_days_does_not_grow_for_ever(store: Store):
    line = await line_up(store)
    for day in (NOW - timedelta(days=60), NOW):
        limited = batch_of(new_message(now=day), now=day, segments_per_day=9, segments_per_month=9)
        await store.enqueue(limited, day)
        await send(store, await take(store, line, day), now=day)
    await store.prune(NOW)
    assert [row["day"] for row in await ask(store, "SELECT day FROM line_days")] == ["2026-11-20"]
    assert [row["period"] for row in await ask(store, "SELECT period FROM usage")] == ["2026-11", "2026-11-20"]


async def test_old_rows_are_dropped_in_pieces_between_which_others_write(store: Store, monkeypatch):
    """An hour of a busy gateway's kept answers in one transaction would stop everybody."""
    monkeypatch.setattr(due, "PRUNED", 2)
    line = await line_up(store)
    for n in range(5):
        kept = {"idempotency": once(f"k{n}"), "duplicate_window_s": 1}
        await store.enqueue(batch_of(new_message(fingerprint=bytes([n])), **kept), NOW)
        await store.file_report(line.num, report(n, to="+44999"), NOW)
    later = ms(NOW + timedelta(days=29))
    assert [await store.write(lambda tx: due.prune(tx, later)) for _ in range(4)] == [6, 6, 3, 0]


async def fill_up(store: Store) -> None:
    for _ in range(200):
        await accept(store, "x" * 1000)


async def test_a_full_disk_refuses_and_is_healed_without_a_restart(store: Store):
    line = await line_up(store)
    await accept(store)
    [pages] = await ask(store, "PRAGMA page_count")
    await ask(store, f"PRAGMA max_page_count = {pages[0]}")
    with pytest.raises(Unavailable) as refusal:
        await fill_up(store)
    assert refusal.value.code == "storage_full"
    kept = await store.messages(MessageFilter(None), limit=500)
    await ask(store, "PRAGMA max_page_count = 1000000")
    assert (await accept(store)).text == "hello"
    assert (await store.counts())["waiting"] == len(kept) + 1
    assert await store.healthy()
    assert (await take(store, line)).message == kept[-1].id


async def test_a_file_that_somebody_else_holds_is_told_as_unavailable(store: Store, tmp_path: Path):
    await ask(store, "PRAGMA busy_timeout = 10")
    other = sqlite3.connect(tmp_path / "simgate.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as refusal:
            await accept(store)
        assert refusal.value.code == "unavailable"
        assert not await store.healthy()
        other.execute("ROLLBACK")
        assert await accept(store)
    finally:
        other.close()


async def test_what_was_asked_before_closing_is_committed_and_nothing_after(tmp_path: Path):
    store = await open_store("sqlite", tmp_path, clock=SystemClock())
    accepting = asyncio.ensure_future(accept(store))
    await asyncio.sleep(0)
    await store.close()
    assert (await accepting).text == "hello"
    with pytest.raises(Unavailable):
        await accept(store)


async def test_a_database_with_more_in_it_than_this_version_knows_is_left_alone(tmp_path: Path):
    store = await open_store("sqlite", tmp_path, clock=SystemClock())
    await store.close()
    connection = sqlite3.connect(tmp_path / "simgate.db")
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(RuntimeError, match="newer version"):
        await open_store("sqlite", tmp_path, clock=SystemClock())


async def test_a_damaged_file_is_told_and_not_touched(tmp_path: Path):
    path = tmp_path / "simgate.db"
    path.write_bytes(b"no database at all, whatever its name says" * 100)
    before = path.read_bytes()
    with pytest.raises(DatabaseDamaged, match="simgate restore"):
        await open_store("sqlite", tmp_path, clock=SystemClock())
    assert path.read_bytes() == before


async def test_numbers_go_on_where_they_were_after_a_restart(store: Store, reopen):
    first = await accept(store, now=NOW)
    second = await accept(await reopen(), now=NOW)
    assert second.num == first.num + 1


async def test_a_writer_that_ended_by_a_fault_is_told_apart_from_a_disk_that_takes_nothing(tmp_path: Path):
    store = await open_store("sqlite", tmp_path, clock=SystemClock())

    def fail(*_: object) -> None:
        raise RuntimeError("a fault of the program")

    store._writer._committed = fail
    with pytest.raises(RuntimeError, match="a fault"):
        await asyncio.gather(store.healthy(), store._writer._task)
    with pytest.raises(StoreEnded):
        await store.healthy()
    with pytest.raises(Unavailable):
        await accept(store)
    with pytest.raises(RuntimeError, match="a fault"):
        await store.close()
