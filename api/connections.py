"""Connections: how many at once, how long a silent one is suffered, and what those hear who speak no HTTP."""

import asyncio
import logging
import ssl

from aiohttp import web
from aiohttp.http_exceptions import ContentEncodingError, HttpProcessingError
from aiohttp.web_request import BaseRequest

from api.front import SERVER, new_request_id
from api.problem import problem
from gateway.domain.errors import GatewayError, Rejected

log = logging.getLogger(__name__)

MOST = 200
MOST_PER_ADDRESS = 100  # a proxy is one address
KEEPALIVE_S = 15.0  # idle between requests, and for a head that comes in drips
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n"
    b"X-Request-Id: refused\r\n\r\n"
)


class LimitedSite(web.BaseSite):
    """A TCP site that answers 503 to connections over a number, in all or from one address.

    port: 0 for any free one; ``runner.addresses`` tells which. keepalive_s: for silence between two requests.
    """

    __slots__ = ("_host", "_keepalive_s", "_most", "_most_per_address", "_port")

    def __init__(
        self,
        runner: web.BaseRunner,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None = None,
        most: int = MOST,
        most_per_address: int = MOST_PER_ADDRESS,
        keepalive_s: float = KEEPALIVE_S,
    ) -> None:
        super().__init__(runner, ssl_context=ssl_context)
        self._host = host
        self._port = port
        self._most = most
        self._most_per_address = most_per_address
        self._keepalive_s = keepalive_s

    @property
    def name(self) -> str:
        return f"{'https' if self._ssl_context else 'http'}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Raises OSError when the address is not to be had."""
        await super().start()
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Newcomer(server, self._most, self._most_per_address, self._keepalive_s),
            self._host,
            self._port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            reuse_address=True,
        )


class _Newcomer(asyncio.Protocol):
    """Hands a new connection over to aiohttp, or sends it away."""

    def __init__(self, server: web.Server, most: int, most_per_address: int, keepalive_s: float) -> None:
        self._server = server
        self._most = most
        self._most_per_address = most_per_address
        self._keepalive_s = keepalive_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._has_room(_address(transport.get_extra_info("peername"))):
            loop = asyncio.get_running_loop()
            handler = _Connection(
                self._server,
                loop=loop,
                keepalive_timeout=self._keepalive_s,
                access_log=None,  # type: ignore[arg-type]  # how aiohttp spells "none", as its runners pass it
            )
            transport.set_protocol(handler)
            handler.connection_made(transport)
        else:
            transport.write(_FULL)
            transport.close()

    def _has_room(self, address: object) -> bool:
        connections = self._server.connections
        if len(connections) >= self._most:
            return False
        if len(connections) < self._most_per_address:
            return True
        return sum(_address(handler.peername) == address for handler in connections) < self._most_per_address


class _Connection(web.RequestHandler):
    """Tells what is no HTTP in our words: aiohttp's own say which Python runs it, and log each with a traceback."""

    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if not isinstance(exc, HttpProcessingError) or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        refusal = _refusal(exc)
        request_id = new_request_id()
        log.debug("not HTTP", extra={"request_id": request_id, "address": request.remote, "error": refusal.detail})
        response = problem(refusal, request_id)
        response.headers.update({"X-Request-Id": request_id, "Server": SERVER})
        response.force_close()
        return response


def _refusal(error: HttpProcessingError) -> GatewayError:
    if isinstance(error, ContentEncodingError):
        return Rejected("unsupported_media_type", "a compressed body is not taken")
    return Rejected("malformed_request", error.message.partition("\n")[0].partition(":")[0])  # what follows is theirs


def _address(peername: object) -> object:
    return peername[0] if isinstance(peername, tuple) else peername
