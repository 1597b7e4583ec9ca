"""What callers want of the modems their lines are in: a USSD code, a restart (native-v1 §7.5)."""

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.command import LONGEST_CODE, Command, CommandKind, is_code
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.domain.sim import LONGEST_CENTRE, is_centre, is_pin
from gateway.services.modems import Modems
from gateway.store.contract import Store


class Commands:
    """Asking needs lines:write, and admin where others use the line as well; looking needs lines:read."""

    def __init__(self, store: Store, clock: Clock, modems: Modems) -> None:
        self._store = store
        self._clock = clock
        self._modems = modems

    async def ussd(self, modem: str, code: str, *, by: Principal) -> Command:
        """Send a USSD code, or the reply that the network asked for. Raises NotFound, NotPermitted, Rejected."""
        by.need("lines:write")
        if not is_code(code):
            message = f"1 to {LONGEST_CODE} digits, letters, blanks, * # and +"
            fault = Fault("code", "invalid_request", message)
            raise Rejected("invalid_request", f"code: {message}", faults=(fault,))
        return await self._order(modem, CommandKind.USSD, code, by)

    async def restart(self, modem: str, *, by: Principal) -> Command:
        """Reboot it; what is on the air may finish. Raises NotFound, NotPermitted."""
        by.need("lines:write")
        return await self._order(modem, CommandKind.RESTART, None, by)

    async def set_service_centre(self, modem: str, number: str, *, by: Principal) -> Command:
        """Put the number of a service centre on its SIM. Raises NotFound, NotPermitted, Rejected."""
        by.need("admin")
        if not is_centre(number):
            message = f"3 to {LONGEST_CENTRE} digits, international with a + in front"
            fault = Fault("number", "invalid_request", message)
            raise Rejected("invalid_request", f"number: {message}", faults=(fault,))
        return await self._order(modem, CommandKind.SERVICE_CENTRE, number, by)

    async def enter_pin(self, modem: str, pin: str, *, by: Principal) -> Command:
        """Unlock its SIM; what came of it is the command's. Nothing repeats the PIN, not even a refusal.

        Raises NotFound, NotPermitted, Rejected.
        """
        by.need("admin")
        if not is_pin(pin):
            message = "4 to 8 digits"
            fault = Fault("pin", "invalid_request", message)
            raise Rejected("invalid_request", f"pin: {message}", faults=(fault,))
        return await self._order(modem, CommandKind.PIN, None, by, secret=pin)

    async def find(self, command: str, *, by: Principal) -> Command:
        """Raises NotFound, also for one of others."""
        by.need("lines:read")
        found = await self._store.commands.find(by.account.name, command)
        if found is None:
            raise NotFound("there is no such command")
        return found

    async def wait(self, command: str, seconds: float, *, by: Principal) -> Command:
        """As ``find``, once it has ended, or the seconds are over, or the gateway stops."""
        deadline = self._clock.monotonic() + seconds
        watchers = self._store.bells.watchers
        with watchers.watching(command) as bell:
            while True:
                bell.clear()
                found = await self.find(command, by=by)
                remaining = deadline - self._clock.monotonic()
                if found.has_ended or remaining <= 0 or watchers.ended:
                    return found
                await bell.wait(remaining)

    async def _order(
        self, modem: str, kind: CommandKind, code: str | None, by: Principal, *, secret: str | None = None
    ) -> Command:
        known = await self._modems.seen(modem, by=by)
        return await self._store.commands.order(
            by.account.name, known.line.id, kind, code, self._clock.now(), admin="admin" in by.scopes, secret=secret
        )
