"""Faults 27 to 29: the whole ladder of recoveries, climbed without a person, and what it does at its end."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gateway.config import LineSettings
from gateway.domain.event import EventType
from gateway.domain.line import LineState
from gateway.workers import backoff, supervisor
from modem.simulator.bank import Bank
from modem.simulator.bay import Bay
from tests.faults.conftest import Play
from tests.faults.steps import is_quarantined, steps_taken, steps_told, told
from tests.support.stage import Stage, by_device, line_is

LADDER = ["reopen", "reopen", "cfun", "reset"]
A_DAY_S = 86_400.0


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in quarantine waits for longer than the test."""

    def wait_after(failures: int, _: float) -> float:
        return 0.05 if failures <= len(LADDER) else A_DAY_S

    monkeypatch.setattr(supervisor, "wait_after", wait_after)


def sicken(bay: Bay) -> None:
    """It answers AT, and can no more be set up; that takes no time."""
    bay.fault("reject", "+CMGF", code=303, times=None)
    bay.reboot()


def heal(bay: Bay) -> None:
    bay.clear("reject")


async def test_fault_29_in_quarantine_it_is_tried_for_ever_told_once_and_left_by_itself(play: Play) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        tries = office.trap("received:+CMGF", nth=30)
        sicken(office)
        assert await steps_told(stage, 6) == ["resync", *LADDER, "quarantine"]
        assert await is_quarantined(stage)
        await tries.reached(30)
        quarantine = (await told(stage, EventType.MODEM_RECOVERY))[-1].data
        assert quarantine["line"] == (await line_is(stage.store, "office", LineState.DOWN)).id
        assert (quarantine["name"], quarantine["failures"]) == ("office", len(LADDER) + 1)
        assert "303" in quarantine["reason"]
        assert quarantine["next_try_at"] is not None
        reason = (await line_is(stage.store, "office", LineState.DOWN, "next try")).status.reason
        assert all(word in reason for word in ("303", "power supply", "cable", "SIM", " UTC"))
        heal(office)
        [recovered] = await told(stage, EventType.MODEM_RECOVERED)
        assert recovered.data["failures"] > len(LADDER)
        assert not await is_quarantined(stage)
        assert len(await steps_told(stage, 6)) == 6, "however often it was tried, it was told once"
        taken = await steps_taken(stage)
        assert (taken["quarantine"], taken["cfun"] > 1) == (1, True)
        await stage.in_state(await stage.send("well again"), "delivered")


async def restart(stage: Stage, _: Bay) -> None:
    modems = await stage.ask("GET", "/v1/modems")
    asked = await stage.ask("POST", f"/v1/modems/{modems['data'][0]['id']}/restart")
    ended = await stage.ask("GET", f"/v1/commands/{asked['id']}", Prefer="wait=15")
    assert ended["state"] == "done"


async def resume(stage: Stage, _: Bay) -> None:
    line = (await line_is(stage.store, "office", LineState.DOWN)).id
    await stage.ask("PATCH", f"/v1/lines/{line}", {"paused": True})
    await asyncio.sleep(3 * supervisor.LOOK_S)  # whoever pauses and resumes at once has changed nothing
    await stage.ask("PATCH", f"/v1/lines/{line}", {"paused": False})


async def plug_again(stage: Stage, bay: Bay) -> None:
    await asyncio.sleep(backoff.STILL_S)
    bay.unplug()
    await line_is(stage.store, "office", LineState.DOWN, "no modem")
    bay.plug()


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize(("person", "step"), [(restart, "reset"), (resume, "reopen"), (plug_again, "reopen")])
async def test_fault_28_a_person_ends_the_quarantine_at_once(
    play: Play, monkeypatch: pytest.MonkeyPatch, person: Callable[[Stage, Bay], object], step: str
) -> None:
    monkeypatch.setattr(backoff, "STILL_S", 0.3)
    async with play() as stage:
        office = stage.bank.modems[0]
        sicken(office)
        await steps_told(stage, len(LADDER) + 2)
        heal(office)
        await person(stage, office)  # type: ignore[misc]  # each of them is a coroutine function
        await line_is(stage.store, "office", LineState.UP)
        [recovered] = await told(stage, EventType.MODEM_RECOVERED)
        assert recovered.data["step"] == step
        assert not await is_quarantined(stage)


@pytest.mark.usefixtures("endless")
async def test_fault_28_a_port_that_comes_and_goes_by_itself_ends_no_quarantine(play: Play) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        sicken(office)
        await steps_told(stage, len(LADDER) + 2)
        tried = office.trap("received:AT")
        for _ in range(20):
            office.unplug()
            await asyncio.sleep(3 * supervisor.LOOK_S)
            office.plug()
            await asyncio.sleep(3 * supervisor.LOOK_S)
        assert not tried.trap.sprung


SWITCH = """
import pathlib, sys, time
place, closed = map(pathlib.Path, sys.argv[1:])
place.open("a").write("x")
while not closed.exists(): time.sleep(0.01)
"""


def powered(place: Path, bank: Bank) -> Sequence[LineSettings]:
    """ "office", with a command for its port that leaves a mark, one octet each time, and ends once it may."""
    command = (sys.executable, "-c", SWITCH, str(place), str(place.with_suffix(".closed")))
    return [replace(line, power_cycle=command) for line in by_device(bank)]


