"""/v1: the front that shows the core as it is."""

from collections.abc import Iterable

from aiohttp import web

from api.auth import ADDRESS, bearer_or_basic
from api.description import BEARER, About
from api.front import REQUEST_ID, Endpoint, OpenEndpoint
from api.problem import MEDIA_TYPE, problem
from api.v1.accounts import AccountRoutes
from api.v1.batches import BatchRoutes
from api.v1.campaigns import CampaignRoutes
from api.v1.contacts import ContactRoutes
from api.v1.docs import DocsRoutes
from api.v1.events import EventRoutes
from api.v1.groups import GroupRoutes
from api.v1.health import HealthRoutes
from api.v1.inbox import InboxRoutes
from api.v1.keys import KeyRoutes
from api.v1.lines import LineRoutes
from api.v1.links import LinkRoutes
from api.v1.media import MediaRoutes
from api.v1.messages import MessageRoutes
from api.v1.modems import ModemRoutes
from api.v1.operation import OpenOperation, Operation
from api.v1.opt_outs import OptOutRoutes
from api.v1.senders import SenderRoutes
from api.v1.shapes import Problem
from api.v1.signal import SignalRoutes
from api.v1.sims import SimRoutes
from api.v1.stats import StatsRoutes
from api.v1.subscriptions import SubscriptionRoutes
from api.v1.templates import TemplateRoutes
from api.v1.threads import ThreadRoutes
from api.v1.trace import TraceRoutes
from api.v1.webhooks import WebhookRoutes
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError
from gateway.metrics import Metrics
from gateway.services import Gateway

ABOUT = """An SMS gateway on your own SIM cards. Send `Authorization: Bearer <key>`; `simgate keys add` makes one.
A 202 says that the message is on disk, not that it was sent. Refusals are problem documents (RFC 9457)."""


class V1:
    """The native API; ``operations`` is its whole route table."""

    name = "v1"

    def __init__(self, gateway: Gateway, metrics: Metrics) -> None:
        self._access = gateway.access
        messages = MessageRoutes(gateway)
        operations: list[Operation | OpenOperation] = [
            *messages.operations(),
            *ThreadRoutes(gateway, messages).operations(),
            *BatchRoutes(gateway).operations(),
            *InboxRoutes(gateway).operations(),
            *WebhookRoutes(gateway).operations(),
            *LineRoutes(gateway).operations(),
            *SignalRoutes(gateway).operations(),
            *SenderRoutes(gateway).operations(),
            *KeyRoutes(gateway).operations(),
            *AccountRoutes(gateway).operations(),
            *LinkRoutes(gateway).operations(),
            *StatsRoutes(gateway).operations(),
            *ModemRoutes(gateway).operations(),
            *TraceRoutes(gateway, self.authenticate).operations(),
            *SimRoutes(gateway).operations(),
            *EventRoutes(gateway, self.authenticate).operations(),
            *MediaRoutes(gateway).operations(),
            *CampaignRoutes(gateway).operations(),
            *ContactRoutes(gateway).operations(),
            *GroupRoutes(gateway).operations(),
            *SubscriptionRoutes(gateway).operations(),
            *OptOutRoutes(gateway).operations(),
            *TemplateRoutes(gateway).operations(),
            *HealthRoutes(gateway, metrics).operations(),
        ]
        self.operations = (*operations, *DocsRoutes(self).operations())

    def routes(self) -> Iterable[Endpoint | OpenEndpoint]:
        return [operation.endpoint() for operation in self.operations]

    def owns(self, path: str) -> bool:
        """All below its version is refused in its words."""
        return path.startswith("/v1/")

    def about(self) -> About:
        return About("SIMgate: its own API, /v1", ABOUT, {"key": BEARER}, {MEDIA_TYPE: Problem})

    async def authenticate(self, request: web.Request) -> Principal:
        return await self._access.authenticate(bearer_or_basic(request), address=request[ADDRESS])

    def explain(self, error: GatewayError, request: web.Request) -> web.Response:
        return problem(error, request[REQUEST_ID])
