"""Accounts and their keys."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from gateway.domain.access import Account, AccountSettings, Key
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.ids import new_id
from gateway.store.rows import account_from, dump, key_from, key_row
from gateway.store.transaction import Transaction, to_ms, to_ms_or_none

ACCOUNTS = "SELECT * FROM accounts ORDER BY num"
ACCOUNT = "SELECT * FROM accounts WHERE name = ?"
ADD_ACCOUNT = """
INSERT INTO accounts (id, name, settings, created_at) VALUES (:id, :name, :settings, :now)
ON CONFLICT (name) DO NOTHING
"""
SET_ACCOUNT = "UPDATE accounts SET settings = :settings WHERE name = :name"
SUSPEND_ACCOUNT = "UPDATE accounts SET suspended_at = :at WHERE name = :name"

ADD_KEY = """
INSERT INTO keys (id, account, kind, secret_hash, scopes, name, username, ip_allow, created_at, expires_at,
                  last_used_at, revoked_at)
VALUES (:id, :account, :kind, :secret_hash, :scopes, :name, :username, :ip_allow, :created_at, :expires_at,
        :last_used_at, :revoked_at)
ON CONFLICT (id) DO NOTHING
"""
KEY = "SELECT * FROM keys WHERE id = ?"
KEYS = "SELECT * FROM keys WHERE account = :account OR :account IS NULL ORDER BY created_at, id"
REVOKE_KEY = """
UPDATE keys SET revoked_at = :now
WHERE id = :id AND revoked_at IS NULL AND (account = :account OR :account IS NULL)
"""
KEY_USED = "UPDATE keys SET last_used_at = ? WHERE id = ?"


def accounts(tx: Transaction) -> list[Account]:
    return [account_from(row) for row in tx.rows(ACCOUNTS)]


def account(tx: Transaction, name: str) -> Account | None:
    row = tx.row(ACCOUNT, (name,))
    return None if row is None else account_from(row)


def put_account(tx: Transaction, name: str, settings: AccountSettings, now: int, *, replace: bool) -> Account:
    """Make it; or with replace give the one that stands these settings."""
    row = {"id": new_id("acc", now), "name": name, "settings": dump(asdict(settings)), "now": now}
    made = tx.run(ADD_ACCOUNT, row)
    if not made and replace:
        tx.run(SET_ACCOUNT, row)
    tx.effects.access = True
    standing = account(tx, name)
    assert standing is not None
    return standing


def suspend_account(tx: Transaction, name: str, at: datetime | None) -> None:
    """Raises NotFound."""
    if not tx.run(SUSPEND_ACCOUNT, {"name": name, "at": to_ms_or_none(at)}):
        raise NotFound(f"there is no account {name}")
    tx.effects.access = True


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
    tx.effects.access = True
    return tx.run(REVOKE_KEY, {"account": of, "id": key_id, "now": now}) > 0


def key_used(tx: Transaction, uses: Mapping[str, datetime]) -> None:
    tx.many(KEY_USED, [(to_ms(at), key_id) for key_id, at in uses.items()])
