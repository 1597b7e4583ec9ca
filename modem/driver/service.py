"""Who acknowledges to the network what came in: the modem by itself, or we (TS 27.005 §3.2.1, §3.4.4)."""

from modem.at import answers, commands
from modem.driver.asking import Asking
from modem.profiles import Routing


async def message_service(ask: Asking) -> int:
    """<service> of AT+CSMS; not 0: a message that is handed over is ours to acknowledge."""
    line = await ask.line(commands.MESSAGE_SERVICE, again=True)
    return (answers.parse_numbers(line) or (0,))[0] if line is not None else 0


async def take_over_acknowledging(ask: Asking, routing: Routing) -> bool:
    """Messages are handed over and kept nowhere: the network must keep them until we have them.

    routing: as it is set. Returns whether they are ours to acknowledge now.
    """
    if await ask.optional(commands.set_message_service(1)) is None:
        return False
    await ask.optional(commands.set_routing(routing))  # some forget it at the change of service
    return bool(await message_service(ask))
