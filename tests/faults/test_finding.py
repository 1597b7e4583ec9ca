"""Faults 27, 35, 36 and 41 on USB: sticks with many ports, equal sticks that change places, SIMs that do, busy ports.

The sticks are simulated modems on pseudo-terminals beside a tree as /sys has it.
"""

import os
import pty
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import LineSettings
from gateway.domain.event import EventType
from gateway.domain.line import LineRecord, LineState
from gateway.ports.names import real
from gateway.workers import supervisor
from modem.simulator.bank import Bank
from modem.simulator.bay import Bay, SetTrap
from tests.faults.conftest import Play
from tests.faults.steps import steps_told, told
from tests.faults.test_many import held, point
from tests.faults.test_sim import another_card, swap
from tests.support.plugged import QUECTEL_EC25, Plugged
from tests.support.stage import NUMBERS, Stage, line_is

FOUND_WITHIN_S = 3.0
NAMES = ("office", "home")
BYSTANDERS = {0: "ttyUSB0", 1: "ttyUSB1"}
"""The ports of the stick for diagnosis and for position."""

Bystander = Callable[[str], int]


@pytest.fixture
def plugged(tmp_path: Path) -> Plugged:
    return Plugged(tmp_path / "sys")


@pytest.fixture
def bystander(tmp_path: Path) -> Iterator[Bystander]:
    """Makes ports that are no AT ports; returns of each the end that shows what was written to it."""
    with ExitStack() as stack:

        def make(tty: str) -> int:
            master, slave = pty.openpty()
            stack.callback(os.close, master)
            stack.callback(os.close, slave)
            os.set_blocking(master, False)
            (tmp_path / "modems").mkdir(exist_ok=True)
            (tmp_path / "modems" / tty).symlink_to(os.ttyname(slave))
            return master

        yield make


def was_written_to(master: int) -> bool:
    try:
        return bool(os.read(master, 1000))
    except BlockingIOError:
        return False


def put(bay: Bay, tty: str) -> None:
    bay.unplug()
    bay.plug(tty)


def by_imei(bank: Bank) -> Sequence[LineSettings]:
    for bay in bank.modems:
        put(bay, f"ttyUSB{2 + bay.index}")
    return [LineSettings(name, number=bay.number, imei=bay.imei) for name, bay in zip(NAMES, bank.modems, strict=False)]


