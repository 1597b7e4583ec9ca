import asyncio

import pytest

from gateway.aio import finish, together


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


async def endless(log: list[str], name: str):
    try:
        await asyncio.Event().wait()
    finally:
        log.append(name)


async def failing():
    raise ValueError("broken")


async def test_when_one_work_fails_the_others_end_and_the_failure_is_told():
    log: list[str] = []
    with pytest.raises(ExceptionGroup) as caught:
        await together(endless(log, "work"), failing(), base=endless(log, "base"))
    assert caught.group_contains(ValueError)
    assert log == ["work", "base"]
    assert asyncio.current_task().cancelling() == 0


async def test_the_base_outlives_the_works_that_rest_on_it():
    log: list[str] = []

    async def careful():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            log.append("work")

    caller = asyncio.create_task(together(careful(), base=endless(log, "base")))
    await asyncio.sleep(0.01)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert log == ["work", "base"]


async def test_when_the_base_fails_the_works_are_cancelled():
    log: list[str] = []
    with pytest.raises(ExceptionGroup):
        await together(endless(log, "work"), base=failing())
    assert log == ["work"]


async def test_a_cancellation_is_never_hidden_by_a_failure():
    async def fails_when_stopped():
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("broken")

    caller = asyncio.create_task(together(fails_when_stopped()))
    await asyncio.sleep(0.01)
    caller.cancel()
    await asyncio.wait({caller})
    assert caller.cancelled()
