"""What a modem announces and cannot store (+CMTI: ,-1) stays with the network until it may go somewhere else."""

import logging
from dataclasses import replace

from modem.at import answers, commands
from modem.at.session import Session
from modem.driver.asking import Asking
from modem.driver.service import take_over_acknowledging
from modem.driver.storage import Storages
from modem.driver.values import Capabilities

log = logging.getLogger(__name__)

_DIRECT = 2  # <mt> of AT+CNMI: handed over, not stored


async def receive_elsewhere(session: Session, storages: Storages, capabilities: Capabilities) -> Capabilities:
    """Have new messages stored in another storage or, where there is none, handed over. Returns what holds then.

    Raises CommandTimeout, TransportLost.
    """
    if await storages.receive_elsewhere():
        log.warning("%s: cannot store what comes in, receives into %s now", session.name, storages.home)
        return replace(capabilities, home=storages.home)
    routing = capabilities.routing
    if routing is None or routing[1] == _DIRECT:
        return capabilities
    direct = (routing[0], _DIRECT, *routing[2:])
    ask = Asking(session)
    if await ask.optional(commands.set_routing(direct), again=True) is None:
        log.warning("%s: cannot store what comes in, and does not hand it over either", session.name)
        return capabilities
    acknowledged = await take_over_acknowledging(ask, direct) or capabilities.direct_acknowledged
    line = await ask.line(commands.ROUTING, again=True)
    log.warning("%s: cannot store what comes in, hands it over now", session.name)
    reported = answers.parse_numbers(line) if line else ()
    return replace(capabilities, routing=direct, routing_reported=reported, direct_acknowledged=acknowledged)
