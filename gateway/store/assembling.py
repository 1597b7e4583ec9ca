"""Long messages in the making: sets of parts on disk, shown when they are whole or have waited long enough."""

import json

from gateway.domain.line import LineRecord
from gateway.domain.message import Message
from gateway.policy import assembly
from gateway.policy.assembly import PartialSet, Piece, Verdict
from gateway.store import lines, showing
from gateway.store.contract import Arrival
from gateway.store.showing import Content
from gateway.store.transaction import Row, Transaction, from_ms, from_ms_or_none, to_ms_or_none

LATE_MS = 7 * 86_400_000  # how long a message shown with gaps still waits for them
MOST_SETS = 2 * assembly.MOST_OPEN_OF_SENDER  # of one key that are looked at: a flood of them must not slow the rest

SETS = """
SELECT * FROM assemblies
WHERE line = :line AND sender = :sender AND bits = :bits AND reference = :reference AND total = :total
  AND (closed_at > :closed_since OR (closed_at IS NULL AND opened_at > :open_since))
ORDER BY num DESC LIMIT :most
"""
SET = "SELECT * FROM assemblies WHERE num = ?"
PIECES = "SELECT * FROM arrivals WHERE assembly = ? ORDER BY sequence"
ADD_SET = """
INSERT INTO assemblies (line, sender, bits, reference, total, state, opened_at)
VALUES (:line, :sender, :bits, :reference, :total, 'open', :now)
RETURNING num
"""
JOIN_SET = "UPDATE arrivals SET assembly = :assembly WHERE num = :num"
SET_SHOWN = "UPDATE assemblies SET state = 'shown', message = :message WHERE num = :num"
SET_CLOSED = "UPDATE assemblies SET state = 'closed', message = :message, closed_at = :now WHERE num = :num"
OPEN_OF_SENDER = "SELECT COUNT(*) AS count, MIN(num) AS oldest FROM assemblies WHERE state = 'open' AND sender = ?"
OPEN = "SELECT COUNT(*) AS count, MIN(num) AS oldest FROM assemblies WHERE state = 'open'"
OVERDUE = """
SELECT * FROM assemblies WHERE state = 'open' AND opened_at <= :before ORDER BY opened_at LIMIT :most
"""

MADE_OF_SET = "UPDATE arrivals SET message = :message WHERE assembly = :assembly"


def file_part(tx: Transaction, line: LineRecord, arrival: Arrival, num: int, now: int) -> Message | None:
    """File the arrival of that num as a part. Returns the message it completed or corrected, if it did."""
    key = {
        "line": line.num,
        "sender": arrival.sender,
        "bits": arrival.bits,
        "reference": arrival.reference,
        "total": arrival.total,
    }
    since = now - int(assembly.CLOSED.total_seconds() * 1000)
    rows = tx.rows(SETS, key | {"closed_since": since, "open_since": now - LATE_MS, "most": MOST_SETS})
    sets = {row["num"]: _partial(tx, row) for row in rows}
    verdict, known = assembly.place(piece_of(arrival), sets.values(), from_ms(now))
    if verdict is Verdict.REPEATS:
        return None
    if known is None:
        _make_room(tx, arrival.sender, now)
    set_num = tx.insert(ADD_SET, key | {"now": now}) if known is None else known.num
    tx.run(JOIN_SET, {"assembly": set_num, "num": num})
    return _grown(tx, line, set_num, now)


def _grown(tx: Transaction, line: LineRecord, set_num: int, now: int) -> Message | None:
    row = tx.row(SET, (set_num,))
    assert row is not None
    pieces = tx.rows(PIECES, (set_num,))
    whole = len(pieces) == row["total"]
    if not whole and row["state"] == "open":
        return None
    message = _show(tx, line, row, pieces, now, incomplete=not whole)
    if whole:
        tx.run(SET_CLOSED, {"message": message.num, "num": set_num, "now": now})
    return message


def _show(tx: Transaction, line: LineRecord, row: Row, pieces: list[Row], now: int, *, incomplete: bool) -> Message:
    """Deliver a set for the first time, or correct the message that was made of it with gaps."""
    values = [_piece_from(piece) for piece in pieces]
    encoding = assembly.encoding_of(values)
    is_text = encoding != "8bit"
    content = Content(
        sender=row["sender"],
        encoding=encoding,
        text=assembly.text_of(values, row["total"]) if is_text else "",
        segments=row["total"],
        data=None if is_text else assembly.octets_of(values),
        ports=next((_ports(piece) for piece in pieces if piece["ports"] is not None), None),
        smsc_at=min((value.smsc_at for value in values if value.smsc_at is not None), default=None),
        incomplete=incomplete,
    )
    known: int | None = row["message"]
    message = showing.deliver(tx, line, content, now) if known is None else showing.correct(tx, known, content, now)
    tx.run(MADE_OF_SET, {"message": message.num, "assembly": row["num"]})
    return message


def expire_arrivals(tx: Transaction, now: int, before: int, most: int) -> int:
    """Show what still has gaps and was opened before then. Returns how many."""
    overdue = tx.rows(OVERDUE, {"before": before, "most": most})
    for row in overdue:
        _show_with_gaps(tx, row, now)
    return len(overdue)


def _make_room(tx: Transaction, sender: str, now: int) -> None:
    """One more open set: when there are too many of the sender, or of all, the oldest is shown as it is."""
    for row, most in (
        (tx.row(OPEN_OF_SENDER, (sender,)), assembly.MOST_OPEN_OF_SENDER),
        (tx.row(OPEN), assembly.MOST_OPEN),
    ):
        assert row is not None
        if row["count"] >= most:
            oldest = tx.row(SET, (row["oldest"],))
            assert oldest is not None
            _show_with_gaps(tx, oldest, now)


def _show_with_gaps(tx: Transaction, row: Row, now: int) -> None:
    line = lines.of_num(tx, row["line"])
    message = _show(tx, line, row, tx.rows(PIECES, (row["num"],)), now, incomplete=True)
    tx.run(SET_SHOWN, {"message": message.num, "num": row["num"]})


def _partial(tx: Transaction, row: Row) -> PartialSet:
    pieces = tuple(_piece_from(piece) for piece in tx.rows(PIECES, (row["num"],)))
    return PartialSet(row["num"], pieces, from_ms_or_none(row["closed_at"]))


def piece_of(arrival: Arrival) -> Piece:
    """The part as the policy weighs it."""
    stamp = from_ms_or_none(to_ms_or_none(arrival.smsc_at))  # as reading it back gives it
    return Piece(arrival.sequence, arrival.alphabet, arrival.content, stamp, arrival.locking, arrival.single)


def _piece_from(row: Row) -> Piece:
    return Piece(
        sequence=row["sequence"],
        alphabet=row["alphabet"],
        content=row["content"],
        smsc_at=from_ms_or_none(row["smsc_at"]),
        locking=row["locking"],
        single=row["single"],
    )


def _ports(row: Row) -> tuple[int, int]:
    destination, source = json.loads(row["ports"])
    return destination, source
