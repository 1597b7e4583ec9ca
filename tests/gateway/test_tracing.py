"""Reading along with a line: in order, nothing kept for nobody, and a slow reader loses lines, not memory."""

import asyncio
from collections.abc import AsyncGenerator
from time import perf_counter

import pytest

from gateway.aio import SystemClock
from gateway.tracing import MOST_WAITING, Direction, Reader, Traced, Traces

PATIENCE_S = 5.0


async def take(traffic: AsyncGenerator[Traced | None], count: int) -> list[Traced]:
    found: list[Traced] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            if (one := await anext(traffic)) is not None:
                found.append(one)
    return found


async def rest(reader: Reader) -> list[Traced]:
    async with asyncio.timeout(PATIENCE_S):
        return [one async for one in reader.follow(60) if one is not None]


async def test_a_reader_gets_his_line_in_order_with_the_time_between() -> None:
    traces = Traces(SystemClock())
    office, home = traces.tap("office"), traces.tap("home")
    office.heard("out", "before anybody listened")
    with traces.listening("office") as reader:
        office.note("opening /dev/ttyUSB0")
        office.heard("out", "AT")
        home.heard("out", "somebody else's")
        office.heard("in", "OK")
        traces.end()
        found = await rest(reader)
    assert [(one.direction, one.text) for one in found] == [
        (Direction.NOTE, "opening /dev/ttyUSB0"),
        (Direction.OUT, "AT"),
        (Direction.IN, "OK"),
    ]
    assert found[0].since_ms is None
    assert all(one.since_ms is not None and one.since_ms >= 0 for one in found[1:])
    assert {one.line for one in found} == {"office"}


async def test_two_read_the_same_and_each_leaves_by_himself() -> None:
    traces = Traces(SystemClock())
    tap = traces.tap("office")
    with traces.listening("office") as first:
        with traces.listening("office") as second:
            tap.heard("out", "AT")
            assert [one.text for one in await take(second.follow(60), 1)] == ["AT"]
        tap.heard("in", "OK")
        traces.end()
        assert [one.text for one in await rest(first)] == ["AT", "OK"]
    assert not tap.listening


async def test_a_reader_who_does_not_keep_up_is_told_how_much_he_missed() -> None:
    traces = Traces(SystemClock())
    tap = traces.tap("office")
    with traces.listening("office") as reader:
        for n in range(MOST_WAITING + 50):
            tap.heard("in", f"line {n}")
        traffic = reader.follow(60)
        early = await take(traffic, MOST_WAITING)
        tap.heard("in", "now")
        gap, now = await take(traffic, 2)
        await traffic.aclose()
    assert [one.text for one in early] == [f"line {n}" for n in range(MOST_WAITING)]
    assert (gap.direction, gap.text) == (Direction.NOTE, "50 lines left out: the reader is too slow")
    assert now.text == "now"


async def test_silence_is_told_from_the_end() -> None:
    traces = Traces(SystemClock())
    with traces.listening("office") as reader:
        traffic = reader.follow(0.01)
        async with asyncio.timeout(PATIENCE_S):
            assert await anext(traffic) is None
            traces.end()
            assert [one async for one in traffic if one is not None] == []
    with traces.listening("office") as late:
        assert await rest(late) == []


async def test_a_note_of_the_gateway_shows_no_whole_number() -> None:
    traces = Traces(SystemClock())
    with traces.listening("office") as reader:
        traces.tap("office").note("the modem has the ICCID 8948031234567890123")
        traces.end()
        assert [one.text for one in await rest(reader)] == ["the modem has the ICCID 894…123"]


def test_telling_nobody_costs_nothing_worth_counting() -> None:
    """A line takes some ten microseconds from the port to its answer; this is one look at an attribute."""
    tap = Traces(SystemClock()).tap("office")
    began = perf_counter()
    for _ in range(100_000):
        if tap.listening:
            pytest.fail("nobody listens")
    assert perf_counter() - began < 1.0
