"""/v1/opt-outs: which phones want to hear nothing, or nothing of something (native-v1 §7.6, §8)."""

from datetime import datetime
from typing import Literal

from aiohttp import web
from pydantic import Field

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, listed, row_of
from api.v1.contacts import READ, WRITE, Said
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from api.wire import Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.contact import OptOut
from gateway.domain.event import instant
from gateway.services import Gateway

TAG = "opt-outs"


class OptOutQuery(schema.OrderedPage):
    """Of one phone, or all."""

    phone: Said | None = None


class EnterOptOut(Wire):
    """A phone that wants nothing more, within a scope. source: import for those another system knew of."""

    phone: Said = Field(description="Best in E.164")
    scope: Said = Field("account", description="account, sender:<value>, campaign:<ref> or line:<id>")
    source: Literal["api", "import"] = "api"
    text: Said = Field("", description="Why, for people")


class TakeBack(Wire):
    """Why an opt-out is taken back; it is kept in the log."""

    reason: Said


class OptOutShape(Shape):
    """An opt-out. text: the SMS that said so, or why it was entered."""

    id: str
    phone: str
    scope: str
    source: Literal["keyword", "api", "import"]
    at: datetime
    text: str


class OptOutRoutes:
    """Entering opt-outs, and an operator's taking them back."""

    def __init__(self, gateway: Gateway) -> None:
        self._subscriptions = gateway.subscriptions

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on opt-outs."""
        all_, shape = "/v1/opt-outs", OptOutShape
        page, entered = ListShape[OptOutShape], {201: shape, 200: shape}
        return (
            Operation("GET", all_, self.list, READ, "List opt-outs", TAG, {200: page}, query=OptOutQuery),
            Operation("POST", all_, self.enter, WRITE, "Enter a phone", TAG, entered, body=EnterOptOut),
            Operation(
                "DELETE", f"{all_}/{{id}}", self.take_back, "admin", "Take one back", TAG, {204: None}, query=TakeBack
            ),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(OptOutQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._subscriptions.opt_outs(
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            phone=query.phone,
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, show_opt_out, lambda row: cursor_after(row.num, binding))

    async def enter(self, request: web.Request, principal: Principal) -> web.Response:
        body = await EnterOptOut.read(request)
        opt_out, is_new = await self._subscriptions.opt_out(
            body.phone, by=principal, scope=body.scope, source=body.source, text=body.text
        )
        return answer(show_opt_out(opt_out), 201 if is_new else 200)

    async def take_back(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(TakeBack, request)
        await self._subscriptions.forget_opt_out(request.match_info["id"], reason=query.reason, by=principal)
        return web.Response(status=204)


def show_opt_out(opt_out: OptOut) -> dict[str, object]:
    """An opt-out as /v1 shows it."""
    return {
        "id": opt_out.id,
        "phone": opt_out.phone,
        "scope": opt_out.scope,
        "source": opt_out.source,
        "at": instant(opt_out.at),
        "text": opt_out.text,
    }
