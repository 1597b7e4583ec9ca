"""/v1/lines (native-v1 §7.5)."""

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer
from api.v1.operation import Operation
from api.v1.shapes import LineShape, ListShape
from api.v1.show import show_line
from gateway.domain.access import Principal
from gateway.services import Gateway

TAG = "lines"


class LineRoutes:
    """The lines of the caller's account; ``{id}`` may also be a line's name."""

    def __init__(self, gateway: Gateway) -> None:
        self._lines = gateway.lines

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on lines."""
        read, write, page = "lines:read", "lines:write", ListShape[LineShape]
        one, shape, body = "/v1/lines/{id}", LineShape, schema.PatchLine
        return (
            Operation("GET", "/v1/lines", self.list, read, "List lines", TAG, {200: page}),
            Operation("GET", one, self.get, read, "A line as it is now", TAG, {200: shape}),
            Operation("PATCH", one, self.update, write, "Pause or resume sending", TAG, {200: shape}, body=body),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        rows = await self._lines.list(by=principal)
        return answer({"data": [show_line(row) for row in rows], "has_more": False, "next_cursor": None})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_line(await self._lines.get(request.match_info["id"], by=principal)))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.PatchLine.read(request)
        line = await self._lines.pause(request.match_info["id"], paused=body.paused, by=principal)
        return answer(show_line(line))
