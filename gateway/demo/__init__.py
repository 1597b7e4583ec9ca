"""``simgate demo``: the whole gateway on simulated modems, in one process, with a guided tour that checks itself."""

import asyncio
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_urlsafe

import aiohttp

from gateway import log
from gateway.config import HttpSettings, LineSettings, LogSettings, Settings, WebhookSettings
from gateway.control import locked, perform_alone
from gateway.daemon import Running, run_daemon
from gateway.demo.guide import PHONE, SHORT_CODE, Credentials, Guide, Missed
from gateway.demo.receiver import Receiver, receiving
from gateway.demo.tour import Tour, try_it
from modem.simulator.bank import Bank
from modem.simulator.latency import Latency
from modem.simulator.phone import echo

NETWORK = Latency.of(submit=0.4, report=0.6, deliver=0.2)  # seconds: quick, yet slow enough to see each state
START_S = 30.0
ANSWER_S = 1.0  # how long the phone outside thinks
FAILED = 6
INTERRUPTED = 130
ACCOUNT = "default"


async def run_demo(*, once: bool, port: int, data_dir: Path | None) -> int:
    """Start everything, walk the tour, then stay until interrupted. Returns the exit code: 0 when all was seen."""
    log.setup(LogSettings(level="warning"))
    with tempfile.TemporaryDirectory(prefix="simgate-demo-") as scratch:
        state = data_dir or Path(scratch) / "state"
        async with Bank(2, directory=Path(scratch) / "modems", latency=NETWORK) as bank, receiving() as receiver:
            settings = _settings(bank, state, _free_port(port))
            credentials = await _credentials(settings)
            bank.phone(PHONE)
            async with _daemon(settings) as running:
                _say(f"SIMgate demo: gateway at {running.url}, database {state / 'simgate.db'}")
                return await _show(running, credentials, bank, receiver, once=once)


async def _show(running: Running, credentials: Credentials, bank: Bank, receiver: Receiver, *, once: bool) -> int:
    """The tour, then what to try."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {credentials.key}"}) as api:
        try:
            await Tour(Guide(running.url, credentials, api, bank, receiver, _say)).walk()
        except Missed as missed:
            if running.stopping.is_set():
                return INTERRUPTED
            _say(f"\nThe tour ends here: {missed}")
            return FAILED
    if not once:
        bank.phone(PHONE, answer=echo, answer_seconds=ANSWER_S)
        number = bank.modems[0].number
        _say(try_it(running.url, credentials, number, [str(bay.device) for bay in bank.modems]))
        await running.stopping.wait()
    return 0


async def _credentials(settings: Settings) -> Credentials:
    """A key and a login, made before the first start, as a user would; the password of an earlier demo is unknown."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = token_urlsafe(12)
    with locked(settings):
        made = await perform_alone(settings, "keys.add", {"account": ACCOUNT, "name": "demo"})
        login = {"account": ACCOUNT, "username": ACCOUNT, "password": password}
        await perform_alone(settings, "accounts.login.add", login)
    return Credentials(str(made["key"]), ACCOUNT, password)


def _settings(bank: Bank, state: Path, port: int) -> Settings:
    names = ("office", "home")
    return Settings(
        data_dir=state,
        http=HttpSettings(port=port, public_url=f"http://127.0.0.1:{port}", rate_per_key=0),
        webhooks=WebhookSettings(allow_networks=("127.0.0.0/8",)),
        lines=tuple(
            LineSettings(name=name, number=bay.number, device=str(bay.device), aliases=(SHORT_CODE,) * (n == 0))
            for n, (name, bay) in enumerate(zip(names, bank.modems, strict=True))
        ),
    )


@asynccontextmanager
async def _daemon(settings: Settings) -> AsyncIterator[Running]:
    """The real daemon in this process; it stops in order when the block ends."""
    up: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        group.create_task(run_daemon(settings, ready=up.set_result, handle_signals=True), name="daemon")
        async with asyncio.timeout(START_S):
            running = await up
        try:
            yield running
        finally:
            running.stop()


def _free_port(wanted: int) -> int:
    """The wanted port when nobody has it, else any."""
    for port in (wanted, 0):
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(sock.getsockname()[1])
    raise OSError("there is no free port on 127.0.0.1")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
