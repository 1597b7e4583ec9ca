"""A further dialect is one file and one name: here the smallest that is of use, mounted beside the others."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

import api.fronts
from api.app import build_app
from api.auth import ADDRESS, bearer_or_basic
from api.codes import code_of
from api.description import BEARER, About, Told
from api.front import Endpoint
from api.fronts import FRONTS, build_fronts, names
from api.wire import read_body
from gateway.config import Settings
from gateway.domain.access import AccountSettings, Principal
from gateway.domain.errors import GatewayError
from gateway.domain.message import Draft
from gateway.metrics import Metrics
from gateway.services import Gateway, GatewaySettings, build_gateway
from gateway.services.access import new_key
from gateway.store.contract import MessageFilter, Store


@dataclass(frozen=True, slots=True)
class PlainFront:
    """``POST /plain/{to}`` with the text as its body; the answer is the message's id, or a code."""

    gateway: Gateway
    name: str = "plain"

    def routes(self) -> Iterable[Endpoint]:
        told = Told("Send a text", {202: "text/plain"}, body="text/plain")
        yield Endpoint("POST", "/plain/{to}", self.send, "messages:send", body_limit=1000, told=told)

    def about(self) -> About:
        return About("Plain", "A text in, an id out.", {"key": BEARER}, "text/plain")

    async def authenticate(self, request: web.Request) -> Principal:
        return await self.gateway.access.authenticate(bearer_or_basic(request), address=request[ADDRESS])

    async def send(self, request: web.Request, principal: Principal) -> web.Response:
        draft = Draft(request.match_info["to"], (await read_body(request, 1000)).decode("utf-8", "replace"))
        enqueued = await self.gateway.messages.enqueue(draft, by=principal, front=self.name)
        return web.Response(status=202, text=enqueued.messages[0].id)

    def explain(self, error: GatewayError, request: web.Request) -> web.Response:
        return web.Response(status=code_of(error.code).v1, text=error.code)


def build(gateway: Gateway, settings: Settings) -> PlainFront:
    return PlainFront(gateway)


@pytest.fixture
async def http(store: Store, clock, monkeypatch) -> AsyncIterator[ClientSession]:
    """The application with that one name more in the list; the key of the account ``default`` is sent along."""
    monkeypatch.setattr(api.fronts, "FRONTS", (*FRONTS, build))
    gateway = build_gateway(store, settings=GatewaySettings(rate_per_key=0), clock=clock, metrics=Metrics())
    app = build_app(gateway, metrics=Metrics(), fronts=build_fronts(gateway, Settings(Path())))
    await store.put_account("default", AccountSettings(), clock.now(), replace=False)
    key, plain = new_key("default", now=clock.now())
    await store.add_key(key)
    server, headers = TestServer(app), {"Authorization": f"Bearer {plain}"}
    async with server, ClientSession(server.make_url("/"), headers=headers) as http:
        yield http


async def test_it_sends_and_has_everything_that_the_core_gives(http: ClientSession, store: Store) -> None:
    async with http.post("/plain/+13105551212", data="hello") as answer:
        assert answer.status == 202
        assert answer.headers["X-Request-Id"].startswith("req_")
        sent = await answer.text()
    (message,) = await store.messages(MessageFilter("default"), limit=2)
    assert (message.id, message.to, message.text, message.front) == (sent, "+13105551212", "hello", "plain")
    for path, headers, expected in (
        ("/plain/nobody", {}, (422, "invalid_recipient")),
        ("/plain/+13105551212", {"Authorization": "Bearer gsk_x"}, (401, "auth_invalid")),
    ):
        async with http.post(path, data="hello", headers=headers) as answer:
            assert (answer.status, await answer.text()) == expected
    async with http.put("/plain/+13105551212") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_its_document_is_listed_beside_the_others(http: ClientSession) -> None:
    async with http.get("/docs") as page:
        assert 'href="/docs/plain"' in await page.text()
    async with http.get("/docs/plain/openapi.json") as answer:
        assert list((await answer.json())["paths"]) == ["/plain/{to}"]


def test_every_dialect_there_is_stands_in_the_list() -> None:
    folder = Path(api.fronts.__file__).parent
    there = {one.name for one in folder.iterdir() if one.is_dir() and not one.name.startswith("_")}
    assert {build.__module__.rpartition(".")[2] for build in FRONTS} == there


async def test_dialects_call_themselves_as_the_list_says(store: Store, clock) -> None:
    gateway = build_gateway(store, settings=GatewaySettings(), clock=clock, metrics=Metrics())
    assert tuple(front.name for front in build_fronts(gateway, Settings(Path()))) == names()


def test_the_architecture_tells_the_size_of_each_front_within_a_tenth() -> None:
    root = Path(api.fronts.__file__).parent
    rows = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (\d+|–).*? \| (\d+) \|$", Path("ARCHITECTURE.md").read_text(), re.MULTILINE
    )
    told = {name: [int(size) if size != "–" else 0 for size in sizes] for name, *sizes in rows}
    assert told.keys() == {build.__module__.rpartition(".")[2] for build in FRONTS}
    for name, sizes in told.items():
        lines = {file.stem: len(file.read_text().splitlines()) for file in (root / name).glob("[!_]*.py")}
        front, schema = lines.pop("front"), lines.pop("schema")
        assert sizes == [pytest.approx(there, rel=0.1) for there in (front, sum(lines.values()), schema)], name
