"""The loop whose time jumps: nothing that is under way is jumped over."""

import asyncio
import os
import pty
import time
import tty
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from aiohttp import ClientSession

from tests.support.daemon import Sink
from tests.support.virtual_time import VirtualClock, VirtualLoop, count_threads

Run = Callable[[Coroutine[Any, Any, None]], float]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs it in such a loop; how many of its seconds passed."""
    count_threads(monkeypatch)

    def run(work: Coroutine[Any, Any, None]) -> float:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            before = runner.get_loop().time()
            runner.run(work)
            return runner.get_loop().time() - before

    return run


def test_a_year_passes_at_once_and_in_order(run: Run) -> None:
    came: list[str] = []

    async def wait(days: float, word: str) -> None:
        await asyncio.sleep(days * 86_400)
        came.append(word)

    async def year() -> None:
        await asyncio.gather(wait(365, "last"), wait(1, "first"), wait(200.000001, "third"), wait(200, "second"))

    began = time.monotonic()
    assert run(year()) == pytest.approx(365 * 86_400)
    assert time.monotonic() - began < 10
    assert came == ["first", "second", "third", "last"]


def test_nobodys_patience_ends_while_a_thread_works(run: Run) -> None:
    async def patient() -> None:
        async with asyncio.timeout(0.001):
            await asyncio.to_thread(time.sleep, 0.1)

    assert run(patient()) == 0


def test_nobodys_patience_ends_while_the_database_works(run: Run, tmp_path: Path) -> None:
    async def patient() -> None:
        async with asyncio.timeout(0.001), aiosqlite.connect(tmp_path / "some.db") as connection:
            await connection.create_function("dawdle", 0, lambda: time.sleep(0.1))
            await connection.execute("SELECT dawdle()")

    assert run(patient()) == 0


def test_octets_on_a_pseudo_terminal_come_before_the_next_timer(run: Run) -> None:
    """The kernel hands them over in the background: a loop that does not wait for it would see a silent modem."""

    async def talk() -> None:
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        master, slave = pty.openpty()
        tty.setraw(slave)

        def read() -> None:
            os.read(slave, 100)
            came.set()

        loop.add_reader(slave, read)
        for _ in range(2000):
            came.clear()
            os.write(master, b"AT\r")
            async with asyncio.timeout(0.001):
                await came.wait()
        loop.remove_reader(slave)
        os.close(master)
        os.close(slave)

    assert run(talk()) == 0


def test_a_request_over_loopback_takes_no_time(run: Run) -> None:
    async def ask() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with Sink() as sink, ClientSession() as http, asyncio.timeout(0.001):
            for number in range(50):
                with loop.conversing():
                    async with http.post(sink.url, json={"n": number}, headers={"webhook-id": str(number)}) as answer:
                        assert answer.status == 200

    assert run(ask()) < 0.001


def test_the_clock_goes_with_the_loop(run: Run) -> None:
    async def look() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        clock = VirtualClock(loop)
        before, then = clock.now(), clock.monotonic()
        await asyncio.sleep(86_400)
        assert (clock.now() - before).total_seconds() == clock.monotonic() - then == pytest.approx(86_400)

    run(look())
