import asyncio

import pytest

from gateway.aio import finish


async def test_work_ends_although_its_caller_was_cancelled():
    gate, done = asyncio.Event(), []

    async def work():
        await gate.wait()
        done.append(True)

    caller = asyncio.create_task(finish(work()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done == [True]


async def test_work_that_outlives_its_time_is_cancelled_too():
    ended = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    caller = asyncio.create_task(finish(work(), at_most_s=0.05))
    await asyncio.sleep(0)
    caller.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await caller
    assert ended == [True]


async def test_without_a_cancellation_there_is_no_bound():
    async def work():
        await asyncio.sleep(0.05)
        return 7

    assert await finish(work(), at_most_s=0.01) == 7
