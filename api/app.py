"""The one aiohttp application: /v1, the other fronts, and an answer for every path that is none of theirs."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from aiohttp import web

from api.auth import ADDRESS, Proxies
from api.docs.front import DocsFront
from api.front import FRONTS, REQUEST_ID, SERVER, Front, mount, new_request_id
from api.problem import problem
from api.v1.front import V1
from gateway.domain.errors import GatewayError, NotFound, Rejected
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
    spoken = (V1(gateway, metrics), *fronts)
    every = (*spoken, DocsFront(spoken))
    for front in every:
        mount(app, front, gateway, metrics=metrics, proxies=proxies)
    app.router.add_route("*", "/{rest:.*}", _Nowhere(app, every, proxies).handle)

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
        gateway.trace.end()

    app.on_shutdown.append(let_go)
    app.on_cleanup.append(flush)
    return app


class _Nowhere:
    """404, or 405 with ``Allow`` where the path is known with other methods; in the words of the path's own dialect."""

    def __init__(self, app: web.Application, fronts: Sequence[Front], proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies
        self._owners = [front for front in fronts if hasattr(front, "owns")]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        request[REQUEST_ID] = request_id = new_request_id()
        request[ADDRESS] = self._proxies.address(request)
        allowed, front = await self._allowed(request)
        refusal: GatewayError = NotFound("there is nothing at this path")
        if allowed:
            refusal = Rejected("method_not_allowed", f"here: {', '.join(allowed)}")
        else:
            front = next((owner for owner in self._owners if owner.owns(request.path)), None)
        response = problem(refusal, request_id) if front is None else front.explain(refusal, request)
        if allowed:
            response.headers["Allow"] = ", ".join(allowed)
        response.headers.update({"X-Request-Id": request_id, "Server": SERVER})
        return response

    async def _allowed(self, request: web.Request) -> tuple[list[str], Front | None]:
        """The methods of this path, and whose it is.

        An exact path is not also told the methods of a template that would fit, as preview that of {id}.
        """
        exact: dict[str, Front] = {}
        fitting: dict[str, Front] = {}
        for resource in self._app.router.resources():
            _, others = await resource.resolve(request)
            front = self._app[FRONTS].get(resource)
            if front is not None and others:
                found = exact if isinstance(resource, web.PlainResource) else fitting
                found |= {method: front for method in others if method not in found}
        told = exact or fitting
        return sorted(told), next(iter(told.values()), None)
