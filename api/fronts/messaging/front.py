"""The ``messaging`` front: ``/messageSend``, ``/webHooks``, ``/campaigns`` (seed 003; contract messaging)."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from aiohttp import web
from pydantic_core import to_json

from api.auth import ADDRESS
from api.codes import code_of, retry_after
from api.description import About, Told
from api.front import Endpoint
from api.fronts.messaging import schema
from api.fronts.messaging.credentials import credentials_of
from api.fronts.messaging.endpoints import is_ours, labelled, show_webhook, wanted_of
from api.fronts.messaging.fields import fields_of, query_value, seconds
from api.fronts.messaging.sending import outgoing_of, results, success
from api.idempotency import idempotency_of, replayed
from api.wire import BODY_LIMIT, read_body
from gateway.domain.access import Principal
from gateway.domain.campaign import Campaign
from gateway.domain.errors import GatewayError, Malformed, NoneAccepted, NotFound, Refused, Rejected
from gateway.services import Enqueued, Gateway, StoredAnswer

Handler: TypeAlias = Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]

PREFIXES = ("", "/api/v1.0")
MEDIA_TYPES = ("application/json", "application/octet-stream")  # the latter is what a body without a type counts as
CONTENT_TYPE = "application/json"
LOG_IN = "Send user and token as Basic authentication"
REALM = 'Basic realm="messaging"'
PUT_MEMBERS = ("Webhook", "Description", "Url", "Last Modification")
MOST_WEBHOOKS = 50
ALONE = 5  # the priority of a message to one recipient (native-v1 §7.1)


@dataclass(frozen=True, slots=True)
class MessagingFront:
    """options: of the endpoints it makes, where they are not as usual."""

    gateway: Gateway
    options: Mapping[str, bool] = field(default_factory=dict)
    name: str = "messaging"

    def routes(self) -> Iterator[Endpoint]:
        """Each path also below ``/api/v1.0``, where clients have it fixed."""
        for prefix in PREFIXES:
            for route in self._routes():
                yield replace(route, path=prefix + route.path, any_case=True, told=None if prefix else route.told)

    def _routes(self) -> Iterable[Endpoint]:
        def taking(method: str, path: str, handler: Handler, scope: str, told: Told) -> Endpoint:
            return Endpoint(method, path, handler, scope, BODY_LIMIT, MEDIA_TYPES, told=told)

        hooks, write = "/webHooks", "webhooks:write"
        return (
            replace(taking("POST", "/messageSend", self.send, "messages:send", schema.SEND), service_later=True),
            Endpoint("GET", hooks, self.webhooks, "webhooks:read", told=schema.WEBHOOKS),
            taking("PUT", hooks, self.put_webhook, write, schema.PUT_WEBHOOK),
            Endpoint("DELETE", hooks, self.delete_webhook, write, told=schema.DELETE_WEBHOOK),
            Endpoint("GET", "/campaigns", self.campaigns, "campaigns:read", told=schema.CAMPAIGNS),
        )

    def owns(self, path: str) -> bool:
        """The whole of the path that clients have fixed is this dialect's."""
        return f"{path.lower()}/".startswith(f"{PREFIXES[1]}/")

    def about(self) -> About:
        return schema.ABOUT

    # ------------------------------------------------------------------------------------------ who, and refusals

    async def authenticate(self, request: web.Request) -> Principal:
        """A login in Basic, or a key as its password or as bearer; with ``pbx=3cx`` what people paste there."""
        access, address = self.gateway.access, request[ADDRESS]
        given = credentials_of(request)
        if isinstance(given, tuple):
            return await access.login(*given, address=address)
        return await access.authenticate(given, address=address)

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """Status of the seed; a body in which each of the known readers finds something."""
        code = code_of(error.code)
        status = 412 if error.code == "agreement_required" and request.method == "PUT" else code.messaging
        detail = LOG_IN if error.code == "auth_missing" else error.detail or code.title
        body: dict[str, Any] = {"Code": str(status), "Description": detail, "Error": error.code}
        if isinstance(error, _NoneAccepted):
            body["Results"] = error.results
        headers = retry_after(error)
        if status == 401:
            headers["WWW-Authenticate"] = REALM
        return _answer(body, status, headers)

    # -------------------------------------------------------------------------------------------------- sending

    async def send(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        octets = await read_body(request)
        call = outgoing_of(fields_of(octets))
        country = principal.account.settings.default_country

        def render(enqueued: Enqueued) -> StoredAnswer:
            return StoredAnswer(200, to_json(success(call, enqueued, country)).decode())

        try:
            enqueued = await self.gateway.messages.enqueue_batch(
                call.drafts(delivery_report=self.gateway.webhooks.wants_reports(by=principal)),
                by=principal,
                front=self.name,
                strict=True,
                need_one=True,
                priority=ALONE if len(call.to) == 1 else None,
                idempotency=idempotency_of(request, principal, octets, render, route="/messageSend"),
            )
        except Malformed as error:
            raise call.refusal(error) from error
        except NoneAccepted as error:
            raise _NoneAccepted(error.refused, results(call, error.refused, country)) from error
        if enqueued.replay is not None:
            return replayed(enqueued.replay, CONTENT_TYPE)
        return _answer(success(call, enqueued, country))

    # ------------------------------------------------------------------------------------------------- webhooks

    async def webhooks(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """All, or the one that is asked for; those of other formats, or without name, are none of this dialect."""
        name = query_value(request, "webhook")
        known = [one for one in await self.gateway.webhooks.list(by=principal) if is_ours(one)]
        found = [one for one in known if one.is_called(name)] if name else known
        if name and not found:
            raise NotFound("Webhook not found")
        return _answer([show_webhook(one) for one in found])

    async def put_webhook(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        """Make one, or change what the body says of it."""
        wanted = wanted_of(fields_of(await read_body(request)))
        if wanted.url is not None and not self.gateway.webhooks.may_reach(wanted.url):
            raise Rejected("invalid_request", "Url: webhooks.allow_networks does not permit this address")
        if not principal.account.settings.agreement_accepted:
            raise Rejected("agreement_required", "nobody has agreed to the terms for this account yet")
        try:
            put = await self.gateway.webhooks.put_named(
                wanted.name, lambda known: wanted.change(known, self.options), by=principal, most=MOST_WEBHOOKS
            )
        except Rejected as error:
            raise labelled(error) from error
        told = show_webhook(put)
        return _answer({member: told[member] for member in PUT_MEMBERS})

    async def delete_webhook(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        name = query_value(request, "webhook")
        if not name:
            raise Rejected("invalid_request", "Webhook: it is required")
        try:
            known = await self.gateway.webhooks.peek_named(name, by=principal)
            if not is_ours(known):
                raise NotFound()
            await self.gateway.webhooks.delete(known.id, by=principal)
        except NotFound:
            raise NotFound("Webhook not found") from None
        return _answer({"Status": "Success", "Webhook": known.name})

    # ------------------------------------------------------------------------------------------------ campaigns

    async def campaigns(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        ref = query_value(request, "tcr")
        known = await self.gateway.campaigns.list(by=principal)
        found = [one for one in known if one.ref == ref] if ref else known
        if ref and not found:
            raise NotFound("Campaign not found")
        return _answer([_campaign(one) for one in found])


class _NoneAccepted(NoneAccepted):
    """Told with what became of each recipient."""

    def __init__(self, refused: tuple[Refused, ...], told: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(refused)
        self.results = told


def _campaign(campaign: Campaign) -> dict[str, str]:
    """``Count`` is a text [seed]."""
    return {
        "Tcr": campaign.ref,
        "Brand": campaign.brand,
        "Count": str(len(campaign.assigned)),
        "Approval": campaign.approval,
        "Activation Date": "" if campaign.activated_at is None else seconds(campaign.activated_at),
    }


def _answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, body=to_json(body), headers={"Content-Type": CONTENT_TYPE, **(headers or {})})
