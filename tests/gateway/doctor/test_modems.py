"""The modems, on the simulated ones."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.aio import SystemClock
from gateway.doctor.finding import Verdict
from gateway.doctor.modems import modems, round_trips
from gateway.domain.line import LineRecord, StorageFill
from gateway.store import open_store
from modem.errors import CommandTimeout
from modem.simulator.bank import Bank


@pytest.fixture
async def bank(tmp_path):
    async with Bank(modems=1, directory=tmp_path / "modems") as bank:
        yield bank


def real(bank):
    return Path(bank.modems[0].device).resolve()


def configure(machine, bank, extra=""):
    machine.configure(f'[[lines]]\nname = "office"\ndevice = "{bank.modems[0].device}"\n{extra}\n')


async def verdicts(machine):
    return {finding.check: finding for finding in await modems(machine.case)}


async def test_a_healthy_modem(machine, bank):
    configure(machine, bank)
    found = await verdicts(machine)
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(
        (
            "modem.answers", "modem.identity", "modem.sim", "modem.registration", "modem.signal",
            "modem.service_centre", "modem.storages", "modem.link",
        ),
        Verdict.OK,
    )  # fmt: skip
    assert "firmware" in found["modem.answers"].cause
    assert bank.modems[0].imei in found["modem.identity"].cause
    assert "20 of 20" in found["modem.link"].cause
    assert not any(one.cure for one in found.values())


async def test_a_pin_is_never_entered(machine, bank):
    bank.modems[0].lock("4711")
    configure(machine, bank)
    found = await verdicts(machine)
    assert found["modem.sim"].verdict is Verdict.FAIL
    assert "none is configured" in found["modem.sim"].cause
    assert found["modem.network"].verdict is Verdict.SKIPPED
    configure(machine, bank, 'pin = "4711"')
    found = await verdicts(machine)
    assert found["modem.sim"].verdict is Verdict.OK
    assert not bank.modems[0].equipment.card.unlocked
    assert "4711" not in str(found)


@pytest.mark.parametrize(
    ("state", "verdict", "word"),
    [
        (2, Verdict.FAIL, "not registered"),
        (3, Verdict.FAIL, "refuses"),
        (5, Verdict.WARN, "roaming"),
        (1, Verdict.OK, "registered with"),
    ],
)
async def test_registration(machine, bank, state, verdict, word):
    bank.modems[0].register(state)
    configure(machine, bank)
    found = (await verdicts(machine))["modem.registration"]
    assert (found.verdict, word in found.cause) == (verdict, True)


async def test_another_modem_than_the_configured_one(machine, bank):
    configure(machine, bank, 'imei = "490154203237518"')
    assert (await verdicts(machine))["modem.identity"].verdict is Verdict.FAIL


async def test_nobody_answers(machine, bank):
    bank.modems[0].fault("silence")
    configure(machine, bank)
    found = await verdicts(machine)
    assert list(found) == ["modem.answers"]
    assert found["modem.answers"].verdict is Verdict.FAIL


async def test_lost_round_trips_are_counted_and_gone_on_after():
    class Forgetful:
        asked = resynced = 0

        async def round_trip(self):
            self.asked += 1
            if self.asked % 4 == 0:
                raise CommandTimeout("AT", 1.0)
            return 0.01

        async def resync(self):
            self.resynced += 1

    modem = Forgetful()
    assert len(await round_trips(modem)) == 15
    assert (modem.asked, modem.resynced) == (20, 5)


async def test_a_modem_is_searched_by_its_number(machine, bank):
    links = machine.root / "dev/serial/by-id"
    links.mkdir(parents=True)
    (links / "usb-modem").symlink_to(real(bank))
    machine.configure(f'[[lines]]\nname = "office"\nimei = "{bank.modems[0].imei}"\n')
    assert (await verdicts(machine))["modem.answers"].verdict is Verdict.OK
    machine.configure('[[lines]]\nname = "office"\nimei = "490154203237518"\n')
    assert (await verdicts(machine))["modem.answers"].verdict is Verdict.FAIL


async def test_a_port_in_use_is_not_touched(machine, bank):
    configure(machine, bank)
    found = real(bank).stat()
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    machine.write("proc/locks", f"1: FLOCK  ADVISORY  WRITE 812 {device}:{found.st_ino} 0 EOF\n")
    found = await verdicts(machine)
    assert {one.verdict for one in found.values()} == {Verdict.SKIPPED}


async def test_a_search_tells_of_ports_that_it_could_not_have(machine, bank):
    links = machine.root / "dev/serial/by-id"
    links.mkdir(parents=True)
    (links / "usb-modem").symlink_to(real(bank))
    machine.configure(f'[[lines]]\nname = "office"\nimei = "{bank.modems[0].imei}"\n')
    found = real(bank).stat()
    device = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    machine.write("proc/locks", f"1: FLOCK  ADVISORY  WRITE 812 {device}:{found.st_ino} 0 EOF\n")
    machine.write("proc/812/comm", "minicom\n")
    found = await verdicts(machine)
    assert {name: one.verdict for name, one in found.items()} == {
        "ports.free": Verdict.FAIL,
        "modem.answers": Verdict.FAIL,
    }
    assert (found["ports.free"].cause, found["ports.free"].cure) == ("minicom (812) has it open", "sudo kill 812")


async def test_no_port_of_a_running_gateway_is_touched(machine, bank):
    configure(machine, bank)
    machine.run_gateway(812)
    found = (await verdicts(machine))["modem.answers"]
    assert (found.verdict, "812" in found.cause) == (Verdict.SKIPPED, True)


async def test_no_port_is_touched_while_nobody_can_see_whether_a_gateway_runs(machine, bank):
    configure(machine, bank)
    machine.open_to_us = False
    found = (await verdicts(machine))["modem.answers"]
    assert (found.verdict, found.cure.startswith("sudo simgate doctor")) == (Verdict.SKIPPED, True)


async def test_a_missing_device(machine):
    machine.configure('[[lines]]\nname = "office"\ndevice = "/dev/ttyNone0"\n')
    assert (await verdicts(machine))["modem.answers"].verdict is Verdict.SKIPPED


async def test_a_running_gateway_knows_which_storages_stay_nearly_full(machine, bank):
    configure(machine, bank)
    machine.run_gateway(4242)
    found = await verdicts(machine)
    assert set(found) == {"modem.answers"}, "there is no database yet"
    store = await open_store("sqlite", machine.state, clock=SystemClock())
    try:
        line = await store.put_line(LineRecord(0, "", "office"))
        assert set(await verdicts(machine)) == {"modem.answers"}
        await store.line_book.storages(line.num, (StorageFill("SM", 9, 10),), (), datetime.now(UTC))
        found = await verdicts(machine)
    finally:
        await store.close()
    assert found["modem.storages"].verdict is Verdict.WARN
    assert "SM 9 of 10" in found["modem.storages"].cause
    assert found["modem.storages"].cure
