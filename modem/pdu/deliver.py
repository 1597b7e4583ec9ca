"""SMS-DELIVER (TS 23.040 §9.2.2.1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from modem.pdu import timestamp
from modem.pdu.address import Address, encode_service_centre, read_address
from modem.pdu.dcs import DataCoding
from modem.pdu.first_octet import DELIVER, LOOP_PREVENTION, MORE_TO_SEND, REPLY_PATH, REPORT, UDHI, begin
from modem.pdu.octets import Reader
from modem.pdu.user_data import UserData, read_user_data

_NAMELESS: Final = 0x13  # TP-MTI, which is zero here or reserved, and bit 4


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
            DELIVER
            | self.reserved_bits
            | (0 if self.more_messages else MORE_TO_SEND)
            | (LOOP_PREVENTION if self.loop_prevention else 0)
            | (REPORT if self.status_report_indication else 0)
            | (UDHI if self.user_data.header is not None else 0)
            | (REPLY_PATH if self.reply_path else 0)
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
        return encode_service_centre(self.service_centre) + self._tpdu()

    def _tpdu(self) -> bytes:
        udl, user_data = self.user_data.encode()
        return b"".join(
            (
                bytes((self.first_octet,)),
                self.originating_address.encode(),
                bytes((self.protocol_identifier, self.data_coding.octet)),
                timestamp.encode_field(self.service_centre_timestamp, self.timestamp_octets),
                bytes((udl,)),
                user_data,
                self.trailing,
            )
        )


def decode_deliver(pdu: bytes) -> Deliver:
    """Decode an SMS-DELIVER with its SMSC field. Raises DecodeError, also when TP-MTI is not that of a Deliver."""
    reader, first, service_centre = begin(pdu, DELIVER)
    return read_deliver(reader, first, service_centre)


def read_deliver(reader: Reader, first: int, service_centre: Address | None) -> Deliver:
    """Read what follows the first octet. Raises DecodeError."""
    address = read_address(reader, "TP-OA")
    protocol_identifier = reader.octet("TP-PID")
    coding = DataCoding(reader.octet("TP-DCS"))
    moment, timestamp_octets = timestamp.read_timestamp(reader, "TP-SCTS")
    user_data, damaged = read_user_data(reader, udhi=bool(first & UDHI), coding=coding)
    return Deliver(
        originating_address=address,
        user_data=user_data,
        data_coding=coding,
        protocol_identifier=protocol_identifier,
        service_centre_timestamp=moment,
        more_messages=not first & MORE_TO_SEND,
        status_report_indication=bool(first & REPORT),
        reply_path=bool(first & REPLY_PATH),
        service_centre=service_centre,
        damaged=damaged,
        loop_prevention=bool(first & LOOP_PREVENTION),
        reserved_bits=first & (_NAMELESS | (UDHI if user_data.header is None else 0)),
        timestamp_octets=timestamp_octets,
        trailing=reader.rest(),
    )
