"""Accounts, their keys and their logins."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from gateway.domain.access import Account, AccountSettings, Key
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ids import new_id, new_uuid
from gateway.store.rows import account_from, dump, key_from, key_row
from gateway.store.transaction import NEWEST, Memory, Transaction, to_ms, to_ms_or_none

ACCOUNTS = "SELECT * FROM accounts ORDER BY num"
PAGE_OF_ACCOUNTS = "SELECT * FROM accounts WHERE num < :cursor ORDER BY num DESC LIMIT :limit"
ACCOUNT = "SELECT * FROM accounts WHERE name = ?"
FIND_ACCOUNT = "SELECT * FROM accounts WHERE name = :word OR id = :word"
ACCOUNT_NUM = "SELECT * FROM accounts WHERE num = ?"
ACCOUNT_LICENSEE = "SELECT * FROM accounts WHERE licensee_id = ?"
ADD_ACCOUNT = """
INSERT INTO accounts (id, name, settings, created_at, licensee_id) VALUES (:id, :name, :settings, :now, :licensee_id)
ON CONFLICT (name) DO NOTHING
"""
CHANGE_ACCOUNT = """
UPDATE accounts SET settings = :settings, suspended_at = :suspended_at, licensee_id = :licensee_id WHERE num = :num
"""
SET_ACCOUNT = "UPDATE accounts SET settings = :settings WHERE name = :name"
SUSPENDED = "SELECT name FROM accounts WHERE suspended_at IS NOT NULL"
SUSPEND_ACCOUNT = "UPDATE accounts SET suspended_at = :at WHERE name = :name"

ADD_KEY = """
INSERT INTO keys (id, account, kind, secret_hash, scopes, name, username, ip_allow, fronts, created_at, expires_at,
                  last_used_at, revoked_at)
VALUES (:id, :account, :kind, :secret_hash, :scopes, :name, :username, :ip_allow, :fronts, :created_at, :expires_at,
        :last_used_at, :revoked_at)
