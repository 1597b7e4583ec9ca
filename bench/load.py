"""Keep-alive HTTP clients that post as fast as they are answered; a process of its own: ``python -m bench.load``.

Written on a bare socket, because a full HTTP client would cost more than the server that is measured.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.dialects import DIALECTS, Caller, requests


@dataclass(slots=True)
class Tally:
    """What one run saw. Times in seconds; statuses: HTTP status → how often."""

    answered: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)


class Poster(asyncio.Protocol):
    """One keep-alive connection: the next request goes out when the answer to the last one is whole."""

    def __init__(
        self, next_request: Callable[[], bytes], tally: Tally, stop_at: float, done: asyncio.Future[None]
    ) -> None:
        self._next_request = next_request
        self._tally = tally
        self._stop_at = stop_at
        self._done = done
        self._buffer = bytearray()
        self._asked_at = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lowered = bytes(head).lower()
        start = lowered.index(b"content-length:") + 15
        length = int(lowered[start : start + 12].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self._answered(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _ask(self) -> None:
        assert self._transport is not None
        self._asked_at = time.perf_counter()
        self._transport.write(self._next_request())

    def _answered(self, status: int) -> None:
        now = time.perf_counter()
        self._tally.answered += 1
        self._tally.statuses[status] = self._tally.statuses.get(status, 0) + 1
        self._tally.latencies.append(now - self._asked_at)
        self._buffer.clear()
        if now < self._stop_at:
            self._ask()
        elif not self._done.done():
            self._done.set_result(None)


async def run_load(
    host: str, port: int, next_request: Callable[[], bytes], clients: int, seconds: float
) -> dict[str, object]:
    """Post for so many seconds over so many connections.

    Returns answered, seconds, per_second, statuses, and the latencies' p50 and p99 in milliseconds.
    """
    tally, loop = Tally(), asyncio.get_running_loop()
    began = time.perf_counter()
    ends = [loop.create_future() for _ in range(clients)]
    transports = []
    for end in ends:
        transport, _ = await loop.create_connection(
            lambda end=end: Poster(next_request, tally, began + seconds, end),
            host,
            port,  # type: ignore[misc]
        )
        transports.append(transport)
    await asyncio.gather(*ends)
    took = time.perf_counter() - began
    for transport in transports:
        transport.close()
    ordered = sorted(tally.latencies)
    return {
        "answered": tally.answered,
        "seconds": took,
        "per_second": tally.answered / took,
        "statuses": {str(status): count for status, count in tally.statuses.items()},
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
    }


def main() -> None:
    """Prints the run's figures as one line of JSON."""
    parser = argparse.ArgumentParser(prog="bench.load")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dialect", choices=DIALECTS, default="v1")
    parser.add_argument("--key", required=True)
    parser.add_argument("--user", default="", help="of the login, for dialects that need one")
    parser.add_argument("--password", default="")
    parser.add_argument("--clients", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    caller = Caller(f"{given.host}:{given.port}", given.key, given.user, given.password)
    next_request = requests(given.dialect, caller)
    figures = asyncio.run(run_load(given.host, given.port, next_request, given.clients, given.seconds))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
