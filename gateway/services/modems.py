"""The devices that an account's lines are in, as the lines' supervisors last saw them (native-v1 §7.5)."""

from collections.abc import Sequence

from gateway.domain.access import Principal
from gateway.domain.errors import NotFound
from gateway.domain.line import LineRecord, LineState
from gateway.domain.modem import Modem, modem_id
from gateway.domain.sim import ServiceCentre
from gateway.store.contract import Store


class Modems:
    """Needs lines:read."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, modem: str, *, by: Principal) -> Modem:
        """Raises NotFound, also for one that only lines of others were in."""
        by.need("lines:read")
        return await self.seen(modem, by=by)

    async def service_centre(self, modem: str, *, by: Principal) -> tuple[Modem, ServiceCentre | None]:
        """What its SIM has, as far as that is known; one that cannot be told by its ICCID has what the modem last said.

        Raises NotFound.
        """
        known = await self.get(modem, by=by)
        status = known.line.status
        kept = None if status.iccid is None else await self._store.sims.service_centre(status.iccid)
        if kept is None and status.service_centre is not None and status.since is not None:
            kept = ServiceCentre(status.service_centre, status.since)
        return known, kept

    async def seen(self, modem: str, *, by: Principal) -> Modem:
        """As ``get``, for services that have looked at the caller's scopes themselves."""
        for known in await self._of(by.account.name):
            if known.id == modem:
                return known
        raise NotFound("there is no such modem")

    async def list(self, *, by: Principal) -> Sequence[Modem]:
        """Each device that told its IMEI once, with the line whose SIM was last seen in it."""
        by.need("lines:read")
        return await self._of(by.account.name)

    async def _of(self, account: str) -> Sequence[Modem]:
        found: dict[str, Modem] = {}
        for line in await self._store.line_book.lines(account):
            if line.status.imei is not None:
                modem = Modem(modem_id(line.status.imei), line)
                known = found.get(modem.id)
                if known is None or _newer(line, known.line):
                    found[modem.id] = modem
        return tuple(found.values())


def _newer(line: LineRecord, other: LineRecord) -> bool:
    """A SIM that moved on leaves its old line with what it last knew."""
    if (line.status.state is LineState.UP) != (other.status.state is LineState.UP):
        return line.status.state is LineState.UP
    return other.status.since is None or (line.status.since is not None and line.status.since > other.status.since)
