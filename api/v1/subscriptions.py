"""/v1/subscriptions: which phones want to hear from a sender or a campaign (native-v1 §7.6)."""

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
from gateway.domain.contact import Subscription
from gateway.domain.event import instant
from gateway.services import Gateway

TAG = "subscriptions"


class SubscriptionQuery(schema.OrderedPage):
    """Each narrows the list; either a sender or a campaign."""

    phone: Said | None = None
    sender: Said | None = None
    campaign: Said | None = None
    state: Literal["active", "stopped"] | None = None


class Subscribe(Wire):
    """A phone, and either a sender or a campaign. Who was stopped needs the scope contacts:resubscribe to be
    subscribed again; who sent STOP is subscribed by his own START alone."""

    phone: Said = Field(description="Best in E.164")
    sender: Said | None = Field(None, description="What messages are sent from: number, alias, code")
    campaign: Said | None = Field(None, description="The campaign's ref")
    group: Said | None = Field(None, description="Id or name of a group that its contact joins")
    source: Literal["api", "import"] = "api"


class SubscriptionShape(Shape):
    """A subscription. contact: of the phone; authenticated: the phone itself confirmed it by START or YES."""

    id: str
    phone: str
    sender: str | None
    campaign: str | None
    state: Literal["active", "stopped"]
    source: Literal["api", "keyword", "import"]
    authenticated: bool
    contact: str | None
    group: str | None
    created_at: datetime
    updated_at: datetime


class SubscriptionRoutes:
    """Subscribing and stopping."""

    def __init__(self, gateway: Gateway) -> None:
        self._subscriptions = gateway.subscriptions
        self._senders = gateway.senders

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on subscriptions."""
        all_, one, shape = "/v1/subscriptions", "/v1/subscriptions/{id}", SubscriptionShape
        page, query = ListShape[SubscriptionShape], SubscriptionQuery
        made = {201: shape, 200: shape}
        return (
            Operation("GET", all_, self.list, READ, "List subscriptions", TAG, {200: page}, query=query),
            Operation("POST", all_, self.subscribe, WRITE, "Subscribe a phone", TAG, made, body=Subscribe),
            Operation("DELETE", one, self.stop, WRITE, "Stop it", TAG, {200: shape}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(SubscriptionQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._subscriptions.list(
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            phone=query.phone,
            sender=await self._sender(query.sender, principal),
            campaign=query.campaign,
            state=query.state,
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, show_subscription, lambda row: cursor_after(row.num, binding))

    async def subscribe(self, request: web.Request, principal: Principal) -> web.Response:
        body = await Subscribe.read(request)
        subscription, is_new = await self._subscriptions.subscribe(
            body.phone,
            by=principal,
            sender=await self._sender(body.sender, principal),
            campaign=body.campaign,
            group=body.group,
            source=body.source,
        )
        return answer(show_subscription(subscription), 201 if is_new else 200)

    async def stop(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_subscription(await self._subscriptions.stop(request.match_info["id"], by=principal)))

    async def _sender(self, value: str | None, principal: Principal) -> str | None:
        return None if value is None else (await self._senders.resolve(value, by=principal)).value


def show_subscription(subscription: Subscription) -> dict[str, object]:
    """A subscription as /v1 shows it."""
    kind, target = subscription.kind, subscription.target
    return {
        "id": subscription.id,
        "phone": subscription.phone,
        "sender": target if kind == "sender" else None,
        "campaign": target if kind == "campaign" else None,
        "state": subscription.state,
        "source": subscription.source,
        "authenticated": subscription.authenticated,
        "contact": subscription.contact_id,
        "group": subscription.group_id,
        "created_at": instant(subscription.created_at),
        "updated_at": instant(subscription.updated_at),
    }
