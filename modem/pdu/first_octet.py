"""The first octet of a TPDU: message type and flags (TS 23.040 §9.2.3.1 and the layouts of §9.2.2)."""

from typing import Final

from modem.errors import DecodeError
from modem.pdu.address import Address, read_service_centre
from modem.pdu.octets import Reader

# TP-MTI, as it reads from the service centre to us; SUBMIT is what goes the other way.
DELIVER: Final = 0b00
SUBMIT: Final = 0b01
STATUS_REPORT: Final = 0b10

REJECT_DUPLICATES: Final = 0x04  # TP-RD of a submit
MORE_TO_SEND: Final = 0x04  # TP-MMS of the others: 0 when more messages wait
LOOP_PREVENTION: Final = 0x08
REPORT: Final = 0x20  # TP-SRR, TP-SRI, TP-SRQ
UDHI: Final = 0x40
REPLY_PATH: Final = 0x80


def begin(pdu: bytes, message_type: int) -> tuple[Reader, int, Address | None]:
    """Read the SMSC field and the first octet.

    Returns the reader behind them, the octet, and the service centre. Raises DecodeError, also when TP-MTI is another.
    """
    reader = Reader(pdu)
    service_centre = read_service_centre(reader)
    first = reader.octet("TP-MTI")
    if first & 3 != message_type:
        raise DecodeError("TP-MTI", reader.position - 1, f"{first & 3} where {message_type} is expected")
    return reader, first, service_centre
