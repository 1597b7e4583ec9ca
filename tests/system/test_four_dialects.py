"""One inbound SMS and one delivery report in four dialects, the daemon killed between the event and its delivery."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from modem.simulator.bank import Bank
from tests.support.daemon import PATIENCE_S, Daemon, LineOf

PHONE = "+13105551212"
TEXT = "Hello world! 50 % a+b 😀\nnext"
FORMATS = ("native", "messaging", "3cx", "sendsms")


@dataclass
class Post:
    """One request of the gateway."""

    id: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Endpoint:
    """A receiver that answers nothing as long as it is held: the gateway cannot know whether it was heard."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    _held: asyncio.Event = field(default_factory=asyncio.Event)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    def hold(self) -> None:
        self._held.clear()

    def release(self) -> None:
        self._held.set()

    async def count(self, posts: int) -> list[Post]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.posts) < posts:
                self._came.clear()
                await self._came.wait()
        assert len(self.posts) == posts, [post.body for post in self.posts]
        return self.posts

    async def take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.posts.append(Post(headers["webhook-id"], headers, await request.read()))
        self._came.set()
        await self._held.wait()
        return web.Response()


@asynccontextmanager
async def endpoint() -> AsyncIterator[Endpoint]:
    receiver = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.port = runner.addresses[0][1]
        yield receiver
    finally:
        receiver.release()
        await runner.cleanup()


@dataclass
class Play:
    """The daemon, its modem, and a receiver for each format, with what verifies its signatures."""

    bank: Bank
    daemon: Daemon
    endpoints: dict[str, Endpoint]
    verifiers: dict[str, Webhook]

    async def killed_between_event_and_delivery(self) -> dict[str, bytes]:
        """Every receiver was called and has not answered when the daemon dies; what each was told, before and after."""
        for receiver in self.endpoints.values():
            await receiver.count(1)
        await self.daemon.kill()
        for receiver in self.endpoints.values():
            receiver.release()
        await self.daemon.start()
        told = {}
        for name, receiver in self.endpoints.items():
            before, after = await receiver.count(2)
            assert before.id == after.id
            assert before.body == after.body or name == "3cx"  # whose body counts the attempts
            assert after.headers["content-type"] == "application/json"
            self.verifiers[name].verify(after.body, after.headers)
            told[name] = after.body
        return told


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    async with AsyncExitStack() as stack:
        bank = await stack.enter_async_context(Bank(modems=1, directory=tmp_path / "modems"))
        line = LineOf(bank.modems[0].device, bank.modems[0].number)
        daemon = await stack.enter_async_context(Daemon(tmp_path, [line]))
        await daemon.lines_up()
        endpoints = {name: await stack.enter_async_context(endpoint()) for name in FORMATS}
        verifiers = {}
        for name, receiver in endpoints.items():
            body = {"url": f"http://127.0.0.1:{receiver.port}/hook", "format": name, "name": name}
            body |= {"events": ["message.received", "message.delivered"], "dlr": True}
            body |= {"options": {"send_dlr": True}} if name == "3cx" else {}
            verifiers[name] = Webhook((await daemon.ask("POST", "/v1/webhooks", body))["secret"])
        yield Play(bank, daemon, endpoints, verifiers)


def exact(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.timeout(120)
async def test_an_inbound_sms_is_told_in_four_dialects_and_survives_kill_nine(play: Play) -> None:
    own = play.bank.modems[0].number
    play.bank.deliver(0, sender=PHONE, text=TEXT)
    told = await play.killed_between_event_and_delivery()
    (message,) = (await play.daemon.ask("GET", "/v1/inbound"))["data"]
    native = json.loads(told["native"])
    assert told["native"] == exact(native)
    assert (native["type"], native["data"]["id"]) == ("message.received", message["id"])
    assert (native["data"]["from"], native["data"]["to"], native["data"]["text"]) == (PHONE, own, TEXT)
    encoded = "Hello+world%21+50+%25+a%2Bb+%F0%9F%98%80%0Anext"
    assert told["messaging"] == exact({"From": PHONE[1:], "To": [own[1:]], "Message": encoded})
    event = json.loads(told["3cx"])
    assert told["3cx"] == exact(event)
    payload = event["data"]["payload"]
    assert (event["data"]["event_type"], payload["direction"], payload["text"]) == ("message.received", "inbound", TEXT)
    assert payload["from"]["phone_number"] == PHONE
    assert [one["phone_number"] for one in payload["to"]] == [own]
    stamp = json.loads(told["sendsms"])["timestamp"]
    assert told["sendsms"] == exact(
        {"origin": "SMS_MO", "code": "N211", "from": PHONE[1:], "to": own[1:], "message-text": TEXT}
        | {"tracking-id": message["tracking_id"], "timestamp": stamp}
    )


@pytest.mark.timeout(120)
async def test_a_delivery_report_is_told_in_four_dialects_and_survives_kill_nine(play: Play) -> None:
    own = play.bank.modems[0].number
    sent = await play.daemon.send("Hello", to=PHONE)
    told = await play.killed_between_event_and_delivery()
    message = await play.daemon.message(sent)
    assert message["state"] == "delivered"
    native = json.loads(told["native"])
    assert told["native"] == exact(native)
    assert (native["type"], native["data"]["id"], native["data"]["state"]) == ("message.delivered", sent, "delivered")
    report = json.loads(told["messaging"])
    assert told["messaging"] == exact(report)
    assert (report["From"], report["DeliveryReceipt"]) == (PHONE[1:], True)
    assert "+sub%3A001+dlvrd%3A001+" in report["Message"]
    assert "stat%3ADELIVRD+err%3A000+text%3AHello" in report["Message"]
    event = json.loads(told["3cx"])
    assert event["data"]["event_type"] == "message.finalized"
    assert event["data"]["payload"]["to"][0] == {"phone_number": PHONE, "status": "delivered"}
    postback = json.loads(told["sendsms"])
    assert postback["to"] == PHONE[1:]
    assert told["sendsms"] == exact(
        {"origin": "SMS_MT", "code": "N202", "sent-as": "SMS", "status": "Delivered", "from": postback["from"]}
        | {"to": PHONE[1:], "tracking-id": message["tracking_id"], "operator-id": "", "operator-name": ""}
        | {"timestamp": postback["timestamp"]}
    )
    assert own
