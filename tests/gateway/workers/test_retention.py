import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.access import AccountSettings
from gateway.domain.errors import Unavailable
from gateway.metrics import Metrics
from gateway.store.contract import MessageFilter
from gateway.workers import retention
from gateway.workers.retention import Retention, next_night


async def canceled(store, enqueue, clock):
    message = await enqueue()
    await store.cancel(None, message.id, clock.now())
    return message


async def test_texts_go_after_their_days_and_messages_after_theirs(store, clock, enqueue):
    settings = replace(AccountSettings(), text_days=5, metadata_days=9)
    await store.put_account("default", settings, clock.now())
    message = await canceled(store, enqueue, clock)
    job = Retention(store, clock, Metrics())
    seen = []
    for _ in range(3):
        await job.sweep()
        found = await store.message(None, message.id)
        seen.append(None if found is None else found.text)
        clock.turn(days=5)
    assert seen == [message.text, "", None]


async def test_it_sweeps_at_once_and_goes_on_after_a_full_disk(store, clock, enqueue, monkeypatch):
    await store.put_account("default", replace(AccountSettings(), metadata_days=1), clock.now())
    await canceled(store, enqueue, clock)
    clock.turn(days=2)
    swept = asyncio.Event()
    sweep = Retention.sweep

    async def once_full(self):
        if not swept.is_set():
            swept.set()
            raise Unavailable("storage_full")
        await sweep(self)
        again.set()

    again = asyncio.Event()
    monkeypatch.setattr(Retention, "sweep", once_full)
    monkeypatch.setattr(retention, "next_night", lambda now: now)
    task = asyncio.create_task(Retention(store, clock, Metrics()).run())
    try:
        async with asyncio.timeout(10):
            await again.wait()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await store.messages(MessageFilter("default"), limit=9) == []


@pytest.mark.parametrize("hour", [0, 2, 3, 4, 23])
def test_the_next_night_is_within_a_day(hour):
    now = datetime(2026, 11, 20, hour, 0, 0, tzinfo=UTC)
    due = next_night(now)
    assert timedelta(0) < due - now <= timedelta(days=1)
    assert due.astimezone().hour == retention.HOUR


async def test_an_account_that_breaks_it_keeps_nothing_of_the_others(store, clock, enqueue, monkeypatch):
    await store.put_account("a", AccountSettings(), clock.now())
    await store.put_account("default", replace(AccountSettings(), metadata_days=1), clock.now())
    await canceled(store, enqueue, clock)
    clock.turn(days=2)
    real = store.retention.drop_messages

    async def drop(account, before, after):
        if account == "a":
            raise KeyError("something that nobody thought of")
        return await real(account, before, after)

    monkeypatch.setattr(store.retention, "drop_messages", drop)
    await Retention(store, clock, Metrics()).sweep()
    assert await store.messages(MessageFilter("default"), limit=9) == []
