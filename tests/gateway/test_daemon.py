"""The daemon in this process: what it refuses, what it tells systemd, and the order in which it stops."""

import asyncio
import socket
from contextlib import asynccontextmanager

import aiohttp
import pytest

from gateway.config import HttpSettings, LineSettings, Settings
from gateway.control import ask
from gateway.daemon import StartRefused, run_daemon
from gateway.domain.message import State
from gateway.heartbeat import Heartbeat, WriterDead
from gateway.sdnotify import ServiceManager
from gateway.store.lock import AlreadyLocked
from modem.simulator.bank import Bank

PATIENCE_S = 20.0


@pytest.fixture
def settings(tmp_path):
    return Settings(data_dir=tmp_path / "state", http=HttpSettings(port=0, rate_per_key=0))


@asynccontextmanager
async def started(settings, **how):
    """A daemon in a task, once it is ready; stopped at the end if it still runs."""
    up = asyncio.get_running_loop().create_future()
    task = asyncio.ensure_future(run_daemon(settings, ready=up.set_result, **how))
    try:
        await asyncio.wait({task, up}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if not up.done():
            await task
        yield up.result(), task
    finally:
        if up.done() and not up.cancelled():
            up.result().stop()
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.wait({task})


async def make_key(settings):
    return (await asyncio.to_thread(ask, settings.data_dir, "keys.add", {"account": "default"}))["key"]


async def test_a_second_daemon_on_the_same_state_refuses(settings):
    async with started(settings):
        with pytest.raises(AlreadyLocked, match="stop it first"):
            await run_daemon(settings)


async def test_without_a_key_it_answers_401_on_loopback_and_says_how_to_make_one(settings, caplog):
    async with started(settings) as (running, _), aiohttp.ClientSession() as http:
        async with http.get(f"{running.url}/v1/messages", headers={"Authorization": "Bearer admin"}) as answer:
            assert answer.status == 401
        assert "simgate keys add" in caplog.text
        key = await make_key(settings)
        async with http.get(f"{running.url}/v1/messages", headers={"Authorization": f"Bearer {key}"}) as answer:
            assert answer.status == 200


async def test_81_without_a_key_it_listens_on_no_address_that_others_reach(tmp_path):
    settings = Settings(data_dir=tmp_path, http=HttpSettings(host="0.0.0.0", port=0))
    with pytest.raises(StartRefused, match="simgate keys add"):
        await run_daemon(settings)


async def test_81_with_a_key_it_does_and_with_a_revoked_one_it_does_not(settings):
    async with started(settings):
        key = await make_key(settings)
    outside = Settings(data_dir=settings.data_dir, http=HttpSettings(host="0.0.0.0", port=0))
    async with started(outside) as (running, _):
        await asyncio.to_thread(ask, settings.data_dir, "keys.revoke", {"key": key})
        assert running.url.startswith("http://0.0.0.0:")
    with pytest.raises(StartRefused):
        await run_daemon(outside)


async def test_an_address_that_is_taken_ends_the_start_and_frees_the_state(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = Settings(data_dir=settings.data_dir, http=HttpSettings(port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="address already in use"):
            await run_daemon(busy)
    async with started(settings):
        pass


async def test_systemd_hears_ready_then_status_then_stopping(settings, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
        loop = asyncio.get_running_loop()

        async def heard(word):
            async with asyncio.timeout(PATIENCE_S):
                while word not in (await loop.sock_recv(manager, 4096)).decode().split("\n"):
                    pass

        async with started(settings, manager=ServiceManager(environ)):
            await heard("READY=1")
            await heard("STATUS=0/0 lines up, 0 waiting")
            await heard("WATCHDOG=1")
            await heard("WATCHDOG=1")
        await heard("STOPPING=1")


async def test_a_worker_that_fails_ends_the_daemon(settings, monkeypatch):
    async def dies(self):
        raise WriterDead("the database's writer has not answered for 61 s")

    monkeypatch.setattr(Heartbeat, "run", dies)
    with pytest.raises(ExceptionGroup) as caught:
        await run_daemon(settings)
    assert caught.group_contains(WriterDead)


async def test_a_line_that_never_comes_up_does_not_keep_the_daemon_from_being_ready(settings, tmp_path):
    dead = LineSettings("dead", device=str(tmp_path / "no-such-device"))
    with_line = Settings(data_dir=settings.data_dir, http=settings.http, lines=(dead,))
    async with started(with_line) as (running, _), aiohttp.ClientSession() as http:
        async with http.get(f"{running.url}/livez") as answer:
            assert answer.status == 200
        async with http.get(f"{running.url}/readyz") as answer:
            assert answer.status == 503


async def test_a_line_that_left_the_configuration_is_neither_shown_nor_offered(settings):
    line = LineSettings("old", device="/nowhere")
    async with started(Settings(data_dir=settings.data_dir, http=settings.http, lines=(line,))):
        pass
    async with started(settings) as (running, _):
        assert await running.store.lines() == []
        assert await running.store.senders.words("default") == {"auto": "auto"}


@pytest.fixture
async def bank(tmp_path):
    async with Bank(1, directory=tmp_path / "modems") as bank:
        yield bank


@pytest.fixture
def with_modem(settings, bank):
    bay = bank.modems[0]
    line = LineSettings("office", number=bay.number, device=str(bay.device))
    return Settings(data_dir=settings.data_dir, http=settings.http, lines=(line,))


async def send(http, running, key, text):
    headers = {"Authorization": f"Bearer {key}"}
    body = {"to": "+447700900999", "text": text, "delivery_report": False}
    async with http.post(f"{running.url}/v1/messages", json=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_26_stopping_refuses_new_requests_and_sees_what_is_on_the_air_to_its_end(with_modem, bank):
    hold = bank.modems[0].hold("submitted")
    async with aiohttp.ClientSession() as http:
        async with started(with_modem) as (running, task):
            key = await make_key(with_modem)
            status, first = await send(http, running, key, "on the air")
            assert status == 202
            await send(http, running, key, "not begun")
            await hold.reached(PATIENCE_S)
            running.stop()
            await asyncio.sleep(0)
            async with asyncio.timeout(PATIENCE_S):
                while (await send(http, running, key, "too late"))[0] != 503:
                    await asyncio.sleep(0.01)
            assert not task.done()
            hold.release()
        assert task.exception() is None
    assert [entry["text"] for entry in bank.ledger.submitted] == ["on the air"]
    async with started(with_modem) as (running, _):
        message = await running.store.message(None, first["id"])
        assert message is not None
        assert message.state is State.SENT
        await bank.ledger.wait_for(lambda entries: len(bank.ledger.submitted) >= 2, PATIENCE_S)
    texts = [entry["text"] for entry in bank.ledger.submitted]
    assert texts.count("on the air") == 1
    assert texts.count("not begun") == 1
