"""A whole gateway in this process, on simulated modems, to be asked over a real socket: what a front's tests play on.

    async def test_…(stage: Stage) -> None:
        async with stage.http.post("/action", json={…}) as answer: …
        entries = await stage.submitted(1)

The fixture ``stage`` stands in ``tests/api/fronts/conftest.py``; ``staged`` is for tests that want it otherwise.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from gateway.aio import Clock, SystemClock
from gateway.config import HttpSettings, LineSettings, Settings, WebhookSettings
from gateway.control import locked, perform_alone
from gateway.daemon import Running, run_daemon
from gateway.domain.line import LineRecord, LineState
from gateway.domain.message import Message
from gateway.services import Gateway, MessageFilter
from gateway.store.contract import Store
from modem.simulator.bank import Bank
from modem.simulator.ledger import Entry

PATIENCE_S = 20.0
"""How long anything may take before the test has failed."""

NUMBERS = ("+13109060901", "+13109060902")
ALIASES = (("00000", "1234567"), ())


@dataclass(slots=True)
class Stage:
    """http: a session on the gateway's address, without credentials. key: one of the account ``default``."""

    running: Running
    bank: Bank
    http: ClientSession
    key: str
    settings: Settings

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def gateway(self) -> Gateway:
        return self.running.gateway

    @property
    def store(self) -> Store:
        return self.running.store

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """/v1 with the key; the decoded answer. Fails on a status of 400 and more."""
        async with self.http.request(method, path, json=body, headers=self.bearer | headers) as answer:
            text = await answer.text()
            assert answer.status < 400, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text else None

    async def administer(self, command: str, **arguments: Any) -> Any:
        """What the commands ``keys`` and ``accounts`` do, through the daemon's own socket."""
        from gateway.control import ask

        return await asyncio.to_thread(ask, self.settings.data_dir, command, arguments)

    async def account(self, name: str = "default", **settings: Any) -> None:
        """Make an account or change settings of it."""
        known = {account["name"] for account in await self.administer("accounts.list")}
        await self.administer("accounts.set" if name in known else "accounts.add", name=name, settings=settings)

    async def new_key(self, account: str = "default", scopes: Sequence[str] | None = None) -> str:
        made = await self.administer("keys.add", account=account, scopes=list(scopes) if scopes else None)
        return str(made["key"])

    async def login(self, username: str, password: str, account: str = "default", **more: Any) -> None:
        """Make a user and password. more: scopes, fronts, ip_allow."""
        await self.administer("accounts.login.add", account=account, username=username, password=password, **more)

    async def submitted(self, count: int) -> list[Entry]:
        """What the network has taken, once there is so much of it; fails when there is more."""
        await self.bank.ledger.wait_for_count("submitted", count, timeout=PATIENCE_S)
        entries = self.bank.ledger.submitted
        assert len(entries) == count, entries
        return entries

    async def received(self, count: int, account: str = "default") -> list[Message]:
        """What came in for the account, oldest first, once there is so much of it."""
        found: list[Message] = []
        watchers = self.store.bells.watchers
        with watchers.watching(f"inbox:{account}") as bell:
            async with asyncio.timeout(PATIENCE_S):
                while len(found := await self.store.inbound_after(account, None, 100, None)) < count:
                    await bell.wait()
                    bell.clear()
        return found

    async def send(self, text: str, to: str = "+447700900999", **fields: object) -> str:
        """The id of the message, once /v1 has accepted it."""
        message: dict[str, Any] = await self.ask("POST", "/v1/messages", {"to": to, "text": text, **fields})
        return str(message["id"])

    def on_the_air(self) -> list[tuple[object, object]]:
        """Text and modem of everything that the network has taken, in order."""
        return [(entry["text"], entry["modem"]) for entry in self.bank.ledger.submitted]

    async def messages(self, account: str = "default") -> list[Message]:
        """Every message of the account, newest first, each with its parts."""
        rows = await self.store.messages(MessageFilter(account), limit=200)
        found = [await self.store.message(None, row.id) for row in rows]
        return [message for message in found if message is not None]

    async def in_state(self, message: str, *states: str) -> Message:
        """The message once it is in one of the states."""
        with self.store.bells.watchers.watching(message) as bell:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    bell.clear()
                    found = await self.store.message(None, message)
                    if found is not None and found.state.value in states:
                        return found
                    await bell.wait()


