"""/v1/lines (native-v1 §7.5)."""

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer, etags, paged
from api.v1.operation import Operation
from api.v1.shapes import LineShape, ListShape
from api.v1.show import show_line
from api.wire import parse_query
from gateway.domain.access import Principal
from gateway.domain.line import LineRecord
from gateway.services import Gateway

TAG = "lines"
_MATCH = {"If-Match": "The ETag of the line as you know it; 412 when its settings were changed meanwhile"}


class LineRoutes:
    """The lines of the caller's account; ``{id}`` may also be a line's name."""

    def __init__(self, gateway: Gateway) -> None:
        self._lines = gateway.lines

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on lines."""
        read, write, page, query = "lines:read", "lines:write", ListShape[LineShape], schema.OrderedPage
        one, shape, body = "/v1/lines/{id}", LineShape, schema.PatchLine
        return (
            Operation("GET", "/v1/lines", self.list, read, "List lines", TAG, {200: page}, query=query),
            Operation("GET", one, self.get, read, "A line as it is now", TAG, {200: shape}),
            Operation("PATCH", one, self.update, write, "Change it", TAG, {200: shape}, body=body, headers=_MATCH),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        page = parse_query(schema.OrderedPage, request)
        rows = await self._lines.list(by=principal)
        return paged(rows, request, page, principal.account.name, show_line, lambda row: row.num)

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return _answered(await self._lines.get(request.match_info["id"], by=principal))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.PatchLine.read(request)
        line = request.match_info["id"]
        return _answered(await self._lines.update(line, body.change(), by=principal, expected=etags(request)))


def _answered(line: LineRecord) -> web.Response:
    """The ETag stands for its settings: what the modem does changes nothing of it."""
    return answer(show_line(line), headers={"ETag": f'"{line.revision}"'})
