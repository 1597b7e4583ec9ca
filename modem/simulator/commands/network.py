"""Registration, operator, signal, USSD (TS 27.007 §7, §8)."""

from collections.abc import Callable

from modem.charset import gsm7
from modem.simulator.commands.security import need_card
from modem.simulator.commands.settings import entered, shown
from modem.simulator.dialogue import OK, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import REGISTERED, Equipment

OPERATOR = "Simulated"
OPERATOR_NUMBER = "00101"  # the test network


def registration(equipment: Equipment, request: Request) -> Outcome:
    """AT+CREG, AT+CGREG and AT+CEREG (TS 27.007 §7.2, §10.1.20, §10.1.22)."""
    modes = equipment.settings.registration_modes
    if request.form is Form.TEST:
        return Reply((f"{request.name}: (0-2)",))
    if request.form is Form.READ:
        mode = modes[request.name]
        return Reply((f"{request.name}: {mode},{equipment.registration_fields(mode)}",))
    mode = request.number(0, 0)
    if mode > 2:
        raise Refusal("cme", 50)
    modes[request.name] = mode
    return OK


def operator(equipment: Equipment, request: Request) -> Outcome:
    """AT+COPS (TS 27.007 §7.3)."""
    if request.form is Form.TEST:
        entry = f'(2,"{shown(equipment, OPERATOR)}","SIM","{OPERATOR_NUMBER}",{equipment.technology})'
        return Reply((f"+COPS: {entry},,(0,1,3),(0,2)",))
    if request.form is Form.READ:
        if equipment.registration_state not in REGISTERED:
            return Reply(("+COPS: 0",))
        form = equipment.settings.operator_format
        name = OPERATOR_NUMBER if form == 2 else shown(equipment, OPERATOR)
        return Reply((f'+COPS: 0,{form},"{name}",{equipment.technology}',))
    if request.number(0, 0) == 3:
        equipment.settings.operator_format = request.number(1, 0)
    return OK


def attachment(equipment: Equipment, request: Request) -> Outcome:
    """AT+CGATT (TS 27.007 §10.1.9): attached to packet service; without it messages still go over the circuit side."""
    if request.form is Form.TEST:
        return Reply(("+CGATT: (0,1)",))
    if request.form is Form.READ:
        attached = equipment.packet_attached and equipment.registration_state in REGISTERED
        return Reply((f"+CGATT: {int(attached)}",))
    state = request.number(0, 1)
    if state > 1:
        raise Refusal("cme", 50)
    equipment.packet_attached = state == 1
    return OK


def signal(equipment: Equipment, request: Request) -> Outcome:
    if request.form is Form.TEST:
        return Reply(("+CSQ: (0-31,99),(0-7,99)",))
    return Reply((f"+CSQ: {equipment.signal},99",))


def extended_signal(equipment: Equipment, request: Request) -> Outcome:
    if request.form is Form.TEST:
        return Reply(("+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)",))
    level = 255 if equipment.signal == 99 else min(97, equipment.signal * 3)
    return Reply((f"+CESQ: 99,99,255,255,{20 if level < 255 else 255},{level}",))


def ussd(equipment: Equipment, request: Request) -> Outcome:
    """AT+CUSD (TS 27.007 §7.15): the answer comes unasked after the OK."""
    if request.form is Form.TEST:
        return Reply(("+CUSD: (0-2)",))
    if request.form is Form.READ:
        return Reply(("+CUSD: 1",))
    if len(request.values) < 2:
        return OK
    need_card(equipment)
    if not equipment.registered:
        raise Refusal("cme", 30)
    reply = equipment.replies.get(_code(equipment, request.values[1]))

    def answer() -> None:
        equipment.tell("+CUSD: 4" if reply is None else f"+CUSD: 0,{_coded(equipment, reply)}")

    delay = equipment.latency.answer.sample(equipment.random)
    return Reply(afterwards=answer if delay == 0 else lambda: _later(equipment, delay, answer))


def _code(equipment: Equipment, written: str) -> str:
    """A USSD code as the network gets it. Raises Refusal for one that is not written as the modem wants it."""
    if equipment.manner.ussd != "packed":
        return entered(equipment, written)
    try:
        return gsm7.decode(gsm7.unpack(bytes.fromhex(written), 8 * len(written) // 14)).rstrip("\r@")
    except ValueError:
        raise Refusal("plain") from None


def _coded(equipment: Equipment, text: str) -> str:
    """The text and <dcs> of +CUSD (TS 23.038 §5)."""
    match equipment.manner.ussd:
        case "packed":
            return f'"{gsm7.pack(gsm7.encode(text)).hex().upper()}",15'
        case "ucs2":
            return f'"{text.encode("utf-16-be").hex().upper()}",72'
        case "plain":
            return f'"{shown(equipment, text)}",15'


def _later(equipment: Equipment, seconds: float, action: Callable[[], None]) -> None:
    equipment.world.later(seconds, action)


def activity(_equipment: Equipment, _request: Request) -> Outcome:
    return Reply(("+CPAS: 0",))


def battery(_equipment: Equipment, _request: Request) -> Outcome:
    return Reply(("+CBC: 0,100",))


def clock(equipment: Equipment, request: Request) -> Outcome:
    if request.form is Form.READ:
        return Reply((f'+CCLK: "{equipment.world.now():%y/%m/%d,%H:%M:%S}+00"',))
    return OK


COMMANDS = {
    **dict.fromkeys(("+CREG", "+CGREG", "+CEREG"), registration),
    "+COPS": operator,
    "+CGATT": attachment,
    "+CSQ": signal,
    "+CESQ": extended_signal,
    "+CUSD": ussd,
    "+CPAS": activity,
    "+CBC": battery,
    "+CCLK": clock,
}
