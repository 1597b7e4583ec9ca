import asyncio
import os
import threading
from pathlib import Path

import pytest

from gateway.config import LineSettings
from gateway.ports.sysfs import Inventory, read_inventory
from gateway.workers.asking import Answer
from gateway.workers.finder import Finder, mark, real
from modem.driver import Identity
from modem.errors import PortBusy, TransportLost
from tests.support.plugged import QUECTEL_EC25, Plugged

MINE = LineSettings("office", imei="490154203237518")


class Ports:
    """Device files in a directory, and who answers at each."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.usb: list[bool] = []

    def plug(self, name: str, imei: str | None, *, by_id: str | None = None, announces: bool = True) -> str:
        device = self.root / name
        device.touch()
        self.answers[name] = Answer(Identity(imei=imei, iccid="89" + imei) if imei else None, announces)
        if by_id:
            (self.root / "serial" / "by-id").mkdir(parents=True, exist_ok=True)
            (self.root / "serial" / "by-id" / by_id).symlink_to(device)
        return str(device)

    def unplug(self, name: str) -> None:
        (self.root / name).unlink()

    async def ask(self, device: str, *, on_usb: bool) -> Answer:
        name = real(device).rpartition("/")[2]
        self.asked.append(name)
        self.usb.append(on_usb)
        return self.answers[name]


@pytest.fixture
def ports(tmp_path):
    return Ports(tmp_path / "dev")


@pytest.fixture
def plugged(tmp_path):
    return Plugged(tmp_path / "sys")


@pytest.fixture
def finder(ports, plugged, tmp_path):
    return Finder(ports.ask, ports.root, plugged.sys, tmp_path / "proc", tmp_path / "udev")


async def test_a_configured_device_is_taken_as_it_is_while_it_is_there(finder, ports):
    device = ports.plug("ttyUSB0", None)
    assert await finder.find(LineSettings("office", device=device)) == device
    ports.unplug("ttyUSB0")
    assert await finder.find(LineSettings("office", device=device)) is None
    assert ports.asked == []


async def test_a_port_on_another_host_is_always_there(finder):
    settings = LineSettings("office", device="socket://pi.local:4000")
    assert await finder.find(settings) == settings.device


async def test_the_modem_is_found_by_imei_under_its_stable_name(finder, ports):
    ports.plug("ttyUSB0", "111")
    ports.plug("ttyUSB1", MINE.imei, by_id="usb-HUAWEI-if00")
    assert await finder.find(MINE) == str(ports.root / "serial" / "by-id" / "usb-HUAWEI-if00")


async def test_a_sim_is_found_by_iccid(finder, ports):
    ports.plug("ttyACM0", "111")
    wanted = ports.plug("ttyACM1", "222")
    assert await finder.find(LineSettings("office", iccid="89222")) == wanted


async def test_each_port_is_asked_once_until_it_was_away(finder, ports):
    ports.plug("ttyUSB0", "111", by_id="usb-one")
    for _ in range(3):
        assert await finder.find(MINE) is None
    assert ports.asked == ["ttyUSB0"]
    ports.unplug("ttyUSB0")
    assert await finder.find(MINE) is None
    (ports.root / "other").touch()  # so that the file made next has another inode
    ports.plug("ttyUSB1", MINE.imei)
    assert await finder.find(MINE) == str(ports.root / "ttyUSB1")


async def test_a_port_where_nobody_answered_is_asked_again_later(finder, ports, monkeypatch):
    device = ports.plug("ttyUSB0", None)
    assert await finder.find(MINE) is None
    ports.plug("ttyUSB0", MINE.imei)
    assert await finder.find(MINE) is None
    monkeypatch.setattr("gateway.workers.finder.ASK_AGAIN_S", 0.0)
    assert await finder.find(MINE) == device


async def test_a_port_that_another_line_uses_is_left_alone(finder, ports):
    device = ports.plug("ttyUSB0", MINE.imei)
    finder.take(device, "other")
    assert await finder.find(MINE) is None
    assert ports.asked == []
    ports.unplug("ttyUSB0")
    ports.plug("ttyUSB0", MINE.imei)
    finder.give_back("other")
    assert await finder.find(MINE) == device


async def test_presence_changes_when_a_device_comes_and_goes(finder, ports):
    settings = LineSettings("office", device=str(ports.root / "ttyUSB0"))
    seen = [finder.presence(settings), finder.presence(MINE)]
    ports.plug("ttyUSB0", None)
    now = [finder.presence(settings), finder.presence(MINE)]
    assert seen[0] is None
    assert seen[0] != now[0]
    assert seen[1] != now[1]
    assert mark(str(ports.root / "nothing")) is None


# -- on USB


def plug_stick(ports, plugged, path="1-1", first=0, imei=MINE.imei, usb_id=QUECTEL_EC25, **how):
    """Four ports, all of which would answer; which of them are right is for the finder to know."""
    ttys = {number: f"ttyUSB{first + number}" for number in range(4)}
    for tty in ttys.values():
        ports.plug(tty, imei)
    plugged.plug(path, usb_id, ttys, **how)


async def test_of_a_known_stick_the_port_that_announces_is_asked_first_and_the_binary_one_never(finder, ports, plugged):
    plug_stick(ports, plugged, imei="111")
    ports.answers["ttyUSB2"] = Answer()  # nobody answers there, for the moment
    assert await finder.find(MINE) is None
    assert ports.asked == ["ttyUSB2", "ttyUSB3"]
    assert ports.usb == [True, True]


async def test_one_answer_is_enough_to_know_another_modem(finder, ports, plugged):
    plug_stick(ports, plugged, imei="111", usb_id="2c7c:ffff")
    assert await finder.find(MINE) is None
    assert ports.asked == ["ttyUSB0"]


async def test_of_a_stick_that_nobody_knows_the_port_is_taken_that_knows_of_messages(finder, ports, plugged):
    plug_stick(ports, plugged, usb_id="2c7c:ffff")
    ports.plug("ttyUSB0", None)
    ports.plug("ttyUSB1", MINE.imei, announces=False)
    assert await finder.find(MINE) == str(ports.root / "ttyUSB2")
    assert ports.asked == ["ttyUSB0", "ttyUSB1", "ttyUSB2"]


async def test_a_port_that_modem_managers_rules_know_for_another_kind_is_not_opened(finder, ports, plugged, tmp_path):
    plugged.plug("1-1", "2c7c:ffff", {0: "ttyUSB0"})
    device = ports.plug("ttyUSB0", MINE.imei)
    number = mark(device)[1]
    tags = tmp_path / "udev" / f"c{os.major(number)}:{os.minor(number)}"
    tags.parent.mkdir()
    tags.write_text("E:ID_MM_PORT_TYPE_QCDM=1\n")
    assert await finder.find(MINE) is None
    assert ports.asked == []
    tags.unlink()
    assert await finder.find(MINE) == device


async def test_it_looks_often_while_a_modem_is_missing_and_rarely_else(finder, ports, plugged, monkeypatch):
    """What is plugged in is told within the short time, whoever searches when."""
    looks = []
    monkeypatch.setattr("gateway.workers.finder.FRESH_S", 0.0)
    monkeypatch.setattr("gateway.workers.finder.LOOK_S", 1000.0)
    monkeypatch.setattr("gateway.workers.finder.LOOK_MISSING_S", 0.001)
    monkeypatch.setattr("gateway.workers.finder.read_inventory", lambda sys: looks.append(sys) or read_inventory(sys))
    device = ports.plug("ttyUSB0", MINE.imei)
    finder.take(device, MINE.name)
    watching = asyncio.create_task(finder.watch())
    try:
        await until(lambda: len(looks) == 1)
        finder.give_back(MINE.name)
        ports.unplug("ttyUSB0")
        assert await finder.find(MINE) is None
        watching.cancel()
        watching = asyncio.create_task(finder.watch())
        await until(lambda: len(looks) > 10)
    finally:
        watching.cancel()


async def until(there):
    async with asyncio.timeout(5):
        while not there():
            await asyncio.sleep(0.001)


async def test_a_port_that_announces_nothing_is_better_than_none(finder, ports, plugged):
    plugged.plug("1-1", "2c7c:ffff", {0: "ttyUSB0", 1: "ttyUSB1"})
    ports.plug("ttyUSB0", MINE.imei, announces=False)
    ports.plug("ttyUSB1", None)
    assert await finder.find(MINE) == str(ports.root / "ttyUSB0")


async def test_a_port_at_which_nothing_was_announced_is_taken_when_no_other_will_do(finder, ports, plugged):
    plug_stick(ports, plugged)
    first, second = (str(ports.root / name) for name in ("ttyUSB2", "ttyUSB3"))
    assert await finder.find(MINE, {mark(first)}) == second
    assert await finder.find(MINE, {mark(first), mark(second)}) == first
    ports.unplug("ttyUSB3")
    plug_stick(ports, plugged, path="1-2", first=4, imei="111")
    assert await finder.find(MINE, {mark(first)}) == first
    assert ports.asked == ["ttyUSB2", "ttyUSB3"], "no other stick is opened for it"
    assert await finder.find(LineSettings("office", device=first), {mark(first)}) == first, "a person has chosen it"


async def test_no_other_port_of_a_modem_that_a_line_uses_is_opened(finder, ports, plugged):
    plug_stick(ports, plugged, imei="111")
    finder.take(str(ports.root / "ttyUSB2"), "other")
    assert await finder.find(MINE) is None
    assert ports.asked == []
    finder.give_back("other")
    assert await finder.find(MINE) is None
    assert ports.asked == ["ttyUSB2"]


async def test_each_port_of_a_cable_with_several_is_a_modem_of_its_own(finder, ports, plugged):
    plug_stick(ports, plugged, imei="111", usb_id="0403:6011", driver="ftdi_sio")
    ports.plug("ttyUSB3", MINE.imei)
    finder.take(str(ports.root / "ttyUSB0"), "other")
    assert await finder.find(MINE) == str(ports.root / "ttyUSB3")
    assert (ports.asked, ports.usb) == (["ttyUSB1", "ttyUSB2", "ttyUSB3"], [False] * 3)


async def test_a_board_that_is_no_modem_is_never_opened(finder, ports, plugged):
    plugged.plug("1-3", "2341:0043", {0: "ttyACM0"}, driver="cdc_acm")
    ports.plug("ttyACM0", None)
    assert await finder.find(MINE) is None
    assert ports.asked == []


async def test_a_stranger_that_says_nothing_is_left_in_peace(finder, ports, plugged, monkeypatch):
    """A stick that is known to be a modem may still be starting; a board restarts whenever its port is opened."""
    monkeypatch.setattr("gateway.workers.finder.ASK_AGAIN_S", 0.0)
    plugged.plug("1-3", "16d0:0001", {0: "ttyACM0"}, driver="cdc_acm")
    plugged.plug("1-4", QUECTEL_EC25, {2: "ttyUSB0"})
    ports.plug("ttyACM0", None)
    ports.plug("ttyUSB0", None)
    for _ in range(4):
        assert await finder.find(MINE) is None
    assert (ports.asked.count("ttyACM0"), ports.asked.count("ttyUSB0")) == (2, 4)


async def test_a_modem_that_comes_back_elsewhere_is_asked_at_once(finder, ports, plugged):
    plug_stick(ports, plugged)
    assert await finder.find(MINE) == str(ports.root / "ttyUSB2")
    before = finder.presence(MINE)
    plugged.unplug("1-1")
    for number in range(4):
        ports.unplug(f"ttyUSB{number}")
    assert await finder.find(MINE) is None
    plug_stick(ports, plugged, path="1-2", first=4)
    assert finder.presence(MINE) != before
    assert await finder.find(MINE) == str(ports.root / "ttyUSB6")


async def test_a_stick_that_shows_a_cd_rom_explains_the_missing_modem_and_is_logged_once(
    finder, ports, plugged, caplog, monkeypatch
):
    monkeypatch.setattr("gateway.workers.finder.FRESH_S", 0.0)
    plugged.plug("1-1", "12d1:1f01", {0: None}, kinds={0: ("08", "06", "50")}, name="HUAWEI Mobile")
    caplog.set_level("WARNING")
    for settings in (MINE, LineSettings("office", device=str(ports.root / "ttyUSB0"))) * 2:
        assert await finder.find(settings) is None
        assert "USB 12d1:1f01 HUAWEI Mobile: the stick shows a CD-ROM" in finder.why_missing(settings)
        assert "cure: sudo usb_modeswitch -v 12d1 -p 1f01 -J" in finder.why_missing(settings)
    assert [record.message for record in caplog.records] == ["plugged in, but no modem as it is"]
    plugged.unplug("1-1")
    await finder.find(MINE)
    plugged.plug("1-1", "12d1:1f01", {0: None}, kinds={0: ("08", "06", "50")}, name="HUAWEI Mobile")
    await finder.find(MINE)
    assert len(caplog.records) == 2, "once for each appearance"


async def test_a_port_that_another_program_has_is_named_with_it(finder, ports, plugged, tmp_path):
    plug_stick(ports, plugged)
    process = tmp_path / "proc/700"
    (process / "fd").mkdir(parents=True)
    (process / "comm").write_text("ModemManager\n")
    (process / "fd/3").symlink_to(ports.root / "ttyUSB2")
    ports.answers["ttyUSB2"] = Answer(opened=False, busy=True)
    assert await finder.find(MINE) is None
    assert ports.asked == ["ttyUSB2"], "whoever has one port of a stick has the stick"
    reason = finder.why_missing(MINE)
    assert "ModemManager (700) has it open" in reason
    assert "ID_MM_DEVICE_IGNORE" in reason
    (trouble,) = finder.refused
    assert trouble.kind == "free"


async def test_why_a_configured_port_does_not_open(finder, ports, plugged, tmp_path, monkeypatch):
    plug_stick(ports, plugged)
    device = str(ports.root / "ttyUSB2")
    lost = TransportLost("gone")
    assert await finder.explained(device, lost) is lost
    fault = await finder.explained(device, PortBusy("locked"))
    assert "another program has it open; cure: sudo fuser -v" in str(fault)
    monkeypatch.setattr("gateway.workers.finder.may_use", lambda path: False)
    assert "may not use it" in str(await finder.explained(device, lost))


async def test_a_port_that_is_unplugged_while_it_is_looked_at_is_no_fault_of_the_program(ports, finder, monkeypatch):
    device, lost = ports.plug("ttyUSB0", None), TransportLost("no such device")
    look = finder._look

    async def slowly():
        await look()
        ports.unplug("ttyUSB0")

    monkeypatch.setattr(finder, "_look", slowly)
    assert await finder.explained(device, lost) is lost


async def test_a_name_that_two_equal_sticks_share_is_told(finder, ports, plugged):
    plugged.plug("1-1", QUECTEL_EC25, {2: "ttyUSB0"})
    plugged.plug("1-2", QUECTEL_EC25, {2: "ttyUSB1"})
    ports.plug("ttyUSB0", None, by_id="usb-Mobile-if02-port0")
    ports.plug("ttyUSB1", None)
    await finder.find(MINE)
    name = str(ports.root / "serial/by-id/usb-Mobile-if02-port0")
    assert "by-path" in str(finder.ambiguity(name))
    assert finder.ambiguity(str(ports.root / "ttyUSB0")) is None


async def test_a_stick_that_hangs_in_the_kernel_keeps_nobody_from_a_port(finder, ports, plugged, monkeypatch):
    """Whoever reads what it says of itself waits for its reset; what is known of the others stands."""
    go_on, begun = threading.Event(), []

    def hang(sys: Path) -> Inventory:
        begun.append(sys)
        go_on.wait(10)
        return read_inventory(sys)

    plug_stick(ports, plugged)
    assert await finder.find(MINE) == str(ports.root / "ttyUSB2")
    monkeypatch.setattr("gateway.workers.finder.read_inventory", hang)
    monkeypatch.setattr("gateway.workers.finder.READ_S", 0.05)
    monkeypatch.setattr("gateway.workers.finder.FRESH_S", 0.0)
    for _ in range(3):
        assert await finder.find(MINE) == str(ports.root / "ttyUSB2")
    assert len(begun) == 1, "one thread waits, however often it is looked"
    ports.plug("ttyUSB8", "111")
    assert await finder.find(LineSettings("home", imei="111")) is None
    assert "ttyUSB8" not in ports.asked, "nobody knows what it belongs to"
    plugged.unplug("1-1")
    plug_stick(ports, plugged, path="1-2", usb_id="12d1:1f01")
    go_on.set()
    while finder._reading is not None:
        await finder.find(MINE)
    assert finder._inventory.devices[0].path == "1-2"
