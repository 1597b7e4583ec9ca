"""Looking at a modem without setting it up: nothing that lasts is changed, and no PIN is ever entered."""

from dataclasses import dataclass

from modem.at import answers, commands
from modem.at.answers import PinState
from modem.at.session import Session
from modem.driver.asking import Asking
from modem.driver.bringup import BringUp
from modem.driver.centre import read_centre
from modem.driver.examination import Examination
from modem.driver.pin import retries_left, settled_pin_state
from modem.driver.values import Health, Identity


@dataclass(frozen=True, slots=True)
class Inspection:
    """How a modem was found. pin_attempts: left before the SIM wants its PUK; None where no command tells.

    health, service_centre: None while the SIM is not ready. announces: <mt> of AT+CNMI is not 0.
    """

    identity: Identity
    pin: PinState
    pin_attempts: int | None
    service_centre: str | None = None
    announces: bool | None = None
    health: Health | None = None


async def inspect(session: Session, bring_up: BringUp, examination: Examination) -> Inspection:
    """The modem answers AT already. Raises CommandTimeout, TransportLost."""
    identity = await bring_up.identify()
    pin = await settled_pin_state(session)
    attempts = await retries_left(session, bring_up.profile)
    if pin not in (PinState.READY, PinState.UNKNOWN):  # unknown: a modem that has no such question
        return Inspection(identity, pin, attempts)
    centre = await read_centre(session)
    line = await Asking(session).line(commands.ROUTING)
    routing = answers.parse_numbers(line) if line is not None else ()
    await examination.ask_registration()
    return Inspection(
        identity,
        pin,
        attempts,
        service_centre=centre.number if centre is not None else None,
        announces=routing[1] != 0 if len(routing) > 1 else None,
        health=await examination.health(bring_up.profile),
    )
