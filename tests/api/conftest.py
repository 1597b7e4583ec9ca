"""The whole HTTP side over a real socket and the real store; no modem is needed to accept messages."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from api.app import build_app
from api.connections import KEEPALIVE_S, LimitedSite
from api.fronts import build_fronts
from api.openapi import document
from api.public import PublicFront
from api.v1.front import V1
from gateway.config import Settings
from gateway.domain.access import DEFAULT_SCOPES, AccountSettings
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.metrics import Metrics
from gateway.services import Gateway, GatewaySettings, build_gateway
from gateway.services.access import new_key
from gateway.store import open_store
from gateway.store.contract import Store

NUMBER = "+13109060901"


class TurnedClock:
    """Stands at a time until it is turned."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC)
        self._past = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._past)

    def monotonic(self) -> float:
        return 1000.0 + self._past

    def turn(self, seconds: float) -> None:
        self._past += seconds


@dataclass(frozen=True)
class Reply:
    """What came back. body: parsed where it is JSON, else text."""

    status: int
    headers: Any
    body: Any
    octets: bytes

    @property
    def code(self) -> str:
        return self.body["code"]


@dataclass
class Rig:
    """A gateway to talk to, and what stands behind it."""

    store: Store
    gateway: Gateway
    metrics: Metrics
    clock: TurnedClock
    url: str
    http: ClientSession
    document: dict[str, Any]
    stop: Callable[[], Awaitable[None]]
    keys: dict[str, str] = field(default_factory=dict)

    async def key(self, account: str = "default", scopes: tuple[str, ...] = DEFAULT_SCOPES, **more: Any) -> str:
        await self.store.put_account(account, AccountSettings(), self.clock.now(), replace=False)
        key, plain = new_key(account, now=self.clock.now(), scopes=scopes, **more)
        await self.store.add_key(key)
        return plain

    async def call(self, method: str, path: str, *, key: str | None = None, **more: Any) -> Reply:
        """One request as the default account unless a key is given; "" for none. Holds every answer to the document."""
        if key is None:
            key = self.keys.setdefault("default", self.keys.get("default") or await self.key())
        headers = dict(more.pop("headers", {}))
        if key:
            headers.setdefault("Authorization", f"Bearer {key}")
        async with self.http.request(method, path, headers=headers, **more) as response:
            octets = await response.read()
            assert response.headers["X-Request-Id"].startswith("req_")
            parsed = json.loads(octets) if "json" in response.content_type else octets.decode()
            reply = Reply(response.status, response.headers, parsed, octets)
        self._hold_to_document(method, path.partition("?")[0], reply)
        return reply

    async def send(self, **fields: Any) -> dict[str, Any]:
        reply = await self.call("POST", "/v1/messages", json={"to": "+13105551212", "text": "hello", **fields})
        assert reply.status == 202, reply.body
        return reply.body

    def _hold_to_document(self, method: str, path: str, reply: Reply) -> None:
        if reply.status >= 500 and reply.status not in (503, 507):
            raise AssertionError(f"{method} {path}: {reply.status} {reply.body}")
        for template, operations in self.document["paths"].items():
            if _fits(template, path) and method.lower() in operations:
                answers = operations[method.lower()]["responses"]
                told = answers.get(str(reply.status), answers["default"])
                for media_type, content in told.get("content", {}).items():
                    assert media_type == "*/*" or reply.headers["Content-Type"].startswith(media_type), path
                    if "schema" in content:
                        self._validate(content["schema"], reply.body)
                return

    def _validate(self, schema: dict[str, Any], body: Any) -> None:
        resource = Resource.from_contents(self.document, default_specification=DRAFT202012)
        registry: Registry[Any] = Registry().with_resource("urn:document", resource)
        Draft202012Validator({"$ref": f"urn:document{schema['$ref']}"}, registry=registry).validate(body)


def _fits(template: str, path: str) -> bool:
    pieces, given = template.split("/"), path.split("/")
    return len(pieces) == len(given) and all(p == g or p.startswith("{") for p, g in zip(pieces, given, strict=True))


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(rate_per_key=0)


@pytest.fixture
def keepalive_s() -> float:
    return KEEPALIVE_S


@pytest.fixture
async def store(tmp_path, clock) -> AsyncIterator[Store]:
    store = await open_store("sqlite", tmp_path, clock=clock)
    try:
        await store.put_account("default", AccountSettings(), clock.now(), replace=False)
        await store.put_line(
            LineRecord(0, "", "office", number=NUMBER, aliases=("00000",), status=LineStatus(LineState.UP, ""))
        )
        yield store
    finally:
        await store.close()


@pytest.fixture
async def rig(store, clock, settings, keepalive_s) -> AsyncIterator[Rig]:
    metrics = Metrics()
    gateway = build_gateway(store, settings=settings, clock=clock, metrics=metrics)
    runner = web.AppRunner(
        build_app(
            gateway,
            metrics=metrics,
            fronts=(*build_fronts(gateway, Settings(Path())), PublicFront(gateway)),
        ),
        access_log=None,
    )
    await runner.setup()
    await LimitedSite(runner, "127.0.0.1", 0, keepalive_s=keepalive_s).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession(url) as http:
            told = document(V1(gateway, metrics), version="0")
            yield Rig(store, gateway, metrics, clock, url, http, told, runner.cleanup)
    finally:
        await runner.cleanup()
