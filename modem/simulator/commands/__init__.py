"""What a simulated modem does for each AT command: plain functions from equipment and request to an outcome."""

from collections.abc import Callable

from modem.simulator.commands import basic, listing, messages, network, security, settings, text_mode
from modem.simulator.dialogue import OK, Form, Outcome, Refusal, Reply, Request
from modem.simulator.equipment import Equipment

Handler = Callable[[Equipment, Request], Outcome]


def list_commands(equipment: Equipment, request: Request) -> Outcome:
    """AT+CLAC (TS 27.007 §8.37): a line for each command, with its AT and no prefix of its own."""
    if request.form is Form.TEST:
        return OK
    manner = equipment.manner
    vendors = {manner.iccid_command, manner.retries_command, manner.quiet_command, *manner.extra} - {None}
    return Reply(tuple(f"AT{name}" for name in sorted({*COMMANDS, *map(str, vendors)})))


COMMANDS: dict[str, Handler] = {
    **basic.COMMANDS,
    **settings.COMMANDS,
    **messages.COMMANDS,
    **listing.COMMANDS,
    **text_mode.COMMANDS,
    **network.COMMANDS,
    **security.COMMANDS,
    "+CLAC": list_commands,
}


def carry_out(equipment: Equipment, request: Request) -> Outcome:
    """Do what was asked. Raises Refusal."""
    manner = equipment.manner
    if request.name == manner.quiet_command:
        equipment.settings.floods = request.argument == "1"
    handler = COMMANDS.get(request.name)
    if handler is not None:
        return handler(equipment, request)
    if request.name == manner.iccid_command:
        return security.iccid(equipment, request)
    if request.name == manner.retries_command:
        return security.retries(equipment, request)
    if request.name == manner.quiet_command:
        return OK
    if request.name in manner.extra:
        line = manner.extra[request.name]
        return OK if line is None else Reply((line,))
    raise Refusal("plain") if manner.unknown_command == "ERROR" else Refusal("word", text=manner.unknown_command)