async def test_fault_27_of_a_stick_with_several_ports_the_right_one_is_found_and_found_again(
    play: Play, plugged: Plugged, bystander: Bystander, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known not to speak AT is never opened; the stick comes back with other numbers."""
    others = [bystander(tty) for tty in BYSTANDERS.values()]
    plugged.plug("1-1.4", QUECTEL_EC25, BYSTANDERS | {2: "ttyUSB2"})
    monkeypatch.setattr(supervisor, "LOOK_S", 0.5)
    async with play(lines=by_imei) as stage:
        office = stage.bank.modems[0]
        office.unplug()
        plugged.unplug("1-1.4")
        await line_is(stage.store, "office", LineState.DOWN)
        asked = office.trap("received:+CGSN")
        plugged.plug("1-1.4", QUECTEL_EC25, BYSTANDERS | {2: "ttyUSB7"})
        office.plug("ttyUSB7")
        await asked.reached(timeout=FOUND_WITHIN_S)
        back = await line_is(stage.store, "office", LineState.UP)
        assert back.status.device == office.device
        assert [was_written_to(master) for master in others] == [False, False]


async def test_fault_27_of_a_stick_that_nobody_knows_every_port_is_tried(
    play: Play, plugged: Plugged, bystander: Bystander
) -> None:
    silent = bystander("ttyUSB0")
    plugged.plug("1-1.4", "2c7c:ffff", {0: "ttyUSB0", 2: "ttyUSB2"})
    async with play(lines=by_imei) as stage:
        assert was_written_to(silent)
        await stage.in_state(await stage.send("found"), "delivered")


async def test_a_stick_that_does_not_say_who_it_is_is_treated_as_its_usb_numbers_tell(
    play: Play, plugged: Plugged
) -> None:
    asked: list[SetTrap] = []

    def nameless(bank: Bank) -> Sequence[LineSettings]:
        bay = bank.modems[0]
        for command in ("+CGMI", "+CGMM", "+CGMR", "I"):
            bay.fault("reject", command, times=None)
        asked.append(bay.trap("received:^CURC"))
        return by_imei(bank)

    plugged.plug("1-1.4", "12d1:1506", {2: "ttyUSB2"})
    async with play(lines=nameless) as stage:
        await asked[0].reached()
        await stage.in_state(await stage.send("nameless"), "delivered")


async def test_fault_29_a_port_that_announces_nothing_is_left_for_the_modems_other_one(
    play: Play, plugged: Plugged
) -> None:
    """Both ports of the stick answer AT; what comes in is told at the second one alone."""

    def lines(bank: Bank) -> Sequence[LineSettings]:
        office, same = bank.modems  # two ports of one modem
        for name in ("imei", "card", "sim", "memory", "reports", "broadcasts"):
            setattr(same.equipment, name, getattr(office.equipment, name))
        return by_imei(bank)[:1]

    plugged.plug("1-1.4", QUECTEL_EC25, {2: "ttyUSB2", 3: "ttyUSB3"})
    async with play(modems=2, lines=lines) as stage:
        deaf, other = stage.bank.modems
        assert (await line_is(stage.store, "office", LineState.UP)).status.device == deaf.device
        deaf.fault("lose_urc", "+CMTI", times=None)
        count = 0
        while len(await steps_told(stage, 0)) < 2:
            count += 1
            stage.bank.deliver(0, sender="+447911123456", text=f"unheard {count}")
            await stage.received(count)
        assert await steps_told(stage, 2) == ["resync", "reopen"]
        await told(stage, EventType.MODEM_RECOVERED)
        assert (await line_is(stage.store, "office", LineState.UP)).status.device == other.device
        for _ in range(5):
            count += 1
            stage.bank.deliver(1, sender="+447911123456", text=f"heard {count}")
            await stage.received(count)
        assert await steps_told(stage, 2) == ["resync", "reopen"]


# -- equal sticks


def sockets(bank: Bank, plugged: Plugged, *bays: int) -> None:
    """So and so in the first USB socket, the next in the second; udev names the ports by the sockets."""
    for bay in bank.modems:
        bay.unplug()
    for n, tty in enumerate(("ttyUSB0", "ttyUSB1"), 1):
        name = bank.directory / "serial/by-path" / f"pci-usb-0:{n}:1.2-port0"
        if not name.is_symlink():
            name.parent.mkdir(parents=True, exist_ok=True)
            name.symlink_to(f"../../{tty}")
            plugged.plug(f"1-{n}", QUECTEL_EC25, {2: tty})
    for bay, tty in zip(bays, ("ttyUSB0", "ttyUSB1"), strict=False):
        bank.modems[bay].plug(tty)


def by_path(plugged: Plugged, *bays: int) -> Callable[[Bank], Sequence[LineSettings]]:
    """ "office" in the first socket, "home" in the second, whichever sticks are there at the start."""

    def lines(bank: Bank) -> Sequence[LineSettings]:
        sockets(bank, plugged, *(bays or (0, 1)))
        paths = sorted(map(str, (bank.directory / "serial/by-path").iterdir()))
        return [
            LineSettings(name, number=bay.number, device=path)
            for name, bay, path in zip(NAMES, bank.modems, paths, strict=True)
        ]

    return lines


async def sent_by(stage: Stage, line: str) -> None:
    await stage.in_state(await stage.send(f"by {line}", **{"from": line}), "delivered")


async def test_fault_36_equal_sticks_that_change_places_take_their_lines_along(play: Play, plugged: Plugged) -> None:
    """The lines name ports, and nothing but their ports."""
    async with play(modems=2, lines=by_path(plugged)) as stage:
        sockets(stage.bank, plugged, 1, 0)
        for name, bay in zip(NAMES, stage.bank.modems, strict=True):
            await at(stage, name, bay)
        await sent_by(stage, "office")
        await sent_by(stage, "home")
        sockets(stage.bank, plugged, 0, 1)
        for name, bay in zip(NAMES, stage.bank.modems, strict=True):
            await at(stage, name, bay)
    assert stage.on_the_air() == [("by office", 0), ("by home", 1)]
    assert [entry["number"] for entry in stage.bank.ledger.submitted] == list(NUMBERS)


async def test_fault_36_equal_sticks_that_changed_places_while_nobody_looked(play: Play, plugged: Plugged) -> None:
    """It is on disk whose SIM was whose."""
    async with play(modems=2, lines=by_path(plugged)):
        pass
    async with play(modems=2, lines=by_path(plugged, 1, 0)) as stage:
        for name, bay in zip(NAMES, stage.bank.modems, strict=True):
            await at(stage, name, bay)
        await sent_by(stage, "office")
    assert [(entry["modem"], entry["number"]) for entry in stage.bank.ledger.submitted] == [(0, NUMBERS[0])]


async def test_a_line_that_is_given_another_port_takes_the_sim_that_is_there(play: Play, plugged: Plugged) -> None:
    """Whoever edits the configuration means it; what was seen under the old one is of no account."""
    async with play(modems=2, lines=by_path(plugged)):
        pass

    def exchanged(bank: Bank) -> Sequence[LineSettings]:
        office, home = by_path(plugged)(bank)
        return [replace(office, device=home.device), replace(home, device=office.device)]

    async with play(modems=2, lines=exchanged) as stage:
        await at(stage, "office", stage.bank.modems[1])
        await at(stage, "home", stage.bank.modems[0])
        await sent_by(stage, "office")
    assert stage.on_the_air() == [("by office", 1)]


async def at(stage: Stage, name: str, bay: Bay) -> LineRecord:
    """The line once it is up where that modem is now."""
    with stage.store.bells.watchers.watching("lines") as bell:
        while True:
            bell.clear()
            found = await line_is(stage.store, name, LineState.UP)
            if found.status.device is not None and real(found.status.device) == bay.port:
                assert (found.status.imei, found.status.iccid) == (bay.imei, bay.iccid)
                return found
            await bell.wait()


async def test_fault_36_a_stick_in_anothers_place_sends_nothing_for_its_line(play: Play, plugged: Plugged) -> None:
    """The reason names both lines."""
    async with play(modems=2, lines=by_path(plugged)) as stage:
        sockets(stage.bank, plugged, 1)
        parked = await line_is(stage.store, "office", LineState.DOWN, 'the line "home"')
        assert f"the SIM {stage.bank.modems[1].iccid} was last seen in" in parked.status.reason
        assert '"office" does not use it' in parked.status.reason
        message = await stage.send("by office", **{"from": "office"})
        sockets(stage.bank, plugged, 0, 1)
        await stage.in_state(message, "delivered")
    assert stage.on_the_air() == [("by office", 0)]


async def test_fault_36_a_name_that_moves_to_an_equal_stick_does_not_take_the_line_along(
    play: Play, plugged: Plugged
) -> None:
    """Two equal sticks without serial numbers have one name below by-id, and one of them is no line's."""
    name = Path("serial/by-id/usb-Mobile-if02-port0")

    def lines(bank: Bank) -> Sequence[LineSettings]:
        for n, bay in enumerate(bank.modems):
            put(bay, f"ttyUSB{n}")
            plugged.plug(f"1-{n + 1}", QUECTEL_EC25, {2: f"ttyUSB{n}"})
        (bank.directory / name).parent.mkdir(parents=True)
        point(bank.directory / name, "../../ttyUSB0")
        office = bank.modems[0]
        return [LineSettings("office", number=office.number, device=str(bank.directory / name))]

    async with play(modems=2, lines=lines) as stage:
        office = stage.bank.modems[0]
        office.unplug()
        plugged.unplug("1-1")
        plugged.plug("1-3", QUECTEL_EC25, {2: "ttyUSB5"})
        point(stage.bank.directory / name, "../../ttyUSB1")
        parked = await line_is(stage.store, "office", LineState.DOWN, "neither the modem")
        assert "the name fits the stick at USB 1-2 and the one at 1-3" in parked.status.reason
        message = await stage.send("by office", **{"from": "office"})
        office.plug("ttyUSB5")
        await at(stage, "office", office)
        await stage.in_state(message, "delivered")
    assert stage.on_the_air() == [("by office", 0)]


async def test_fault_35_no_pin_is_entered_into_the_sim_of_another_line(play: Play, plugged: Plugged) -> None:
    def lines(bank: Bank) -> Sequence[LineSettings]:
        pins = ("1111", "2222")
        for bay, pin in zip(bank.modems, pins, strict=True):
            bay.lock(pin)
        return [replace(line, pin=pin) for line, pin in zip(by_path(plugged)(bank), pins, strict=True)]

    async with play(modems=2, lines=lines) as stage:
        sockets(stage.bank, plugged, 1, 0)
        for bay in stage.bank.modems:
            bay.equipment.card.unlocked = False
        for name, bay in zip(NAMES, stage.bank.modems, strict=True):
            await at(stage, name, bay)
        assert [bay.equipment.card.pin_tries for bay in stage.bank.modems] == [3, 3]
    assert stage.bank.ledger.counts["pin"] == 4, "at the start and after the change each its own"


# -- SIMs


async def test_fault_36_a_modem_does_not_use_the_sim_of_another_line(play: Play, plugged: Plugged) -> None:
    """Both lines name their modems; whose SIM it is they have seen. A SIM that nobody knows is taken."""
    async with play(modems=2, lines=by_imei) as stage:
        office, home = stage.bank.modems
        home.unplug()
        own = swap(office, home.equipment.card)
        parked = await line_is(stage.store, "office", LineState.DOWN, 'the line "home"')
        assert "or give this line the SIM's number (iccid)" in parked.status.reason
        message = await stage.send("by office", **{"from": "office"})
        swap(office, own)
        await stage.in_state(message, "delivered")
        swap(office, another_card())
        await sent_by(stage, "office")
    numbers = [entry["number"] for entry in stage.bank.ledger.submitted]
    assert numbers == [NUMBERS[0], another_card().number]


async def test_fault_36_who_names_a_sim_has_it_in_whichever_modem_it_is(play: Play, plugged: Plugged) -> None:
    """The line that names the modem gives way to the one that names the SIM."""

    def lines(bank: Bank) -> Sequence[LineSettings]:
        office, home = by_imei(bank)
        return [replace(office, imei=None, iccid=bank.modems[0].iccid), home]

    async with play(modems=2, lines=lines) as stage:
        office, home = stage.bank.modems
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN)
        swap(home, office.equipment.card)
        moved = await at(stage, "office", home)
        parked = await line_is(stage.store, "home", LineState.DOWN, 'the line "office"')
        assert moved.status.imei == home.imei
        assert parked.status.reason.startswith((f"the SIM {home.iccid} is that of", f"the modem {home.imei} is used"))
        await sent_by(stage, "office")
    assert [entry["number"] for entry in stage.bank.ledger.submitted] == [NUMBERS[0]]


