"""The webhook receiver of a soak: in the same loop, with outages, counting what it has acknowledged."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiohttp import web


class Mood(StrEnum):
    """How it answers."""

    WELL = "well"
    REFUSING = "refusing"  # 503
    HANGING = "hanging"  # no answer
    GONE = "gone"  # nobody listens at its port


@dataclass(slots=True)
class CountingSink:
    """An asynchronous context manager. acknowledged: how often each webhook-id was answered 200 to a caller who was
    still there; events: what those told, by their webhook-id; refused: requests that were not acknowledged."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: int = 0
    port: int = 0
    mood: Mood = Mood.WELL
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None
    _site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.become(Mood.WELL)
        assert self._runner is not None
        await self._runner.cleanup()

    async def become(self, mood: Mood) -> None:
        before, self.mood = self.mood, mood
        self._changed.set()
        self._changed = asyncio.Event()
        if mood is Mood.GONE and self._site is not None:
            await self._site.stop()
            self._site = None
        elif before is Mood.GONE and mood is not Mood.GONE:
            await self._listen()

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The objects of the acknowledged events of a type."""
        return [event["data"] for event in self.events.values() if event["type"] == kind]

    async def _listen(self) -> None:
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await self._site.start()
        self.port = self.port or self._runner.addresses[0][1]

    async def _receive(self, request: web.Request) -> web.Response:
        event, key = await request.json(), request.headers["webhook-id"]
        while self.mood is Mood.HANGING:
            await self._changed.wait()
        if self.mood is not Mood.WELL or request.transport is None or request.transport.is_closing():
            self.refused += 1
            return web.Response(status=503)
        self.acknowledged[key] += 1
        self.events[key] = event
        return web.Response()
