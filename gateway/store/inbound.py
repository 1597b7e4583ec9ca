"""What comes in: each PDU is on disk as it was read before the modem may forget it, and becomes one message once."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.errors import NotFound
from gateway.domain.event import EventType
from gateway.domain.ids import new_id, tracking_id
from gateway.domain.line import LineRecord
from gateway.domain.message import Message, State
from gateway.policy import assembly
from gateway.policy.assembly import PartialSet, Piece, Verdict
from gateway.policy.optout import keyword
from gateway.store import attribution, events, lifecycle, optouts
from gateway.store.contract import Arrival, Filed, Place
from gateway.store.rows import dump, extra_of_inbound, inbound_row
from gateway.store.transaction import (
    Row,
    Transaction,
    from_ms,
    from_ms_or_none,
    to_ms_or_none,
)

TYPE_0 = 0x40  # TS 23.040 §9.2.3.9: acknowledged and discarded by a mobile; kept here, shown to nobody
LATE_MS = 7 * 86_400_000  # how long a message shown with gaps still waits for them
MOST_SETS = 2 * assembly.MOST_OPEN_OF_SENDER  # of one key that are looked at: a flood of them must not slow the rest

LYING_THERE = """
SELECT num, pdu FROM arrivals WHERE line = :line AND storage = :storage AND place = :place AND freed = 0
"""
FREE = """
UPDATE arrivals SET freed = 1 WHERE line = :line AND storage = :storage AND place = :place AND freed = 0
"""
FREE_PDU = FREE + " AND pdu = :pdu"
ADD_ARRIVAL = """
INSERT INTO arrivals (line, storage, place, freed, pdu, sender, alphabet, content, locking, single, sequence, ports,
                      protocol_identifier, data_coding, smsc_at, received_at, error)
VALUES (:line, :storage, :place, :freed, :pdu, :sender, :alphabet, :content, :locking, :single, :sequence, :ports,
        :protocol_identifier, :data_coding, :smsc_at, :now, :error)
RETURNING num
"""
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

ADD_INBOUND = """
INSERT INTO messages (num, id, account, direction, state, priority, sender, recipient, body, encoding, segments,
                      created_at, front, tracking_id, line, seq, extra)
VALUES (:num, :id, :account, 'in', 'received', 0, :sender, :recipient, :body, :encoding, :segments,
        :now, :front, :tracking_id, :line, 1, :extra)
