"""Debian's kannel (bearerbox and smsbox, an `at` SMSC) at a simulated modem, spoken to over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientSession, web

from modem.simulator.bank import Bank
from tests.interop.programs import OUTSIDE, OWN, PATIENCE_S, Program, needs
from tests.support.daemon import free_port

pytestmark = needs("bearerbox", "smsbox")

LONG = " ".join(f"word{number}" for number in range(40)) + " {€}"


@dataclass
class Kannel:
    """The two boxes, and what they told over HTTP: messages that came in, and reports."""

    port: int
    listener: str
    bearerbox: Program
    told: list[dict[str, str]] = field(default_factory=list)

    async def send(self, text: str, **fields: object) -> None:
        query = {"username": "tester", "password": "secret", "from": OWN, "to": OUTSIDE, "text": text}
        query |= {"charset": "UTF-8"} | {name.replace("_", "-"): str(value) for name, value in fields.items()}
        async with (
            ClientSession() as http,
            http.get(f"http://127.0.0.1:{self.port}/cgi-bin/sendsms", params=query) as answer,
        ):
            assert (answer.status, await answer.text()) == (202, "0: Accepted for delivery")

    async def until(self, holds: Callable[[], Any], what: str) -> None:
        await self.bearerbox.until(holds, what)


@asynccontextmanager
async def kannel(bank: Bank, directory: Path) -> AsyncIterator[Kannel]:
    """Both boxes up and the modem in use."""
    ports = {name: free_port() for name in ("admin", "smsbox", "sendsms", "listener")}
    config = directory / "kannel.conf"
    config.write_text(CONFIG.format(**ports, device=bank.modems[0].device, spool=directory / "spool", own=OWN))
    (directory / "spool").mkdir()
    async with AsyncExitStack() as stack:
        bearerbox = Program("bearerbox", config, directory=directory, grace=1.0)  # of itself it takes ten seconds
        await stack.enter_async_context(bearerbox)
        kannel = Kannel(ports["sendsms"], f"http://127.0.0.1:{ports['listener']}", bearerbox)
        await stack.enter_async_context(listening(ports["listener"], kannel.told))
        await until_open(ports["smsbox"])
        await stack.enter_async_context(Program("smsbox", config, directory=directory))
        await until_open(ports["sendsms"])
        await kannel.until(lambda: "AT SMSC successfully opened" in bearerbox.output, "the modem in use")
        yield kannel


async def until_open(port: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


@asynccontextmanager
async def listening(port: int, told: list[dict[str, str]]) -> AsyncIterator[None]:
    async def take(request: web.Request) -> web.Response:
        query = dict(parse_qsl(request.rel_url.raw_query_string, encoding="latin-1"))
        query["text"] = query["text"].encode("latin-1").decode(query.get("charset", "utf-8"))
        told.append({"path": request.path, **query})
        return web.Response()

    application = web.Application()
    application.router.add_get("/{any}", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def test_it_identifies_sends_receives_and_deletes(bank: Bank, refused: set[str], tmp_path: Path) -> None:
    texts = ["with {a report}", LONG, "Грузия 😀 " * 12]
    bank.deliver(0, sender=OUTSIDE, text="was there before")
    async with kannel(bank, tmp_path) as box:
        assert "found string <SIMgate>, using modem definition <Simulated>" in box.bearerbox.output
        await box.send(texts[0], dlr_mask=31, dlr_url=f"{box.listener}/report?type=%d&to=%P&text=%A")
        await box.send(texts[1])
        await box.send(texts[2], coding=2)
        await box.until(lambda: len(bank.ledger.of("phone_received")) == 3, "three messages sent")
        # From here on it has no storage: it takes what comes as +CMT.
        bank.deliver(0, sender=OUTSIDE, text="Grüße 😀 €[]")
        bank.deliver(0, sender="MyBank", text=LONG)
        await box.until(lambda: len(bank.ledger.of("acknowledged")) == 4, "all parts taken")
        await box.until(lambda: len(box.told) == 5, "three messages and two reports told")
    assert [message.text for message in bank.phones[OUTSIDE].received] == texts
    assert [entry["report"] for entry in bank.ledger.submitted] == [True, *[False] * 4]
    messages = [(told["from"], told["text"]) for told in box.told if told["path"] == "/message"]
    assert messages == [(OUTSIDE, "was there before"), (OUTSIDE, "Grüße 😀 €[]"), ("MyBank", LONG)]
    reports = [(told["type"], told["text"]) for told in box.told if told["path"] == "/report"]
    assert reports == [("8", "ACK/"), ("1", "Success")]  # taken by the SMSC, then delivered to the phone
    assert [entry["index"] for entry in bank.ledger.of("deleted")] == [1]
    assert sorted(refused) == []


CONFIG = """
group = core
admin-port = {admin}
admin-password = secret
admin-allow-ip = 127.0.0.1
smsbox-port = {smsbox}
box-allow-ip = 127.0.0.1
log-level = 0
store-type = spool
store-location = {spool}

group = smsc
smsc = at
smsc-id = sim
modemtype = auto
device = {device}
speed = 115200
my-number = "{own}"
sim-buffering = true

group = modems
id = simulated
name = Simulated
detect-string = SIMgate
init-string = "AT+CNMI=2,2,0,1,0"
message-storage = SM

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-level = 0

group = sendsms-user
username = tester
password = secret
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
get-url = "http://127.0.0.1:{listener}/message?from=%p&to=%P&text=%b&coding=%c&charset=%C"
max-messages = 0
concatenation = true
omit-empty = true
"""
