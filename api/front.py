"""What an API front is, and the one guard around every handler (native-v1 §2: the order of checks)."""

import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import count, product
from typing import Protocol

from aiohttp import web

from api.auth import ADDRESS, Proxies
from api.description import About, Told
from api.wire import check_transport
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError
from gateway.metrics import Metrics
from gateway.services import Gateway

log = logging.getLogger(__name__)

REQUEST_ID = web.RequestKey("request_id", str)
"""``request[REQUEST_ID]``: this request's id, also its answer's X-Request-Id."""

FRONTS: web.AppKey["dict[web.AbstractResource, Front]"] = web.AppKey("fronts")
"""``app[FRONTS]``: whose route a resource is; ``Nowhere`` answers in its words."""

SERVER = "SIMgate"  # and not which Python runs it

_BORN = os.urandom(5).hex()
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route for known callers.

    path: aiohttp's template. scope: needed of the key, None where the service itself decides. body_limit: octets
    of body it takes, 0 for none. media_types: which Content-Types it takes; empty: any. any_case: the path is matched
    without case, and with or without a slash at its end. told: what the front's document says of it; None leaves it
    out. head: a GET that answers HEAD as well. service_later: whether the account may use this API is asked behind what
    is wrong with the request, by ``enqueue`` or by the handler (native-v1 §2), and not by the guard.
    """

    method: str
    path: str
    handler: Callable[[web.Request, Principal], Awaitable[web.StreamResponse]]
    scope: str | None = None
    body_limit: int = 0
    media_types: tuple[str, ...] = ()
    any_case: bool = False
    told: Told | None = None
    head: bool = True
    service_later: bool = False


@dataclass(frozen=True, slots=True)
class OpenEndpoint:
    """A route for anybody: short links, health, the documentation. any_case, told, head: as in ``Endpoint``."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    any_case: bool = False
    told: Told | None = None
    head: bool = True


class Front(Protocol):
    """One dialect. It translates and decides nothing; nothing but GatewayError is ever shown to ``explain``.

    A method that its paths do not take is told in its words too. One that also has a method ``owns(path: str) -> bool``
    is asked it for paths that lead nowhere, and tells "not_found" for those.
    """

    @property
    def name(self) -> str:
        """The word for it in the database and in metrics."""
        ...

    def routes(self) -> Iterable[Endpoint | OpenEndpoint]:
        """Every route of this dialect."""
        ...

    def about(self) -> About | None:
        """What its document says of it as a whole; None for what is no API and has no document."""
        ...

    async def authenticate(self, request: web.Request) -> Principal:
        """Who is asking. Raises NotPermitted."""
        ...

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        """A refusal in this dialect's words."""
        ...


def mount(
    app: web.Application, front: Front, gateway: Gateway, *, metrics: Metrics, proxies: Proxies | None = None
) -> None:
    """Add a front's routes to the application, each behind the guard; what answers GET answers HEAD (RFC 9110 §9.1),
    unless the route says otherwise."""
    trusted = proxies or Proxies()
    fronts = app.setdefault(FRONTS, {})
    routes = tuple(front.routes())
    own_heads = {route.path for route in routes if route.method == "HEAD"}
    for route in routes:
        guard = _Guard(front, route, gateway, metrics, trusted)
        paths = [route.path]
        if route.any_case:  # as it is written the path is found at once, in other case among all templates
            paths.append(in_any_case(route.path))
        methods = [route.method] + ["HEAD"] * (route.method == "GET" and route.head and route.path not in own_heads)
        for method, path in product(methods, paths):
            resource = app.router.add_route(method, path, guard.handle).resource
            assert resource is not None
            fronts[resource] = front


def in_any_case(path: str) -> str:
    """aiohttp's template for a path whose letters may have either case, with or without a slash at its end.

    What stands in braces is left as it is.
    """
    pieces = re.split(r"(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})", path.removeprefix("/").removesuffix("/"))
    folded = (
        piece if piece.startswith("{") else f"{{_{number}:(?i:{re.escape(piece)})}}"
        for number, piece in enumerate(pieces)
        if piece
    )
    return "/" + "".join(folded) + "{_end:/?}"


def new_request_id() -> str:
    """What a request is called, in its answer and in our log; unlike any other's, also after a restart."""
    return f"req_{_BORN}{next(_numbers):08x}"


class _Guard:
    """transport → who → how often → this API → scope → handler; whatever goes wrong is told in the front's words."""

    def __init__(
        self, front: Front, route: Endpoint | OpenEndpoint, gateway: Gateway, metrics: Metrics, proxies: Proxies
    ) -> None:
        self._front = front
        self._route = route
        self._access = gateway.access
        self._proxies = proxies
        self._answers = _Answers(metrics, route.path)
        self._rate_limited = metrics.rate_limited.labels(route=route.path)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        started = time.perf_counter()
        request_id = new_request_id()
        request[REQUEST_ID] = request_id
        request[ADDRESS] = self._proxies.address(request)
        rate_headers: dict[str, str] = {}
        try:
            response = await self._serve(request, rate_headers)
        except GatewayError as error:
            if error.code == "rate_limited":
                self._rate_limited.inc()
            response = self._front.explain(error, request)
        except web.HTTPException as refusal:
            refusal.headers["X-Request-Id"] = request_id
            raise
        except Exception:  # the HTTP edge: whatever it was, the caller gets an answer and we get the traceback
            log.exception("request failed", extra={"request_id": request_id, "route": self._route.path})
            response = self._front.explain(GatewayError("internal", "An error of ours; it was logged."), request)
        if not response.prepared:
            headers = response.headers
            headers["X-Request-Id"] = request_id
            headers["Server"] = SERVER
            if rate_headers:
                headers.update(rate_headers)
        self._answers.note(response.status, time.perf_counter() - started)
        return response

    async def _serve(self, request: web.Request, rate_headers: dict[str, str]) -> web.StreamResponse:
        route = self._route
        if isinstance(route, OpenEndpoint):
            return await route.handler(request)
        check_transport(request, route.body_limit, route.media_types)
        principal = await self._front.authenticate(request)
        state = self._access.take(principal)
        if state is not None:
            rate_headers["RateLimit-Policy"] = state.policy
            rate_headers["RateLimit"] = state.header
            state.check()
        if not route.service_later:
            principal.need_front(self._front.name)
        if route.scope is not None:
            principal.need(route.scope)
        return await route.handler(request, principal)


class _Answers:
    """Counts the answers of one route; the labelled children are kept, looking them up costs more than counting."""

    def __init__(self, metrics: Metrics, path: str) -> None:
        self._requests = metrics.http_requests
        self._path = path
        self._by_status: dict[int, Callable[[], None]] = {}
        self._observe = metrics.http_request_duration_seconds.labels(route=path).observe

    def note(self, status: int, seconds: float) -> None:
        increment = self._by_status.get(status)
        if increment is None:
            increment = self._by_status[status] = self._requests.labels(route=self._path, code=str(status)).inc
        increment()
        self._observe(seconds)
