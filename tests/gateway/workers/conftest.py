"""A webhook's far end that remembers what it was sent and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


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
