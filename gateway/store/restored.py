"""After a backup was put back: what it holds as waiting may have gone out since it was made (fault catalogue 15)."""

from gateway.domain.message import State
from gateway.store import lifecycle
from gateway.store.lifecycle import RESTORED
from gateway.store.rows import dump_error
from gateway.store.transaction import Transaction

DOUBTFUL = """
SELECT num FROM messages
WHERE waiting = 1 OR (waiting = 2 AND (due_at <= :now OR due_at IS NULL))
ORDER BY num
"""


def doubt(tx: Transaction, now: int) -> int:
    """What was due becomes unknown, to be settled by a report or a person; what is due later only stays."""
    found = tx.rows(DOUBTFUL, {"now": now})
    for row in found:
        standing = lifecycle.load(tx, row["num"])
        for part in standing.parts:
            if part.state is State.QUEUED:
                part.state, part.error = State.UNKNOWN, dump_error(RESTORED)
                lifecycle.save_part(tx, standing.num, part)
        lifecycle.save(tx, standing, standing.rolled_up(), now, due_at=None)
    return len(found)
