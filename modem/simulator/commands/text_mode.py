"""Text mode, as far as it takes not to confuse a host that looks into it; PDU mode is what the product speaks."""

from collections.abc import Sequence
from datetime import timedelta

from modem.errors import DecodeError
from modem.pdu.address import Address
from modem.pdu.dcs import DataCoding
from modem.pdu.segmentation import segment
from modem.pdu.tpdu import Submit, decode_deliver, decode_submit
from modem.pdu.validity import RelativeValidity
from modem.simulator.dialogue import Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment
from modem.simulator.storage import STATUS_TEXTS, Status, Stored

STATUS_REPORT_REQUEST = 0x20  # of the first octet
INVALID_TEXT_PARAMETER = 305


def submit_from_text(equipment: Equipment, destination: str, text: str) -> bytes:
    """The SUBMIT that the modem makes of a number, a text and AT+CSMP."""
    segmentation = segment(text)
    try:
        address = Address.of(destination)
    except ValueError:
        raise Refusal("cms", INVALID_TEXT_PARAMETER) from None
    if len(segmentation.parts) != 1:
        raise Refusal("cms", INVALID_TEXT_PARAMETER)
    first_octet = equipment.settings.text_parameters[0]
    return Submit(
        destination=address,
        user_data=segmentation.parts[0].user_data,
        data_coding=DataCoding.for_text(segmentation.alphabet),
        validity=RelativeValidity.at_least(timedelta(days=1)),
        status_report_request=bool(first_octet & STATUS_REPORT_REQUEST),
    ).encode()


def text_lines(prefix: str, stored: Stored) -> Sequence[str]:
    """A stored message as +CMGR and +CMGL show it in text mode; the PDU itself where it does not decode."""
    status = STATUS_TEXTS[stored.status]
    try:
        if stored.status in (Status.UNSENT, Status.SENT):
            submit = decode_submit(stored.pdu)
            return f'{prefix}"{status}","{submit.destination.value}",', submit.text or ""
        deliver = decode_deliver(stored.pdu)
    except DecodeError:
        return f'{prefix}"{status}","",', stored.pdu.hex().upper()
    stamp = deliver.service_centre_timestamp
    shown = f"{stamp:%y/%m/%d,%H:%M:%S}+00" if stamp else ""
    return f'{prefix}"{status}","{deliver.originating_address.value}",,"{shown}"', deliver.text or ""


def text_parameters(equipment: Equipment, request: Request) -> Outcome:
    """AT+CSMP (TS 27.005 §3.3.4)."""
    settings = equipment.settings
    if request.form is Form.TEST:
        return Reply()
    if request.form is Form.READ:
        return Reply((f"+CSMP: {','.join(map(str, settings.text_parameters))}",))
    first, validity, protocol, coding = (
        request.number(index, current) for index, current in enumerate(settings.text_parameters)
    )
    settings.text_parameters = (first, validity, protocol, coding)
    return Reply()


def show_header(equipment: Equipment, request: Request) -> Outcome:
    """AT+CSDH (TS 27.005 §3.3.3)."""
    if request.form is Form.TEST:
        return Reply(("+CSDH: (0,1)",))
    if request.form is Form.READ:
        return Reply((f"+CSDH: {int(equipment.settings.show_header)}",))
    equipment.settings.show_header = request.number(0, 0) == 1
    return Reply()


COMMANDS = {"+CSMP": text_parameters, "+CSDH": show_header}
