"""Keeps the service centre of a line's SIM: without one nothing can be sent, and some modems lose it."""

import logging

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.message import MessageError
from gateway.domain.sim import is_centre
from gateway.line import Line
from gateway.store.contract import Store
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost

logger = logging.getLogger(__name__)


class CentreKeeper:
    """One line's, over one connection."""

    def __init__(self, line: Line, store: Store, clock: Clock) -> None:
        self._line = line
        self._sims = store.sims
        self._clock = clock

    async def settle(self) -> None:
        """After a bring-up: remember what is on the SIM, or put back what was there. Raises TransportLost.

        What the disk does not give or take leaves the SIM as it is.
        """
        iccid, number = self._line.identity.iccid, self._line.modem.capabilities.service_centre
        if iccid is None:
            return
        try:
            if number is not None and is_centre(number):
                await self._sims.keep_service_centre(iccid, number, self._clock.now())
            elif number is None and (kept := await self._sims.service_centre(iccid)) is not None:
                await self._put_back(kept.number)
        except Unavailable as error:
            logger.warning("service centre not kept", extra={"line": self._line.who.name, "code": error.code})

    async def _put_back(self, number: str) -> None:
        fields = {"line": self._line.who.name, "number": number}
        modem = self._line.modem
        try:
            found = await modem.service_centre()
            if found is None:  # a modem that does not tell what is there may have one all the same
                return
            if found.number is None:
                await modem.set_service_centre(number)
        except (CommandRejected, CommandTimeout) as error:
            logger.error("service centre lost and not taken back", extra=fields | {"error": str(error)})
        else:
            logger.warning("service centre was lost, put back", extra=fields)

    async def order(self, number: str) -> MessageError | None:
        """Somebody wants this one; returns why it is not there. Raises TransportLost, Unavailable."""
        modem = self._line.modem
        if (configured := modem.settings.service_centre) not in (None, number):
            message = f"the configuration says {configured}, which is put on the SIM at every start: change it there"
            return MessageError("service_centre_configured", message)
        try:
            await modem.set_service_centre(number)
        except TransportLost:
            raise
        except ModemError as error:
            cause: dict[str, int] = {}
            if isinstance(error, CommandRejected) and error.code is not None:
                cause[error.kind] = error.code
            return MessageError("service_centre_refused", f"the modem or the SIM refused it: {error}", cause)
        logger.info("service centre set", extra={"line": self._line.who.name, "number": number})
        if self._line.identity.iccid is not None:
            await self._sims.keep_service_centre(self._line.identity.iccid, number, self._clock.now())
        self._line.changed.ring()
        return None
