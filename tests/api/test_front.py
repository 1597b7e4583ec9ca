"""What every front gets from ``mount`` and the application: paths in any case, and refusals in its own words."""

from collections.abc import AsyncIterator, Iterable

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from api.app import build_app
from api.front import Endpoint, in_any_case
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, NotPermitted


class Shouting:
    """A front that owns ``/loud``."""

    name = "shouting"

    def routes(self) -> Iterable[Endpoint]:
        yield Endpoint("POST", "/loud/shoutAt/{whom}", self._answer, any_case=True)
        yield Endpoint("GET", "/loud", self._answer, any_case=True)

    def owns(self, path: str) -> bool:
        return path.startswith("/loud/")

    def about(self) -> None:
        """It has no document."""

    async def authenticate(self, request: web.Request) -> Principal:
        raise NotPermitted("auth_missing")

    def explain(self, error: GatewayError, request: web.Request) -> web.StreamResponse:
        return web.Response(status=418, text=error.code.upper() + str(request.match_info.get("whom", "")))

    async def _answer(self, request: web.Request, principal: Principal) -> web.Response:
        raise AssertionError("nobody gets so far")


@pytest.fixture
async def http(rig) -> AsyncIterator[ClientSession]:
    server = TestServer(build_app(rig.gateway, metrics=rig.metrics, fronts=[Shouting()]))
    async with server, ClientSession(server.make_url("/")) as session:
        yield session


@pytest.mark.parametrize(
    ("method", "path", "answer"),
    [
        ("POST", "/LOUD/shoutat/Bob", "AUTH_MISSINGBob"),
        ("POST", "/loud/shoutAt/Bob/", "AUTH_MISSINGBob"),
        ("GET", "/loud/", "AUTH_MISSING"),
        ("GET", "/loud", "AUTH_MISSING"),
        ("DELETE", "/Loud", "METHOD_NOT_ALLOWED"),
        ("GET", "/loud/shoutAt/Bob", "METHOD_NOT_ALLOWED"),
        ("GET", "/loud/nothing", "NOT_FOUND"),
    ],
)
async def test_a_front_is_found_in_any_case_and_refuses_in_its_own_words(http, method, path, answer):
    async with http.request(method, path) as reply:
        assert (reply.status, await reply.text()) == (418, answer)
        assert reply.headers["X-Request-Id"].startswith("req_")


async def test_a_refused_method_is_told_those_that_are_taken(http):
    async with http.delete("/loud") as reply:
        assert reply.headers["Allow"] == "GET, HEAD"


async def test_what_no_front_owns_is_a_problem_of_v1(http):
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/v1/lines", 405)):
        async with http.request(method, path) as reply:
            assert (reply.status, reply.content_type) == (status, "application/problem+json")


def test_a_template_keeps_what_stands_in_braces():
    assert in_any_case("/api/v1.0/x/{id:[a-z]{2}}") == "/{_0:(?i:api/v1\\.0/x/)}{id:[a-z]{2}}{_end:/?}"
