"""What people do to a message: cancel it, or say what became of one whose outcome is unknown."""

from gateway.domain.errors import Conflict, NotFound
from gateway.domain.message import Message, MessageError, State
from gateway.store import due, lifecycle
from gateway.store.lifecycle import Standing
from gateway.store.rows import dump_error
from gateway.store.transaction import Transaction

OUTBOUND = """
SELECT num FROM messages WHERE id = :id AND (account = :account OR :account IS NULL) AND direction = 'out'
"""

SAID_FAILED = MessageError("resolved_failed", "a person said that it was not sent")


def cancel(tx: Transaction, account: str | None, message: str, now: int) -> Message:
    """Raises NotFound, Conflict("not_cancelable")."""
    standing = _find(tx, account, message)
    if standing.state not in {State.SCHEDULED, State.QUEUED}:
        raise Conflict("not_cancelable", f"the message is {standing.state}")
    return lifecycle.end(tx, standing, State.CANCELED, now)


def resolve(tx: Transaction, account: str | None, message: str, verdict: str, now: int) -> Message:
    """verdict: "sent", "failed" or "resend". Raises NotFound, Conflict("not_unknown"), ValueError."""
    standing = _find(tx, account, message)
    if standing.state is not State.UNKNOWN:
        raise Conflict("not_unknown", f"the message is {standing.state}")
    if verdict == "resend":
        if any(part.state is State.UNKNOWN and part.erased for part in standing.parts):
            raise Conflict("not_unknown", "its text is not kept any more: it cannot be sent again")
        return due.resend(tx, standing, now)
    for part in standing.parts:
        if part.state is not State.UNKNOWN:
            continue
        if verdict == "sent":
            part.state, part.error = State.SENT, None
            part.done_at = None if standing.option("delivery_report", True) else now
        elif verdict == "failed":
            part.state, part.error, part.done_at = State.FAILED, dump_error(SAID_FAILED), now
        else:
            raise ValueError(f"verdict {verdict!r}")
        lifecycle.save_part(tx, standing.num, part)
    return lifecycle.save(tx, standing, standing.rolled_up(), now)


def _find(tx: Transaction, account: str | None, message: str) -> Standing:
    row = tx.row(OUTBOUND, {"id": message, "account": account})
    if row is None:
        raise NotFound(f"there is no message {message}")
    return lifecycle.load(tx, row["num"])
