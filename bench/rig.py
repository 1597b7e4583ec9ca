"""The daemon and the simulated modems as processes of their own, started and stopped around a measurement."""

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modem.simulator.control import ControlClient

START_S = 60.0
"""How long a process may take until it answers."""
STOP_S = 60.0
ACCOUNT = "default"  # also the user of its login, as the rest-sms front has it
PASSWORD = secrets.token_hex(16)  # begins with no dash, for the command line


@dataclass(frozen=True, slots=True)
class Rig:
    """A running gateway: where it answers, with which key, its process, and the simulator behind it."""

    port: int
    key: str
    password: str  # of the login ``ACCOUNT``, "" where none was made
    process: int
    data_dir: Path
    config: Path
    simulator: ControlClient | None

    @property
    def resident_mb(self) -> float:
        """Resident set size of the daemon in MB, as the kernel counts it."""
        status = Path(f"/proc/{self.process}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def accepted(self, front: str) -> int:
        """How many messages came in through a front since the start, as /metrics counts them."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        counted = [line for line in lines if line.startswith("simgate_messages_accepted_total{")]
        return sum(int(float(line.split()[-1])) for line in counted if f'source="{front}"' in line)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request to the daemon; the decoded JSON answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


def free_port() -> int:
    """A port of the loopback interface that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(port: int, devices: dict[str, str], numbers: dict[str, str]) -> str:
    """A config.toml for so many lines, without a rate limit and with loopback webhooks allowed."""
    text = [
        f'[http]\nhost = "127.0.0.1"\nport = {port}\nrate_per_key = 0\n',
        '[webhooks]\nallow_networks = ["127.0.0.0/8"]\n',
    ]
    text += [
        f'[[lines]]\nname = "{name}"\nnumber = "{numbers[name]}"\ndevice = "{device}"\n'
        for name, device in devices.items()
    ]
    return "\n".join(text)


@asynccontextmanager
async def modems(count: int, directory: Path, *, submit: str | None = None) -> AsyncIterator[ControlClient]:
    """So many simulated modems in a process of their own. submit: seconds from Ctrl-Z to the answer."""
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "modem.simulator", "--modems", str(count), "--dir", str(directory)]
    if submit is not None:
        command += ["--submit", submit]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await _until((directory / "control.sock").exists, "the simulator")
        async with ControlClient(directory / "control.sock") as control:
            yield control
    finally:
        await _stop(process)


@asynccontextmanager
async def gateway(
    directory: Path,
    control: ControlClient | None,
    *,
    data_dir: Path | None = None,
    only: Collection[int] | None = None,
    login: bool = False,
    extra: str = "",
) -> AsyncIterator[Rig]:
    """A daemon with a line on every simulated modem, all of them up.

    only: take these of them. login: with a user and password. extra: more of the configuration, as TOML.
    """
    devices: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for entry in await control.modems() if control is not None else []:
        if only is not None and entry["index"] not in only:
            continue
        name = f"line{entry['index']}"
        devices[name], numbers[name] = entry["device"], entry["number"]
    data = data_dir or directory / "data"
    data.mkdir(parents=True, exist_ok=True)
    port, config = free_port(), directory / "config.toml"
    config.write_text(configuration(port, devices, numbers) + extra)
    files = ["--config", str(config), "--data-dir", str(data)]
    key = subprocess.run(
        [sys.executable, "-m", "gateway", "keys", "add", "--account", "default", *files],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if login:
        subprocess.run(
            [sys.executable, "-m", "gateway", "accounts", "login", "add", "--account", ACCOUNT, ACCOUNT, *files],
            check=True,
            capture_output=True,
            input=f"{PASSWORD}\n".encode(),
        )
    log = (directory / "daemon.log").open("ab")
    process = subprocess.Popen([sys.executable, "-m", "gateway", "run", *files], stdout=log, stderr=log)
    rig = Rig(port, key, PASSWORD if login else "", process.pid, data, config, control)
    try:
        await _until(lambda: _answers(rig), "the daemon")
        await _until(lambda: devices.keys() <= _up(rig), "the lines")
        yield rig
    finally:
        await _stop(process)
        log.close()


async def load(rig: Rig, clients: int, seconds: float, dialect: str = "v1") -> dict[str, Any]:
    """Post from a process of its own; the figures of ``bench.load``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.load",
        *("--port", str(rig.port), "--clients", str(clients), "--seconds", str(seconds)),
        *("--dialect", dialect, "--key", rig.key, "--user", ACCOUNT, "--password", rig.password),
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate()
    figures: dict[str, Any] = json.loads(output)
    return figures


def _answers(rig: Rig) -> bool:
    try:
        return bool(rig.ask("GET", "/v1/lines") is not None)
    except (urllib.error.URLError, ConnectionError):
        return False


def _up(rig: Rig) -> set[str]:
    return {line["name"] for line in rig.ask("GET", "/v1/lines?limit=200")["data"] if line["state"] == "up"}


async def _until(holds: Any, what: str) -> None:
    """Processes tell nobody when they are ready: look every 20 ms until they answer."""
    end = time.monotonic() + START_S
    while not await asyncio.to_thread(holds):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come up within {START_S:.0f} s")
        await asyncio.sleep(0.02)


async def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
    try:
        await asyncio.to_thread(process.wait, STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        await asyncio.to_thread(process.wait)
