"""A clock that tests turn, a real store, messages to send, and a webhook's far end that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.domain.ids import new_id, new_uuid
from gateway.domain.line import Limits, LineRecord
from gateway.domain.message import Message, State
from gateway.store import open_store
from gateway.store.contract import NewBatch, NewMessage, NewPart, Store
from modem.pdu.dcs import DataCoding
from modem.pdu.segmentation import segment

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
REFERENCES = count(1)


class TurnedClock:
    """Runs with the real one, from where it was turned to."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self._ahead.total_seconds()

    def turn(self, **spans: float) -> None:
        self._ahead += timedelta(**spans)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def store(tmp_path, clock) -> AsyncIterator[Store]:
    opened = await open_store("sqlite", tmp_path, clock=clock)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def add_line(store, clock):
    async def add(
        name: str = "office", number: str | None = "+447700900000", limits: Limits | None = None
    ) -> LineRecord:
        fresh = new_id("lin", int(clock.now().timestamp() * 1000))
        return await store.put_line(LineRecord(0, fresh, name, number, limits=limits or Limits()))

    return add


@pytest.fixture
def enqueue(store, clock):
    """Puts one message into the queue, past all the checks of the services."""

    async def put(
        text: str = "Hello", to: str = "+447911123456", *, ttl: timedelta = timedelta(hours=72), **fields
    ) -> Message:
        now = clock.now()
        ms = int(now.timestamp() * 1000)
        cut = segment(text, reference=next(REFERENCES) % 256)
        coding = DataCoding.for_text(cut.alphabet).octet
        parts = tuple(
            NewPart(*part.user_data.encode(), part.user_data.header is not None, coding, part.text)
            for part in cut.parts
        )
        message = NewMessage(
            **{
                "id": new_id("msg", ms),
                "to": to,
                "sender": "auto",
                "route": "auto",
                "text": text,
                "encoding": cut.alphabet.value,
                "parts": parts,
                "state": State.QUEUED,
                "priority": 5,
                "due_at": now,
                "expire_at": now + ttl,
            }
            | fields
        )
        batch = NewBatch(new_id("bat", ms), "default", "v1", new_uuid(), (message,))
        return (await store.enqueue(batch, now)).messages[0]

    return put


@pytest.fixture
def settled(store):
    """Waits until a message is in one of the states, and returns it with its parts."""

    async def wait(message: str, *states: State, seconds: float = 15.0) -> Message:
        with store.bells.watchers.watching(message) as bell:
            async with asyncio.timeout(seconds):
                while True:
                    bell.clear()
                    found = await store.message(None, message)
                    assert found is not None
                    if found.state in states:
                        return found
                    await bell.wait(0.5)

    return wait


@dataclass
class Sink:
    url: str = ""
    requests: list[tuple[web.Request, bytes]] = field(default_factory=list)
    answers: list[Answer | int] = field(default_factory=list)  # used up in order; then 200
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    open_now: int = 0
    most_open: int = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        async with self.arrived:
            self.requests.append((request, body))
            self.arrived.notify_all()
        try:
            answer = self.answers.pop(0) if self.answers else 200
            return web.Response(status=answer) if isinstance(answer, int) else await answer(request)
        finally:
            self.open_now -= 1

    async def received(self, count: int) -> list[tuple[web.Request, bytes]]:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests


@pytest.fixture
async def aiohttp_sink() -> AsyncIterator[Sink]:
    sink = Sink()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", sink.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        sink.url = str(server.make_url("/hook"))
        yield sink
