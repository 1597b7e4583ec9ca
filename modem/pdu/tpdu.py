"""SMS-SUBMIT, SMS-DELIVER and SMS-STATUS-REPORT: octets to frozen values and back (TS 23.040 §9.2.2).

A PDU is what AT+CMGS takes and AT+CMGR gives: the SMSC field, then the TPDU (TS 27.005 §3.1). Whatever octets come in,
a decoder returns a value or raises DecodeError; encoding a decoded value gives the same octets for all canonical PDUs.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modem.errors import DecodeError
from modem.pdu import timestamp
from modem.pdu.address import Address, read_address, read_service_centre
from modem.pdu.dcs import DataCoding
from modem.pdu.octets import Reader
from modem.pdu.status import Status, classify
from modem.pdu.udh import UserDataHeader
from modem.pdu.user_data import UserData, join_octets, join_text, read_user_data
from modem.pdu.validity import Validity, format_of, read_validity

__all__ = [
    "Deliver",
    "StatusReport",
    "Submit",
    "UserData",
    "UserDataHeader",
    "decode_deliver",
    "decode_incoming",
    "decode_status_report",
    "decode_submit",
    "join_octets",
    "join_text",
]

MTI_DELIVER: Final = 0b00
MTI_SUBMIT: Final = 0b01
MTI_STATUS_REPORT: Final = 0b10
MTI_RESERVED: Final = 0b11

_MORE_TO_SEND: Final = 0x04  # TP-MMS: 0 when more messages wait
_LOOP_PREVENTION: Final = 0x08
_REPORT: Final = 0x20  # TP-SRR, TP-SRI, TP-SRQ
_UDHI: Final = 0x40
_REPLY_PATH: Final = 0x80

_PI_PROTOCOL: Final = 0x01
_PI_CODING: Final = 0x02
_PI_USER_DATA: Final = 0x04
_PI_EXTENSION: Final = 0x80


@dataclass(frozen=True, slots=True)
class Submit:
    """SMS-SUBMIT, a message on its way to the service centre (§9.2.2.2).

    service_centre: None leaves it to the one that is set in the modem. message_reference: most modems put their own.
    reserved_bits: bits of the first octet that the other fields do not bear out, such as TP-UDHI without user data.
    trailing: octets behind the user data. damaged: the user data did not hold what it promised.
    """

    destination: Address
    user_data: UserData
    data_coding: DataCoding
    protocol_identifier: int = 0
    validity: Validity | None = None
    status_report_request: bool = False
    reject_duplicates: bool = False
    reply_path: bool = False
    message_reference: int = 0
    service_centre: Address | None = None
    reserved_bits: int = 0
    trailing: bytes = b""
    damaged: bool = False

    @property
    def first_octet(self) -> int:
        return (
            MTI_SUBMIT
            | self.reserved_bits
            | (0x04 if self.reject_duplicates else 0)
            | format_of(self.validity) << 3
            | (_REPORT if self.status_report_request else 0)
            | (_UDHI if self.user_data.header is not None else 0)
            | (_REPLY_PATH if self.reply_path else 0)
        )

    @property
    def text(self) -> str | None:
        return self.user_data.text

    @property
    def tpdu_length(self) -> int:
        """Octets without the SMSC field: the number that AT+CMGS wants."""
        return len(self._tpdu())

    def encode(self) -> bytes:
        """SMSC field and TPDU. Raises ValueError when a field does not fit its octets."""
        return _service_centre(self.service_centre) + self._tpdu()

    def _tpdu(self) -> bytes:
        udl, user_data = self.user_data.encode()
        return b"".join(
            (
                bytes((self.first_octet, self.message_reference)),
                self.destination.encode(),
                bytes((self.protocol_identifier, self.data_coding.octet)),
                b"" if self.validity is None else self.validity.encode(),
                bytes((udl,)),
                user_data,
                self.trailing,
            )
        )


@dataclass(frozen=True, slots=True)
class Deliver:
    """SMS-DELIVER, a message from the service centre (§9.2.2.1).

    service_centre_timestamp: None when what the network sent is no date; timestamp_octets are its 7 octets as they
        came, where the value does not give the same ones. reserved_bits: bits of the first octet that the other fields
        do not bear out: TP-UDHI without user data, the reserved TP-MTI, bit 4. trailing: octets behind the user data.
    damaged: the user data did not hold what it promised; what there was is here.
    """

    originating_address: Address
    user_data: UserData
    data_coding: DataCoding
    protocol_identifier: int = 0
    service_centre_timestamp: datetime | None = None
    more_messages: bool = False
    status_report_indication: bool = False
    reply_path: bool = False
    service_centre: Address | None = None
    damaged: bool = False
    loop_prevention: bool = False
    reserved_bits: int = 0
    timestamp_octets: bytes | None = None
    trailing: bytes = b""

    @property
    def first_octet(self) -> int:
        return (
            MTI_DELIVER
            | self.reserved_bits
            | (0 if self.more_messages else _MORE_TO_SEND)
            | (_LOOP_PREVENTION if self.loop_prevention else 0)
            | (_REPORT if self.status_report_indication else 0)
            | (_UDHI if self.user_data.header is not None else 0)
            | (_REPLY_PATH if self.reply_path else 0)
        )

    @property
    def text(self) -> str | None:
        return self.user_data.text

    @property
    def tpdu_length(self) -> int:
        """Octets without the SMSC field: the number that +CMGR and +CMT give."""
        return len(self._tpdu())

    def encode(self) -> bytes:
        """SMSC field and TPDU. Raises ValueError when a field does not fit its octets."""
        return _service_centre(self.service_centre) + self._tpdu()

    def _tpdu(self) -> bytes:
        udl, user_data = self.user_data.encode()
        return b"".join(
            (
                bytes((self.first_octet,)),
                self.originating_address.encode(),
                bytes((self.protocol_identifier, self.data_coding.octet)),
                _timestamp(self.service_centre_timestamp, self.timestamp_octets),
                bytes((udl,)),
                user_data,
                self.trailing,
            )
        )


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
            MTI_STATUS_REPORT
            | self.reserved_bits
            | (0 if self.more_messages else _MORE_TO_SEND)
            | (_LOOP_PREVENTION if self.loop_prevention else 0)
            | (_REPORT if self.status_report_qualifier else 0)
            | (_UDHI if self.user_data is not None and self.user_data.header is not None else 0)
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
        return _service_centre(self.service_centre) + self._tpdu()

    def _tpdu(self) -> bytes:
        return b"".join(
            (
                bytes((self.first_octet, self.message_reference)),
                self.recipient_address.encode(),
                _timestamp(self.service_centre_timestamp, self.timestamp_octets),
                _timestamp(self.discharge_time, self.discharge_octets),
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


def decode_incoming(pdu: bytes) -> Deliver | StatusReport:
    """Decode what the network sends to us, told apart by TP-MTI; the reserved value is a Deliver (§9.2.3.1).

    pdu: SMSC field and TPDU. Raises DecodeError.
    """
    reader = Reader(pdu)
    service_centre = read_service_centre(reader)
    first = reader.octet("TP-MTI")
    message_type = first & 3
    if message_type == MTI_STATUS_REPORT:
        return _read_status_report(reader, first, service_centre)
    if message_type == MTI_SUBMIT:
        raise DecodeError("TP-MTI", reader.position - 1, "a submit report is no message")
    return _read_deliver(reader, first, service_centre)


def decode_deliver(pdu: bytes) -> Deliver:
    """Decode an SMS-DELIVER with its SMSC field. Raises DecodeError, also when TP-MTI is not that of a Deliver."""
    reader, first, service_centre = _begin(pdu, MTI_DELIVER)
    return _read_deliver(reader, first, service_centre)


def decode_status_report(pdu: bytes) -> StatusReport:
    """Decode an SMS-STATUS-REPORT with its SMSC field. Raises DecodeError, also when TP-MTI is another."""
    reader, first, service_centre = _begin(pdu, MTI_STATUS_REPORT)
    return _read_status_report(reader, first, service_centre)


def decode_submit(pdu: bytes) -> Submit:
    """Decode an SMS-SUBMIT with its SMSC field. Raises DecodeError, also when TP-MTI is another."""
    reader, first, service_centre = _begin(pdu, MTI_SUBMIT)
    message_reference = reader.octet("TP-MR")
    destination = read_address(reader, "TP-DA")
    protocol_identifier = reader.octet("TP-PID")
    coding = DataCoding(reader.octet("TP-DCS"))
    validity = read_validity(reader, first >> 3 & 3)
    user_data, damaged = read_user_data(reader, udhi=bool(first & _UDHI), coding=coding)
    return Submit(
        destination=destination,
        user_data=user_data,
        data_coding=coding,
        protocol_identifier=protocol_identifier,
        validity=validity,
        status_report_request=bool(first & _REPORT),
        reject_duplicates=bool(first & 0x04),
        reply_path=bool(first & _REPLY_PATH),
        message_reference=message_reference,
        service_centre=service_centre,
        reserved_bits=first & _UDHI if user_data.header is None else 0,
        trailing=reader.rest(),
        damaged=damaged,
    )


def _begin(pdu: bytes, message_type: int) -> tuple[Reader, int, Address | None]:
    reader = Reader(pdu)
    service_centre = read_service_centre(reader)
    first = reader.octet("TP-MTI")
    if first & 3 != message_type:
        raise DecodeError("TP-MTI", reader.position - 1, f"{first & 3} where {message_type} is expected")
    return reader, first, service_centre


def _read_deliver(reader: Reader, first: int, service_centre: Address | None) -> Deliver:
    address = read_address(reader, "TP-OA")
    protocol_identifier = reader.octet("TP-PID")
    coding = DataCoding(reader.octet("TP-DCS"))
    moment, timestamp_octets = _read_timestamp(reader, "TP-SCTS")
    user_data, damaged = read_user_data(reader, udhi=bool(first & _UDHI), coding=coding)
    return Deliver(
        originating_address=address,
        user_data=user_data,
        data_coding=coding,
        protocol_identifier=protocol_identifier,
        service_centre_timestamp=moment,
        more_messages=not first & _MORE_TO_SEND,
        status_report_indication=bool(first & _REPORT),
        reply_path=bool(first & _REPLY_PATH),
        service_centre=service_centre,
        damaged=damaged,
        loop_prevention=bool(first & _LOOP_PREVENTION),
        reserved_bits=first & (0x13 if user_data.header is not None else 0x13 | _UDHI),
        timestamp_octets=timestamp_octets,
        trailing=reader.rest(),
    )


def _read_status_report(reader: Reader, first: int, service_centre: Address | None) -> StatusReport:
    message_reference = reader.octet("TP-MR")
    recipient = read_address(reader, "TP-RA")
    submitted, timestamp_octets = _read_timestamp(reader, "TP-SCTS")
    discharged, discharge_octets = _read_timestamp(reader, "TP-DT")
    status = classify(reader.octet("TP-ST"))
    optional = _read_optional_part(reader, udhi=bool(first & _UDHI))
    has_header = optional.user_data is not None and optional.user_data.header is not None
    return StatusReport(
        message_reference=message_reference,
        recipient_address=recipient,
        service_centre_timestamp=submitted,
        discharge_time=discharged,
        status=status,
        service_centre=service_centre,
        more_messages=not first & _MORE_TO_SEND,
        loop_prevention=bool(first & _LOOP_PREVENTION),
        status_report_qualifier=bool(first & _REPORT),
        parameter_indicator=optional.indicator,
        protocol_identifier=optional.protocol_identifier,
        data_coding=optional.data_coding,
        user_data=optional.user_data,
        damaged=optional.damaged,
        reserved_bits=first & (0x90 if has_header else 0x90 | _UDHI),
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


def _read_timestamp(reader: Reader, field: str) -> tuple[datetime | None, bytes | None]:
    """The moment, and the octets where it would not be encoded as the same ones."""
    octets = reader.take(field, timestamp.LENGTH)
    moment = timestamp.decode(octets)
    sound = moment is not None and timestamp.zone(octets[6]) is not None and octets[6] != 0x08
    return moment, None if sound else octets


def _timestamp(moment: datetime | None, octets: bytes | None) -> bytes:
    if octets is not None:
        return octets
    return bytes(timestamp.LENGTH) if moment is None else timestamp.encode(moment)


def _service_centre(address: Address | None) -> bytes:
    return b"\0" if address is None else address.encode_service_centre()
