"""Whose is an inbound message: the account whose newest message went to that number over that line (decisions.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.line import LineRecord
from gateway.store.access import account as find_account
from gateway.store.rows import extra_of
from gateway.store.transaction import Row, Transaction

DEFAULT = "default"
AUTO = "auto"  # the front of confirmations and of answers to HELP
HOUR_MS = 3_600_000
LOOK_BACK = 20  # newest messages to one number that are looked at: several lines may have written to it

TALKED = """
SELECT * FROM messages
WHERE recipient = :peer AND waiting IS NULL AND direction = 'out' AND line = :line
ORDER BY num DESC LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an inbound message belongs. to: what the peer believes to have written to. reply_to: a message's id."""

    account: str
    to: str
    reply_to: str | None


def attribute(tx: Transaction, line: LineRecord, peer: str, now: int) -> Origin:
    """The account, the "to" and the message that an inbound message answers."""
    fallback = line.accounts[0] if line.accounts else DEFAULT
    own = line.number or line.name
    talked = [
        row
        for row in tx.rows(TALKED, {"peer": peer, "line": line.id, "most": LOOK_BACK})
        if now - row["created_at"] <= _window(tx, row["account"])
    ]
    if not talked:
        return Origin(fallback, own, None)
    return Origin(talked[0]["account"], _heard_from(talked[0], line, own), _answered(talked))


def _window(tx: Transaction, account: str) -> int:
    found = find_account(tx, account)
    return 0 if found is None else found.settings.reply_window_h * HOUR_MS


def _heard_from(row: Row, line: LineRecord, own: str) -> str:
    """A short code or other alias is what people answer to; "auto", a name or an id is nothing they saw."""
    sender = str(row["sender"])
    return sender if sender in line.aliases else own


def _answered(talked: Sequence[Row]) -> str | None:
    """The account's newest message there, if it may be answered; our own answers to keywords are none to answer."""
    for row in talked:
        if row["account"] == talked[0]["account"] and row["front"] != AUTO:
            return None if extra_of(row).get("reply", "allowed") == "none" else str(row["id"])
    return None
