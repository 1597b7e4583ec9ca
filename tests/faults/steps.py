"""What was done to bring a line back, as the world is told it."""

import asyncio
import re

from gateway.domain.event import Event, EventType
from tests.support.stage import PATIENCE_S, Stage


async def told(stage: Stage, kind: EventType, count: int = 1) -> list[Event]:
    """The events of a kind, once there are so many of them."""
    with stage.store.bells.watchers.watching("events:default") as bell:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                bell.clear()
                events = await stage.store.events_after("default", 0, 1000)
                found = [event for event in events if event.type is kind]
                if len(found) >= count:
                    return found
                await bell.wait()


async def steps_told(stage: Stage, count: int) -> list[str]:
    return [str(event.data["step"]) for event in await told(stage, EventType.MODEM_RECOVERY, count)]


async def steps_taken(stage: Stage, line: str = "office") -> dict[str, int]:
    """As /metrics counts them."""
    text = await _metrics(stage)
    pattern = rf'^simgate_modem_recoveries_total{{line="{line}",step="(\w+)"}} (\d+)'
    found = re.findall(pattern, text, re.MULTILINE)
    return {step: int(count) for step, count in found}


async def is_quarantined(stage: Stage, line: str = "office") -> bool:
    return f'simgate_modem_quarantined{{line="{line}"}} 1.0' in await _metrics(stage)


async def _metrics(stage: Stage) -> str:
    async with stage.http.get("/metrics", headers=stage.bearer) as answer:
        assert answer.status == 200
        return await answer.text()
