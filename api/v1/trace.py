"""/v1/lines/{id}/trace: what goes between the gateway and one line's modem, live and masked."""

import json
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from api.front import REQUEST_ID
from api.v1.events import HEADERS, STREAM, Reader, check_again, pour
from api.v1.operation import Operation
from gateway.domain.access import Principal
from gateway.domain.event import instant
from gateway.services import Gateway, Traced

SCOPE = "admin"
TAG = "lines"


class TraceRoutes:
    """authenticate: asked again now and then while somebody reads."""

    def __init__(self, gateway: Gateway, authenticate: Callable[[web.Request], Awaitable[Principal]]) -> None:
        self._trace = gateway.trace
        self._authenticate = authenticate

    def operations(self) -> tuple[Operation, ...]:
        """The one stream."""
        summary = "The AT traffic of a line's modem from now on, masked, as Server-Sent Events"
        return (Operation("GET", "/v1/lines/{id}/trace", self.stream, SCOPE, summary, TAG, {200: STREAM}),)

    async def stream(self, request: web.Request, principal: Principal) -> web.StreamResponse:
        async with self._trace.following(request.match_info["id"], by=principal) as traffic:
            response = web.StreamResponse(headers=HEADERS | {"X-Request-Id": request[REQUEST_ID]})
            await response.prepare(request)
            if request.method != "HEAD":
                check = partial(check_again, self._authenticate, request, principal, SCOPE)
                await pour(traffic, Reader(request, response), _frame, check)
            return response


def _frame(traced: Traced) -> bytes:
    """No id: what was missed is gone."""
    told = {
        "at": instant(traced.at),
        "line": traced.line,
        "direction": traced.direction.value,
        "text": traced.text,
        "since_ms": traced.since_ms,
    }
    data = json.dumps(told, ensure_ascii=True, separators=(",", ":"))
    return f"event: trace\ndata: {data}\n\n".encode()
