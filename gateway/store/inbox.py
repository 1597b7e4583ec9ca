"""What came in, by when it came."""

from collections.abc import Mapping

from gateway.domain.message import Message
from gateway.store.contracts.inbox import Sort
from gateway.store.rows import message_from
from gateway.store.transaction import Transaction

BETWEEN = """
SELECT * FROM messages
WHERE account = :account AND direction = 'in' AND created_at >= :start AND created_at < :end
ORDER BY """
ORDERS: Mapping[tuple[Sort, bool], str] = {
    ("received", False): "created_at, num",
    ("received", True): "created_at DESC, num DESC",
    ("sender", False): "sender, num",
    ("sender", True): "sender DESC, num DESC",
    ("body", False): "body, num",
    ("body", True): "body DESC, num DESC",
}
ONE = "SELECT * FROM messages WHERE id = :id AND account = :account AND direction = 'in'"


def between(
    tx: Transaction, account: str, window: tuple[int, int], *, sort: Sort, descending: bool, limit: int
) -> list[Message]:
    """window: milliseconds, the second one no longer in it."""
    asked = {"account": account, "start": window[0], "end": window[1], "most": limit}
    return [message_from(row) for row in tx.rows(f"{BETWEEN}{ORDERS[sort, descending]} LIMIT :most", asked)]


def find(tx: Transaction, account: str, message: str) -> Message | None:
    row = tx.row(ONE, {"id": message, "account": account})
    return None if row is None else message_from(row)
