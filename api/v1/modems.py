"""/v1/modems: the devices that the account's lines are in (native-v1 §7.5)."""

from typing import Any

from aiohttp import web

from api.v1.answer import answer
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from gateway.domain.access import Principal
from gateway.domain.line import LineState
from gateway.domain.modem import Modem
from gateway.services import Gateway

READ = "lines:read"
TAG = "modems"


class ModemShape(Shape):
    """A device as it was last seen. line: the id of the line whose SIM is in it; state and the rest are that line's."""

    id: str
    imei: str | None
    manufacturer: str | None
    model: str | None
    revision: str | None
    line: str
    state: LineState
    reason: str
    registration: str | None
    operator: str | None
    signal_dbm: int | None
    recoveries: int


class ModemRoutes:
    """Devices of the caller's account."""

    def __init__(self, gateway: Gateway) -> None:
        self._modems = gateway.modems

    def operations(self) -> tuple[Operation, ...]:
        """Looking at them."""
        page, one = ListShape[ModemShape], "/v1/modems/{id}"
        return (
            Operation("GET", "/v1/modems", self.list, READ, "List modems", TAG, {200: page}),
            Operation("GET", one, self.get, READ, "A modem as it was last seen", TAG, {200: ModemShape}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        rows = await self._modems.list(by=principal)
        return answer({"data": [_show(row) for row in rows], "has_more": False, "next_cursor": None})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(_show(await self._modems.get(request.match_info["id"], by=principal)))


def _show(modem: Modem) -> dict[str, Any]:
    line = modem.line
    status = line.status
    return {
        "id": modem.id,
        "imei": status.imei,
        "manufacturer": status.manufacturer,
        "model": status.model,
        "revision": status.revision,
        "line": line.id,
        "state": line.state.value,
        "reason": "paused" if line.paused else status.reason,
        "registration": status.registration,
        "operator": status.operator,
        "signal_dbm": status.signal_dbm,
        "recoveries": status.recoveries,
    }
