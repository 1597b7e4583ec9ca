"""What the network writes: DELIVERs of a text or octets, STATUS-REPORTs, and what a SUBMIT says in the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from modem.errors import DecodeError
from modem.pdu.address import Address
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.status import classify
from modem.pdu.tpdu import Deliver, StatusReport, Submit, UserData, decode_deliver


@dataclass(frozen=True, slots=True)
class Letter:
    """One DELIVER on its way: octets with SMSC field, and the class that routing looks at."""

    pdu: bytes
    message_class: int | None = None
    sender: str = field(default="", compare=False)


def letters_of_text(
    text: str,
    *,
    sender: str,
    at: datetime,
    service_centre: str,
    message_class: int | None = None,
    alphabet: Alphabet | None = None,
    reference: int = 0,
    reference_bits: int = 8,
    order: Sequence[int] | None = None,
) -> list[Letter]:
    """The parts of a text as the service centre delivers them.

    order: the sequence numbers to deliver, from 1, in that order: leave one out or repeat one at will; all in order by
    default.
    """
    segmentation = segment(text, alphabet=alphabet, reference=reference, reference_bits=reference_bits)
    coding = DataCoding.for_text(segmentation.alphabet, message_class)
    parts = [_letter(sender, part.user_data, coding, at, service_centre, message_class) for part in segmentation.parts]
    return parts if order is None else [parts[sequence - 1] for sequence in order]


def letter_of_octets(octets: bytes, *, sender: str, at: datetime, service_centre: str) -> Letter:
    """An 8-bit message."""
    return _letter(
        sender,
        UserData(Alphabet.OCTETS, octets),
        DataCoding.for_text(Alphabet.OCTETS),
        at,
        service_centre,
        None,
    )


def letter_of_pdu(pdu: bytes) -> Letter:
    """Any octets, even ones that do not decode."""
    try:
        deliver = decode_deliver(pdu)
    except DecodeError:
        return Letter(pdu)
    return Letter(pdu, deliver.data_coding.message_class, deliver.originating_address.value)


def letter_of_submit(submit: Submit, *, sender: str, at: datetime, service_centre: str) -> Letter:
    """What the recipient of a SUBMIT gets."""
    return _letter(
        sender,
        submit.user_data,
        submit.data_coding,
        at,
        service_centre,
        submit.data_coding.message_class,
        submit.protocol_identifier,
    )


def _letter(
    sender: str,
    user_data: UserData,
    coding: DataCoding,
    at: datetime,
    service_centre: str,
    message_class: int | None,
    protocol_identifier: int = 0,
) -> Letter:
    deliver = Deliver(
        originating_address=Address.of(sender),
        user_data=user_data,
        data_coding=coding,
        protocol_identifier=protocol_identifier,
        service_centre_timestamp=at,
        service_centre=Address.of(service_centre),
    )
    return Letter(deliver.encode(), message_class, sender)


def report_pdu(
    *, reference: int, recipient: str, accepted: datetime, discharged: datetime, status: int, service_centre: str
) -> bytes:
    """A STATUS-REPORT with SMSC field; status: TP-ST (TS 23.040 §9.2.3.15)."""
    return StatusReport(
        message_reference=reference,
        recipient_address=Address.of(recipient),
        service_centre_timestamp=accepted,
        discharge_time=discharged,
        status=classify(status),
        service_centre=Address.of(service_centre),
    ).encode()


def submit_fields(submit: Submit) -> dict[str, object]:
    """What a ledger entry says about a SUBMIT."""
    header = submit.user_data.header
    part = header.concatenation if header is not None else None
    return {
        "mr": submit.message_reference,
        "to": submit.destination.value,
        "text": submit.text,
        "report": submit.status_report_request,
        "concat": None if part is None else {"ref": part.reference, "total": part.total, "seq": part.sequence},
    }
