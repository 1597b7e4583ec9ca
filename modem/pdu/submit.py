"""SMS-SUBMIT (TS 23.040 §9.2.2.2)."""

from dataclasses import dataclass

from modem.pdu.address import Address, encode_service_centre, read_address
from modem.pdu.dcs import DataCoding
from modem.pdu.first_octet import REJECT_DUPLICATES, REPLY_PATH, REPORT, SUBMIT, UDHI, begin
from modem.pdu.user_data import UserData, read_user_data
from modem.pdu.validity import Validity, format_of, read_validity


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
            SUBMIT
            | self.reserved_bits
            | (REJECT_DUPLICATES if self.reject_duplicates else 0)
            | format_of(self.validity) << 3
            | (REPORT if self.status_report_request else 0)
            | (UDHI if self.user_data.header is not None else 0)
            | (REPLY_PATH if self.reply_path else 0)
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
        return encode_service_centre(self.service_centre) + self._tpdu()

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


def decode_submit(pdu: bytes) -> Submit:
    """Decode an SMS-SUBMIT with its SMSC field. Raises DecodeError, also when TP-MTI is another."""
    reader, first, service_centre = begin(pdu, SUBMIT)
    message_reference = reader.octet("TP-MR")
    destination = read_address(reader, "TP-DA")
    protocol_identifier = reader.octet("TP-PID")
    coding = DataCoding(reader.octet("TP-DCS"))
    validity = read_validity(reader, first >> 3 & 3)
    user_data, damaged = read_user_data(reader, udhi=bool(first & UDHI), coding=coding)
    return Submit(
        destination=destination,
        user_data=user_data,
        data_coding=coding,
        protocol_identifier=protocol_identifier,
        validity=validity,
        status_report_request=bool(first & REPORT),
        reject_duplicates=bool(first & REJECT_DUPLICATES),
        reply_path=bool(first & REPLY_PATH),
        message_reference=message_reference,
        service_centre=service_centre,
        reserved_bits=first & UDHI if user_data.header is None else 0,
        trailing=reader.rest(),
        damaged=damaged,
    )
