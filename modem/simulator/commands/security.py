"""The card: its PIN and counters, who it says it is (TS 27.007 §5.6, §8.3, §7.4)."""

from modem.simulator.card import Lock
from modem.simulator.dialogue import OK, OPERATION_NOT_ALLOWED, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment

_REFUSED_BY_LOCK = {Lock.PIN: (11, 311), Lock.PUK: (12, 316), Lock.ABSENT: (10, 310), Lock.DEAD: (13, 313)}
_SERVICE_NOT_READY = (14, 314)
INCORRECT_PASSWORD = 16


def need_card(equipment: Equipment) -> None:
    """Raises Refusal while the card is locked (+CME ERROR)."""
    lock = equipment.card.lock
    if lock is not Lock.READY:
        raise Refusal("cme", _REFUSED_BY_LOCK[lock][0])


def need_messages(equipment: Equipment) -> None:
    """Raises Refusal while the SMS service is not up (+CMS ERROR)."""
    lock = equipment.card.lock
    if lock is not Lock.READY:
        raise Refusal("cms", _REFUSED_BY_LOCK[lock][1])
    if not equipment.ready:
        raise Refusal("cms", _SERVICE_NOT_READY[1])


def pin(equipment: Equipment, request: Request) -> Outcome:
    card = equipment.card
    if request.form is Form.TEST:
        return OK
    if card.lock in (Lock.ABSENT, Lock.DEAD):
        raise Refusal("cme", _REFUSED_BY_LOCK[card.lock][0])
    if request.form is not Form.SET:
        return Reply((f"+CPIN: {card.lock.value}",), final=equipment.manner.cpin_final)
    values = request.values
    if card.lock is Lock.READY:
        raise Refusal("cme", OPERATION_NOT_ALLOWED)
    if card.lock is Lock.PUK:
        accepted = len(values) == 2 and card.enter_puk(values[0], values[1])
    else:
        accepted = card.enter_pin(values[0])
    equipment.world.record("pin", accepted=accepted, pin_tries=card.pin_tries, puk_tries=card.puk_tries)
    if accepted:
        return Reply(afterwards=equipment.become_ready)
    raise Refusal("cme", 12 if card.lock is Lock.PUK else INCORRECT_PASSWORD)


def retries(equipment: Equipment, _request: Request) -> Outcome:
    """How many tries are left, in the vendor's own command."""
    card = equipment.card
    fields = {
        "pin": card.pin_tries,
        "puk": card.puk_tries,
        "state": card.lock.value,
        "tries": card.puk_tries if card.lock is Lock.PUK else card.pin_tries,
    }
    return Reply(tuple(line.format(**fields) for line in equipment.manner.retries_answer))


def iccid(equipment: Equipment, request: Request) -> Outcome:
    if not equipment.card.inserted:
        raise Refusal("cme", 10)
    if request.form is Form.TEST:
        return OK
    return Reply((equipment.manner.iccid_answer.format(iccid=equipment.card.iccid),))


def imsi(equipment: Equipment, request: Request) -> Outcome:
    if request.form is Form.TEST:
        return OK
    need_card(equipment)
    return Reply((equipment.card.imsi,))


def subscriber_number(equipment: Equipment, request: Request) -> Outcome:
    if request.form is Form.TEST:
        return OK
    need_card(equipment)
    number = equipment.card.number
    return Reply((f'+CNUM: ,"{number}",{145 if number.startswith("+") else 129}',))


def facility_lock(equipment: Equipment, request: Request) -> Outcome:
    """AT+CLCK: only the question whether the card asks for a PIN."""
    if request.form is Form.TEST:
        return Reply(('+CLCK: ("SC")',))
    if request.values[:2] != ("SC", "2"):
        raise Refusal("cme", OPERATION_NOT_ALLOWED)
    return Reply((f"+CLCK: {int(equipment.card.pin is not None)}",))


COMMANDS = {"+CPIN": pin, "+CIMI": imsi, "+CNUM": subscriber_number, "+CLCK": facility_lock}
