"""What a receipt of a sent message tells beside its event."""

from gateway.domain.event import Event
from gateway.domain.webhook import Receipt
from gateway.store.transaction import Transaction

RECEIPT = """
SELECT messages.num, batches.public_uuid, lines.number, COUNT(parts.sent_at) AS sent,
       SUM(CASE parts.state WHEN 'delivered' THEN 1 ELSE 0 END) AS delivered
FROM messages
LEFT JOIN batches ON batches.id = messages.batch
LEFT JOIN lines ON lines.id = messages.line
LEFT JOIN parts ON parts.message = messages.num
WHERE messages.id = ?
GROUP BY messages.num, batches.public_uuid, lines.number
"""


def of(tx: Transaction, event: Event) -> Receipt | None:
    """Looked up only for a delivery that tells it: what it says stands still once the message has ended."""
    if event.message is None or event.data.get("direction") != "out":
        return None
    row = tx.row(RECEIPT, (event.message,))
    if row is None:
        return None
    return Receipt(row["num"], row["public_uuid"] or "", row["number"], row["sent"], row["delivered"] or 0)
