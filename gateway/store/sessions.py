"""Sessions of logins."""

from collections.abc import Callable, Mapping
from datetime import datetime

from gateway.domain.access import Session
from gateway.domain.errors import NotFound
from gateway.store.access import find_key
from gateway.store.transaction import Row, Transaction, from_ms, to_ms

OF_KEY = "SELECT * FROM sessions WHERE key = ? ORDER BY num DESC"
ADD = """
INSERT INTO sessions (token_hash, key, permanent, created_at, used_at)
VALUES (:token_hash, :key, :permanent, :created_at, :used_at)
"""
FIND = "SELECT * FROM sessions WHERE token_hash = ?"
DROP = "DELETE FROM sessions WHERE token_hash = ?"
LONGEST_MS = 14 * 86_400_000  # after which every session has ended
OLD = "DELETE FROM sessions WHERE created_at <= ?"
USED = "UPDATE sessions SET used_at = ? WHERE token_hash = ?"


def open_session(tx: Transaction, session: Session, most: int, ended: Callable[[Session], bool]) -> None:
    """Raises NotFound when the key or login does not stand."""
    key = find_key(tx, session.key)
    if key is None or key.revoked_at is not None:
        raise NotFound("there is no such login any more")
    known = [_session_from(row) for row in tx.rows(OF_KEY, (session.key,))]
    kept = [one for one in known if not ended(one)][: most - 1]
    tx.many(DROP, [(one.token_hash,) for one in known if one not in kept])
    tx.run(ADD, _row(session))
    if len(kept) < len(known):
        tx.effects.access = True


def find(tx: Transaction, token_hash: bytes) -> Session | None:
    row = tx.row(FIND, (token_hash,))
    return None if row is None else _session_from(row)


def close(tx: Transaction, token_hash: bytes) -> None:
    if tx.run(DROP, (token_hash,)):
        tx.effects.access = True


def used(tx: Transaction, uses: Mapping[bytes, datetime]) -> None:
    tx.many(USED, [(to_ms(at), token_hash) for token_hash, at in uses.items()])


def prune(tx: Transaction, now: int) -> int:
    """Drop those that ended by their age. Returns how many."""
    return tx.run(OLD, (now - LONGEST_MS,))


def _session_from(row: Row) -> Session:
    return Session(
        token_hash=row["token_hash"],
        key=row["key"],
        permanent=bool(row["permanent"]),
        created_at=from_ms(row["created_at"]),
        used_at=from_ms(row["used_at"]),
    )


def _row(session: Session) -> dict[str, object]:
    return {
        "token_hash": session.token_hash,
        "key": session.key,
        "permanent": int(session.permanent),
        "created_at": to_ms(session.created_at),
        "used_at": to_ms(session.used_at),
    }
