"""/v1/webhooks and /v1/deliveries (native-v1 §6, §7.4)."""

from datetime import datetime
from typing import Any

from aiohttp import web

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, etags, listed, paged, row_of
from api.v1.operation import Operation
from api.v1.shapes import DeliveryShape, EventShape, ListShape, ReplayedShape, WebhookShape, WebhookWithSecretShape
from api.v1.show import show_delivery, show_event, show_webhook
from api.wire import parse_query
from gateway.domain.access import Principal
from gateway.domain.errors import Rejected
from gateway.domain.webhook import Webhook
from gateway.services import Gateway, WebhookChange

READ, WRITE = "webhooks:read", "webhooks:write"
TAG = "webhooks"
_MATCH = {"If-Match": "The ETag of the webhook as you know it; 412 when it was changed meanwhile"}


class WebhookRoutes:
    """Endpoints, and what became of the events sent to them."""

    def __init__(self, gateway: Gateway) -> None:
        self._webhooks = gateway.webhooks

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on webhooks and deliveries."""
        all_, one = "/v1/webhooks", "/v1/webhooks/{id}"
        return (*self._endpoint_operations(all_, one), *self._delivery_operations(one))

    def _endpoint_operations(self, all_: str, one: str) -> tuple[Operation, ...]:
        secret, shape = WebhookWithSecretShape, WebhookShape
        patch, create = schema.PatchWebhook, schema.CreateWebhook
        page = ListShape[WebhookShape]
        return (
            Operation("GET", all_, self.list, READ, "List webhooks", TAG, {200: page}, query=schema.OrderedPage),
            Operation("POST", all_, self.create, WRITE, "Make a webhook", TAG, {201: secret}, body=create),
            Operation("GET", one, self.get, READ, "A webhook", TAG, {200: shape}),
            Operation("PATCH", one, self.update, WRITE, "Change it", TAG, {200: shape}, body=patch, headers=_MATCH),
            Operation("DELETE", one, self.delete, WRITE, "Remove it", TAG, {204: None}),
            Operation("POST", f"{one}/test", self.test, WRITE, "Send it a test event", TAG, {202: EventShape}),
            Operation("POST", f"{one}/rotate-secret", self.rotate, WRITE, "A new secret", TAG, {200: secret}),
        )

    def _delivery_operations(self, one: str) -> tuple[Operation, ...]:
        replay, page = schema.ReplayWebhook, ListShape[DeliveryShape]
        path, query = "/v1/deliveries", schema.DeliveryQuery
        single = f"{path}/{{id}}/replay"
        return (
            Operation(
                "POST", f"{one}/replay", self.replay, WRITE, "Deliver again", TAG, {202: ReplayedShape}, body=replay
            ),
            Operation(
                "GET", path, self.deliveries, READ, "List deliveries, newest first", TAG, {200: page}, query=query
            ),
            Operation("POST", single, self.replay_one, WRITE, "Deliver it again", TAG, {202: DeliveryShape}),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        page = parse_query(schema.OrderedPage, request)
        rows = await self._webhooks.list(by=principal)
        return paged(rows, request, page, principal.account.name, show_webhook, lambda row: row.num)

    async def create(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.CreateWebhook.read(request)
        made = await self._webhooks.create(_change(body, body.url), by=principal)
        return answer(
            show_webhook(made) | {"secret": made.secret},
            201,
            {"Location": f"/v1/webhooks/{made.id}", "ETag": _etag(made)},
        )

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return _answered(await self._webhooks.get(request.match_info["id"], by=principal))

    async def update(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.PatchWebhook.read(request)
        webhook = request.match_info["id"]
        expected = await self._expected(request, webhook, principal)
        changed = await self._webhooks.update(webhook, _change(body, body.url), by=principal, expected=expected)
        return _answered(changed)

    async def delete(self, request: web.Request, principal: Principal) -> web.Response:
        await self._webhooks.delete(request.match_info["id"], by=principal)
        return web.Response(status=204)

    async def test(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_event(await self._webhooks.test(request.match_info["id"], by=principal)), 202)

    async def rotate(self, request: web.Request, principal: Principal) -> web.Response:
        rotated = await self._webhooks.rotate_secret(request.match_info["id"], by=principal)
        return answer(show_webhook(rotated) | {"secret": rotated.secret}, headers={"ETag": _etag(rotated)})

    async def replay(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.ReplayWebhook.read(request)
        replayed = await self._webhooks.replay(
            request.match_info["id"], by=principal, since=body.since, until=body.until, failed=body.only == "failed"
        )
        return answer({"replayed": replayed}, 202)

    async def deliveries(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.DeliveryQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._webhooks.deliveries(
            by=principal,
            webhook=query.webhook,
            state=query.state,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
        )
        return listed(rows, query.limit, show_delivery, lambda row: cursor_after(row.num, binding))

    async def replay_one(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_delivery(await self._webhooks.replay_delivery(request.match_info["id"], by=principal)), 202)

    async def _expected(self, request: web.Request, webhook: str, principal: Principal) -> datetime | None:
        """The time that ``If-Match`` stands for. Raises Rejected("precondition_failed") for any other."""
        wanted = etags(request)
        if wanted is None:
            return None
        known = await self._webhooks.peek(webhook, by=principal)
        if _version(known) not in wanted:
            raise Rejected("precondition_failed", "the webhook was changed meanwhile")
        return known.updated_at


def _answered(webhook: Webhook) -> web.Response:
    return answer(show_webhook(webhook), headers={"ETag": _etag(webhook)})


def _etag(webhook: Webhook) -> str:
    return f'"{_version(webhook)}"'


def _version(webhook: Webhook) -> str:
    return f"{int(webhook.updated_at.timestamp() * 1000):x}"


def _change(body: schema.WebhookBody, url: str | None) -> WebhookChange:
    given: dict[str, Any] = body.model_dump(exclude={"url", "options"})
    options = None if body.options is None else body.options.model_dump(exclude_none=True)
    return WebhookChange(url=url, options=options, **given)
