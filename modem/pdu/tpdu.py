"""The TPDUs of a mobile: octets to frozen values and back (TS 23.040 §9.2.2). This is the module to import from.

A PDU is what AT+CMGS takes and AT+CMGR gives: the SMSC field, then the TPDU (TS 27.005 §3.1). Whatever octets come in,
a decoder returns a value or raises DecodeError; encoding a decoded value gives the same octets for all canonical PDUs.
"""

from modem.errors import DecodeError
from modem.pdu.address import read_service_centre
from modem.pdu.deliver import Deliver, decode_deliver, read_deliver
from modem.pdu.first_octet import STATUS_REPORT, SUBMIT
from modem.pdu.octets import Reader
from modem.pdu.status_report import StatusReport, decode_status_report, read_status_report
from modem.pdu.submit import Submit, decode_submit
from modem.pdu.user_data import UserData, join_octets, join_text

__all__ = [
    "Deliver",
    "StatusReport",
    "Submit",
    "UserData",
    "decode_deliver",
    "decode_incoming",
    "decode_status_report",
    "decode_submit",
    "join_octets",
    "join_text",
]


def decode_incoming(pdu: bytes) -> Deliver | StatusReport:
    """Decode what the network sends to us, told apart by TP-MTI; the reserved value is a Deliver (§9.2.3.1).

    pdu: SMSC field and TPDU. Raises DecodeError.
    """
    reader = Reader(pdu)
    service_centre = read_service_centre(reader)
    first = reader.octet("TP-MTI")
    message_type = first & 3
    if message_type == STATUS_REPORT:
        return read_status_report(reader, first, service_centre)
    if message_type == SUBMIT:
        raise DecodeError("TP-MTI", reader.position - 1, "a submit report is no message")
    return read_deliver(reader, first, service_centre)
