"""What is plugged in and what is known of it, on a machine of files."""

from pathlib import Path

import pytest

from gateway.setup.candidates import Candidate, Plugged, is_searched, plugged
from modem.transport import BAUDRATES
from tests.gateway.doctor.conftest import Machine

STICK = "sys/devices/usb1/1-{n}"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def plug(machine: Machine, n: int, usb_id: str, name: str = "", port: str = "", storage: bool = False) -> None:
    """A USB device; port: the tty that it has."""
    folder = STICK.format(n=n)
    vendor, _, product = usb_id.partition(":")
    for file, text in (("idVendor", vendor), ("idProduct", product), ("product", name)):
        machine.write(f"{folder}/{file}", text)
    machine.write(f"{folder}/1-{n}:1.0/bInterfaceClass", "08" if storage else "ff")
    if port:
        machine.write(f"{folder}/1-{n}:1.0/{port}/tty/{port}/dev", "188:0")
        machine.write(f"dev/{port}")
        device = machine.root / f"sys/class/tty/{port}/device"
        device.parent.mkdir(parents=True)
        device.symlink_to(machine.root / f"{folder}/1-{n}:1.0/{port}")
    devices = machine.root / "sys/bus/usb/devices"
    devices.mkdir(parents=True, exist_ok=True)
    (devices / f"1-{n}").symlink_to(machine.root / folder)


async def look(machine: Machine, device: str | None = None) -> Plugged:
    return await plugged(machine.host, machine.state, device)


async def only(machine: Machine) -> Candidate:
    (port,) = (await look(machine)).ports
    return port


async def test_a_stick_is_named_by_its_stable_name_and_what_usb_says(machine: Machine) -> None:
    plug(machine, 1, "12d1:1001", "HUAWEI Mobile", "ttyUSB0")
    stable = machine.root / "dev/serial/by-id/usb-HUAWEI-if00-port0"
    stable.parent.mkdir(parents=True)
    stable.symlink_to(machine.root / "dev/ttyUSB0")
    assert await only(machine) == Candidate(str(stable), "USB 12d1:1001 HUAWEI Mobile")
    assert is_searched(str(machine.root / "dev/ttyUSB0"), machine.root / "dev")
    assert not is_searched(str(machine.write("dev/ttyAMA0")), machine.root / "dev")


async def test_behind_an_adapter_every_speed_may_be_the_right_one(machine: Machine) -> None:
    plug(machine, 1, "1a86:7523", "USB Serial", "ttyUSB0")
    assert (await only(machine)).speeds == BAUDRATES


async def test_a_hilink_router_and_a_cd_rom_have_no_port_and_one_cure(machine: Machine) -> None:
    plug(machine, 1, "12d1:14dc", "HUAWEI_MOBILE")
    plug(machine, 2, "12d1:1f01", "HUAWEI_MOBILE", storage=True)
    found = await look(machine)
    assert found.ports == ()
    router, disc = found.others
    assert "HiLink" in router.trouble
    assert disc.cure == "sudo usb_modeswitch -v 12d1 -p 1f01 -J"


async def test_a_busy_port_is_not_asked_and_its_holder_named(machine: Machine) -> None:
    plug(machine, 1, "12d1:1001", port="ttyUSB0")
    machine.process(4711, "minicom", machine.root / "dev/ttyUSB0")
    port = await only(machine)
    assert "minicom (4711)" in port.trouble
    assert port.cure == "sudo kill 4711"


async def test_a_port_that_may_not_be_used_has_a_cure(machine: Machine) -> None:
    plug(machine, 1, "12d1:1001", port="ttyUSB0")
    machine.permitted = False
    port = await only(machine)
    assert port.trouble
    assert port.cure.startswith("sudo ")


async def test_modem_manager_is_remarked_and_the_port_asked_all_the_same(machine: Machine) -> None:
    plug(machine, 1, "12d1:1001", port="ttyUSB0")
    machine.process(812, "ModemManager")
    port = await only(machine)
    assert port.trouble == ""
    assert "ID_MM_DEVICE_IGNORE" in port.remark


async def test_soldered_ports_are_named_and_not_asked(machine: Machine) -> None:
    machine.write("dev/ttyAMA0")
    found = await look(machine)
    assert (found.ports, found.unasked) == ((), (str(machine.root / "dev/ttyAMA0"),))


async def test_a_named_port_alone_is_looked_at(machine: Machine) -> None:
    plug(machine, 1, "12d1:1001", port="ttyUSB0")
    gone = str(machine.root / "dev/ttyUSB7")
    (port,) = (await look(machine, gone)).ports
    assert (port.device, "no such device" in port.trouble) == (gone, True)
    (remote,) = (await look(machine, "socket://192.0.2.1:4000")).ports
    assert remote == Candidate("socket://192.0.2.1:4000")
