"""/v1/senders (native-v1 §7.5): what may be written as "from" beside the lines' own numbers, names and aliases."""

from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from api.v1 import schema
from api.v1.answer import answer, paged
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from api.wire import Text, Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.domain.sender import Sender, Strategy
from gateway.services import Gateway

Kind = Literal["number", "shortcode", "alias", "code"]


class CreateSender(Wire):
    """A new sender. lines: names or ids, in order; kind: told by the value when left out."""

    value: Annotated[Text, StringConstraints(max_length=128)] = Field(description="Number, short code, alias or code")
    lines: list[Text] = Field(min_length=1, max_length=100)
    kind: Kind | None = None
    strategy: Literal["first_up", "round_robin", "least_loaded", "sticky"] = Field(
        "first_up", description="Which of the lines takes the next message"
    )


class SenderShape(Shape):
    """A sender. lines: ids, in order."""

    id: str
    value: str
    kind: Kind
    strategy: Strategy
    lines: list[str]
    created_at: datetime


class SenderRoutes:
    """Handlers; they translate and decide nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._senders = gateway.senders

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on senders."""
        path, one, tag = "/v1/senders", "/v1/senders/{id}", "senders"
        read, write, page = "lines:read", "lines:write", ListShape[SenderShape]
        made = "Register a sender over lines"
        return (
            Operation("GET", path, self.list, read, "List senders", tag, {200: page}, query=schema.OrderedPage),
            Operation("POST", path, self.create, write, made, tag, {201: SenderShape}, body=CreateSender),
            Operation("DELETE", one, self.delete, write, "Remove it; what waits is rejected", tag, {204: None}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        page = parse_query(schema.OrderedPage, request)
        rows = await self._senders.list(by=principal)
        return paged(rows, request, page, principal.account.name, show_sender, lambda row: row.num)

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await CreateSender.read(request)
        made = await self._senders.create(
            body.value, body.lines, by=principal, kind=body.kind, strategy=Strategy(body.strategy)
        )
        return answer(show_sender(made), 201)

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._senders.delete(request.match_info["id"], by=principal)
        return web.Response(status=204)


def show_sender(sender: Sender) -> dict[str, Any]:
    """A sender as /v1 shows it."""
    return {
        "id": sender.id,
        "value": sender.value,
        "kind": sender.kind,
        "strategy": sender.strategy.value,
        "lines": list(sender.lines),
        "created_at": instant(sender.created_at),
    }
