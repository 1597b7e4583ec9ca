"""/v1/links: short links and who followed them (native-v1 §7.9)."""

from datetime import datetime
from typing import Any, Literal

from aiohttp import web

from api.v1 import schema
from api.v1.answer import binding_of, cursor_after, listed, row_of
from api.v1.operation import Operation
from api.v1.shapes import ListShape, Shape
from api.wire import Text, parse_query
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.domain.link import Click, Link
from gateway.services import Gateway

READ = "messages:read"
TAG = "links"


class LinkQuery(schema.Page):
    """message: an id; campaign: a ref."""

    message: Text | None = None
    campaign: Text | None = None


class ClicksShape(Shape):
    """How often a link was followed, by whom as far as one can tell."""

    human: int
    bot: int


class LinkShape(Shape):
    """A short link: one for each message and address. url: what people are sent; target: where it leads."""

    id: str
    code: str
    url: str | None
    target: str
    message: str
    campaign: str | None
    clicks: ClicksShape
    created_at: datetime
    expires_at: datetime


class ClickShape(Shape):
    """One visit; the same visitor again within ten seconds is none. visitor: tells visitors apart, and lasts as long as
    the gateway runs."""

    at: datetime
    kind: Literal["human", "bot"]
    visitor: str


class LinkRoutes:
    """Links of the caller's account, newest first."""

    def __init__(self, gateway: Gateway) -> None:
        self._links = gateway.links

    def operations(self) -> tuple[Operation, ...]:
        """Links with their counts, and the visits of each."""
        links, clicks = ListShape[LinkShape], ListShape[ClickShape]
        return (
            Operation("GET", "/v1/links", self.list, READ, "List short links", TAG, {200: links}, query=LinkQuery),
            Operation(
                "GET",
                "/v1/links/{code}/clicks",
                self.clicks,
                READ,
                "Who followed it",
                TAG,
                {200: clicks},
                query=schema.Page,
            ),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(LinkQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._links.list(
            by=principal,
            message=query.message,
            campaign=query.campaign,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
        )
        return listed(rows, query.limit, self._show, lambda row: cursor_after(row.num, binding))

    async def clicks(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.Page, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._links.clicks(
            request.match_info["code"], by=principal, limit=query.limit + 1, cursor=row_of(query.cursor, binding)
        )
        return listed(rows, query.limit, _show_click, lambda row: cursor_after(row.num, binding))

    def _show(self, link: Link) -> dict[str, Any]:
        return {
            "id": link.id,
            "code": link.code,
            "url": self._links.address(link.code),
            "target": link.target,
            "message": link.message,
            "campaign": link.campaign,
            "clicks": {"human": link.human, "bot": link.bot},
            "created_at": instant(link.created_at),
            "expires_at": instant(link.expires_at),
        }


def _show_click(click: Click) -> dict[str, Any]:
    return {"at": instant(click.at), "kind": click.kind, "visitor": click.address_hash}