# -- ports that cannot be had


async def test_fault_41_a_search_names_the_program_that_has_the_port(play: Play, plugged: Plugged) -> None:
    plugged.plug("1-1.4", QUECTEL_EC25, {2: "ttyUSB2"})
    async with play(modems=1, lines=by_imei) as stage:
        office = stage.bank.modems[0]
        office.unplug()
        await line_is(stage.store, "office", LineState.DOWN)
        office.plug("elsewhere")
        assert office.port is not None
        async with held(office.port) as holder:
            point(stage.bank.directory / "ttyUSB2", office.port)
            down = await line_is(stage.store, "office", LineState.DOWN, f"({holder.pid})")
            assert f"cure: sudo kill {holder.pid}" in down.status.reason
            assert holder.returncode is None
        put(office, "ttyUSB2")
        await line_is(stage.store, "office", LineState.UP)


async def test_a_line_says_that_its_stick_shows_a_cd_rom(play: Play, plugged: Plugged) -> None:
    async with play(modems=1, lines=by_imei) as stage:
        office = stage.bank.modems[0]
        office.unplug()
        plugged.plug("1-1", "12d1:1f01", {0: None}, kinds={0: ("08", "06", "50")}, name="HUAWEI Mobile")
        await line_is(stage.store, "office", LineState.DOWN, "cure: sudo usb_modeswitch -v 12d1 -p 1f01 -J")
        plugged.unplug("1-1")
        plugged.plug("1-1", QUECTEL_EC25, {2: "ttyUSB2"})
        office.plug("ttyUSB2")
        await line_is(stage.store, "office", LineState.UP)
