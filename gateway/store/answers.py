"""The answers kept for Idempotency-Keys: written with what they tell of, given again for 24 h (native-v1 §5)."""

import json
from datetime import timedelta

from gateway.domain.errors import Conflict, Rejected
from gateway.store.contract import Enqueued, Idempotency, NewBatch, Once, StoredAnswer
from gateway.store.rows import dump
from gateway.store.transaction import Row, Transaction

IDEMPOTENCY_MS = 86_400_000  # a key is kept for 24 h (native-v1 §5)

ANSWER = """
SELECT fingerprint, batch, public_uuid, status, body, headers FROM idempotency
WHERE scope = ? AND key = ? AND created_at > ?
"""
KEEP_ANSWER = """
INSERT INTO idempotency (scope, key, fingerprint, batch, public_uuid, status, body, headers, created_at)
VALUES (:scope, :key, :fingerprint, :batch, :public_uuid, :status, :body, :headers, :now)
ON CONFLICT (scope, key) DO UPDATE
SET fingerprint = excluded.fingerprint, batch = excluded.batch, public_uuid = excluded.public_uuid,
    status = excluded.status, body = excluded.body, headers = excluded.headers, created_at = excluded.created_at
"""


def replay(tx: Transaction, idempotency: Idempotency, now: int) -> Enqueued | None:
    """What the first call with this key was answered. Raises Rejected("idempotency_mismatch")."""
    known = tx.row(ANSWER, (idempotency.scope, idempotency.key, now - IDEMPOTENCY_MS))
    if known is None:
        return None
    if known["fingerprint"] != idempotency.fingerprint:
        raise Rejected("idempotency_mismatch", "this Idempotency-Key was used with another body")
    return Enqueued(known["batch"], known["public_uuid"], (), replay=_answer(known))


def _answer(row: Row) -> StoredAnswer:
    return StoredAnswer(row["status"], row["body"], json.loads(row["headers"]))


def keep(tx: Transaction, batch: NewBatch, idempotency: Idempotency, enqueued: Enqueued, now: int) -> None:
    """Keep what the caller is answered, made here and now from what was accepted."""
    answer = idempotency.render(enqueued)
    row: dict[str, object] = {
        "scope": idempotency.scope,
        "key": idempotency.key,
        "fingerprint": idempotency.fingerprint,
    }
    row |= {"batch": batch.id, "public_uuid": batch.public_uuid, "status": answer.status, "body": answer.body}
    tx.run(KEEP_ANSWER, row | {"headers": dump(dict(answer.headers)), "now": now})


def note_once(tx: Transaction, batch: NewBatch, once: Once, now: int) -> None:
    """Note that this happens now, beside the kept answers. Raises Conflict("duplicate") when it did a moment ago."""
    since = now - once.within // timedelta(milliseconds=1)
    scope = (
        f"once {batch.account} {once.scope}"  # the scopes of answers begin with the id of a key, which has 8 characters
    )
    if once.binding and tx.row(ANSWER, (scope, once.key, since)) is not None:
        raise Conflict("duplicate", "the same was done a moment ago")
    row = {"scope": scope, "key": once.key, "fingerprint": b"", "batch": batch.id, "public_uuid": batch.public_uuid}
    tx.run(KEEP_ANSWER, row | {"status": 0, "body": "", "headers": "{}", "now": now})