"""
UPDATE_INBOUND = """
UPDATE messages SET body = :body, encoding = :encoding, seq = seq + 1, acked = 0, extra = :extra WHERE num = :num
"""
MADE_OF = "UPDATE arrivals SET message = :message WHERE num = :num"
MADE_OF_SET = "UPDATE arrivals SET message = :message WHERE assembly = :assembly"
ACK = """
UPDATE messages SET acked = 1, seq = seq + 1 WHERE id = :id AND account = :account AND direction = 'in' RETURNING num
"""


def file_arrival(tx: Transaction, line_num: int, arrival: Arrival, now: int) -> Filed:
    """Store what was read; say whether it is new, and the message it made or completed. Raises NotFound."""
    line = tx.memory.lines.get(line_num)
    if line is None:
        raise NotFound(f"there is no line {line_num}")
    if arrival.place is not None and _lies_there(tx, line_num, arrival.place, arrival.pdu):
        return Filed(new=False)
    num = tx.insert(ADD_ARRIVAL, _arrival_row(line_num, arrival, now))
    if arrival.protocol_identifier == TYPE_0:
        return Filed(new=True)
    if arrival.alphabet != "raw" and arrival.total > 1:
        return Filed(new=True, message=_file_part(tx, line, arrival, num, now))
    message = _single(tx, line, arrival, now)
    tx.run(MADE_OF, {"message": message.num, "num": num})
    return Filed(new=True, message=message)


def place_freed(tx: Transaction, line: int, place: Place, pdu: bytes) -> None:
    """What lies there from now on is new, whatever its octets."""
    tx.run(FREE_PDU, {"line": line, "storage": place.storage, "place": place.index, "pdu": pdu})


def _lies_there(tx: Transaction, line: int, place: Place, pdu: bytes) -> bool:
    """Whether these octets at this place are known; other octets there tell that it was freed meanwhile."""
    spot = {"line": line, "storage": place.storage, "place": place.index}
    known = tx.rows(LYING_THERE, spot)
    if any(row["pdu"] == pdu for row in known):
        return True
    if known:
        tx.run(FREE, spot)
    return False


def _arrival_row(line: int, arrival: Arrival, now: int) -> dict[str, object]:
    place = arrival.place
    return {
        "line": line,
        "storage": None if place is None else place.storage,
        "place": None if place is None else place.index,
        "freed": place is None,
        "pdu": arrival.pdu,
        "sender": arrival.sender,
        "alphabet": arrival.alphabet,
        "content": arrival.content,
        "locking": arrival.locking,
        "single": arrival.single,
        "sequence": arrival.sequence,
        "ports": None if arrival.ports is None else dump(list(arrival.ports)),
        "protocol_identifier": arrival.protocol_identifier,
        "data_coding": arrival.data_coding,
        "smsc_at": to_ms_or_none(arrival.smsc_at),
        "now": now,
        "error": arrival.error,
    }


# ------------------------------------------------------------------------------------------------- becoming whole


@dataclass(frozen=True, slots=True)
class _Content:
    """What a message brings: text, or data that is none."""

    sender: str
    encoding: str
    text: str = ""
    segments: int = 1
    data: bytes | None = None
    ports: tuple[int, int] | None = None
    smsc_at: datetime | None = None
    incomplete: bool = False


def _single(tx: Transaction, line: LineRecord, arrival: Arrival, now: int) -> Message:
    """The message of one PDU: text, octets, or what did not decode."""
    data = {"raw": arrival.pdu, "8bit": arrival.content}.get(arrival.alphabet)
    text = "" if data is not None else assembly.text_of([replace(_piece(arrival), sequence=1)], 1)
    content = _Content(arrival.sender, arrival.alphabet, text, data=data, ports=arrival.ports, smsc_at=arrival.smsc_at)
    return _deliver(tx, line, content, now)


def _file_part(tx: Transaction, line: LineRecord, arrival: Arrival, num: int, now: int) -> Message | None:
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
    verdict, known = assembly.place(_piece(arrival), sets.values(), from_ms(now))
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
    content = _Content(
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
    message = _deliver(tx, line, content, now) if known is None else _correct(tx, known, content, now)
    tx.run(MADE_OF_SET, {"message": message.num, "assembly": row["num"]})
    return message


def _correct(tx: Transaction, num: int, content: _Content, now: int) -> Message:
    """A late part completes the message that was shown without it: the same id, message.updated."""
    before = lifecycle.whole(tx, num)
    extra = extra_of_inbound(replace(before, data=content.data, ports=content.ports, incomplete=content.incomplete))
    changed = {"num": num, "body": content.text, "encoding": content.encoding}
    tx.run(UPDATE_INBOUND, changed | {"extra": dump(extra) if extra else None})
    message = lifecycle.whole(tx, num)
    events.write_message(tx, EventType.MESSAGE_UPDATED, message, now)
    return _shown(tx, message, now)


def _deliver(tx: Transaction, line: LineRecord, content: _Content, now: int) -> Message:
    """Make the message a person sees, in the account it belongs to, with its event."""
    origin = attribution.attribute(tx, line, content.sender, now)
    tx.memory.message_num += 1
    draft = Message(
        num=tx.memory.message_num,
        id=new_id("in", now),
        account=origin.account,
        direction="in",
        state=State.RECEIVED,
        sender=content.sender,
        to=origin.to,
        text=content.text,
        encoding=content.encoding,
        segments=content.segments,
        created_at=from_ms(now),
        line=line.id,
        tracking_id=tracking_id("smsmo"),
        front="modem",
        reply_to=origin.reply_to,
        data=content.data,
        ports=content.ports,
        smsc_at=content.smsc_at,
        incomplete=content.incomplete,
    )
    tx.run(ADD_INBOUND, inbound_row(draft))
    message = lifecycle.whole(tx, draft.num)
    events.write_message(tx, EventType.MESSAGE_RECEIVED, message, now)
    return _shown(tx, message, now)


def _shown(tx: Transaction, message: Message, now: int) -> Message:
    tx.ring(f"inbox:{message.account}", message.id)
    if not message.incomplete:
        _heed(tx, message, now)
    return message


def _heed(tx: Transaction, message: Message, now: int) -> None:
    """STOP and START of a person (native-v1 §8); the message itself is delivered all the same."""
    if message.encoding not in {"gsm7", "ucs2"}:
        return
    stopped = optouts.stopped_by_keyword(tx, message.account, message.sender)
    match keyword(message.text, stopped_by_keyword=stopped):
        case "stop":
            optouts.opt_out(tx, message.account, message.sender, "keyword", now, text=message.text)
        case "start" if stopped:
            optouts.opt_in(tx, message.account, message.sender, now)
        case _:
            pass


# ---------------------------------------------------------------------------------------------- not becoming whole


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
    line = tx.memory.lines[row["line"]]
    message = _show(tx, line, row, tx.rows(PIECES, (row["num"],)), now, incomplete=True)
    tx.run(SET_SHOWN, {"message": message.num, "num": row["num"]})


def ack_inbound(tx: Transaction, account: str, message: str) -> Message:
    """Raises NotFound."""
    num = tx.row(ACK, {"id": message, "account": account})
    if num is None:
        raise NotFound(f"there is no inbound message {message}")
    tx.ring(message)
    return lifecycle.whole(tx, num["num"])


# -------------------------------------------------------------------------------------------------- rows ◄─► policy


def _partial(tx: Transaction, row: Row) -> PartialSet:
    pieces = tuple(_piece_from(piece) for piece in tx.rows(PIECES, (row["num"],)))
    return PartialSet(row["num"], pieces, from_ms_or_none(row["closed_at"]))


def _piece(arrival: Arrival) -> Piece:
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
