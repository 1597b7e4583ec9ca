"""What ends a line's wait before its time: a plug, a restart, a resume; and what does not."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from gateway.domain.command import CommandKind, CommandState
from gateway.domain.errors import Unavailable
from gateway.domain.line import LineChange, LineState, LineStatus
from gateway.workers.backoff import STILL_S
from gateway.workers.resting import Rest, Wake

LOOK_S = 0.005
LONG_S = 1e6


class Port:
    def __init__(self) -> None:
        self.presence: object = 0
        self.looked = 0

    def __call__(self) -> object:
        self.looked += 1
        return self.presence

    async def seen(self) -> None:
        """Looked at once more, and what came of it."""
        now = self.looked
        async with asyncio.timeout(5):
            while self.looked < now + 2:
                await asyncio.sleep(0.001)


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
async def line(add_line):
    return await add_line()


@pytest.fixture
def rest(line, port, store, clock) -> Rest:
    return Rest(line.num, line.name, port, store, clock)


@asynccontextmanager
async def resting(rest, seconds=LONG_S, *, patient=True):
    task = asyncio.create_task(rest.after_failure(seconds, LOOK_S, patient=patient))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def woken(task) -> Wake:
    async with asyncio.timeout(5):
        return await task


@pytest.mark.parametrize("patient", [False, True])
async def test_a_wait_ends_when_it_is_over(rest, port, clock, patient):
    async with resting(rest, 900.0, patient=patient) as task:
        await port.seen()
        clock.turn(seconds=899)
        await port.seen()
        assert not task.done()
        clock.turn(seconds=2)
        assert await woken(task) is Wake.OVER


async def test_a_port_that_changes_ends_a_wait_at_once_while_there_was_little_trouble(rest, port):
    async with resting(rest, patient=False) as task:
        await port.seen()
        port.presence = 1
        assert await woken(task) is Wake.PLUGGED


async def test_a_port_that_comes_and_goes_by_itself_shortens_nothing(rest, port, clock):
    """Fault 28: every 20 s, for an hour, over several waits and what the tries between do to it."""
    for _ in range(4):
        port.presence = object()
        async with resting(rest, 900.0) as task:
            await port.seen()
            for _ in range(44):
                clock.turn(seconds=20)
                port.presence = object()
                await port.seen()
                assert not task.done()
            clock.turn(seconds=30)
            assert await woken(task) is Wake.OVER


async def test_somebody_who_plugs_it_again_ends_a_patient_wait_but_not_two_in_a_row(rest, port, clock):
    async with resting(rest) as task:
        await port.seen()
        clock.turn(seconds=STILL_S)
        port.presence = "gone"
        assert await woken(task) is Wake.PLUGGED
    async with resting(rest, 900.0) as task:  # what comes next is served whole: a supply that breaks down once a minute
        await port.seen()
        clock.turn(seconds=STILL_S)
        port.presence = "again"
        await port.seen()
        assert not task.done()
        clock.turn(seconds=900)
        assert await woken(task) is Wake.OVER
    async with resting(rest) as task:
        await port.seen()
        clock.turn(seconds=STILL_S)
        port.presence = "gone"
        assert await woken(task) is Wake.PLUGGED


async def test_stillness_counts_over_the_waits(rest, port, clock):
    """A SIM that wants its PUK: tried again and again, the port never moves; then somebody takes it out."""
    async with resting(rest, STILL_S) as task:
        await port.seen()
        clock.turn(seconds=STILL_S)
        assert await woken(task) is Wake.OVER
    async with resting(rest) as task:
        await port.seen()
        port.presence = "gone"
        assert await woken(task) is Wake.PLUGGED


@pytest.mark.parametrize("before", [True, False], ids=["asked for before", "asked for meanwhile"])
@pytest.mark.parametrize("patient", [False, True])
async def test_a_restart_that_is_asked_for_ends_the_wait_and_is_done(rest, port, store, line, clock, before, patient):
    async def ask(kind, code=None):
        return await store.commands.order("default", line.id, kind, code, clock.now(), admin=True)

    waiting = await ask(CommandKind.USSD, "*100#")
    ordered = await ask(CommandKind.RESTART) if before else None
    async with resting(rest, patient=patient) as task:
        if ordered is None:
            await port.seen()
            assert not task.done(), "a code cannot be asked for without a modem, and hurries nobody"
            ordered = await ask(CommandKind.RESTART)
        assert await woken(task) is Wake.RESTART
    assert (await store.commands.find("default", ordered.id)).state is CommandState.DONE
    assert (await store.commands.find("default", waiting.id)).state is CommandState.WAITING


async def test_a_line_that_is_resumed_is_tried_at_once_and_one_that_is_paused_is_not(rest, port, store, line, clock):
    async def pause(*, paused):
        await store.line_book.change("default", line.id, LineChange(paused=paused), admin=True, expected=None)

    async with resting(rest) as task:
        await port.seen()
        await pause(paused=True)
        await port.seen()
        await store.set_line_status(line.num, LineStatus(LineState.DOWN, "whatever"), clock.now())
        await port.seen()
        assert not task.done()
        await pause(paused=False)
        assert await woken(task) is Wake.RESUMED


async def test_a_database_that_cannot_be_read_ends_no_wait(rest, port, store, line, clock, monkeypatch):
    """An error here would end every line, and the gateway with them."""

    async def unreadable():
        raise Unavailable("unavailable", "disk I/O error")

    monkeypatch.setattr(store, "lines", unreadable)
    async with resting(rest) as task:
        await port.seen()
        await store.set_line_status(line.num, LineStatus(LineState.DOWN, "whatever"), clock.now())
        await port.seen()
        assert not task.done()


async def test_a_modem_that_is_waited_for_is_seen_when_it_comes(rest, port):
    task = asyncio.create_task(rest.for_modem(LONG_S, LOOK_S))
    await port.seen()
    assert not task.done()
    port.presence = "there"
    await woken(task)
