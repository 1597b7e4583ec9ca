"""The duplicates guard: who sends the same text to the same number again within a while is told so (native-v1 §2)."""

from gateway.store.contract import NewBatch
from gateway.store.transaction import Transaction

NOTE = """
INSERT INTO duplicates (account, fingerprint, until) VALUES (:account, :fingerprint, :until)
ON CONFLICT (account, fingerprint) DO UPDATE SET until = excluded.until
WHERE duplicates.until <= :now OR duplicates.until > :until
"""  # further ahead than one noted now: the clock was set back, or the window made shorter
OLD = """
DELETE FROM duplicates WHERE (account, fingerprint) IN (
    SELECT old.account, old.fingerprint FROM duplicates AS old WHERE old.until <= :now LIMIT :most)
"""


def is_one(tx: Transaction, batch: NewBatch, fingerprint: bytes, now: int) -> bool:
    """Whether a message of that fingerprint was accepted within the window; if not, this one is noted."""
    row = {"account": batch.account, "fingerprint": fingerprint, "now": now}
    return tx.run(NOTE, row | {"until": now + batch.duplicate_window_s * 1000}) == 0


def prune(tx: Transaction, now: int, most: int) -> int:
    """Drop what no message is compared with any more. Returns how many rows."""
    return tx.run(OLD, {"now": now, "most": most})
