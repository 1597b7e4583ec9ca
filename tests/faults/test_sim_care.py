"""What the gateway sees to on a SIM, on the real daemon: its storages, service centre and PIN."""

import asyncio
from collections.abc import Sequence

from gateway.config import LineSettings
from modem.simulator.bank import Bank
from modem.simulator.storage import Status
from tests.faults.conftest import Play
from tests.support.stage import PATIENCE_S, Stage, by_device

PHONE = "+447911123456"
SUBMIT = bytes.fromhex("0001000A8160938934390000" + "04D4F29C0E")  # somebody stored it to send it some day
PLACES = 20
REPORT = bytes.fromhex("0006000C91447419113254" + "00" * 15)  # of a message that nobody here has sent


async def told(stage: Stage, kind: str) -> list[dict[str, object]]:
    """What the events of that type say, oldest first, once there is one."""
    with stage.store.bells.watchers.watching("events:default") as bell:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                bell.clear()
                found = [event for event in await stage.store.events_after("default", 0, 200) if event.type == kind]
                if found:
                    return [dict(event.data) for event in found]
                await bell.wait()


def cluttered(bank: Bank) -> Sequence[LineSettings]:
    """Drafts of somebody else fill the SIM up to four places in five: they are not ours to delete."""
    for _ in range(PLACES * 4 // 5):
        bank.modems[0].equipment.sim.put(SUBMIT, Status.UNSENT)
    return by_device(bank)


async def test_a_sim_that_cannot_be_emptied_is_told_once_and_shown_until_it_has_room(play: Play) -> None:
    async with play(lines=cluttered) as stage:
        [low] = await told(stage, "line.storage_low")
        assert (low["name"], low["storage"], low["used"], low["size"]) == ("office", "SM", 16, PLACES)
        [line] = (await stage.ask("GET", "/v1/lines"))["data"]
        assert line["storages_low"] == [{"storage": "SM", "used": 16, "size": PLACES}]
        async with stage.http.get("/metrics") as answer:
            metrics = await answer.text()
        assert 'simgate_sim_storage_low{line="office",store="SM"} 1.0' in metrics
        assert 'simgate_sim_storage_low{line="office",store="SR"} 0.0' in metrics
        stage.bank.deliver(0, sender=PHONE, text="there is room for me")
        await stage.received(1)
        stage.bank.modems[0].reboot()  # a new connection asks anew, and tells nobody anew
        stage.bank.deliver(0, sender=PHONE, text="and for me")
        await stage.received(2)
        stage.bank.modems[0].equipment.sim.slots.clear()
        with stage.store.bells.watchers.watching("lines") as bell:
            while (await stage.store.lines())[0].status.storages_low:
                await bell.wait()
                bell.clear()
        assert len(await told(stage, "line.storage_low")) == 1


def backlog(bank: Bank) -> Sequence[LineSettings]:
    """The SIM is full, and the network has twice as much for it."""
    for n in range(3 * PLACES):
        bank.deliver(0, sender=PHONE, text=f"in {n}")
    for _ in range(PLACES):
        bank.modems[0].equipment.reports.put(REPORT, Status.UNREAD)
    return by_device(bank)


async def test_a_sim_that_is_being_emptied_is_no_alarm(play: Play) -> None:
    async with play(lines=backlog) as stage:
        await stage.received(3 * PLACES)
        equipment = stage.bank.modems[0].equipment
        swept = [stage.bank.modems[0].trap("received:+CMGL", nth=n) for n in (3, 6)]
        for sweep in swept:
            await sweep.reached()
        assert (equipment.sim.used, equipment.memory.used, equipment.reports.used) == (0, 0, 0)
        assert [event for event in await stage.store.events_after("default", 0, 200) if "storage" in event.type] == []
        [line] = (await stage.ask("GET", "/v1/lines"))["data"]
        assert line["storages_low"] == []
