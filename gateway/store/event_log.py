"""Going through the log of what happened, and dropping what is old in it (native-v1 §7.10, §8)."""

from collections.abc import Sequence

from gateway.domain.event import Event, EventType
from gateway.store.rows import event_from
from gateway.store.transaction import Transaction

AFTER = "SELECT * FROM events WHERE account = :account AND seq > :seq {narrowed} ORDER BY seq LIMIT :most"
NEWEST_OF = "SELECT COALESCE(MAX(seq), 0) AS seq FROM events WHERE account = ?"
DROPPED_OF = "SELECT seq FROM event_gaps WHERE account = ?"
NEWEST_OLD = """
SELECT MAX(oldest.seq) AS seq
FROM (SELECT events.seq, events.at FROM events ORDER BY events.seq LIMIT :most) AS oldest
WHERE oldest.at <= :until
"""
OLD_DELIVERIES = """
DELETE FROM deliveries WHERE num IN (
    SELECT deliveries.num FROM deliveries
    WHERE deliveries.event <= :seq AND (deliveries.state <> 'pending' OR deliveries.next_at IS NULL) LIMIT :most)
"""
OLD = """
DELETE FROM events WHERE seq IN (
    SELECT events.seq FROM events
    WHERE events.seq <= :seq AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.event = events.seq)
    ORDER BY events.seq LIMIT :most)
RETURNING account, seq
"""
NOTE_GAP = """
INSERT INTO event_gaps (account, seq) VALUES (:account, :seq)
ON CONFLICT (account) DO UPDATE
SET seq = CASE WHEN excluded.seq > event_gaps.seq THEN excluded.seq ELSE event_gaps.seq END
"""


def after(tx: Transaction, account: str, seq: int, *, limit: int, types: Sequence[EventType] = ()) -> list[Event]:
    """Behind seq, oldest first. types: only these; none: all."""
    wanted = {f"type{index}": kind.value for index, kind in enumerate(types)}
    narrowed = f"AND type IN ({', '.join(f':{name}' for name in wanted)})" if wanted else ""
    asked = {"account": account, "seq": seq, "most": limit} | wanted
    return [event_from(row) for row in tx.rows(AFTER.format(narrowed=narrowed), asked)]


def newest(tx: Transaction, account: str) -> int:
    """The account's last seq; what was dropped of it counts."""
    row, dropped = tx.row(NEWEST_OF, (account,)), tx.row(DROPPED_OF, (account,))
    assert row is not None
    return max(int(row["seq"]), 0 if dropped is None else int(dropped["seq"]))


def reaches(tx: Transaction, account: str, seq: int) -> bool:
    """False when something behind seq was dropped, or seq is of a later time: a backup was put back since.

    Later than the account's own last event: how far the whole log goes would tell what others do.
    """
    dropped = tx.row(DROPPED_OF, (account,))
    return (0 if dropped is None else int(dropped["seq"])) <= seq <= newest(tx, account)


def prune(tx: Transaction, until: int, most: int) -> int:
    """Drop events that happened until then, with their deliveries that are done. Returns how many rows."""
    found = tx.row(NEWEST_OLD, {"until": until, "most": most})
    if found is None or found["seq"] is None:
        return 0
    old = {"seq": found["seq"], "most": most}
    deliveries = tx.run(OLD_DELIVERIES, old)
    dropped = tx.rows(OLD, old)
    for account, seq in {row["account"]: row["seq"] for row in sorted(dropped, key=lambda row: row["seq"])}.items():
        tx.run(NOTE_GAP, {"account": account, "seq": seq})
    return deliveries + len(dropped)
