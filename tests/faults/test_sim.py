"""Faults 34 to 36: what happens to a SIM card."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.config import LineSettings
from gateway.domain.line import LineState
from modem.simulator.bank import Bank
from modem.simulator.bay import Bay
from modem.simulator.card import Card, luhn
from tests.faults.conftest import Play
from tests.support.stage import NUMBERS, by_device, line_is

PHONE = "+447911123456"
WAITING = 30
SENT = 50


def full(bank: Bank) -> Sequence[LineSettings]:
    """More lies there, and with the network, than the SIM has places."""
    for n in range(WAITING):
        bank.deliver(0, sender=PHONE, text=f"in {n}")
    return by_device(bank)


async def test_fault_34_a_full_sim_is_drained_and_no_report_is_lost(play: Play) -> None:
    async with play(lines=full) as stage:
        kept = stage.bank.ledger.counts["kept"]
        assert kept, "the SIM was full"
        sent = [await stage.send(f"out {n}") for n in range(SENT)]
        for n in range(WAITING, 2 * WAITING):
            stage.bank.deliver(0, sender=PHONE, text=f"in {n}")
        got = await stage.received(2 * WAITING)
        for message in sent:
            await stage.in_state(message, "delivered")
    assert sorted(message.text for message in got) == sorted(f"in {n}" for n in range(2 * WAITING))
    assert sorted(stage.on_the_air()) == sorted((f"out {n}", 0) for n in range(SENT))


def with_a_pin(bank: Bank) -> Sequence[LineSettings]:
    office, home = by_device(bank)
    return [replace(office, pin="9999"), home]


@pytest.mark.parametrize(
    ("left", "spent", "reason"),
    [(3, 1, "PIN"), (1, 0, "PIN"), (0, 0, "PUK")],
    ids=["wrong", "one try left", "PUK"],
)
async def test_fault_35_a_pin_is_tried_once_and_never_the_last_time(
    play: Play, left: int, spent: int, reason: str
) -> None:
    """However often the line is set up anew; the other lines go on."""
    async with play(modems=2, lines=with_a_pin) as stage:
        office = stage.bank.modems[0]
        card = office.equipment.card
        office.lock("1234")
        card.pin_tries = left
        asked = office.trap("received:+CPIN", nth=8)
        office.reboot()
        await asked.reached()
        await line_is(stage.store, "office", LineState.DOWN, reason)
        assert card.pin_tries == left - spent
        assert stage.bank.ledger.counts["pin"] == spent
        await stage.in_state(await stage.send("meanwhile"), "delivered")
    assert stage.on_the_air() == [("meanwhile", 1)]


OTHER_NUMBER = "+447700900777"


def another_card() -> Card:
    return Card(OTHER_NUMBER, "001010000000077", luhn("899900000000000077"))


def swap(bay: Bay, card: Card) -> Card:
    """Another card in the same modem, as one does it: power off, power on. Returns the old one."""
    bay.unplug()
    old, bay.equipment.card = bay.equipment.card, card
    bay.plug()
    return old


def by_iccid(bank: Bank) -> Sequence[LineSettings]:
    for bay in bank.modems:
        bay.unplug()
        bay.plug(f"ttyUSB{bay.index}")
    return [
        LineSettings(name, number=bay.number, iccid=bay.iccid)
        for name, bay in zip(("office", "home"), bank.modems, strict=True)
    ]


async def test_fault_36_another_sim_sends_nothing_for_a_line_that_names_its_own(play: Play) -> None:
    """Its queue goes on over the others, and what waits for this line alone waits for its SIM."""
    async with play(modems=2, lines=by_iccid) as stage:
        office = stage.bank.modems[0]
        old = swap(office, another_card())
        await line_is(stage.store, "office", LineState.DOWN, old.iccid)
        stage.bank.deliver(0, sender=PHONE, text="not for the office")
        await stage.in_state(await stage.send("anyhow"), "delivered")
        pinned = await stage.send("by the office", **{"from": "office"})
        assert (await stage.in_state(pinned, "queued")).parts[0].attempts == 0
        assert await stage.store.inbound_after("default", None, 10, None) == []
        swap(office, old)
        await stage.in_state(pinned, "delivered")
        await line_is(stage.store, "office", LineState.UP)
    assert stage.on_the_air() == [("anyhow", 1), ("by the office", 0)]
    assert [entry["number"] for entry in stage.bank.ledger.submitted] == list(reversed(NUMBERS))


async def test_fault_36_a_sim_that_moved_takes_its_line_along(play: Play) -> None:
    """Two SIMs change places: each line is where its SIM is, and so is what comes in."""
    async with play(modems=2, lines=by_iccid) as stage:
        office, home = stage.bank.modems
        office.unplug()
        home.unplug()
        office.equipment.card, home.equipment.card = home.equipment.card, office.equipment.card
        await line_is(stage.store, "office", LineState.DOWN)
        await line_is(stage.store, "home", LineState.DOWN)
        office.plug()
        home.plug()
        moved = await line_is(stage.store, "office", LineState.UP)
        assert moved.status.imei == home.imei
        await line_is(stage.store, "home", LineState.UP)
        await stage.in_state(await stage.send("by the office", **{"from": "office"}), "delivered")
        stage.bank.deliver(1, sender=PHONE, text="to the office")
        (got,) = await stage.received(1)
    assert (got.to, got.line) == (NUMBERS[0], moved.id)
    assert [(entry["modem"], entry["number"]) for entry in stage.bank.ledger.submitted] == [(1, NUMBERS[0])]


async def test_fault_36_a_report_is_about_what_its_own_sim_sent(play: Play) -> None:
    """Both cards number from 0, both write to one phone: the new card's report settles the new card's message."""
    async with play() as stage:
        office = stage.bank.modems[0]
        office.fault("no_report")
        first = await stage.send("by the old one")
        await stage.in_state(first, "sent")
        swap(office, another_card())
        second = await stage.in_state(await stage.send("by the new one"), "delivered")
        old = await stage.in_state(first, "sent")
        (line,) = await stage.store.lines()
    assert line.status.iccid == another_card().iccid
    assert [message.parts[0].reference for message in (old, second)] == [0, 0]
    assert [entry["mr"] for entry in stage.bank.ledger.submitted] == [0, 0]


async def test_fault_36_what_is_sent_at_once_counts_for_the_new_sim(play: Play) -> None:
    """A message that waits goes out before the first look at the modem is over."""
    async with play() as stage:
        office = stage.bank.modems[0]
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN)
        message = await stage.send("waits")
        on_air = office.hold("ctrl_z")
        swap(office, another_card())
        await on_air.reached()
        (line,) = await stage.store.lines()
        assert line.status.iccid == another_card().iccid
        on_air.release()
        await stage.in_state(message, "delivered")


async def test_fault_36_a_budget_is_that_of_the_sim(play: Play) -> None:
    """Another SIM in the modem has its own; the first one comes back with what it has sent, over a restart too."""

    def limited(bank: Bank) -> list[LineSettings]:
        return [LineSettings("office", number=NUMBERS[0], device=bank.modems[0].device, parts_per_day=1)]

    async with play(lines=limited) as stage:
        office = stage.bank.modems[0]
        await stage.in_state(await stage.send("over the first"), "delivered")
        await line_is(stage.store, "office", LineState.DOWN, "1 parts of today")
        old = swap(office, another_card())
        await stage.in_state(await stage.send("over the second"), "delivered")
        await line_is(stage.store, "office", LineState.DOWN, "1 parts of today")
        swap(office, old)
        waiting = await stage.send("tomorrow")
        with stage.store.bells.watchers.watching("lines") as bell:
            while (
                line := (await stage.store.lines())[0]
            ).status.iccid != old.iccid or "today" not in line.status.reason:
                await bell.wait(1)
                bell.clear()
        assert (await stage.in_state(waiting, "queued")).parts[0].attempts == 0
    assert [text for text, _ in stage.on_the_air()] == ["over the first", "over the second"]