ON CONFLICT (id) DO NOTHING
"""
KEY = "SELECT * FROM keys WHERE id = ?"
KEYS = "SELECT * FROM keys WHERE account = :account OR :account IS NULL ORDER BY num"
PAGE_OF_KEYS = """
SELECT * FROM keys WHERE account = :account AND kind = 'api_key' AND num < :cursor ORDER BY num DESC LIMIT :limit
"""
PAGE_OF_LOGINS = """
SELECT * FROM keys WHERE account = :account AND kind = 'login' AND revoked_at IS NULL AND num < :cursor
ORDER BY num DESC LIMIT :limit
"""
LOGIN = "SELECT * FROM keys WHERE username = ? AND revoked_at IS NULL"
REVOKE_KEY = """
UPDATE keys SET revoked_at = :now
WHERE id = :id AND kind = :kind AND revoked_at IS NULL AND (account = :account OR :account IS NULL)
"""
DROP_SESSIONS = "DELETE FROM sessions WHERE key = ?"
KEY_USED = "UPDATE keys SET last_used_at = ? WHERE id = ?"


def accounts(tx: Transaction) -> list[Account]:
    return [account_from(row) for row in tx.rows(ACCOUNTS)]


def account(tx: Transaction, name: str) -> Account | None:
    row = tx.row(ACCOUNT, (name,))
    return None if row is None else account_from(row)


def put_account(tx: Transaction, name: str, settings: AccountSettings, now: int, *, replace: bool) -> Account:
    """Make it; or with replace give the one that stands these settings."""
    row = _new_account(name, settings, now, None)
    made = tx.run(ADD_ACCOUNT, row)
    if not made and replace:
        tx.run(SET_ACCOUNT, row)
    tx.effects.access = True
    standing = account(tx, name)
    assert standing is not None
    return standing


def _new_account(name: str, settings: AccountSettings, now: int, licensee_id: str | None) -> dict[str, object]:
    return {
        "id": new_id("acc", now),
        "name": name,
        "settings": dump(asdict(settings)),
        "now": now,
        "licensee_id": licensee_id or new_uuid().replace("-", ""),
    }


def page_of_accounts(tx: Transaction, limit: int, cursor: int | None) -> list[Account]:
    rows = tx.rows(PAGE_OF_ACCOUNTS, {"cursor": NEWEST if cursor is None else cursor, "limit": limit})
    return [account_from(row) for row in rows]


def find_account(tx: Transaction, word: str) -> Account | None:
    """By name or id."""
    row = tx.row(FIND_ACCOUNT, {"word": word})
    return None if row is None else account_from(row)


def account_of(tx: Transaction, num: int | None, licensee_id: str | None) -> Account | None:
    row = tx.row(ACCOUNT_LICENSEE, (licensee_id,)) if num is None else tx.row(ACCOUNT_NUM, (num,))
    return None if row is None else account_from(row)


def create_account(tx: Transaction, name: str, settings: AccountSettings, now: int, licensee_id: str | None) -> Account:
    """Raises Conflict("conflict")."""
    if licensee_id is not None:
        _need_free(tx, licensee_id, None)
    if not tx.run(ADD_ACCOUNT, _new_account(name, settings, now, licensee_id)):
        raise Conflict("conflict", f'there is an account "{name}" already')
    tx.effects.access = True
    made = account(tx, name)
    assert made is not None
    return made


def change_account(tx: Transaction, word: str, change: Callable[[Account], Account]) -> Account:
    """Raises NotFound, Conflict("conflict"), and what ``change`` raises."""
    standing = find_account(tx, word)
    if standing is None:
        raise NotFound("there is no such account")
    changed = change(standing)
    _need_free(tx, changed.licensee_id, standing.num)
    row = {
        "num": standing.num,
        "settings": dump(asdict(changed.settings)),
        "suspended_at": to_ms_or_none(changed.suspended_at),
        "licensee_id": changed.licensee_id,
    }
    tx.run(CHANGE_ACCOUNT, row)
    tx.effects.access = True
    _hold_or_release(tx, changed.name, held=changed.suspended_at is not None)
    return changed


def _need_free(tx: Transaction, licensee_id: str, num: int | None) -> None:
    owner = account_of(tx, None, licensee_id)
    if owner is not None and owner.num != num:
        raise Conflict("conflict", "another account has this licensee id")


def suspend_account(tx: Transaction, name: str, at: datetime | None) -> None:
    """What waits of a suspended account goes on waiting until it is resumed. Raises NotFound."""
    if not tx.run(SUSPEND_ACCOUNT, {"name": name, "at": to_ms_or_none(at)}):
        raise NotFound(f"there is no account {name}")
    tx.effects.access = True
    _hold_or_release(tx, name, held=at is not None)


def _hold_or_release(tx: Transaction, name: str, *, held: bool) -> None:
    """No line takes messages of a suspended account; when it is resumed, all look."""
    if held == (name in tx.memory.suspended):
        return
    changed = tx.memory.suspended | {name} if held else tx.memory.suspended - {name}

    def remember(memory: Memory) -> None:
        memory.suspended = changed

    tx.remember(remember)
    tx.effects.lines |= tx.memory.lines.keys()


def add_key(tx: Transaction, key: Key) -> None:
    """Raises NotFound for an unknown account, Conflict("conflict") for an id that exists."""
    if account(tx, key.account) is None:
        raise NotFound(f"there is no account {key.account}")
    if not tx.run(ADD_KEY, key_row(key)):
        raise Conflict("conflict", f"there is a key {key.id} already")
    tx.effects.access = True


def find_key(tx: Transaction, key_id: str) -> Key | None:
    row = tx.row(KEY, (key_id,))
    return None if row is None else key_from(row)


def keys(tx: Transaction, of: str | None) -> list[Key]:
    return [key_from(row) for row in tx.rows(KEYS, {"account": of})]


def revoke_key(tx: Transaction, of: str | None, key_id: str, now: int) -> bool:
    """An API key; a login is removed by ``remove_login``."""
    return _revoke(tx, of, key_id, "api_key", now)


def _revoke(tx: Transaction, of: str | None, key_id: str, kind: str, now: int) -> bool:
    tx.effects.access = True
    return tx.run(REVOKE_KEY, {"account": of, "id": key_id, "kind": kind, "now": now}) > 0


def page_of_keys(tx: Transaction, of: str, limit: int, cursor: int | None) -> list[Key]:
    return [key_from(row) for row in tx.rows(PAGE_OF_KEYS, _page(of, limit, cursor))]


def page_of_logins(tx: Transaction, of: str, limit: int, cursor: int | None) -> list[Key]:
    return [key_from(row) for row in tx.rows(PAGE_OF_LOGINS, _page(of, limit, cursor))]


def _page(of: str, limit: int, cursor: int | None) -> dict[str, object]:
    return {"account": of, "limit": limit, "cursor": NEWEST if cursor is None else cursor}


def login(tx: Transaction, username: str) -> Key | None:
    """The one of that name that stands."""
    row = tx.row(LOGIN, (username,))
    return None if row is None else key_from(row)


def add_login(tx: Transaction, key: Key) -> Key:
    """Raises NotFound for an unknown account, Conflict("conflict") for a user name that is taken."""
    if key.username is not None and login(tx, key.username) is not None:
        raise Conflict("conflict", f'there is a user "{key.username}" already')
    add_key(tx, key)
    made = find_key(tx, key.id)
    assert made is not None
    return made


def remove_login(tx: Transaction, of: str, key_id: str, now: int) -> bool:
    """With its sessions."""
    removed = _revoke(tx, of, key_id, "login", now)
    if removed:
        tx.run(DROP_SESSIONS, (key_id,))
    return removed


def key_used(tx: Transaction, uses: Mapping[str, datetime]) -> None:
    tx.many(KEY_USED, [(to_ms(at), key_id) for key_id, at in uses.items()])
