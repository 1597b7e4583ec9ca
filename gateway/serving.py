"""The HTTP side as the daemon runs it: one listening socket, and a door that closes before the workers stop."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from api.connections import KEEPALIVE_S, LimitedSite
from api.front import SERVER, new_request_id
from api.problem import problem
from gateway.config import HttpSettings
from gateway.domain.errors import Unavailable

SHUTDOWN_S = 2.0  # for answers that are being written when all else has ended
RETRY_AFTER_S = 10  # a restart takes less
_ALWAYS = frozenset({"/livez", "/metrics"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Lets every request in until it is closed; after that it answers 503 itself."""

    def __init__(self) -> None:
        self._open = True

    def close(self) -> None:
        self._open = False

    def guard(self, app: web.Application) -> None:
        """Put the door in front of everything that app serves."""

        @web.middleware
        async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self._open or request.path in _ALWAYS:
                return await handler(request)
            request_id = new_request_id()
            stopping = Unavailable("unavailable", "the gateway is stopping", retry_after=RETRY_AFTER_S)
            response = problem(stopping, request_id)
            response.headers.update({"X-Request-Id": request_id, "Server": SERVER})
            response.force_close()
            return response

        app.middlewares.insert(0, pass_through)


@asynccontextmanager
async def listening(app: web.Application, settings: HttpSettings) -> AsyncIterator[str]:
    """Serve app for as long as the block runs; gives the URL. Raises OSError when the address is not to be had."""
    tls = _tls(settings)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await LimitedSite(runner, settings.host, settings.port, ssl_context=tls, keepalive_s=KEEPALIVE_S).start()
        port = runner.addresses[0][1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        yield f"{'https' if tls else 'http'}://{host}:{port}"
    finally:
        await runner.cleanup()


def _tls(settings: HttpSettings) -> ssl.SSLContext | None:
    if not settings.tls_cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context
