"""The service centre's number, which lives on the SIM: read, and written only where it differs (TS 27.005 §3.3.1)."""

import logging

from modem.at import commands
from modem.at.answers import ServiceCentre, parse_service_centre
from modem.at.session import Session
from modem.driver.asking import Asking
from modem.errors import CommandRejected

log = logging.getLogger(__name__)


async def read_centre(session: Session) -> ServiceCentre | None:
    """What AT+CSCA? says; None where the modem does not tell.

    Its number is None where the SIM has none; ZTE K3565-Z says so by an OK alone (zte-k3565-z: csmp-clears-smsc).
    """
    response = await Asking(session).optional(commands.SERVICE_CENTRE, again=True)
    if response is None:
        return None
    return parse_service_centre(response.lines[0]) if response.lines else ServiceCentre(None, None)


async def write_centre(session: Session, number: str) -> ServiceCentre | None:
    """Put a number on the SIM; returns what is read afterwards, None where the modem does not tell.

    number: digits, international with a "+". A modem that another program has left in AT+CSCS="UCS2", and that leaves
    it for nothing else, wants it in hex. Raises CommandRejected, also where something else is read afterwards.
    """
    found: ServiceCentre | None = None
    for command in (commands.set_service_centre(number), commands.set_service_centre(number, ucs2=True)):
        response = await session.execute(command)
        if not response.ok:
            raise response.final.rejection(command.name)
        found = await read_centre(session)
        if found is None or found.number == number:
            return found
    raise CommandRejected(commands.SERVICE_CENTRE.name, "plain", None, f"still {(found and found.number) or 'none'}")


async def settle_centre(session: Session, wanted: str | None) -> str | None:
    """At a bring-up: have the SIM hold what is wanted, None for whatever is there. Returns what it holds, or None."""
    centre = await read_centre(session)
    if wanted and (centre is None or centre.number != wanted):
        try:
            centre = await write_centre(session, wanted)
        except CommandRejected as error:
            log.warning("%s: the service centre was not written: %s", session.name, error)
    if centre is None or centre.number is None:
        log.warning("%s: the SIM has no service centre number", session.name)
        return None
    return centre.number
