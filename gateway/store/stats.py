"""Counting an account's messages, a bounded piece at a time (native-v1 §7.10)."""

from dataclasses import dataclass

from gateway.domain.stats import Slice
from gateway.store.transaction import Transaction

PIECE = 20_000  # messages counted in one look, of which each is short
SLOT_MS = 900_000  # a quarter of an hour: every time zone is whole ones away from UTC

_KEYS = {"day": "NULL", "line": "line", "campaign": "campaign"}
_SLOTS = {"day": f"created_at / {SLOT_MS}", "line": "NULL", "campaign": "NULL"}
_PIECE = """
SELECT {key} AS group_key, {slot} AS slot, direction, state, COUNT(*) AS messages, SUM(segments) AS segments
FROM (SELECT * FROM messages WHERE account = :account AND num < :before ORDER BY num DESC LIMIT :most) AS piece
WHERE created_at >= :since AND created_at < :until
GROUP BY 1, 2, direction, state
"""
PIECES = {name: _PIECE.format(key=_KEYS[name], slot=_SLOTS[name]) for name in _KEYS}
EXTENT = """
SELECT MIN(num) AS first, COUNT(*) AS messages, MAX(created_at) AS newest
FROM (SELECT num, created_at FROM messages WHERE account = :account AND num < :before
      ORDER BY num DESC LIMIT :most) AS piece
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """before: where the next, older piece ends; None when there is nothing older that counts."""

    slices: tuple[Slice, ...]
    before: int | None


def piece(tx: Transaction, account: str, group_by: str, since: int, until: int, before: int) -> Piece:
    """The newest messages with a num below ``before``, those of the time counted. since, until: milliseconds."""
    asked = {"account": account, "before": before, "most": PIECE}
    extent = tx.row(EXTENT, asked)
    assert extent is not None
    if not extent["messages"]:
        return Piece((), None)
    rows = tx.rows(PIECES[group_by], asked | {"since": since, "until": until})
    over = extent["messages"] < PIECE or extent["newest"] < since
    slices = tuple(
        Slice(row["direction"], row["state"], row["messages"], row["segments"], row["group_key"], row["slot"])
        for row in rows
    )
    return Piece(slices, None if over else extent["first"])
