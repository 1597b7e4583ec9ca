"""A soak: what the plan says happens, then everything is well for a day, then the evidence is looked at."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.soak import trouble
from tests.support.soak.evidence import Evidence, Footprint, footprint
from tests.support.soak.plan import DAY, Happening, plan
from tests.support.soak.sink import Mood
from tests.support.soak.traffic import Traffic
from tests.support.soak.trouble import HOUR, MINUTE
from tests.support.soak.world import LINES, World, world
from tests.support.virtual_time import VirtualLoop

SETTLE_S = DAY
JUMPS_A_DAY = 70_000
"""Of the loop's time, with trouble, which takes some 25,000; one worker that looks again and again makes a million."""
JUMPS_A_QUIET_DAY = 30_000
"""The same when nothing fails; some 12,000 are for timers that somebody waits for."""
WARM_UP_S = 10 * MINUTE
RESTART_S = (1.0, 20 * MINUTE)
FLOOD = 30  # letters; the largest storage takes 20
OUTAGE_S = (10 * MINUTE, 20 * HOUR)


@dataclass(slots=True)
class Month:
    """One run. happened: what was done, by kind; violations: what did not hold; notes: figures for the curious."""

    seed: int
    days: float
    directory: Path
    loop: VirtualLoop
    patch: pytest.MonkeyPatch
    violations: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    diary: list[str] = field(default_factory=list)
    _world: World = field(init=False)
    _traffic: Traffic = field(init=False)
    _evidence: Evidence = field(init=False)

    async def run(self) -> list[str]:
        """Returns the violations."""
        async with AsyncExitStack() as stack:
            self._world = await stack.enter_async_context(world(self.directory, self.seed, self.loop, self.patch))
            self._traffic = Traffic(self._world.bank, self._world.clock, self.loop, self._world.names)
            self._evidence = stack.enter_context(Evidence(self._world, self._traffic, self.violations))
            self.loop.set_exception_handler(self._evidence.of_loop)
            outside = footprint()
            await self._world.start()
            await self._world.ask("POST", "/v1/webhooks", {"url": self._world.sink.url, "name": "soak"})
            fresh = await self._settled_footprint(WARM_UP_S)
            await self._play()
            await self._calm()
            busy = self.loop.jumps
            worn = await self._settled_footprint(SETTLE_S)
            self._nobody_spins(busy, self.loop.jumps - busy)
            await self._evidence.of_the_end()
            await self._world.stop()
            self._evidence.of_database()
            self._compare(fresh, worn, "while it ran")
            self._compare(outside, footprint(), "after it ended")
            self._note()
        return self.violations

    async def _settled_footprint(self, seconds: float) -> Footprint:
        await asyncio.sleep(seconds)
        return footprint()

    async def _play(self) -> None:
        began = self.loop.time()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._each_day(), name="soak days")
            for happening in plan(self.seed, self.days, LINES):
                await asyncio.sleep(max(0.0, began + happening.at - self.loop.time()))
                self.happened[happening.what] += 1
                self.diary.append(f"{self._world.clock.now():%d %H:%M:%S} {happening.what} {happening.line}")
                group.create_task(self._do(happening), name=f"soak {happening.what}")

    async def _each_day(self) -> None:
        for _ in range(int(self.days)):
            await asyncio.sleep(DAY)
            self._evidence.of_a_day()

    async def _do(self, happening: Happening) -> None:
        world, dice = self._world, Random(happening.seed)
        bay = world.bank.modems[happening.line]
        match happening.what:
            case "burst":
                await self._traffic.burst(world.http, happening.line, dice)
            case "letter":
                await self._traffic.letter(bay, dice)
            case "flood":
                with trouble.silent_about_messages(bay):
                    for _ in range(FLOOD):
                        await self._traffic.letter(bay, dice, whole=True)
                    await asyncio.sleep(dice.uniform(HOUR, 3 * HOUR))
            case "call":
                self._traffic.call(bay, dice)
            case "outage":
                await world.sink.become(happening.mood)
                await asyncio.sleep(dice.uniform(*OUTAGE_S))
                await world.sink.become(Mood.WELL)
            case "restart" if world.http is not None:
                await world.stop()
                await asyncio.sleep(dice.uniform(*RESTART_S))
                await world.start()
            case _ if happening.incident is not None:
                await happening.incident(world.desk, bay, dice)

    async def _calm(self) -> None:
        trouble.calm(self._world.desk, Random(self.seed))
        await self._world.sink.become(Mood.WELL)
        assert self._world.http is not None
        await self._traffic.ask_again(self._world.http)

    def _nobody_spins(self, busy: int, quiet: int) -> None:
        """By how often the loop's time has jumped: while there was trouble, and on the day after it."""
        self.notes.append(f"jumps a day {busy / max(self.days, 1):.0f}, on the quiet one {quiet}")
        if busy > JUMPS_A_DAY * max(self.days, 1) or quiet > JUMPS_A_QUIET_DAY:
            self.violations.append(f"somebody spins: {self.notes[-1]}")

    def _compare(self, before: Footprint, after: Footprint, when: str) -> None:
        self.violations += after.grown_since(before, when)

    def _note(self) -> None:
        entries: Counter[Any] = self._world.bank.ledger.counts
        self.notes += [
            f"days {self.days:g}, jumps {self.loop.jumps}, starts {self._world.starts}",
            f"happened {dict(self.happened)}",
            f"calls {dict(self._traffic.outcomes)}, accepted {len(self._traffic.texts)}",
            f"injected {len(self._traffic.injected)}, acknowledged {sum(self._world.sink.acknowledged.values())}",
            f"refused by the sink {self._world.sink.refused}, ledger {dict(entries)}",
            *self._evidence.notes,
        ]
