"""Submitting, and how messages are routed and stored (TS 27.005 §3, §4)."""

from collections.abc import Callable

from modem.simulator.commands.security import need_messages
from modem.simulator.commands.settings import entered, shown
from modem.simulator.commands.text_mode import submit_from_text
from modem.simulator.dialogue import OK, Deferred, Done, Entry, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment
from modem.simulator.storage import Status

INVALID_PDU_PARAMETER = 304
INVALID_MEMORY_INDEX = 321
MEMORY_FULL = 322
NO_NETWORK = 331
NOTHING_TO_ACKNOWLEDGE = 340
NOT_SUPPORTED = 303
LONGEST_TPDU = 176  # octets; a SUBMIT has 164 at most, a stored record 176 (TS 31.102 §4.2.25)


def message_format(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMGF: 0 PDU mode, 1 text mode."""
    if request.form is Form.TEST:
        return Reply(("+CMGF: (0,1)",))
    if request.form is Form.READ:
        return Reply((f"+CMGF: {int(equipment.settings.text_mode)}",))
    if equipment.manner.text_until_ready and not equipment.ready:
        raise Refusal("plain")
    value = request.number(0, 0)
    if value > 1:
        raise Refusal("cms", NOT_SUPPORTED)
    equipment.settings.text_mode = value == 1
    return OK


def send(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMGS: a prompt, the PDU, Ctrl-Z; then +CMGS with the message reference."""
    if request.form is Form.TEST:
        return OK
    need_messages(equipment)
    if not equipment.registered:
        raise Refusal("cms", NO_NETWORK)
    if equipment.settings.text_mode:
        destination = entered(equipment, request.values[0]) if request.values else ""

        def finish_text(text: str, done: Done) -> None:
            _submit(equipment, submit_from_text(equipment, destination, text), "+CMGS", done)

        return Entry(finish_text)
    octets = _tpdu_octets(request)

    def finish(text: str, done: Done) -> None:
        _submit(equipment, pdu_entered(text, octets), "+CMGS", done)

    return Entry(finish, octets)


def _tpdu_octets(request: Request) -> int:
    octets = request.number(0)
    if not 7 <= octets <= LONGEST_TPDU:
        raise Refusal("cms", INVALID_PDU_PARAMETER)
    return octets


def pdu_entered(text: str, tpdu_octets: int) -> bytes:
    """The octets typed in; Refusal 304 when they are no hexadecimal or not as many as announced (TS 27.005 §4.3)."""
    try:
        pdu = bytes.fromhex(text)
    except ValueError:
        raise Refusal("cms", INVALID_PDU_PARAMETER) from None
    if not pdu or len(pdu) - 1 - pdu[0] != tpdu_octets:
        raise Refusal("cms", INVALID_PDU_PARAMETER)
    return pdu


def _submit(equipment: Equipment, pdu: bytes, prefix: str, done: Done) -> None:
    reference = equipment.card.next_reference()
    at = pdu[0] + 2  # TP-MR follows the first octet of the TPDU
    pdu = pdu[:at] + bytes((reference,)) + pdu[at + 1 :]

    def answered(error: int | None) -> None:
        done(Reply((f"{prefix}: {reference}",)) if error is None else Refusal("cms", error))

    equipment.world.submit(pdu, answered)


def write(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMGW: as AT+CMGS, into the second storage."""
    if request.form is Form.TEST:
        return OK
    need_messages(equipment)
    status = Status.UNSENT
    if equipment.settings.text_mode:
        destination = entered(equipment, request.values[0]) if request.values else ""

        def finish_text(text: str, done: Done) -> None:
            done(_written(equipment, submit_from_text(equipment, destination, text), status))

        return Entry(finish_text)
    octets = _tpdu_octets(request)
    status = Status(request.number(1, Status.UNSENT) & 3)

    def finish(text: str, done: Done) -> None:
        done(_written(equipment, pdu_entered(text, octets), status))

    return Entry(finish, octets)


def _written(equipment: Equipment, pdu: bytes, status: Status) -> Reply | Refusal:
    index = equipment.writing.put(pdu, status)
    return Refusal("cms", MEMORY_FULL) if index is None else Reply((f"+CMGW: {index}",))


def send_stored(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMSS: submits what AT+CMGW stored."""
    if request.form is Form.TEST:
        return OK
    need_messages(equipment)
    stored = equipment.writing.get(request.number(0))
    if stored is None or stored.status not in (Status.UNSENT, Status.SENT):
        raise Refusal("cms", INVALID_MEMORY_INDEX)
    if not equipment.registered:
        raise Refusal("cms", NO_NETWORK)

    def start(done: Done) -> None:
        stored.status = Status.SENT
        _submit(equipment, stored.pdu, "+CMSS", done)

    return Deferred(start)


def acknowledge(equipment: Equipment, request: Request) -> Outcome:
    """AT+CNMA (TS 27.005 §3.4.4, §4.7): 0 and 1 positive, 2 negative, the latter two with or without an ack PDU."""
    forms = equipment.manner.cnma
    if request.form is Form.TEST:
        return Reply((f"+CNMA: ({','.join(form for form in forms if form)})",))
    values = request.values or ("",)
    if values[0] not in forms:
        raise Refusal("cms", NOT_SUPPORTED)
    if equipment.settings.service != 1:
        raise Refusal("cms", NOTHING_TO_ACKNOWLEDGE)

    def finish() -> Reply:
        if not equipment.acknowledge(accepted=values[0] != "2"):
            raise Refusal("cms", NOTHING_TO_ACKNOWLEDGE)
        return OK

    octets = request.number(1, 0) if len(values) > 1 else 0
    if octets == 0:
        return finish()

    def finish_entry(_ack: str, done: Done) -> None:
        done(finish())

    return Entry(finish_entry)


def routing(equipment: Equipment, request: Request) -> Outcome:
    """AT+CNMI (TS 27.005 §3.4.1)."""
    manner = equipment.manner
    if request.form is Form.TEST:
        plain = ",".join(f"({','.join(map(str, values))})" for values in manner.cnmi)
        return Reply((manner.cnmi_test or f"+CNMI: {plain}",))
    if request.form is Form.READ:
        return Reply((f"+CNMI: {','.join(map(str, equipment.settings.cnmi))}",))
    if len(request.values) > 5:
        raise Refusal("cms", NOT_SUPPORTED)
    mode, deliver, broadcast, report, buffering = (
        request.number(index, current) for index, current in enumerate(equipment.settings.cnmi)
    )
    wanted = (mode, deliver, broadcast, report, buffering)
    for value, allowed, refused in zip(wanted, manner.cnmi, manner.cnmi_refused, strict=True):
        if value not in allowed or value in refused:
            raise Refusal("cms", NOT_SUPPORTED)
    equipment.set_routing(wanted)
    return OK


def service(equipment: Equipment, request: Request) -> Outcome:
    """AT+CSMS: 1 is phase 2+, where AT+CNMA is owed (TS 27.005 §3.2.1)."""
    if request.form is Form.TEST:
        return Reply((f"+CSMS: ({','.join(map(str, equipment.manner.services))})",))
    if request.form is Form.READ:
        return Reply((f"+CSMS: {equipment.settings.service},1,1,1",))
    value = request.number(0)
    if value not in equipment.manner.services:
        raise Refusal("cms", NOT_SUPPORTED)
    equipment.settings.service = value
    return Reply(("+CSMS: 1,1,1",))


def storages(equipment: Equipment, request: Request) -> Outcome:
    """AT+CPMS (TS 27.005 §3.2.2)."""
    manner, memories = equipment.manner, equipment.settings.memories
    if request.form is Form.TEST:
        plain = ",".join("(" + ",".join(f'"{name}"' for name in names) + ")" for names in manner.stores)
        return Reply((manner.stores_test or f"+CPMS: {plain}",))
    need_messages(equipment)
    if request.form is Form.READ:
        counts = (f'"{name}",{equipment.storage(name).used},{equipment.storage(name).size}' for name in memories)
        return Reply((f"+CPMS: {','.join(counts)}",))
    wanted = request.values
    if not 1 <= len(wanted) <= len(manner.stores):
        raise Refusal("plain")
    for name, names in zip(wanted, manner.stores, strict=False):
        if name not in names:
            raise Refusal("cms", NOT_SUPPORTED)
    memories[: len(wanted)] = wanted
    counts = (f"{equipment.storage(name).used},{equipment.storage(name).size}" for name in memories)
    return Reply((f"+CPMS: {','.join(counts)}",))


def service_centre(equipment: Equipment, request: Request) -> Outcome:
    """AT+CSCA (TS 27.005 §3.3.1)."""
    if request.form is Form.TEST:
        return OK
    need_messages(equipment)
    if request.form is Form.READ:
        number = equipment.card.service_centre
        return Reply((f'+CSCA: "{shown(equipment, number)}",{145 if number.startswith("+") else 129}',))
    equipment.card.service_centre = entered(equipment, request.values[0]) if request.values else ""
    return OK


def more_to_send(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMMS (TS 27.005 §3.5.6)."""
    if not equipment.manner.cmms:
        raise Refusal("cms", 500)
    if request.form is Form.TEST:
        return Reply(("+CMMS: (0-2)",))
    if request.form is Form.READ:
        return Reply((f"+CMMS: {equipment.settings.more_to_send}",))
    equipment.settings.more_to_send = request.number(0, 0)
    return OK


COMMANDS: dict[str, Callable[[Equipment, Request], Outcome]] = {
    "+CMGF": message_format,
    "+CMGS": send,
    "+CMGW": write,
    "+CMSS": send_stored,
    "+CNMA": acknowledge,
    "+CNMI": routing,
    "+CSMS": service,
    "+CPMS": storages,
    "+CSCA": service_centre,
    "+CMMS": more_to_send,
}
