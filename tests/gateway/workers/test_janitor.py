import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.message import State
from gateway.metrics import Metrics
from gateway.store import lifecycle
from gateway.store.contract import Arrival, Place
from gateway.workers.janitor import Janitor


@pytest.fixture
def tidying(store, clock):
    @asynccontextmanager
    async def run(**options):
        task = asyncio.create_task(Janitor(store, clock, Metrics(), **options).run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


async def test_a_scheduled_message_is_queued_when_its_time_has_come(tidying, enqueue, settled, clock, store):
    at = clock.now() + timedelta(hours=1)
    async with tidying():
        message = await enqueue(state=State.SCHEDULED, schedule_at=at, due_at=at)
        await asyncio.sleep(0.05)
        assert (await store.message(None, message.id)).state is State.SCHEDULED
        clock.turn(hours=1, seconds=1)
        store.bells.janitor.ring()
        await settled(message.id, State.QUEUED)


async def test_it_wakes_by_itself_at_the_next_due_time(tidying, enqueue, settled, clock):
    at = clock.now() + timedelta(milliseconds=300)
    async with tidying():
        message = await enqueue(state=State.SCHEDULED, schedule_at=at, due_at=at)
        await settled(message.id, State.QUEUED, seconds=2)


async def test_a_message_whose_validity_is_over_expires(tidying, enqueue, settled):
    async with tidying():
        message = await enqueue(ttl=timedelta(milliseconds=200))
        expired = await settled(message.id, State.EXPIRED, seconds=2)
    assert expired.parts[0].attempts == 0


async def test_an_incomplete_message_is_shown_after_its_time(tidying, store, clock, add_line):
    line = await add_line()
    part = Arrival(
        b"\x01", Place("SM", 1), announced=True, sender="+447911123456", alphabet="gsm7", content=b"half",
        bits=8, reference=7, total=2, sequence=1,
    )  # fmt: skip
    await store.file_arrival(line.num, part, clock.now())
    async with tidying(part_timeout=timedelta(hours=1)):
        await asyncio.sleep(0.05)
        assert await store.inbound_after("default", None, 10, None) == []
        clock.turn(hours=2)
        store.bells.janitor.ring()
        async with asyncio.timeout(5):
            while not (shown := await store.inbound_after("default", None, 10, None)):
                await asyncio.sleep(0.01)
    assert shown[0].incomplete


async def test_a_full_disk_does_not_end_it(tidying, store, monkeypatch):
    asked = asyncio.Event()

    async def full(now):
        asked.set()
        raise Unavailable("storage_full")

    monkeypatch.setattr(store, "promote", full)
    async with tidying() as task:
        await asyncio.wait_for(asked.wait(), 5)
        await asyncio.sleep(0.05)
        assert not task.done()


async def test_one_due_message_that_breaks_keeps_neither_the_others_nor_the_gateway_from_going_on(
    tidying, store, enqueue, settled, clock, monkeypatch, caplog
):
    """What lies in the database is found again after every restart: it must not be able to end the daemon."""
    at = clock.now() + timedelta(hours=1)
    good, bad, also = [await enqueue(state=State.SCHEDULED, schedule_at=at, due_at=at) for _ in range(3)]
    real = lifecycle.load

    def load(tx, num):
        if num == bad.num:
            raise KeyError("something that nobody thought of")
        return real(tx, num)

    monkeypatch.setattr(lifecycle, "load", load)
    async with tidying() as task:
        clock.turn(hours=1, seconds=1)
        store.bells.janitor.ring()
        for message in (good, also):
            await settled(message.id, State.QUEUED)
        assert not task.done()
        monkeypatch.setattr(lifecycle, "load", real)
        clock.turn(hours=1, seconds=1)  # it is looked at again, no sooner
        store.bells.janitor.ring()
        await settled(bad.id, State.QUEUED)
    assert f"promote message {bad.num}" in str([record.__dict__.get("duty") for record in caplog.records])


async def test_a_duty_that_breaks_rests_and_the_others_go_on(tidying, store, enqueue, settled, clock, monkeypatch):
    tries: asyncio.Queue[None] = asyncio.Queue()

    async def broken(now, older_than):
        tries.put_nowait(None)
        raise LookupError("a line that is no more")

    monkeypatch.setattr(store, "expire_arrivals", broken)
    async with tidying() as task:
        for _ in range(3):
            expired = await enqueue(ttl=timedelta(milliseconds=50))
            clock.turn(seconds=1)
            store.bells.janitor.ring()
            await settled(expired.id, State.EXPIRED)
        assert not task.done()
        assert tries.qsize() == 1
        clock.turn(minutes=6)
        store.bells.janitor.ring()
        async with asyncio.timeout(5):
            await tries.get()
            await tries.get()
