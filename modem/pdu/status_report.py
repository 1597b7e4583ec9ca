"""SMS-STATUS-REPORT (TS 23.040 §9.2.2.3)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modem.errors import DecodeError
from modem.pdu import timestamp
from modem.pdu.address import Address, encode_service_centre, read_address
from modem.pdu.dcs import DataCoding
from modem.pdu.first_octet import LOOP_PREVENTION, MORE_TO_SEND, REPORT, STATUS_REPORT, UDHI, begin
from modem.pdu.octets import Reader
from modem.pdu.status import Status, classify
from modem.pdu.user_data import UserData, read_user_data

_PI_PROTOCOL: Final = 0x01
_PI_CODING: Final = 0x02
_PI_USER_DATA: Final = 0x04
_PI_EXTENSION: Final = 0x80
_NAMELESS: Final = 0x90  # bits 4 and 7 of the first octet


@dataclass(frozen=True, slots=True)
class StatusReport:
    """SMS-STATUS-REPORT, what became of a submitted message (§9.2.2.3).

    Time stamps as in Deliver. status_report_qualifier: the report answers an SMS-COMMAND. parameter_indicator: TP-PI
    as it came; None when the optional part is missing, or when it is no such thing (padding): then it is in trailing.
    """

    message_reference: int
    recipient_address: Address
    service_centre_timestamp: datetime | None
    discharge_time: datetime | None
    status: Status
    service_centre: Address | None = None
    more_messages: bool = False
    loop_prevention: bool = False
    status_report_qualifier: bool = False
    parameter_indicator: int | None = None
    protocol_identifier: int | None = None
    data_coding: DataCoding | None = None
    user_data: UserData | None = None
    damaged: bool = False
    reserved_bits: int = 0
    timestamp_octets: bytes | None = None
    discharge_octets: bytes | None = None
    trailing: bytes = b""

    @property
    def first_octet(self) -> int:
        return (
            STATUS_REPORT
            | self.reserved_bits
            | (0 if self.more_messages else MORE_TO_SEND)
            | (LOOP_PREVENTION if self.loop_prevention else 0)
            | (REPORT if self.status_report_qualifier else 0)
            | (UDHI if self.user_data is not None and self.user_data.header is not None else 0)
        )

    @property
    def text(self) -> str | None:
        return None if self.user_data is None else self.user_data.text

    @property
    def tpdu_length(self) -> int:
        """Octets without the SMSC field: the number that +CDS gives."""
        return len(self._tpdu())

    def encode(self) -> bytes:
        """SMSC field and TPDU. Raises ValueError when a field does not fit its octets."""
        return encode_service_centre(self.service_centre) + self._tpdu()

    def _tpdu(self) -> bytes:
        return b"".join(
            (
                bytes((self.first_octet, self.message_reference)),
                self.recipient_address.encode(),
                timestamp.encode_field(self.service_centre_timestamp, self.timestamp_octets),
                timestamp.encode_field(self.discharge_time, self.discharge_octets),
                bytes((self.status.code,)),
                self._optional_part(),
                self.trailing,
            )
        )

    def _optional_part(self) -> bytes:
        indicator, parts = self.parameter_indicator or 0, b""
        if self.protocol_identifier is not None:
            indicator |= _PI_PROTOCOL
            parts += bytes((self.protocol_identifier,))
        if self.data_coding is not None:
            indicator |= _PI_CODING
            parts += bytes((self.data_coding.octet,))
        if self.user_data is not None:
            indicator |= _PI_USER_DATA
            udl, user_data = self.user_data.encode()
            parts += bytes((udl,)) + user_data
        return bytes((indicator,)) + parts if indicator or self.parameter_indicator is not None else b""


def decode_status_report(pdu: bytes) -> StatusReport:
    """Decode an SMS-STATUS-REPORT with its SMSC field. Raises DecodeError, also when TP-MTI is another."""
    reader, first, service_centre = begin(pdu, STATUS_REPORT)
    return read_status_report(reader, first, service_centre)


def read_status_report(reader: Reader, first: int, service_centre: Address | None) -> StatusReport:
    """Read what follows the first octet. Raises DecodeError."""
    message_reference = reader.octet("TP-MR")
    recipient = read_address(reader, "TP-RA")
    submitted, timestamp_octets = timestamp.read_timestamp(reader, "TP-SCTS")
    discharged, discharge_octets = timestamp.read_timestamp(reader, "TP-DT")
    status = classify(reader.octet("TP-ST"))
    optional = _read_optional_part(reader, udhi=bool(first & UDHI))
    has_header = optional.user_data is not None and optional.user_data.header is not None
    return StatusReport(
        message_reference=message_reference,
        recipient_address=recipient,
        service_centre_timestamp=submitted,
        discharge_time=discharged,
        status=status,
        service_centre=service_centre,
        more_messages=not first & MORE_TO_SEND,
        loop_prevention=bool(first & LOOP_PREVENTION),
        status_report_qualifier=bool(first & REPORT),
        parameter_indicator=optional.indicator,
        protocol_identifier=optional.protocol_identifier,
        data_coding=optional.data_coding,
        user_data=optional.user_data,
        damaged=optional.damaged,
        reserved_bits=first & (_NAMELESS | (0 if has_header else UDHI)),
        timestamp_octets=timestamp_octets,
        discharge_octets=discharge_octets,
        trailing=reader.rest(),
    )


@dataclass(frozen=True, slots=True)
class _OptionalPart:
    indicator: int | None = None
    protocol_identifier: int | None = None
    data_coding: DataCoding | None = None
    user_data: UserData | None = None
    damaged: bool = False


def _read_optional_part(reader: Reader, *, udhi: bool) -> _OptionalPart:
    """TP-PI and what it announces; nothing, and the reader where it was, when it is missing, cut or padding.

    Some modems pad a report with FF or 00, some cut it: that costs no report (smstools3, Wavecom).
    """
    start = reader.position
    try:
        indicator = reader.octet("TP-PI")
        if indicator & _PI_EXTENSION:  # no release defines a second octet, and FF is padding
            raise DecodeError("TP-PI", start, "an extension is not defined")
        protocol_identifier = reader.octet("TP-PID") if indicator & _PI_PROTOCOL else None
        coding = DataCoding(reader.octet("TP-DCS")) if indicator & _PI_CODING else None
        if not indicator & _PI_USER_DATA:
            return _OptionalPart(indicator, protocol_identifier, coding)
        user_data, damaged = read_user_data(reader, udhi=udhi, coding=coding or DataCoding(0))
        return _OptionalPart(indicator, protocol_identifier, coding, user_data, damaged)
    except DecodeError:
        reader.position = start
        return _OptionalPart()
