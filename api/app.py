"""The one aiohttp application: /v1, the other fronts, and an answer for every path that is none of theirs."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from aiohttp import web

from api.auth import Proxies
from api.front import SERVER, Front, mount, new_request_id
from api.problem import problem
from api.v1.front import V1
from gateway.domain.errors import NotFound, Rejected
from gateway.metrics import Metrics
from gateway.services import Gateway


def build_app(
    gateway: Gateway,
    *,
    metrics: Metrics,
    fronts: Sequence[Front],
    trusted_proxies: Sequence[IPv4Network | IPv6Network] = (),
) -> web.Application:
    """The application, ready to be run; its clean-up writes what the services still remember.

    fronts: the dialects beside /v1, and what has no login. trusted_proxies: whose X-Forwarded-For is believed.
    """
    app = web.Application()
    proxies = Proxies(trusted_proxies)
    for front in (V1(gateway, metrics), *fronts):
        mount(app, front, gateway, metrics=metrics, proxies=proxies)
    app.router.add_route("*", "/{rest:.*}", _Nowhere(app).handle)

    async def stamp(_: web.BaseRequest, response: web.StreamResponse) -> None:
        """What aiohttp answers by itself, before any route: an odd ``Expect``, ``OPTIONS *``, ``CONNECT``."""
        if "X-Request-Id" not in response.headers:
            response.headers.update({"X-Request-Id": new_request_id(), "Server": SERVER})

    app.on_response_prepare.append(stamp)

    async def flush(_: web.Application) -> None:
        await gateway.access.flush()

    async def let_go(_: web.Application) -> None:
        """Who waits gets his answer: cut off, he would send what was accepted once more."""
        gateway.waiters.end()

    app.on_shutdown.append(let_go)
    app.on_cleanup.append(flush)
    return app


class _Nowhere:
    """404, or 405 with ``Allow`` where the path is known with other methods."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        request_id = new_request_id()
        allowed = await self._allowed(request)
        if allowed:
            response = problem(Rejected("method_not_allowed", f"here: {', '.join(allowed)}"), request_id)
            response.headers["Allow"] = ", ".join(allowed)
        else:
            response = problem(NotFound("there is nothing at this path"), request_id)
        response.headers.update({"X-Request-Id": request_id, "Server": SERVER})
        return response

    async def _allowed(self, request: web.Request) -> list[str]:
        """An exact path is not also told the methods of a template that would fit, as preview that of {id}."""
        exact: set[str] = set()
        fitting: set[str] = set()
        for resource in self._app.router.resources():
            _, others = await resource.resolve(request)
            fitting |= others
            if isinstance(resource, web.PlainResource):
                exact |= others
        return sorted((exact or fitting) - {"*"})