@asynccontextmanager
async def staged(
    directory: Path,
    *,
    modems: int = 1,
    numbers: Sequence[str] = NUMBERS,
    clock: Clock | None = None,
    settings: Settings | None = None,
    lines: Callable[[Bank], Sequence[LineSettings]] | None = None,
    up: Sequence[str] | None = None,
    **changed: Any,
) -> AsyncIterator[Stage]:
    """A daemon on so many simulated modems, up and with a key.

    numbers: of their SIMs. settings: instead of the usual ones; its lines are put in here. lines: how they are
    configured, for modems that it may do something to before the daemon sees them; by default "office" and "home",
    each by its device. up: names of those that are waited for, by default all of them. changed: sections of
    the usual ones, by field.
    """
    async with Bank(modems, directory=directory / "modems", numbers=numbers[:modems]) as bank:
        usual = Settings(
            data_dir=directory / "state",
            http=HttpSettings(port=0, rate_per_key=0, public_url="https://sms.example"),
            webhooks=WebhookSettings(allow_networks=("127.0.0.0/8",)),
        )
        chosen = replace(replace(settings or usual, **changed), lines=tuple((lines or by_device)(bank)))
        chosen.data_dir.mkdir(parents=True, exist_ok=True)
        with locked(chosen):
            key = (await perform_alone(chosen, "keys.add", {"account": "default"}))["key"]
        async with _running(chosen, clock or SystemClock()) as running:
            for name in [line.name for line in chosen.lines] if up is None else up:
                await line_is(running.store, name, LineState.UP)
            async with ClientSession(running.url) as http:
                yield Stage(running, bank, http, key, chosen)


def by_device(bank: Bank) -> list[LineSettings]:
    return [
        LineSettings(name, number=bay.number, device=bay.device, aliases=aliases)
        for name, bay, aliases in zip(("office", "home"), bank.modems, ALIASES, strict=False)
    ]


@asynccontextmanager
async def _running(settings: Settings, clock: Clock) -> AsyncIterator[Running]:
    up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(run_daemon(settings, ready=up.set_result, clock=clock))
    try:
        await asyncio.wait({task, up}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            await task
        yield up.result()
    finally:
        if up.done():
            up.result().stop()
        async with asyncio.timeout(PATIENCE_S):
            await task


async def line_is(store: Store, name: str, state: LineState, reason: str = "") -> LineRecord:
    """The line once it is in that state, for a reason that has these words in it."""
    with store.bells.watchers.watching("lines") as bell:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                bell.clear()
                found = next((line for line in await store.lines() if line.name == name), None)
                if found is not None and found.state is state and reason in found.status.reason:
                    return found
                await bell.wait()


async def lines_are(store: Store, state: LineState) -> None:
    """Waits until every line is in that state."""
    with store.bells.watchers.watching("lines") as bell:
        async with asyncio.timeout(PATIENCE_S):
            while not all(line.state is state for line in await store.lines()):
                await bell.wait()
                bell.clear()


@dataclass(slots=True)
class Receiver:
    """A webhook receiver on loopback. received: headers and octets, as they came; statuses: answered next, else 200."""

    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    port: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def first(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        """What came, once there is so much of it."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.received) < count:
                self._came.clear()
                await self._came.wait()
        return self.received[:count]

    async def _receive(self, request: web.Request) -> web.Response:
        self.received.append((dict(request.headers), await request.read()))
        self._came.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens for as long as the block runs."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver._receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        receiver.port = runner.addresses[0][1]
        yield receiver
    finally:
        await runner.cleanup()
