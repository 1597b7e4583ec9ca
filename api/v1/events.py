"""/v1/events: the log of what happened, page by page and as Server-Sent Events (native-v1 §7.10)."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TypeVar

from aiohttp import web
from pydantic import Field

from api.front import REQUEST_ID
from api.v1 import schema
from api.v1.answer import binding_of, cursor_after, listed, row_of
from api.v1.operation import Operation
from api.v1.shapes import EventShape, ListShape
from api.v1.show import show_event
from api.wire import Text, Wire, parse_query
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, GatewayError, Rejected
from gateway.domain.event import Event, EventType, envelope
from gateway.services import Gateway

READ = "events:read"
TAG = "events"
LAST = "Last-Event-ID"
STREAM = "text/event-stream"
BUFFER = 1024 * 1024  # octets that a reader may be behind
KERNEL_BUFFER = 128 * 1024  # octets beside them that the system takes for him
PATIENCE_S = 15.0  # for a reader whose buffer is full to take something
RECHECK_S = 15.0  # how long a key that was revoked goes on being read with
HELLO, PING = b": hello\n", b": ping\n"  # comments without the blank line that some clients take for an event
LARGEST = 2**63 - 1

HEADERS = {
    "Content-Type": f"{STREAM}; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would wait for 4 KiB
}


class EventQuery(schema.Page):
    """after: the ``seq`` of the last one seen; or the cursor of the page before. type: one or more, comma between."""

    after: int = Field(0, ge=0, le=LARGEST)
    type_: Text | None = Field(None, alias="type")

    def types(self) -> tuple[EventType, ...]:
        """Raises Rejected for a word that is none."""
        try:
            return tuple(EventType(word.strip()) for word in self.type_.split(",")) if self.type_ else ()
        except ValueError:
            fault = Fault("type", "invalid_request", "no such event type")
            raise Rejected(fault.code, f"{fault.field}: {fault.message}", faults=(fault,)) from None


class StreamQuery(Wire):
    """after: the ``seq`` of the last one seen; left out: from now on."""

    after: int | None = Field(None, ge=0, le=LARGEST)


class EventRoutes:
    """The account's log. authenticate: asked again now and then while somebody reads a stream."""

    def __init__(self, gateway: Gateway, authenticate: Callable[[web.Request], Awaitable[Principal]]) -> None:
        self._events = gateway.events
        self._authenticate = authenticate

    def operations(self) -> tuple[Operation, ...]:
        """The log, and its stream."""
        last = {LAST: "The id of the last event seen; wins over ?after="}
        return (
            Operation(
                "GET",
                "/v1/events",
                self.list,
                READ,
                "The log, oldest first",
                TAG,
                {200: ListShape[EventShape]},
                query=EventQuery,
            ),
            Operation(
                "GET",
                "/v1/events/stream",
                self.stream,
                READ,
                "The log as it grows, as Server-Sent Events",
                TAG,
                {200: STREAM},
                query=StreamQuery,
                headers=last,
            ),
        )

    async def list(self, request: web.Request, principal: Principal) -> web.Response:
        query = parse_query(EventQuery, request)
        binding = binding_of(request, principal.account.name)
        seen = row_of(query.cursor, binding)
        rows = await self._events.after(
            query.after if seen is None else seen, by=principal, limit=query.limit + 1, types=query.types()
        )
        return listed(rows, query.limit, show_event, lambda row: cursor_after(row.seq, binding))

    async def stream(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        async with self._events.following(_position(request), by=principal) as events:
            response = web.StreamResponse(headers=HEADERS | {"X-Request-Id": request[REQUEST_ID]})
            await response.prepare(request)
            if request.method != "HEAD":
                check = partial(check_again, self._authenticate, request, principal, READ)
                await pour(events, Reader(request, response), _frame, check)
            return response


T = TypeVar("T")


async def pour(
    items: AsyncIterator[T | None], reader: "Reader", frame: Callable[[T], bytes], check: Callable[[], Awaitable[None]]
) -> None:
    """Until the gateway stops, the key is no good any more, or the reader is gone or too slow.

    items: None where there is nothing to tell for a while. check: asked now and then; raises GatewayError.
    """
    checked = monotonic()
    try:
        await reader.take(HELLO)
        async for item in items:
            await reader.take(PING if item is None else frame(item))
            if monotonic() - checked >= RECHECK_S:
                checked = monotonic()
                await check()
    except (ConnectionError, TimeoutError):
        reader.drop()
    except GatewayError:  # revoked, or the database does not answer: he may come again and ask
        return


async def check_again(
    authenticate: Callable[[web.Request], Awaitable[Principal]], request: web.Request, principal: Principal, scope: str
) -> None:
    """The key still opens this for the same account. Raises GatewayError."""
    again = await authenticate(request)
    again.need(scope)
    if again.account.name != principal.account.name:
        raise Rejected("auth_invalid")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream, and what he has not taken yet: no more than ``BUFFER`` octets of it are kept for him."""

    request: web.Request
    response: web.StreamResponse

    def __post_init__(self) -> None:
        transport = self.request.transport
        if transport is not None:
            transport.set_write_buffer_limits(high=BUFFER)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)

    async def take(self, octets: bytes) -> None:
        """Raises ConnectionError when he is gone, TimeoutError when his buffer is full and he takes nothing of it."""
        async with asyncio.timeout(PATIENCE_S):
            await self.response.write(octets)

    def drop(self) -> None:
        if self.request.transport is not None:
            self.request.transport.abort()


def _position(request: web.Request) -> int | None:
    """Where the reader wants to go on. Raises Rejected("invalid_request")."""
    query = parse_query(StreamQuery, request)
    last = request.headers.get(LAST)
    if not last:
        return query.after
    if not (last.isascii() and last.isdecimal() and len(last) < 20) or int(last) > LARGEST:
        fault = Fault(LAST, "invalid_request", "the id of an event")
        raise Rejected(fault.code, f"{fault.field}: {fault.message}", faults=(fault,))
    return int(last)


def _frame(event: Event) -> bytes:
    """One event of the stream; JSON has no line end, so that its data is one line."""
    data = json.dumps(envelope(event), ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.seq}\nevent: {event.type.value}\ndata: {data}\n\n".encode("utf-8", "replace")
