"""/v1/batches (native-v1 §7.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from api.idempotency import idempotency_of, replayed
from api.v1 import schema
from api.v1.answer import CONTENT_TYPE, answer, binding_of, cursor_after, encode, listed, row_of
from api.v1.messages_schema import SendBatch
from api.v1.operation import KEYED, Operation
from api.v1.shapes import BatchAcceptedShape, BatchShape, ListShape
from api.wire import parse, parse_query, read_body
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, Rejected
from gateway.domain.event import instant
from gateway.domain.message import Draft
from gateway.services import BatchRecord, Enqueued, Gateway, StoredAnswer


class BatchRoutes:
    """Handlers; they translate and decide nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._messages = gateway.messages
        self._batches = gateway.batches

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on batches."""
        send, read, tag, shape = "messages:send", "messages:read", "batches", BatchShape
        path, one = "/v1/batches", "/v1/batches/{id}"
        return (
            Operation(
                "POST", path, self.send, send, "Send to many", tag, {202: BatchAcceptedShape},
                body=SendBatch, query=schema.BatchQuery, headers=KEYED, sends=True,
            ),
            Operation(
                "GET", path, self.list, read, "List batches, newest first", tag, {200: ListShape[BatchShape]},
                query=schema.OrderedPage,
            ),
            Operation("GET", one, self.get, read, "A batch's counts", tag, {200: shape}),
            Operation("POST", f"{one}/cancel", self.cancel, send, "Cancel what still waits", tag, {200: shape}),
            Operation("POST", f"{one}/pause", self.pause, send, "Send no more of it for now", tag, {200: shape}),
            Operation("POST", f"{one}/resume", self.resume, send, "Go on sending it", tag, {200: shape}),
        )  # fmt: skip

    async def send(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.BatchQuery, request)
        octets = await read_body(request)
        body = parse(SendBatch, octets)
        asked = request.query_string.encode() + b"\0" + octets
        drafts = await self._drafts(body, principal)
        recipients = [draft.to or draft.contact or "" for draft in drafts]

        def kept(enqueued: Enqueued) -> StoredAnswer:
            return StoredAnswer(202, encode(_accepted(enqueued, recipients)), _headers(enqueued))

        enqueued = await self._messages.enqueue_batch(
            drafts,
            by=principal,
            atomic=query.atomic,
            client_ref=body.client_ref,
            campaign=body.campaign,
            name=body.name,
            description=body.description,
            idempotency=idempotency_of(request, principal, asked, kept),
        )
        if enqueued.replay is not None:
            return replayed(enqueued.replay, CONTENT_TYPE)
        return answer(_accepted(enqueued, recipients), 202, _headers(enqueued))

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.OrderedPage, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._batches.list(
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, show_batch, lambda row: cursor_after(row.num, binding))

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_batch(await self._batches.get(request.match_info["id"], by=principal)))

    async def cancel(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_batch(await self._batches.cancel(request.match_info["id"], by=principal)))

    async def pause(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_batch(await self._batches.pause(request.match_info["id"], by=principal)))

    async def resume(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_batch(await self._batches.resume(request.match_info["id"], by=principal)))

    async def _drafts(self, body: SendBatch, principal: Principal) -> Sequence[Draft]:
        """Raises Rejected for none or two ways of saying who gets it, and for a campaign's without campaign."""
        ways = (body.messages is not None) + (body.group is not None or body.campaign_subscribers)
        _need(ways == 1, "messages", "either messages, or a group, or campaign_subscribers")
        if body.messages is not None:
            return body.drafts()
        campaign = body.campaign if body.campaign_subscribers else None
        _need(not body.campaign_subscribers or campaign is not None, "campaign", "whose subscribers?")
        return body.drafts_for(await self._batches.recipients(by=principal, group=body.group, campaign=campaign))


def show_batch(batch: BatchRecord) -> dict[str, Any]:
    """A batch as it stands."""
    return {
        "id": batch.id,
        "front": batch.front,
        "name": batch.name,
        "description": batch.description,
        "client_ref": batch.client_ref,
        "campaign": batch.campaign,
        "paused": batch.paused,
        "size": batch.size,
        "created_at": instant(batch.created_at),
        "counts": dict(batch.counts),
    }


def _need(holds: bool, field: str, message: str) -> None:
    if not holds:
        fault = Fault(field, "invalid_request", message)
        raise Rejected("invalid_request", f"{field}: {message}", faults=(fault,))


def _headers(enqueued: Enqueued) -> Mapping[str, str]:
    return {"Location": f"/v1/batches/{enqueued.batch}"}


def _accepted(enqueued: Enqueued, recipients: Sequence[str]) -> dict[str, Any]:
    rejected = [
        {"index": one.index, "to": recipients[one.index], "code": one.code, "message": one.detail}
        for one in enqueued.refused
    ]
    counts = {"accepted": len(enqueued.messages), "rejected": len(rejected)}
    return {"id": enqueued.batch, "counts": counts, "rejected": rejected}
