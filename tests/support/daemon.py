"""A real ``simgate run`` in a process of its own, to be stopped politely or killed at the worst moment."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession, web

PATIENCE_S = 40.0
"""How long anything in a story may take before the story has failed."""


@dataclass(frozen=True, slots=True)
class LineOf:
    """One ``[[lines]]`` table. extra: further keys, as TOML lines."""

    device: str
    number: str
    name: str = "office"
    extra: str = ""


@dataclass(slots=True)
class Daemon:
    """Start it, talk to it, kill it, start it again: the state directory stays the same.

    program: the module that is run as ``simgate``.
    """

    directory: Path
    lines: Sequence[LineOf]
    extra: str = ""
    port: int = 0
    key: str = ""
    program: str = "gateway"
    _process: asyncio.subprocess.Process | None = None
    _http: ClientSession | None = None

    @property
    def data_dir(self) -> Path:
        return self.directory / "state"

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"

    @property
    def log(self) -> str:
        return (self.directory / "daemon.log").read_text()

    async def __aenter__(self) -> Self:
        self.port = self.port or free_port()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        tables = [
            f'[[lines]]\nname = "{line.name}"\nnumber = "{line.number}"\ndevice = "{line.device}"\n{line.extra}\n'
            for line in self.lines
        ]
        self.config.write_text(
            f'[http]\nhost = "127.0.0.1"\nport = {self.port}\nrate_per_key = 0\n'
            f'[webhooks]\nallow_networks = ["127.0.0.0/8"]\n{self.extra}\n' + "\n".join(tables)
        )
        self.key = (await self.command("keys", "add", "--account", "default")).strip()
        self._http = ClientSession(f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {self.key}"})
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._http is not None
        await self._http.close()
        if self._process is not None:
            await self.stop()

    async def command(self, *arguments: str, given: str = "") -> str:
        """Run ``simgate …`` on this state directory; its standard output. Fails when it exits other than 0.

        given: its standard input.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self.program, *arguments),
            *("--config", str(self.config), "--data-dir", str(self.data_dir)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate(given.encode())
        assert process.returncode == 0, errors.decode()
        return output.decode()

    async def start(self) -> None:
        """Returns once it answers over HTTP."""
        with (self.directory / "daemon.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self.program, "run"),
                *("--config", str(self.config), "--data-dir", str(self.data_dir)),
                stdout=log,
                stderr=log,
            )
        await self.until(self._answers)

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; returns the exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        process, self._process = self._process, None
        if process.returncode is None:
            os.kill(process.pid, number)
        async with asyncio.timeout(PATIENCE_S):
            return await process.wait()

    async def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return bool(reader)

    async def until(self, holds: Callable[[], Any]) -> Any:
        """What it gives once it gives something true; another process is looked at every 10 ms."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := await holds()):
                await asyncio.sleep(0.01)
        return found

    # -- over HTTP

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The decoded answer; fails on a status of 400 and more."""
        assert self._http is not None
        async with self._http.request(method, path, json=body, headers=headers) as answer:
            assert answer.status < 400, await answer.text()
            return await answer.json()

    async def send(self, text: str, to: str = "+447700900999", **fields: object) -> str:
        """The id of the accepted message."""
        message: dict[str, Any] = await self.ask("POST", "/v1/messages", {"to": to, "text": text, **fields})
        return str(message["id"])

    async def message(self, message: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.ask("GET", f"/v1/messages/{message}")
        return found

    async def in_state(self, message: str, *states: str) -> dict[str, Any]:
        """The message once it is in one of the states."""

        async def look() -> dict[str, Any] | None:
            found = await self.message(message)
            return found if found["state"] in states else None

        found: dict[str, Any] = await self.until(look)
        return found

    async def lines_up(self) -> None:
        async def look() -> bool:
            return all(line["state"] == "up" for line in (await self.ask("GET", "/v1/lines"))["data"])

        await self.until(look)


@dataclass(slots=True)
class Sink:
    """A webhook receiver on loopback that keeps what came. hold: requests that come now wait for ``release``."""

    port: int = 0
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # webhook-id, body
    _runner: web.AppRunner | None = None
    _go_on: asyncio.Event = field(default_factory=asyncio.Event)
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __aenter__(self) -> Self:
        self._go_on.set()
        self.port = free_port()
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._go_on.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def hold(self) -> None:
        self._go_on.clear()

    def release(self) -> None:
        self._go_on.set()

    async def events(self, count: int, kind: str = "message.received") -> list[tuple[str, dict[str, Any]]]:
        """What came of that type, once there is so much of it."""
        async with asyncio.timeout(PATIENCE_S):
            while len(found := [entry for entry in self.received if entry[1]["type"] == kind]) < count:
                self._came.clear()
                await self._came.wait()
        return found

    async def _receive(self, request: web.Request) -> web.Response:
        self.received.append((request.headers["webhook-id"], await request.json()))
        self._came.set()
        await self._go_on.wait()
        return web.Response()


def free_port() -> int:
    """A loopback port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
