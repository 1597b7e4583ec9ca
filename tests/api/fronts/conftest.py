"""A sendsms front over the real services and the real store, on a loopback socket; no modem behind it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession
from aiohttp.test_utils import TestServer

from api.app import build_app
from api.fronts.sendsms import SendSmsFront
from api.public import PublicFront
from gateway.aio import SystemClock
from gateway.domain.access import DEFAULT_SCOPES, Account, AccountSettings, Principal
from gateway.domain.campaign import Campaign
from gateway.domain.line import LineRecord
from gateway.metrics import Metrics
from gateway.services import Gateway, GatewaySettings, build_gateway
from gateway.store import open_store
from gateway.store.contract import Store
from tests.support.messaging import Bulk
from tests.support.rest_sms import Realm, realm_of
from tests.support.stage import Stage, staged

NUMBER = "+13109060901"


@dataclass(slots=True)
class Front:
    """One way to ask the front, and what stands behind it."""

    http: ClientSession
    key: str
    gateway: Gateway
    store: Store
    principal: Principal

    async def post(self, body: object, **headers: str) -> dict[str, Any]:
        """Post a JSON body with the right key; the decoded answer, which has HTTP status 200."""
        answer = await self.raw(json=body, headers={"x-api-key": self.key, **headers})
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())

    async def raw(self, path: str = "/action", **arguments: Any) -> ClientResponse:
        answer = await self.http.post(path, **arguments)
        await answer.read()
        return answer

    async def send(self, **members: object) -> dict[str, Any]:
        """``sendsms`` with the seed's values, some of them other or left out where `...` is given."""
        body = {"action": "sendsms", "message-text": "hello", "to": "+10000000001", "from": "00000"} | members
        return await self.post({name: value for name, value in body.items() if value is not ...})

    async def code(self, **members: object) -> str:
        """The error code of such a request."""
        answer = await self.send(**members)
        assert answer["status"] == "Failure", answer
        return str(answer["error-code"])

    async def settings(self, **changed: object) -> None:
        """Change the account's settings."""
        account = await self.account()
        await self.store.put_account("default", replace(account.settings, **changed), SystemClock().now())  # type: ignore[arg-type]

    async def campaign(self, ref: str) -> None:
        """An approved campaign."""
        await self.store.campaigns.add(Campaign(0, "cmp_1", "default", ref, SystemClock().now()))

    async def account(self) -> Account:
        account = await self.store.account("default")
        assert account is not None
        return account

    async def stored(self) -> list[Any]:
        """Every message in the store, newest first, each with its parts."""
        from gateway.services import MessageFilter

        found = await self.store.messages(MessageFilter("default"), limit=100)
        return [await self.store.message(None, message.id) for message in found]


@pytest.fixture
def front_options() -> Mapping[str, Any]:
    """Overridden by tests that want the front configured otherwise: arguments of SendSmsFront and GatewaySettings."""
    return {}


@pytest.fixture
async def front(tmp_path: Path, front_options: Mapping[str, Any]) -> AsyncIterator[Front]:
    options = dict(front_options)
    http_errors = options.pop("http_errors", False)
    clock, metrics = SystemClock(), Metrics()
    store = await open_store("sqlite", tmp_path, clock=clock)
    try:
        await store.put_line(LineRecord(0, "", "office", number=NUMBER, aliases=("00000",)))
        settings = GatewaySettings(**{"public_url": "https://sms.example", "rate_per_key": 0.0} | options)
        gateway = build_gateway(store, settings=settings, clock=clock, metrics=metrics)
        account = await store.put_account("default", AccountSettings(), clock.now())
        principal = Principal(account, "bootstrap", frozenset(DEFAULT_SCOPES))
        _, key = await gateway.access.create_key(by=principal)
        spoken = (SendSmsFront(gateway, http_errors=http_errors), PublicFront(gateway))
        server = TestServer(build_app(gateway, metrics=metrics, fronts=spoken))
        await server.start_server()
        async with ClientSession(server.make_url("/")) as http:
            yield Front(http, key, gateway, store, principal)
        await server.close()
    finally:
        await store.close()


@pytest.fixture
def stage_options() -> Mapping[str, Any]:
    """Overridden by tests that want the gateway configured otherwise: arguments of ``staged``."""
    return {}


@pytest.fixture
async def stage(tmp_path: Path, stage_options: Mapping[str, Any]) -> AsyncIterator[Stage]:
    """A whole gateway with one modem (number +13109060901, aliases 00000 and 1234567)."""
    async with staged(tmp_path, **stage_options) as stage:
        yield stage


@pytest.fixture
async def bulk(stage: Stage) -> Bulk:
    """A caller of the ``messaging`` front of the stage."""
    return Bulk(stage, stage.key)


@pytest.fixture
async def realm(stage: Stage) -> Realm:
    """A caller of the ``rest-sms`` front of the stage, in the realm of its default account."""
    return await realm_of(stage)
