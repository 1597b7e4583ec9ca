"""Connections: how many at once, and how long a silent one is suffered."""

import asyncio
import ssl

from aiohttp import web

MOST = 200
MOST_PER_ADDRESS = 100  # a proxy is one address
KEEPALIVE_S = 15.0  # idle between requests, and for a head that comes in drips
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n"
    b"X-Request-Id: refused\r\n\r\n"
)


class LimitedSite(web.BaseSite):
    """A TCP site that answers 503 to connections over a number, in all or from one address.

    port: 0 for any free one; ``runner.addresses`` tells which. Set the runner up with ``KEEPALIVE_S``.
    """

    __slots__ = ("_host", "_most", "_most_per_address", "_port")

    def __init__(
        self,
        runner: web.BaseRunner,
        host: str,
        port: int,
        *,
        ssl_context: ssl.SSLContext | None = None,
        most: int = MOST,
        most_per_address: int = MOST_PER_ADDRESS,
    ) -> None:
        super().__init__(runner, ssl_context=ssl_context)
        self._host = host
        self._port = port
        self._most = most
        self._most_per_address = most_per_address

    @property
    def name(self) -> str:
        return f"{'https' if self._ssl_context else 'http'}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Raises OSError when the address is not to be had."""
        await super().start()
        server = self._runner.server
        assert server is not None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Newcomer(server, self._most, self._most_per_address),
            self._host,
            self._port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            reuse_address=True,
        )


class _Newcomer(asyncio.Protocol):
    """Hands a new connection over to aiohttp, or sends it away."""

    def __init__(self, server: web.Server, most: int, most_per_address: int) -> None:
        self._server = server
        self._most = most
        self._most_per_address = most_per_address

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        if self._has_room(_address(transport.get_extra_info("peername"))):
            handler = self._server()
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


def _address(peername: object) -> object:
    return peername[0] if isinstance(peername, tuple) else peername
