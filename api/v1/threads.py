"""/v1/threads: conversations between a line and a peer (native-v1 §7.3)."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from api.v1 import schema
from api.v1.answer import answer, binding_of, cursor_after, listed, row_of
from api.v1.messages import MessageRoutes
from api.v1.messages_schema import Options, drafted
from api.v1.operation import KEYED, Operation
from api.v1.shapes import ListShape, MessageShape, Shape
from api.wire import Text, Wire, parse, parse_query, read_body
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, Rejected
from gateway.domain.event import describe, instant
from gateway.domain.message import Draft
from gateway.domain.thread import Thread
from gateway.services import Gateway

READ, SEND = "messages:read", "messages:send"
TAG = "threads"


class ThreadQuery(schema.Page):
    """Which page of the threads, and of which."""

    archived: bool | None = None


class PatchThread(Wire):
    """archived: out of sight until something comes. read: nothing of it is unread any more; false: something is."""

    archived: bool | None = None
    read_: bool | None = Field(None, alias="read")


class AnswerThread(Options):
    """A message to the thread's peer, from the thread's line."""

    text: Text | None = None

    def draft(self, thread: Thread) -> Draft:
        """Raises Rejected where the caller names another sender."""
        if self.from_ is not None:
            fault = Fault("from", "invalid_request", "a thread is answered from its own line")
            raise Rejected(fault.code, f"{fault.field}: {fault.message}", faults=(fault,))
        draft = drafted(thread.peer, self.text or "", client_ref=self.client_ref, **self.options())
        return replace(draft, sender=thread.line)


class ThreadShape(Shape):
    """A conversation. last_text: of the newest message that left or came; unread: how many came since ``read``."""

    id: str
    line: str
    peer: str
    created_at: datetime
    last_at: datetime
    last_message: str | None
    last_text: str
    unread: int
    archived: bool


class ThreadRoutes:
    """Conversations of the caller's account, the one that was active last first."""

    def __init__(self, gateway: Gateway, messages: MessageRoutes) -> None:
        self._threads = gateway.threads
        self._messages = messages

    def operations(self) -> tuple[Operation, ...]:
        """Every operation on threads."""
        all_, one, shape = "/v1/threads", "/v1/threads/{id}", ThreadShape
        of_one, message = f"{one}/messages", MessageShape
        page, messages = ListShape[ThreadShape], ListShape[MessageShape]
        return (
            Operation("GET", all_, self.list, READ, "List threads", TAG, {200: page}, query=ThreadQuery),
            Operation("GET", one, self.get, READ, "A thread", TAG, {200: shape}),
            Operation("PATCH", one, self.change, READ, "Archive it, mark it read", TAG, {200: shape}, body=PatchThread),
            Operation(
                "GET", of_one, self.list_messages, READ, "Its messages", TAG, {200: messages}, query=schema.OrderedPage
            ),
            Operation(
                "POST",
                of_one,
                self.reply,
                SEND,
                "Answer from the same line",
                TAG,
                {200: message, 202: message},
                body=AnswerThread,
                headers=KEYED,
                sends=True,
            ),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(ThreadQuery, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._threads.list(
            by=principal, limit=query.limit + 1, cursor=row_of(query.cursor, binding), archived=query.archived
        )
        return listed(rows, query.limit, _show, lambda row: cursor_after(row.activity, binding))

    async def get(self, request: web.Request, principal: Principal) -> web.Response:
        return answer(_show(await self._threads.get(request.match_info["id"], by=principal)))

    async def change(self, request: web.Request, principal: Principal) -> web.Response:
        body = await PatchThread.read(request)
        thread = request.match_info["id"]
        changed = await self._threads.change(thread, by=principal, archived=body.archived, read=body.read_)
        return answer(_show(changed))

    async def list_messages(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(schema.OrderedPage, request)
        binding = binding_of(request, principal.account.name)
        rows = await self._threads.messages(
            request.match_info["id"],
            by=principal,
            limit=query.limit + 1,
            cursor=row_of(query.cursor, binding),
            ascending=query.order == "asc",
        )
        return listed(rows, query.limit, describe, lambda row: cursor_after(row.num, binding))

    async def reply(self, request: web.Request, principal: Principal) -> web.Response:
        octets = await read_body(request)
        body = parse(AnswerThread, octets)
        thread = await self._threads.answering(request.match_info["id"], by=principal)
        asked = thread.id.encode() + b"\0" + octets
        return await self._messages.accept(request, principal, body.draft(thread), asked)


def _show(thread: Thread) -> dict[str, Any]:
    return {
        "id": thread.id,
        "line": thread.line,
        "peer": thread.peer,
        "created_at": instant(thread.created_at),
        "last_at": instant(thread.last_at),
        "last_message": thread.last_message,
        "last_text": thread.last_text,
        "unread": thread.unread,
        "archived": thread.archived,
    }
