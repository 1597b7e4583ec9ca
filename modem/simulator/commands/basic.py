"""Basic commands of V.250 and who the modem is (TS 27.007 §5)."""

from modem.simulator.dialogue import OK, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment


def echo(equipment: Equipment, request: Request) -> Outcome:
    equipment.settings.echo = _switch(request)
    return OK


def verbose(equipment: Equipment, request: Request) -> Outcome:
    equipment.settings.verbose = _switch(request)
    return OK


def quiet(equipment: Equipment, request: Request) -> Outcome:
    equipment.settings.quiet = _switch(request)
    return OK


def _switch(request: Request) -> bool:
    if request.argument not in ("", "0", "1"):
        raise Refusal("plain")
    return request.argument == "1"


def defaults(equipment: Equipment, _request: Request) -> Outcome:
    """ATZ and AT&F: the dialogue's settings; message storages stay selected."""
    settings = equipment.settings
    settings.echo, settings.verbose, settings.quiet, settings.errors = True, True, False, 0
    settings.text_mode, settings.service = False, 0
    settings.cnmi = equipment.manner.cnmi_default
    return OK


def ignored(_equipment: Equipment, _request: Request) -> Outcome:
    """Taken without an effect here, such as AT&D2, ATX4 or ATH."""
    return OK


def s_parameter(equipment: Equipment, request: Request) -> Outcome:
    values = equipment.settings.plain
    if request.form is Form.READ:
        return Reply((f"{int(values.get(request.name, '0')):03d}",))
    values[request.name] = request.argument or "0"
    return OK


def information(equipment: Equipment, request: Request) -> Outcome:
    manner = equipment.manner
    if request.argument not in ("", "0"):
        return OK
    return Reply(
        (
            f"Manufacturer: {manner.manufacturer}",
            f"Model: {manner.model}",
            f"Revision: {manner.revision}",
            f"IMEI: {equipment.imei}",
        )
    )


def manufacturer(equipment: Equipment, request: Request) -> Outcome:
    return _identity(request, equipment.manner.manufacturer)


def model(equipment: Equipment, request: Request) -> Outcome:
    return _identity(request, equipment.manner.model)


def revision(equipment: Equipment, request: Request) -> Outcome:
    return _identity(request, equipment.manner.revision)


def serial_number(equipment: Equipment, request: Request) -> Outcome:
    return _identity(request, equipment.imei)


def _identity(request: Request, line: str) -> Outcome:
    return OK if request.form is Form.TEST else Reply((line,))


def functionality(equipment: Equipment, request: Request) -> Outcome:
    """AT+CFUN (TS 27.007 §8.2): 0 and 4 without radio, 1 full, "1,1" after a restart."""
    if request.form is Form.TEST:
        return Reply(("+CFUN: (0,1,4),(0,1)",))
    if request.form is Form.READ:
        return Reply((f"+CFUN: {equipment.functionality}",))
    level = request.number(0)
    if level not in (0, 1, 4):
        raise Refusal("cme", 50)
    if request.number(1, 0) == 1:
        return Reply(afterwards=equipment.restart)
    equipment.set_functionality(level)
    return OK


def capabilities(_equipment: Equipment, _request: Request) -> Outcome:
    return Reply(("+GCAP: +CGSM,+DS,+ES",))


COMMANDS = {
    "E": echo,
    "V": verbose,
    "Q": quiet,
    "Z": defaults,
    "&F": defaults,
    "I": information,
    "S0": s_parameter,
    "S3": s_parameter,
    "S4": s_parameter,
    "S5": s_parameter,
    "S7": s_parameter,
    **dict.fromkeys(("&W", "&C", "&D", "&K", "&S", "X", "H", "L", "M", "+CHUP", "+IFC", "+IPR", "+ICF"), ignored),
    **dict.fromkeys(("+CGMI", "+GMI"), manufacturer),
    **dict.fromkeys(("+CGMM", "+GMM"), model),
    **dict.fromkeys(("+CGMR", "+GMR"), revision),
    **dict.fromkeys(("+CGSN", "+GSN"), serial_number),
    "+CFUN": functionality,
    "+GCAP": capabilities,
}
