"""Asking a port that nobody uses who is behind it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from gateway.aio import together
from gateway.workers.connection import fault_in
from modem.driver import Identity, Modem, ModemSettings
from modem.errors import ModemError, PortBusy, TransportLost
from modem.transport import DEFAULT_BAUDRATE

FIRST_S = 2.0  # for the first answer: most ports of a stick never give one (modem-facts §1)
FIRST_SERIAL_S = 20.0  # behind a real UART, whose speed has to be found
WHOLE_S = 20.0  # for all of it; a SIM that starts keeps its number back for a while

logger = logging.getLogger(__name__)
Open = Callable[[str, ModemSettings], Awaitable[Modem]]


@dataclass(frozen=True, slots=True)
class Answer:
    """identity: None when nobody answered. announces: whether messages can be announced at this port.

    opened: whether the port could be had at all; busy: another program has it.
    """

    identity: Identity | None = None
    announces: bool = True
    opened: bool = True
    busy: bool = False


async def ask(open_modem: Open, device: str, settings: ModemSettings, *, on_usb: bool = False) -> Answer:
    """Who answers at a port; it is closed again. on_usb: the port is a modem's own, where the speed means nothing."""
    if on_usb:
        settings = replace(settings, baudrate=settings.baudrate or DEFAULT_BAUDRATE)
    try:
        modem = await open_modem(device, settings)
    except TransportLost as error:
        logger.info("port not opened", extra={"device": device, "reason": str(error)})
        return Answer(opened=False, busy=isinstance(error, PortBusy))
    except ModemError:
        return Answer()
    found: list[Answer] = []

    async def talk() -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(FIRST_S if on_usb else FIRST_SERIAL_S) as patience:
            identity = await modem.identify(lambda: patience.reschedule(loop.time() + WHOLE_S))
            found.append(Answer(identity))
            found.append(Answer(identity, announces=await modem.announces()))

    try:
        await together(talk(), base=modem.run())
    except ExceptionGroup as group:
        fault = fault_in(group)
        if not isinstance(fault, ModemError | TimeoutError):
            raise
        logger.info("nobody answers", extra={"device": device, "reason": str(fault) or "silence"})
    finally:
        await modem.close()
    return found[-1] if found else Answer()
