"""/v1/campaigns: the account's own registry (native-v1 §7.8)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from api.v1.answer import answer, etags, paged
from api.v1.operation import Operation
from api.v1.schema import OrderedPage
from api.v1.shapes import ListShape, Shape
from api.wire import Text, Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.campaign import Answer, Campaign, describe_campaign
from gateway.services import CampaignChange, Gateway

READ, WRITE, ADMIN = "campaigns:read", "campaigns:write", "admin"
TAG = "campaigns"
_MATCH = {"If-Match": "The ETag of the campaign as you know it; 412 when it was changed meanwhile"}
_PLAIN = frozenset({"ref", "brand", "use_case", "description", "lines"})  # members that are no details

Word = Annotated[Text, StringConstraints(min_length=1, max_length=64)]
Sample = Annotated[Text, StringConstraints(min_length=1, max_length=1024)]
Long = Annotated[Text, StringConstraints(max_length=4096)]
Label = Annotated[Text, StringConstraints(max_length=255)]


class AnswerWire(Wire):
    """What the campaign answers to which keywords, for those who review it."""

    keywords: list[Word] = Field(default_factory=list, max_length=20)
    message: Annotated[Text, StringConstraints(max_length=320)] = ""

    def value(self) -> Answer:
        return Answer(tuple(self.keywords), self.message)


class CampaignBody(Wire):
    """What may be said of a campaign; what is left out stays as it is."""

    brand: Label | None = None
    use_case: Label | None = None
    sub_use_cases: list[Word] | None = Field(None, max_length=5)
    description: Long | None = None
    message_flow: Long | None = None
    samples: list[Sample] | None = Field(None, min_length=1, max_length=5)
    opt_in: AnswerWire | None = None
    opt_out: AnswerWire | None = None
    help: AnswerWire | None = None
    embedded_link: bool | None = None
    embedded_phone: bool | None = None
    age_gated: bool | None = None
    direct_lending: bool | None = None
    number_pool: bool | None = None
    auto_renewal: bool | None = None
    lines: list[Word] | None = Field(None, max_length=1000, description="Ids or names of the account's lines")

    def change(self) -> CampaignChange:
        given = {name: getattr(self, name) for name in self.model_fields_set - _PLAIN}
        details = {name: _plain(value) for name, value in given.items() if value is not None}
        return CampaignChange(self.brand, self.use_case, self.description, details, self.lines)


class CreateCampaign(CampaignBody):
    """A new campaign; an operator approves it."""

    ref: Text = Field(description="1 to 64 of A-Z a-z 0-9 . _ ~ @ : -")


class AnswerShape(Shape):
    """What the campaign answers to which keywords."""

    keywords: list[str]
    message: str


class CampaignShape(Shape):
    """A campaign. lines: those it names; line_count: with those that name it. seq grows with every change."""

    id: str
    ref: str
    brand: str
    use_case: str
    sub_use_cases: list[str]
    description: str
    message_flow: str
    samples: list[str]
    opt_in: AnswerShape
    opt_out: AnswerShape
    help: AnswerShape
    embedded_link: bool
    embedded_phone: bool
    age_gated: bool
    direct_lending: bool
    number_pool: bool
    auto_renewal: bool
    approval: Literal["Y", "N"]
    activated_at: datetime | None
    lines: list[str]
    line_count: int
    seq: int
    created_at: datetime
    updated_at: datetime


class CampaignRoutes:
    """The registry, and an operator's word on its entries."""

    def __init__(self, gateway: Gateway) -> None:
        self._campaigns = gateway.campaigns

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on campaigns."""
        all_, one, shape = "/v1/campaigns", "/v1/campaigns/{ref}", CampaignShape
        page = ListShape[CampaignShape]
        create, patch = CreateCampaign, CampaignBody
        return (
            Operation("GET", all_, self.list, READ, "List campaigns", TAG, {200: page}, query=OrderedPage),
            Operation("POST", all_, self.create, WRITE, "Register a campaign", TAG, {201: shape}, body=create),
            Operation("GET", one, self.get, READ, "A campaign", TAG, {200: shape}),
            Operation("PATCH", one, self.update, WRITE, "Change it", TAG, {200: shape}, body=patch, headers=_MATCH),
            Operation("DELETE", one, self.delete, WRITE, "Remove it", TAG, {204: None}),
            Operation("POST", f"{one}/approve", self.approve, ADMIN, "Approve it", TAG, {200: shape}),
            Operation("POST", f"{one}/suspend", self.suspend, ADMIN, "Suspend it", TAG, {200: shape}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        page = parse_query(OrderedPage, request)
        rows = await self._campaigns.list(by=principal)
        return paged(rows, request, page, principal.account.name, describe_campaign, lambda row: row.num)

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await CreateCampaign.read(request)
        made = await self._campaigns.create(body.ref, body.change(), by=principal)
        return _answered(made, 201, {"Location": f"/v1/campaigns/{made.ref}"})

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return _answered(await self._campaigns.get(request.match_info["ref"], by=principal))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await CampaignBody.read(request)
        return _answered(
            await self._campaigns.update(
                request.match_info["ref"], body.change(), by=principal, expected=etags(request)
            )
        )

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._campaigns.delete(request.match_info["ref"], by=principal)
        return web.Response(status=204)

    async def approve(self, request: web.Request, principal: Principal) -> web.Response:
        return _answered(await self._campaigns.approve(request.match_info["ref"], by=principal))

    async def suspend(self, request: web.Request, principal: Principal) -> web.Response:
        return _answered(await self._campaigns.suspend(request.match_info["ref"], by=principal))


def _answered(campaign: Campaign, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return answer(describe_campaign(campaign), status, {"ETag": f'"{campaign.revision}"'} | (headers or {}))


def _plain(value: Any) -> Any:
    if isinstance(value, AnswerWire):
        return value.value()
    return tuple(value) if isinstance(value, list) else value
