"""Where one line looks for its modem, and whether what it found there is its own."""

import logging
from dataclasses import replace

from gateway.config import LineSettings
from gateway.domain.line import LineStatus
from gateway.line import LineFault, Remedy
from gateway.ports.names import Mark
from gateway.workers.claims import Claims
from gateway.workers.connection import Wanted, WrongModem
from gateway.workers.finder import Finder, mark
from modem.driver import Identity

PARKED_S, PARKED_LONGEST_S = 5.0, 60.0  # between two looks whether the SIM is another now, doubling

logger = logging.getLogger(__name__)


class Seeker:
    """One line's, for as long as the daemon runs."""

    def __init__(self, settings: LineSettings, finder: Finder, claims: Claims) -> None:
        self._settings = settings
        self._finder = finder
        self._claims = claims
        self._wanted = Wanted(settings.imei, settings.iccid, settings.pin)
        self._strayed = False  # the configured port leads to another line's SIM
        self._parkings = 0  # in a row
        self._deaf: set[Mark] = set()  # ports of the modem at which it announced nothing

    async def find(self) -> str | None:
        """The device to open now, or None while there is none.

        A line whose port leads to another line's SIM looks for its own behind the other ports.
        """
        sought = self._sought()
        if sought is not self._settings and (found := await self._finder.find(sought, self._deaf)) is not None:
            logger.warning("line follows its SIM", extra={"line": self._settings.name, "device": found})
            return found
        return await self._finder.find(self._settings, self._deaf)

    def presence(self) -> object:
        """As of Finder, of what is looked for now."""
        return self._finder.presence(self._sought())

    def ended(self, fault: BaseException, device: str | None) -> None:
        """What the end of a connection, or of a try for one, says about where to look next."""
        if isinstance(fault, LineFault) and fault.remedy is Remedy.PORT and device is not None:
            self._pass_over(device)
        self._strayed = isinstance(fault, WrongModem) and fault.strayed and self._settings.device is not None
        if not isinstance(fault, WrongModem):
            self._parkings = 0
        elif device is not None:
            self._finder.forget(device)

    def _pass_over(self, device: str) -> None:
        """Ask for another port next; when that was said of all of them, they are equal again."""
        self._deaf = {port for port in self._deaf if mark(str(port[0])) == port}  # what is gone comes back as another
        if (port := mark(device)) is not None:
            self._deaf = {port} if port in self._deaf else {*self._deaf, port}

    def parked(self, fault: WrongModem) -> tuple[str, float]:
        """Why the line does nothing, with the name of its port where that is to blame; seconds until it looks again."""
        trouble = self._finder.ambiguity(self._settings.device) if self._settings.device else None
        wait = min(PARKED_S * 2.0 ** min(self._parkings, 10), PARKED_LONGEST_S)
        self._parkings += 1
        return fault.reason if trouble is None else f"{fault.reason}; {trouble}", wait

    def note(self, status: LineStatus) -> LineStatus:
        """The status with what led to it; whom it names is this line's from now on."""
        self._claims.remember(self._settings.name, status.imei, status.iccid)
        return replace(status, found_by=key_of(self._settings))

    def is_meant(self, sim: str) -> bool:
        """Whether the line's PIN is for this SIM; as of Wanted."""
        return self._wanted.is_meant(sim) and self._claims.is_free(self._settings.name, sim)

    def objection(self, found: Identity) -> str | None:
        """Why this line must not use a modem, though its configuration does not say so; None where it may."""
        claims, name = self._claims, self._settings.name
        if (objection := claims.objection(name, found)) is not None:
            return objection
        shared = self._settings.device is not None and self._finder.ambiguity(self._settings.device) is not None
        if shared and claims.is_stranger(name, found):
            return f"neither the modem {found.imei} nor its SIM {found.iccid} is what this line was last up with"
        return None

    def is_in_use(self) -> bool:
        """Whether the modem is not missing, but another line's at this time, whose SIM is in it."""
        return self._user() is not None

    def missing(self) -> str:
        """Why there is no modem, for a person."""
        user = self._user()
        if user is not None:
            return f'the modem {self._settings.imei} is used by the line "{user}", whose SIM is in it'
        return f"no modem: {self._finder.why_missing(self._settings)}"

    def _user(self) -> str | None:
        return self._claims.user_of(self._settings, self._finder.users)

    def _sought(self) -> LineSettings:
        """What is looked for: as configured, or the line's own SIM wherever it is."""
        own = self._claims.last_sim(self._settings.name) if self._strayed else None
        return self._settings if own is None else replace(self._settings, device=None, imei=None, iccid=own)


def key_of(settings: LineSettings) -> str | None:
    """What the configuration says of where the modem is."""
    return settings.device or settings.imei or settings.iccid
