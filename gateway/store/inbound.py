"""What comes in: each PDU is on disk as it was read before the modem may forget it, and becomes one message once."""

from dataclasses import replace

from gateway.domain.errors import NotFound
from gateway.domain.line import LineRecord
from gateway.domain.message import Message
from gateway.policy import assembly
from gateway.store import assembling, lifecycle, showing
from gateway.store.contract import Arrival, Filed, Place
from gateway.store.rows import dump
from gateway.store.showing import Content
from gateway.store.transaction import Transaction, to_ms_or_none

TYPE_0 = 0x40  # TS 23.040 §9.2.3.9: acknowledged and discarded by a mobile; kept here, shown to nobody

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
MADE_OF = "UPDATE arrivals SET message = :message WHERE num = :num"
ACK = """
UPDATE messages SET acked = 1, seq = seq + CASE acked WHEN 1 THEN 0 ELSE 1 END
WHERE id = :id AND account = :account AND direction = 'in' RETURNING num
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
        return Filed(new=True, message=assembling.file_part(tx, line, arrival, num, now))
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


def _single(tx: Transaction, line: LineRecord, arrival: Arrival, now: int) -> Message:
    """The message of one PDU: text, octets, or what did not decode."""
    data = {"raw": arrival.pdu, "8bit": arrival.content}.get(arrival.alphabet)
    text = "" if data is not None else assembly.text_of([replace(assembling.piece_of(arrival), sequence=1)], 1)
    content = Content(arrival.sender, arrival.alphabet, text, data=data, ports=arrival.ports, smsc_at=arrival.smsc_at)
    return showing.deliver(tx, line, content, now)


def ack_inbound(tx: Transaction, account: str, message: str) -> Message:
    """Raises NotFound."""
    num = tx.row(ACK, {"id": message, "account": account})
    if num is None:
        raise NotFound(f"there is no inbound message {message}")
    tx.ring(message)
    return lifecycle.whole(tx, num["num"])
