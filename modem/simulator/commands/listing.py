"""Reading and deleting stored messages (TS 27.005 §3.4.2, §3.4.3, §3.5.4, §4.1)."""

from collections.abc import Sequence

from modem.simulator.commands.messages import INVALID_MEMORY_INDEX, NOT_SUPPORTED
from modem.simulator.commands.security import need_messages
from modem.simulator.commands.text_mode import text_lines
from modem.simulator.dialogue import OK, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment
from modem.simulator.storage import STATUS_TEXTS, AnyStorage, Status, Stored

ALL = 4
_DELETED_BY_FLAG: dict[int, frozenset[Status]] = {
    1: frozenset({Status.READ}),
    2: frozenset({Status.READ, Status.SENT}),
    3: frozenset({Status.READ, Status.SENT, Status.UNSENT}),
    4: frozenset(Status),
}


def list_messages(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMGL: PDU mode 0-4, text mode "REC UNREAD" ... "ALL"."""
    if request.form is Form.TEST:
        if equipment.settings.text_mode:
            names = ",".join(f'"{name}"' for name in (*STATUS_TEXTS, "ALL"))
            return Reply((f"+CMGL: ({names})",))
        return Reply(("+CMGL: (0-4)",))
    need_messages(equipment)
    wanted = _wanted(equipment, request)
    lines: list[str] = []
    for index, stored in list(equipment.reading.listed(wanted)):
        lines += _record(equipment, f"+CMGL: {index},", stored)
        _read(stored)
    return Reply(lines)


def _wanted(equipment: Equipment, request: Request) -> Status | None:
    if equipment.settings.text_mode:
        name = request.values[0].upper() if request.values else STATUS_TEXTS[0]
        if name == "ALL":
            return None
        if name not in STATUS_TEXTS:
            raise Refusal("cms", NOT_SUPPORTED)
        return Status(STATUS_TEXTS.index(name))
    status = request.number(0, Status.UNREAD)
    if status > ALL:
        raise Refusal("cms", NOT_SUPPORTED)
    return None if status == ALL else Status(status)


def read_message(equipment: Equipment, request: Request) -> Outcome:
    if request.form is Form.TEST:
        return OK
    need_messages(equipment)
    index = request.number(0)
    stored = equipment.reading.get(index)
    if stored is None:
        if not equipment.reading.holds(index) or equipment.manner.empty_slot is not None:
            raise Refusal("cms", INVALID_MEMORY_INDEX)
        return OK
    lines = _record(equipment, "+CMGR: ", stored)
    _read(stored)
    return Reply(lines)


def _record(equipment: Equipment, prefix: str, stored: Stored) -> Sequence[str]:
    if equipment.settings.text_mode:
        return text_lines(prefix, stored)
    alpha = "," if equipment.manner.alpha_field else ""
    return f"{prefix}{stored.status.value},{alpha}{stored.tpdu_octets}", stored.pdu.hex().upper()


def _read(stored: Stored) -> None:
    if stored.status is Status.UNREAD:
        stored.status = Status.READ


def delete(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMGD: one index, or by <delflag> 1-4 all of some statuses."""
    storage = equipment.reading
    if request.form is Form.TEST:
        used = ",".join(str(index) for index, _ in storage.listed())
        return Reply((f"+CMGD: ({used}),(0-4)",))
    need_messages(equipment)
    index, flag = request.number(0), request.number(1, 0)
    if flag > ALL or (flag == 0 and not storage.holds(index)):
        raise Refusal("cms", INVALID_MEMORY_INDEX)
    if flag == 0:
        _delete(equipment, storage, index)
    else:
        for slot, stored in list(storage.listed()):
            if stored.status in _DELETED_BY_FLAG[flag]:
                _delete(equipment, storage, slot)
    equipment.place_freed()
    return OK


def _delete(equipment: Equipment, storage: AnyStorage, index: int) -> None:
    stored = storage.delete(index)
    if stored is not None and stored.status in (Status.UNREAD, Status.READ):
        equipment.world.record("deleted", storage=storage.name, index=index, pdu=stored.pdu.hex().upper())


COMMANDS = {"+CMGL": list_messages, "+CMGR": read_message, "+CMGD": delete}
