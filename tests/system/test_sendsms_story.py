"""The sendsms front with a daemon and a modem behind it: what arrives on the network, and the postbacks."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web

from modem.simulator.bank import Bank
from tests.support.daemon import PATIENCE_S, Daemon, LineOf, free_port

PHONE = "+10000000001"
SEED = {
    "action": "sendsms",
    "message-text": "This message is sent for testing purposes only.",
    "to": PHONE,
    "from": "00000",
}


class Postbacks:
    """A Postback URL: keeps what came, answers with the next status (200 when none is left)."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self._came = asyncio.Event()

    async def __aenter__(self) -> "Postbacks":
        self.port = free_port()
        app = web.Application()
        app.router.add_post("/postback", self._receive)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        assert request.headers["webhook-signature"].startswith("v1,")
        self.received.append(await request.json())
        self._came.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def first(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.received) < count:
                self._came.clear()
                await self._came.wait()
        return self.received[:count]


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(modems=1, directory=tmp_path / "modems") as bank:
        yield bank


@pytest.fixture
async def daemon(bank: Bank, tmp_path: Path) -> AsyncIterator[Daemon]:
    line = LineOf(bank.modems[0].device, bank.modems[0].number, extra='aliases = ["00000"]')
    async with Daemon(tmp_path, [line]) as daemon:
        await daemon.lines_up()
        yield daemon


async def act(daemon: Daemon, body: dict[str, Any]) -> dict[str, Any]:
    async with (
        ClientSession() as http,
        http.post(
            f"http://127.0.0.1:{daemon.port}/action", data=json.dumps(body), headers={"x-api-key": daemon.key}
        ) as answer,
    ):
        assert answer.status == 200
        return dict(await answer.json())


async def test_sa_01_and_12_a_send_arrives_and_its_postbacks_come_in_order(bank: Bank, daemon: Daemon) -> None:
    async with Postbacks() as postbacks:
        url = f"http://127.0.0.1:{postbacks.port}/postback"
        await daemon.ask("POST", "/v1/webhooks", {"url": url, "format": "sendsms"})
        told = await act(daemon, SEED | {"from-mask": "Dunder Mifflin", "campaign-ref": "campaign2345"})
        sent, delivered = await postbacks.first(2)
    (entry,) = bank.ledger.submitted
    assert (entry["to"], entry["text"]) == (PHONE, SEED["message-text"])
    assert b"Dunder" not in bytes.fromhex(str(entry["pdu"]))
    assert (sent["code"], sent["status"]) == ("N201", "Sent")
    timestamp = delivered.pop("timestamp")
    assert timestamp.endswith("+00:00")
    assert delivered == {
        "origin": "SMS_MT",
        "code": "N202",
        "sent-as": "SMS",
        "status": "Delivered",
        "from": "00000",
        "to": "10000000001",
        "from-mask": "Dunder Miff",
        "campaign-ref": "campaign2345",
        "tracking-id": told["tracking-id"],
        "operator-id": "",
        "operator-name": "",
    }


async def test_sa_12_a_refused_message_is_posted_as_failed_without_the_optional_members(
    bank: Bank, daemon: Daemon
) -> None:
    bank.modems[0].fault("reject", "+CMGS", code=1)  # unassigned number: for good
    async with Postbacks() as postbacks:
        url = f"http://127.0.0.1:{postbacks.port}/postback"
        await daemon.ask("POST", "/v1/webhooks", {"url": url, "format": "sendsms"})
        await act(daemon, SEED)
        (failed,) = await postbacks.first(1)
    assert (failed["code"], failed["status"]) == ("E201", "Failed")
    assert not {"from-mask", "campaign-ref"} & failed.keys()


async def test_sa_13_an_inbound_message_is_posted_to_the_alias_the_peer_knows(bank: Bank, daemon: Daemon) -> None:
    async with Postbacks() as postbacks:
        url = f"http://127.0.0.1:{postbacks.port}/postback"
        hook = {"url": url, "format": "sendsms", "events": ["message.received"]}
        await daemon.ask("POST", "/v1/webhooks", hook)
        await act(daemon, SEED)
        await bank.ledger.wait_for_count("submitted", 1, timeout=PATIENCE_S)
        bank.deliver(0, sender=PHONE, text="DEMO")
        (inbound,) = await postbacks.first(1)
    assert inbound["tracking-id"].startswith("smsmo")
    assert len(inbound.pop("tracking-id")) == 15
    assert inbound.pop("timestamp").endswith("+00:00")
    assert inbound == {
        "origin": "SMS_MO",
        "code": "N211",
        "from": "10000000001",
        "to": "00000",
        "message-text": "DEMO",
    }
