"""/v1/messages (native-v1 §7.1)."""

import re

from aiohttp import web

from api.idempotency import idempotency_of, replayed
from api.v1 import schema
from api.v1.answer import CONTENT_TYPE, answer, binding_of, cursor_after, encode, listed, row_of
from api.v1.messages_schema import PreviewMessage, SendMessage
from api.v1.operation import KEYED, Operation
from api.v1.shapes import (
    HistoryShape,
    ListShape,
    MessageShape,
    PreviewShape,
    WaitingShape,
)
from api.v1.show import show_attempt, show_event, show_message, show_waiting
from api.wire import parse, parse_query, read_body
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, Rejected, Unavailable
from gateway.domain.event import describe
from gateway.domain.message import Draft, State
from gateway.services import Enqueued, Gateway, MessageFilter, StoredAnswer

LONGEST_WAIT_S = 30
_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,6})\"?\s*\Z", re.ASCII | re.IGNORECASE)
_NOT_YET = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})


class MessageRoutes:
    """Handlers; they translate and decide nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._messages = gateway.messages

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on messages."""
        send, read, tag = "messages:send", "messages:read", "messages"
        shape, page = MessageShape, ListShape[MessageShape]
        one = "/v1/messages/{id}"
        return (
            Operation(
                "POST", "/v1/messages", self.send, send, "Send a message", tag, {202: shape, 200: shape},
                body=SendMessage,
                headers=KEYED | {"Prefer": "wait=N: answer once it was sent, or after N seconds (1 to 30)"}, sends=True,
            ),
            Operation(
                "GET", "/v1/messages", self.list, read, "List messages, newest first", tag, {200: page},
                query=schema.MessageQuery,
            ),
            Operation(
                "POST", "/v1/messages/preview", self.preview, send, "See how a text would be sent", tag,
                {200: PreviewShape}, body=PreviewMessage,
            ),
            Operation("GET", one, self.get, read, "A message with its parts", tag, {200: shape}),
            Operation("GET", f"{one}/events", self.history, read, "What happened to it", tag, {200: HistoryShape}),
            Operation(
                "GET", f"{one}/waiting", self.waiting, read, "Why it is not sent yet", tag, {200: WaitingShape},
            ),
            Operation("POST", f"{one}/cancel", self.cancel, send, "Cancel what still waits", tag, {200: shape}),
            Operation(
                "POST", f"{one}/resolve", self.resolve, send, "Settle an unknown outcome", tag, {200: shape},
                body=schema.Resolve,
            ),
        )  # fmt: skip

    async def send(self, request: web.Request, principal: Principal) -> web.Response:
        octets = await read_body(request)
        return await self.accept(request, principal, parse(SendMessage, octets).draft(), octets)

    async def accept(self, request: web.Request, principal: Principal, draft: Draft, asked: bytes) -> web.Response:
        """One message, waited for where the caller prefers that. asked: what an Idempotency-Key stands for."""
        wait_s = wait_of(request)
        idempotency = idempotency_of(request, principal, asked, _accepted)
        enqueued = await self._messages.enqueue(draft, by=principal, idempotency=idempotency)
        if enqueued.replay is not None:
            return replayed(enqueued.replay, CONTENT_TYPE)
        message = enqueued.messages[0]
        headers = {"Location": f"/v1/messages/{message.id}"}
        if not wait_s:
            return answer(describe(message), 202, headers)
        try:
            message = await self._messages.wait(message.id, wait_s, by=principal)
        except Unavailable:  # it is accepted all the same; a refusal would have it sent twice
            return answer(describe(message), 202, headers)
        headers["Preference-Applied"] = f"wait={wait_s}"
        return answer(
            show_message(message, naming=principal.may("lines:read")),
            202 if message.state in _NOT_YET else 200,
            headers,
        )

    async def preview(self, request: web.Request, principal: Principal) -> web.Response:
        body = await PreviewMessage.read(request)
        preview = await self._messages.preview(body.draft(), by=principal)
        plan = preview.plan
        return answer(
            {
                "encoding": plan.encoding,
                "characters": len(plan.text),
                "units": sum(part.units for part in plan.parts),
                "segments": len(plan.parts),
                "units_per_segment": preview.units_per_segment,
                "units_left": plan.parts[-1].units_left,
                "parts": [{"text": p.text, "units": p.units, "units_left": p.units_left} for p in plan.parts],
                "non_gsm_characters": list(plan.not_gsm7),
                "links": list(preview.links),
                "suggested_text": preview.suggested,
            }
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.MessageQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._messages.list(
            _filter(query, principal),
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, describe, lambda row: cursor_after(row.num, binding))

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        message = await self._messages.find(request.match_info["id"], by=principal)
        return answer(show_message(message, naming=principal.may("lines:read")))

    async def history(self, request: web.Request, principal: Principal) -> web.Response:
        history = await self._messages.history(request.match_info["id"], by=principal)
        return answer(
            {
                "data": [show_event(event) for event in history.events],
                "attempts": [show_attempt(attempt) for attempt in history.attempts],
            }
        )

    async def waiting(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(show_waiting(await self._messages.waiting(request.match_info["id"], by=principal)))

    async def cancel(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(describe(await self._messages.cancel(request.match_info["id"], by=principal)))

    async def resolve(self, request: web.Request, principal: Principal) -> web.Response:
        body = await schema.Resolve.read(request)
        return answer(describe(await self._messages.resolve(request.match_info["id"], body.as_, by=principal)))


def wait_of(request: web.Request) -> int:
    """Seconds of ``Prefer: wait=N`` (RFC 7240 §4.3), 30 at most; 0 without it. What is odd is ignored, as it says."""
    for line in request.headers.getall("Prefer", ()):
        for preference in line.split(","):
            if found := _WAIT.match(preference.strip()):
                return min(int(found[1]), LONGEST_WAIT_S)
    return 0


def _accepted(enqueued: Enqueued) -> StoredAnswer:
    message = enqueued.messages[0]
    return StoredAnswer(202, encode(describe(message)), {"Location": f"/v1/messages/{message.id}"})


def _filter(query: schema.MessageQuery, principal: Principal) -> MessageFilter:
    try:
        states = query.states()
    except ValueError:
        fault = Fault("state", "invalid_request", f"any of {', '.join(State)}")
        raise Rejected("invalid_request", f"state: {fault.message}", faults=(fault,)) from None
    return MessageFilter(
        account=principal.account.name,
        direction=query.direction,
        states=states,
        line=query.line,
        sender=_number(query.from_),
        to=_number(query.to),
        batch=query.batch,
        campaign=query.campaign,
        client_ref=query.client_ref,
        created_after=query.created_after,
        created_before=query.created_before,
        thread=query.thread,
        q=query.q,
    )


def _number(text: str | None) -> str | None:
    """A plus that nobody escaped arrives as a blank."""
    return "+" + text[1:] if text and text.startswith(" ") and text[1:].isdecimal() else text
