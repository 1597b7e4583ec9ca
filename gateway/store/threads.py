"""Conversations: a row for each pair of line and peer that something passed between (native-v1 §7.3)."""

from gateway.domain.errors import NotFound
from gateway.domain.thread import Thread, thread_id
from gateway.store.transaction import NEWEST, Row, Transaction, from_ms

MOVED = """
INSERT INTO threads (id, account, line, peer, created_at, last_at, last_message, activity, unread, archived)
VALUES (:id, :account, :line, :peer, :now, :now, :message,
        (SELECT COALESCE(MAX(activity), 0) + 1 FROM threads WHERE account = :account), :unread, 0)
ON CONFLICT (id) DO UPDATE
SET last_at = excluded.last_at, last_message = excluded.last_message, activity = excluded.activity,
    unread = threads.unread + excluded.unread,
    archived = CASE WHEN excluded.unread > 0 THEN 0 ELSE threads.archived END
"""
SELECT = """
SELECT threads.*, messages.id AS message_id, messages.body
FROM threads LEFT JOIN messages ON messages.num = threads.last_message
"""
ONE = SELECT + "WHERE threads.id = :id AND threads.account = :account"
PAGE = (
    SELECT
    + """
WHERE threads.account = :account AND threads.activity < :cursor
  AND (threads.archived = :archived OR :archived IS NULL)
ORDER BY threads.activity DESC LIMIT :most
"""
)
CHANGE = """
UPDATE threads
SET archived = COALESCE(:archived, archived),
    unread = CASE WHEN :read IS NULL THEN unread WHEN :read = 1 THEN 0 WHEN unread = 0 THEN 1 ELSE unread END
WHERE id = :id AND account = :account
"""


def moved(tx: Transaction, account: str, line: str, peer: str, message: int, now: int, *, came: bool) -> None:
    """A message came or left: its thread is the newest. One that comes brings an archived thread back."""
    row = {"id": thread_id(account, line, peer), "account": account, "line": line, "peer": peer, "message": message}
    tx.run(MOVED, row | {"now": now, "unread": int(came)})


def threads(
    tx: Transaction, account: str, *, limit: int, cursor: int | None = None, archived: bool | None = None
) -> list[Thread]:
    """The one that was active last first. cursor: ``activity`` of the last one seen."""
    asked = {"account": account, "cursor": NEWEST if cursor is None else cursor, "archived": archived, "most": limit}
    return [thread_from(row) for row in tx.rows(PAGE, asked)]


def find(tx: Transaction, account: str, thread: str) -> Thread | None:
    row = tx.row(ONE, {"id": thread, "account": account})
    return None if row is None else thread_from(row)


def change(tx: Transaction, account: str, thread: str, *, archived: bool | None, read: bool | None) -> Thread:
    """Raises NotFound."""
    tx.run(CHANGE, {"id": thread, "account": account, "archived": archived, "read": read})
    found = find(tx, account, thread)
    if found is None:
        raise NotFound("there is no such thread")
    return found


def thread_from(row: Row) -> Thread:
    return Thread(
        id=row["id"],
        account=row["account"],
        line=row["line"],
        peer=row["peer"],
        created_at=from_ms(row["created_at"]),
        last_at=from_ms(row["last_at"]),
        activity=row["activity"],
        last_message=row["message_id"],
        last_text=row["body"] or "",
        unread=row["unread"],
        archived=bool(row["archived"]),
    )
