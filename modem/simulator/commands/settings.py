"""Commands that set one value and read it back."""

from collections.abc import Callable

from modem.simulator.dialogue import OK, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment


def errors(equipment: Equipment, request: Request) -> Outcome:
    """AT+CMEE (TS 27.007 §9.1)."""
    if request.form is Form.TEST:
        return Reply(("+CMEE: (0,1,2)",))
    if request.form is Form.READ:
        return Reply((f"+CMEE: {equipment.settings.errors}",))
    value = request.number(0, 0)
    if value > 2:
        raise Refusal("cme", 50)
    equipment.settings.errors = value
    return OK


def character_set(equipment: Equipment, request: Request) -> Outcome:
    """AT+CSCS (TS 27.007 §5.5)."""
    if request.form is Form.TEST:
        return Reply(('+CSCS: ("GSM","IRA","UCS2")',))
    if request.form is Form.READ:
        return Reply((f'+CSCS: "{equipment.settings.character_set}"',))
    value = request.values[0].upper() if request.values else ""
    if value not in ("GSM", "IRA", "UCS2"):
        raise Refusal("cme", 50)
    equipment.settings.character_set = value
    return OK


def shown(equipment: Equipment, text: str) -> str:
    """A string as the chosen character set writes it: UCS2 is hexadecimal (TS 27.007 §5.5)."""
    return text.encode("utf-16-be").hex().upper() if equipment.settings.character_set == "UCS2" else text


def entered(equipment: Equipment, text: str) -> str:
    """The opposite of `shown`; what is no hexadecimal is taken as it stands."""
    if equipment.settings.character_set != "UCS2":
        return text
    try:
        return bytes.fromhex(text).decode("utf-16-be")
    except ValueError:
        return text


def calling_line(equipment: Equipment, request: Request) -> Outcome:
    """AT+CLIP (TS 27.007 §7.6)."""
    if request.form is Form.TEST:
        return Reply(("+CLIP: (0,1)",))
    if request.form is Form.READ:
        return Reply((f"+CLIP: {int(equipment.settings.calling_line)},1",))
    equipment.settings.calling_line = request.number(0, 0) == 1
    return OK


def _remembered(default: str, test: str) -> Callable[[Equipment, Request], Outcome]:
    def command(equipment: Equipment, request: Request) -> Outcome:
        if request.form is Form.TEST:
            return Reply((f"{request.name}: {test}",))
        if request.form is Form.READ:
            return Reply((f"{request.name}: {equipment.settings.plain.get(request.name, default)}",))
        equipment.settings.plain[request.name] = request.argument
        return OK

    return command


COMMANDS = {
    "+CMEE": errors,
    "+CSCS": character_set,
    "+CLIP": calling_line,
    "+CRC": _remembered("0", "(0,1)"),
    "+CGSMS": _remembered("3", "(0-3)"),
    "+CTZU": _remembered("0", "(0,1)"),
    "+CTZR": _remembered("0", "(0-2)"),
    "+CMER": _remembered("0,0,0,0,0", "(0-3),(0),(0),(0,1),(0,1)"),
    "+COLP": _remembered("0", "(0,1)"),
    "+CVHU": _remembered("0", "(0-2)"),
    "+CPSMS": _remembered("0", "(0,1)"),
    "+CEDRXS": _remembered("0", "(0,1)"),
}
