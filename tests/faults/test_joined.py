"""The ladder of recoveries where it meets the rest: modems that change places, lines that only rest."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.config import LineSettings
from gateway.domain.errors import Unavailable
from gateway.domain.event import EventType
from gateway.domain.line import LineState
from gateway.workers import supervisor
from modem.driver import Modem
from modem.simulator.bank import Bank
from tests.faults.conftest import Play
from tests.faults.steps import is_quarantined, steps_taken, steps_told, told
from tests.faults.test_finding import at, by_imei, by_path, sent_by, sockets
from tests.faults.test_ladder import A_DAY_S, sicken
from tests.faults.test_sim import swap
from tests.support.hurried import INTERVALS
from tests.support.plugged import Plugged
from tests.support.stage import by_device, line_is


@pytest.fixture
def plugged(tmp_path: Path) -> Plugged:
    return Plugged(tmp_path / "sys")


@pytest.mark.parametrize(("rung", "before"), [("cycle_radio", 2), ("reset", 3)])
async def test_fault_36_no_rung_is_climbed_in_the_modem_of_another_line(
    play: Play, plugged: Plugged, monkeypatch: pytest.MonkeyPatch, rung: str, before: int
) -> None:
    """Office's modem is sick; while that is waited for, home's is put in its place."""
    climbed: list[str] = []
    as_it_is = getattr(Modem, rung)

    async def noted(modem: Modem) -> None:
        climbed.append(rung)
        await as_it_is(modem)

    monkeypatch.setattr(supervisor, "wait_after", lambda failures, _: 0.05 if failures <= before else A_DAY_S)
    async with play(modems=2, lines=by_path(plugged)) as stage:
        sicken(stage.bank.modems[0])
        await steps_told(stage, before + 2)  # with the set-up over the same port
        monkeypatch.setattr(Modem, rung, noted)
        stage.bank.modems[0].unplug()
        await line_is(stage.store, "office", LineState.DOWN, "no modem")
        sockets(stage.bank, plugged, 1)
        tried = stage.bank.modems[1].trap("received:+CGSN", nth=4)
        await line_is(stage.store, "office", LineState.DOWN, 'the line "home"')
        await tried.reached()
        assert climbed == []


async def test_fault_27_a_line_that_rests_and_loses_its_modem_now_and_then_never_climbs_the_ladder(play: Play) -> None:
    """Its budget is spent for the day, and its modem is well all the time."""

    def frugal(bank: Bank) -> Sequence[LineSettings]:
        return [replace(line, parts_per_day=1) for line in by_device(bank)]

    async with play(lines=frugal) as stage:
        office = stage.bank.modems[0]
        await stage.in_state(await stage.send("the only one"), "delivered")
        for _ in range(3):  # the third rung is the radio's
            await line_is(stage.store, "office", LineState.DOWN, "parts_per_day")
            await asyncio.sleep(INTERVALS.steady + INTERVALS.check)
            office.unplug()
            await line_is(stage.store, "office", LineState.DOWN, "no modem")
            office.plug()
        await line_is(stage.store, "office", LineState.DOWN, "parts_per_day")
        assert set(await steps_taken(stage)) == {"reopen"}
        assert not await is_quarantined(stage)
        assert len(await told(stage, EventType.MODEM_RECOVERED)) == 3
        assert len(await told(stage, EventType.LINE_QUOTA_REACHED)) == 1


async def test_fault_29_a_modem_that_another_line_uses_keeps_its_power(
    play: Play, plugged: Plugged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Home's modem is not missing: office has its SIM in it."""
    monkeypatch.setattr(supervisor, "MISSING_S", 0.1)
    monkeypatch.setattr(supervisor, "SEARCH_S", 0.1)
    place = tmp_path / "power"

    def lines(bank: Bank) -> Sequence[LineSettings]:
        office, home = by_imei(bank)
        return [
            replace(office, imei=None, iccid=bank.modems[0].iccid),
            replace(home, power_cycle=("touch", str(place))),
        ]

    async with play(modems=2, lines=lines) as stage:
        office, home = stage.bank.modems
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN)
        swap(home, office.equipment.card)
        await at(stage, "office", home)
        await line_is(stage.store, "home", LineState.DOWN, 'is used by the line "office"')
        await asyncio.sleep(1.0)
        assert not place.exists()
        await sent_by(stage, "office")


async def test_what_is_told_of_a_line_names_it_as_its_users_do(play: Play) -> None:
    async with play() as stage:
        line = (await line_is(stage.store, "office", LineState.UP)).id
        await stage.ask("PATCH", f"/v1/lines/{line}", {"name": "reception", "limits": {"parts_per_day": 1}})
        await stage.in_state(await stage.send("the only one", delivery_report=False), "sent")
        [spent] = await told(stage, EventType.LINE_QUOTA_REACHED)
        stage.bank.modems[0].reboot()
        [step] = await told(stage, EventType.MODEM_RECOVERY)
        stage.bank.modems[0].unplug()
        await line_is(stage.store, "reception", LineState.DOWN, "no modem")
        stage.bank.modems[0].plug()
        [recovered] = await told(stage, EventType.MODEM_RECOVERED)
        assert [event.data["name"] for event in (spent, step, recovered)] == ["reception"] * 3


async def test_a_recovery_that_the_disk_does_not_take_is_told_later(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with play() as stage:
        emit, refused = stage.store.emit, asyncio.Event()

        async def full(account: str, kind: EventType, *rest: Any, **more: Any) -> Any:
            if kind is EventType.MODEM_RECOVERED and not refused.is_set():
                refused.set()
                raise Unavailable("storage_full", "there is no space left for the database")
            return await emit(account, kind, *rest, **more)

        monkeypatch.setattr(stage.store, "emit", full)
        stage.bank.modems[0].unplug()
        await line_is(stage.store, "office", LineState.DOWN, "no modem")
        stage.bank.modems[0].plug()
        await refused.wait()
        await told(stage, EventType.MODEM_RECOVERED)
        assert (await line_is(stage.store, "office", LineState.UP)).status.recoveries == 1


async def test_a_blocked_sim_stays_blocked_over_a_modem_that_falls_sick_and_a_restart(play: Play) -> None:
    def strict(bank: Bank) -> Sequence[LineSettings]:
        return [replace(line, block_after=1, block_for_s=86_400) for line in by_device(bank)]

    async with play(lines=strict) as stage:
        office = stage.bank.modems[0]
        office.fault("reject", "+CMGS", code=8, times=1)
        await stage.send("refused")
        blocked = await line_is(stage.store, "office", LineState.DOWN, "refusal")
        sicken(office)
        sick = await line_is(stage.store, "office", LineState.DOWN, "303")
        assert sick.status.blocked_until == blocked.status.blocked_until
        assert sick.status.iccid == office.iccid, "what may have gone out counts for this SIM"
    async with play(lines=strict, up=()) as stage:
        await line_is(stage.store, "office", LineState.DOWN, "refused again and again")
        assert stage.on_the_air() == []