def close(place: Path) -> None:
    place.with_suffix(".closed").touch()


async def switched(place: Path, times: int = 1) -> None:
    async with asyncio.timeout(20):
        while (place.stat().st_size if place.exists() else 0) < times:  # noqa: ASYNC240  a look at a local file
            await asyncio.sleep(0.01)


async def test_fault_29_what_no_reset_cures_has_its_power_taken(play: Play, tmp_path: Path) -> None:
    place = tmp_path / "power"
    async with play(lines=partial(powered, place)) as stage:
        office = stage.bank.modems[0]
        sicken(office)
        await switched(place)
        office.unplug()
        heal(office)
        office.plug()
        close(place)
        await line_is(stage.store, "office", LineState.UP)
        assert await steps_told(stage, 6) == ["resync", *LADDER, "usb"]
        [recovered] = await told(stage, EventType.MODEM_RECOVERED)
        assert recovered.data["step"] == "usb"
        assert (await steps_taken(stage))["usb"] == 1
    assert place.stat().st_size == 1


async def test_fault_29_a_power_command_that_fails_ends_nothing(play: Play, tmp_path: Path) -> None:
    def broken(bank: Bank) -> Sequence[LineSettings]:
        return [replace(line, power_cycle=(str(tmp_path / "none"),)) for line in by_device(bank)]

    async with play(lines=broken) as stage:
        office = stage.bank.modems[0]
        sicken(office)
        assert await steps_told(stage, 7) == ["resync", *LADDER, "usb", "quarantine"]
        heal(office)
        await line_is(stage.store, "office", LineState.UP)


async def test_fault_27_a_modem_that_has_left_its_bus_has_its_power_taken_now_and_then(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "MISSING_S", 0.1)
    place = tmp_path / "power"
    async with play(lines=partial(powered, place)) as stage:
        office = stage.bank.modems[0]
        close(place)
        office.unplug()
        await switched(place, times=3)
        office.plug()
        await line_is(stage.store, "office", LineState.UP)
        assert (await steps_told(stage, 2)).count("usb") == 1, "told once, however often it was done"


async def test_fault_27_a_stick_that_leaves_its_bus_in_a_reset_has_not_failed(play: Play) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        gone = office.trap("received:+CFUN", "unplug")
        gone.trap.on_sprung.append(lambda: asyncio.get_running_loop().call_later(0.3, office.plug))
        await restart(stage, office)
        [recovered] = await told(stage, EventType.MODEM_RECOVERED)
        assert (recovered.data["step"], recovered.data["failures"]) == ("reset", 1)
        assert await steps_taken(stage) == {"reset": 1}


async def test_fault_35_a_pin_that_is_refused_is_no_reason_to_reset_a_modem(play: Play) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        office.lock("4321")
        tries = office.trap("received:+CPIN", nth=12)
        office.reboot()
        await tries.reached(20)
        assert set(await steps_taken(stage)) == {"resync", "reopen"}
        assert await steps_told(stage, 2) == ["resync", "reopen"], "told once"


async def test_fault_29_a_modem_in_which_submissions_hang_is_looked_after(play: Play) -> None:
    """It answers AT all the time. What may have gone out is unknown, and nothing is sent twice."""
    async with play() as stage:
        stage.bank.modems[0].fault("lose_answer", "+CMGS", times=2)
        for n in range(2):
            await stage.in_state(await stage.send(f"hung {n}", delivery_report=False), "unknown")
        await stage.in_state(await stage.send("well"), "delivered")
        assert await steps_told(stage, 2) == ["resync", "cfun"]
    assert [text for text, _ in stage.on_the_air()] == ["hung 0", "hung 1", "well"]


async def test_fault_29_submissions_that_go_on_hanging_climb_the_ladder_although_it_comes_up_each_time(
    play: Play,
) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        office.fault("lose_answer", "+CMGS", times=None)
        for n in range(4):
            await stage.in_state(await stage.send(f"hung {n}", delivery_report=False), "unknown")
        assert await steps_told(stage, 4) == ["resync", "cfun", "reset", "quarantine"]
        before = len(await told(stage, EventType.MODEM_RECOVERED, 0))  # it came up in between
        office.clear("lose_answer")
        await stage.in_state(await stage.send("well"), "delivered")
        await told(stage, EventType.MODEM_RECOVERED, before + 1)
        assert not await is_quarantined(stage)


async def test_fault_29_a_modem_that_announces_nothing_is_set_up_again_then_reset_then_swept(
    play: Play,
) -> None:
    """Whatever it is, nothing is lost: the sweeps find it."""
    async with play() as stage:
        office = stage.bank.modems[0]
        office.fault("lose_urc", "+CMTI", times=None)
        count = 0
        while len(await steps_told(stage, 0)) < 4:
            count += 1
            stage.bank.deliver(0, sender="+447911123456", text=f"unheard {count}")
            await stage.received(count)
        assert await steps_told(stage, 4) == ["resync", "reopen", "cfun", "reset"]
        for _ in range(4):
            count += 1
            stage.bank.deliver(0, sender="+447911123456", text=f"unheard {count}")
            got = await stage.received(count)
        assert sorted(message.text for message in got) == sorted(f"unheard {n + 1}" for n in range(count))
        await line_is(stage.store, "office", LineState.UP)
        assert len(await steps_told(stage, 4)) == 4
