"""Migrations: forward only, whole or not at all, a copy beside the database before it changes."""

import re
import sqlite3
from pathlib import Path

import pytest

from gateway.store.migrate import DatabaseDamaged, SchemaTooNew, backup_path, check, migrate, migrations, version_of

FIRST = {1: "CREATE TABLE a (x TEXT);\nINSERT INTO a VALUES ('one; two');\n"}
SECOND = FIRST | {2: "-- a comment; with a semicolon\nALTER TABLE a ADD COLUMN y TEXT;\nUPDATE a SET y = 'new';\n"}
BROKEN = FIRST | {2: "ALTER TABLE a ADD COLUMN y TEXT;\nINSERT INTO nowhere VALUES (1);\n"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "simgate.db"


@pytest.fixture
def connection(path: Path):
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_the_packaged_migrations_are_numbered_without_gaps():
    assert list(migrations()) == list(range(1, len(migrations()) + 1))


def test_a_new_database_gets_the_whole_schema_and_no_copy(connection, path):
    assert migrate(connection, path) == max(migrations())
    assert version_of(connection) == max(migrations())
    assert list(path.parent.glob("*.backup")) == []
    before = schema(connection)
    migrate(connection, path)
    assert schema(connection) == before


def test_an_older_database_is_copied_and_then_brought_forward(connection, path):
    migrate(connection, path, FIRST)
    assert migrate(connection, path, SECOND) == 2
    assert connection.execute("SELECT x, y FROM a").fetchall() == [("one; two", "new")]
    copy = sqlite3.connect(backup_path(path, 1))
    try:
        assert version_of(copy) == 1
        assert copy.execute("SELECT * FROM a").fetchall() == [("one; two",)]
    finally:
        copy.close()


def test_a_migrated_schema_is_the_fresh_one(connection, path, tmp_path):
    migrate(connection, path, FIRST)
    migrate(connection, path, SECOND)
    fresh = sqlite3.connect(tmp_path / "fresh.db", isolation_level=None)
    try:
        migrate(fresh, tmp_path / "fresh.db", SECOND)
        assert schema(fresh) == schema(connection)
    finally:
        fresh.close()


def test_subscriptions_and_opt_outs_of_the_first_schema_are_carried_over(connection, path):
    known = migrations()
    migrate(connection, path, {1: known[1]})
    connection.execute("INSERT INTO subscriptions VALUES ('default', '+15', 'sale', 'stopped', 'keyword', 7)")
    connection.execute("INSERT INTO opt_outs VALUES ('default', '+15', 'opt_1', 'keyword', 7, 'STOP')")
    migrate(connection, path)
    connection.row_factory = sqlite3.Row
    subscription = dict(connection.execute("SELECT * FROM subscriptions").fetchone())
    assert re.fullmatch("sub_0[0-9A-F]{25}", subscription.pop("id"))
    kept = {"num": 1, "account": "default", "phone": "+15", "kind": "campaign", "target": "sale", "state": "stopped"}
    kept |= {"source": "keyword", "authenticated": 0, "contact_group": 0, "created_at": 7, "updated_at": 7}
    assert subscription == kept
    opt_out = dict(connection.execute("SELECT * FROM opt_outs").fetchone())
    kept = {"num": 1, "id": "opt_1", "account": "default", "phone": "+15", "scope": "account", "source": "keyword"}
    assert opt_out == kept | {"at": 7, "text": "STOP"}


def test_accounts_and_keys_of_the_first_schema_are_kept_and_get_what_logins_brought(connection, path):
    migrate(connection, path, {1: migrations()[1]})
    connection.executemany(
        "INSERT INTO accounts (id, name, settings, created_at) VALUES (?, ?, '{}', 1)", [("acc_1", "a"), ("acc_2", "b")]
    )
    connection.executemany(
        "INSERT INTO keys (id, account, kind, secret_hash, scopes, name, ip_allow, created_at, revoked_at)"
        " VALUES (?, 'a', 'api_key', x'01', '[]', 'till', '[]', ?, ?)",
        [("later", 20, None), ("first", 10, 15)],
    )
    migrate(connection, path)
    licensees = [row[0] for row in connection.execute("SELECT licensee_id FROM accounts")]
    assert len(set(licensees)) == 2
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in licensees)
    kept = connection.execute("SELECT num, id, account, name, fronts, created_at, revoked_at FROM keys ORDER BY num")
    assert kept.fetchall() == [(1, "first", "a", "till", "[]", 10, 15), (2, "later", "a", "till", "[]", 20, None)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_migration_that_fails_leaves_the_old_schema_and_can_be_tried_again(connection, path):
    migrate(connection, path, FIRST)
    before = schema(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, path, BROKEN)
    assert schema(connection) == before
    assert version_of(connection) == 1
    assert not connection.in_transaction
    assert migrate(connection, path, SECOND) == 2


def test_a_newer_database_is_refused_with_what_to_do(connection, path):
    migrate(connection, path, SECOND)
    with pytest.raises(SchemaTooNew, match=r"install the newer version.*simgate\.db\.v1\.backup.*simgate restore"):
        migrate(connection, path, FIRST)


def test_a_damaged_database_is_told(path):
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, path)
    connection.executemany("INSERT INTO pins VALUES (?, ?, 'trying', 1)", [(str(n), b"x" * 500) for n in range(200)])
    check(connection, path)
    connection.close()
    octets = bytearray(path.read_bytes())
    octets[8 * 4096 :] = b"\xff" * (len(octets) - 8 * 4096)
    path.write_bytes(octets)
    damaged = sqlite3.connect(path, isolation_level=None)
    try:
        with pytest.raises(DatabaseDamaged, match="simgate restore"):
            check(damaged, path)
    finally:
        damaged.close()


def test_endpoints_that_shared_a_name_get_one_each(connection, path):
    known = migrations()
    number = next(number for number, script in known.items() if "webhooks_name" in script)
    migrate(connection, path, {n: script for n, script in known.items() if n < number})
    for num, account, name in ((1, "a", "Desk"), (2, "a", "dESK"), (3, "a", ""), (4, "a", ""), (5, "b", "desk")):
        connection.execute(
            "INSERT INTO webhooks VALUES (?, ?, ?, 'u', 's', ?, '', '[]', 'native', '[]', 1, '{}', 1, NULL, NULL, NULL,"
            " NULL, 0, 0)",
            (num, f"whk_{num}", account, name),
        )
    connection.execute("INSERT INTO line_days VALUES (1, '2026-11-20', 7)")
    migrate(connection, path)
    names = [row[0] for row in connection.execute("SELECT name FROM webhooks ORDER BY num")]
    assert names == ["Desk", "dESK (whk_2)", "", "", "desk"]
    assert connection.execute("SELECT * FROM line_days").fetchall() == [(1, "2026-11-20", "", "", 7, 0)]
