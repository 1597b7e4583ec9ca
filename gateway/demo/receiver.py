"""The demo's webhook receiver: a small HTTP server on loopback, as a user would write one, that checks signatures."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Call:
    """One webhook call. genuine: its signature is the one that the endpoint's secret makes."""

    path: str
    body: Mapping[str, Any]
    genuine: bool


class Receiver:
    """Keeps what arrives; ``secrets``: path → ``whsec_…`` of the endpoint there."""

    def __init__(self) -> None:
        self.url = ""
        self.secrets: dict[str, str] = {}
        self.calls: list[Call] = []
        self._arrived = asyncio.Condition()

    async def wait_for(self, path: str, wanted: Callable[[Mapping[str, Any]], bool], timeout_s: float) -> Call:
        """The first call at path whose body is wanted. Raises TimeoutError."""

        def found() -> Call | None:
            return next((call for call in self.calls if call.path == path and wanted(call.body)), None)

        async with asyncio.timeout(timeout_s), self._arrived:
            await self._arrived.wait_for(found)
        call = found()
        assert call is not None
        return call

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        genuine = is_genuine(request.headers, raw, self.secrets.get(request.path, ""))
        async with self._arrived:
            self.calls.append(Call(request.path, json.loads(raw), genuine))
            self._arrived.notify_all()
        return web.Response()


def is_genuine(headers: Mapping[str, str], raw: bytes, secret: str) -> bool:
    """Standard Webhooks: HMAC-SHA256 over id, timestamp and body, with the octets behind ``whsec_``."""
    signed = f"{headers.get('webhook-id', '')}.{headers.get('webhook-timestamp', '')}.".encode() + raw
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one, f"v1,{expected}") for one in given)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of 127.0.0.1 for as long as the block runs."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()
