"""/v1/modems/{id}/pin and /service-centre: what the owner of the SIM in a modem does to it (native-v1 §7.5)."""

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer
from api.v1.modems import READ, TAG, CommandShape, asked
from api.v1.operation import Operation
from api.v1.shapes import Shape
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.services import Gateway

ADMIN = "admin"


class ServiceCentreShape(Shape):
    """line, iccid: of the SIM in the modem. number: null where it has none or none was seen; at: known since."""

    line: str
    iccid: str | None
    number: str | None
    at: str | None


class SimRoutes:
    """The SIMs in the modems of the caller's account."""

    def __init__(self, gateway: Gateway) -> None:
        self._modems = gateway.modems
        self._commands = gateway.commands

    def operations(self) -> tuple[Operation, ...]:
        """Looking at what is on them, and changing it."""
        centre = "/v1/modems/{id}/service-centre"
        unlock = "Unlock the SIM in it with its PIN, which is tried once and never as the last attempt"
        about, change = "The service centre of the SIM in it", "Put a service centre's number on the SIM in it"
        return (
            Operation("GET", centre, self.service_centre, READ, about, TAG, {200: ServiceCentreShape}),
            Operation(
                "POST", "/v1/modems/{id}/pin", self.pin, ADMIN, unlock, TAG, {202: CommandShape}, body=schema.EnterPin
            ),
            Operation(
                "PUT", centre, self.set_service_centre, ADMIN, change, TAG, {202: CommandShape}, body=schema.PutCentre
            ),
        )

    async def service_centre(self, request: web.Request, principal: Principal) -> web.Response:
        modem, centre = await self._modems.service_centre(request.match_info["id"], by=principal)
        body = {"line": modem.line.id, "iccid": modem.line.status.iccid, "number": centre and centre.number}
        return answer(body | {"at": instant(centre.at if centre else None)})

    async def set_service_centre(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.PutCentre.read(request)
        modem = request.match_info["id"]
        return asked(await self._commands.set_service_centre(modem, body.number, by=principal))

    async def pin(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.EnterPin.read(request)
        return asked(await self._commands.enter_pin(request.match_info["id"], body.pin, by=principal))
