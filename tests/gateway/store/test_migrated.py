"""A database that the first version left behind: nothing in it is lost, wherever its migration was interrupted."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.message import State
from gateway.store.contract import MessageFilter, Place, Store
from gateway.store.migrate import backup_path, migrate, migrations, version_of
from tests.gateway.contract.build import ALICE, BOB, HOUR, NOW, arrival, once, take

FILLED = Path(__file__).parents[2] / "vectors" / "stores" / "schema-1.sql"
NEW_NAMES = {"subscriptions": {"campaign": "target", "at": "updated_at"}}  # of columns

Row = dict[str, object]


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA synchronous = OFF")  # no power cut is tested here
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a database of the first schema, as the store finds it."""
    path = tmp_path / "simgate.db"
    with opened(path) as connection:
        migrate(connection, path, {1: migrations()[1]})
        connection.executescript(f"BEGIN; {FILLED.read_text('utf-8')} COMMIT;")
    return path


def rows(connection: sqlite3.Connection) -> dict[str, list[Row]]:
    """Every table but SQLite's own and the probe."""
    names = [row["name"] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
        for name in names
        if not name.startswith("sqlite_") and name != "probe"
    }


def schema(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return {tuple(row) for row in connection.execute("SELECT name, sql FROM sqlite_schema")}


def is_kept(table: str, old: Row, now: list[Row]) -> bool:
    """Whether a row of now says all that the old one did."""
    names = NEW_NAMES.get(table, {})
    wanted = {names.get(column, column): value for column, value in old.items()}
    return any(all(new[column] == value for column, value in wanted.items()) for new in now)


def test_the_sample_has_a_row_of_every_table_and_a_message_in_every_state(path: Path):
    with opened(path) as connection:
        found = rows(connection)
    assert [name for name, content in found.items() if not content] == []
    states = {State(str(row["state"])) for row in found["messages"]}
    assert states == set(State) - {State.UNDELIVERED, State.REJECTED}


def test_every_row_is_still_there_and_the_schema_is_a_fresh_one(path: Path, tmp_path: Path):
    with opened(path) as connection, opened(tmp_path / "fresh.db") as fresh:
        before = rows(connection)
        assert migrate(connection, path) == migrate(fresh, tmp_path / "fresh.db")
        assert schema(connection) == schema(fresh)
        after = rows(connection)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    lost = [
        (table, old) for table, content in before.items() for old in content if not is_kept(table, old, after[table])
    ]
    [(table, renamed)] = lost
    assert (table, renamed["name"]) == ("webhooks", "desk")
    assert is_kept("webhooks", renamed | {"name": f"desk ({renamed['id']})"}, after["webhooks"])
    assert {table: len(content) for table, content in before.items()} == {table: len(after[table]) for table in before}


def told(connection: sqlite3.Connection) -> dict[str, list[Row]]:
    """What does not differ from one migration to the next: ids and licensee ids are drawn."""
    drawn = {"accounts": {"licensee_id"}, "subscriptions": {"id"}, "tracking": {"factor", "summand"}}
    return {
        table: [{name: value for name, value in row.items() if name not in drawn.get(table, ())} for row in content]
        for table, content in rows(connection).items()
    }


@pytest.mark.parametrize("last", range(1, max(migrations())))
def test_a_crash_between_two_migrations_is_nothing_that_the_next_start_does_not_finish(path: Path, last: int):
    straight = path.with_name("straight.db")
    straight.write_bytes(path.read_bytes())
    known = migrations()
    with opened(straight) as connection:
        migrate(connection, straight)
        expected = schema(connection), told(connection)
    with opened(path) as connection:
        migrate(connection, path, {number: known[number] for number in range(1, last + 1)})
    with opened(path) as connection:
        assert version_of(connection) == last
        migrate(connection, path)
        assert (schema(connection), told(connection)) == expected
    with opened(backup_path(path, 1)) as copy:
        assert version_of(copy) == 1
        assert len(rows(copy)["messages"]) == len(expected[1]["messages"])


async def test_the_store_goes_on_where_the_old_one_stopped(path: Path, reopen: Callable[[], Awaitable[Store]]):
    store = await reopen()
    office, _ = await store.lines()
    everything = await store.messages(MessageFilter(None), limit=100)
    by_text = {message.text: message for message in everything}
    assert (by_text["delivered"].state, by_text["failed"].state) == (State.DELIVERED, State.FAILED)
    assert (await store.consent.subscription("default", BOB, "campaign", "spring")).state == "active"
    assert [one.scope for one in await store.consent.opt_outs("default", limit=9)] == ["account"]
    assert [hook.name for hook in await store.webhooks("shop")] == ["desk"]
    assert (await store.campaigns.find("default", "spring")).approval == "Y"
    assert (await store.links.find("bcdefgh")).campaign == "spring"
    [thread] = [one for one in await store.threads.list("default", limit=9) if one.line == office.id]
    assert thread.peer == ALICE
    where = MessageFilter("default", thread=thread.id)
    assert {one.state for one in await store.messages(where, limit=99)} >= {State.RECEIVED, State.SENT, State.UNKNOWN}
    replayed = await store.replay(once("k1"), NOW + HOUR)
    assert replayed is not None
    assert replayed.replay is not None


async def test_what_waited_is_sent_once_and_what_lay_in_the_modem_is_no_second_message(
    path: Path, reopen: Callable[[], Awaitable[Store]]
):
    store = await reopen()
    office, van = await store.lines()
    await store.recover(NOW + HOUR)
    await store.promote(NOW + 2 * HOUR)
    claimed = {(await take(store, van, NOW + 2 * HOUR)).message for _ in range(2)}
    while (claim := await store.claim(office.num, NOW + 2 * HOUR)) is not None:
        assert claim.message not in claimed
        claimed.add(claim.message)
    assert len(claimed) == 7  # what waited, was to be tried again or fell due
    again = await store.file_arrival(
        office.num, arrival("still in the SIM", place=Place("SM", 2), announced=False), NOW + timedelta(hours=3)
    )
    assert not again.new
