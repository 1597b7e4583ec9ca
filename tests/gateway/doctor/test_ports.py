import os

import pytest

from gateway.doctor.finding import Verdict
from gateway.doctor.ports import free, modem_manager, permitted, present, unique
from gateway.ports.access import group_name, may_use_as, user_name
from tests.support.plugged import QUECTEL_EC25, Plugged


@pytest.fixture
def port(machine):
    device = machine.write("dev/ttyUSB2")
    device.chmod(0o660)
    machine.configure(f'[[lines]]\nname = "office"\ndevice = "{device}"\n')
    for name, text in (("idVendor", "2c7c"), ("idProduct", "0125")):
        machine.write(f"sys/bus/usb/devices/1-1/{name}", text)
    (machine.root / "sys/class/tty/ttyUSB2").mkdir(parents=True)
    (machine.root / "sys/bus/usb/devices/1-1/1-1:1.2/ttyUSB2").mkdir(parents=True)
    target = machine.root / "sys/bus/usb/devices/1-1/1-1:1.2/ttyUSB2"
    (machine.root / "sys/class/tty/ttyUSB2/device").symlink_to(target)
    return device


def test_a_port_that_is_there(machine, port):
    assert [one.verdict for one in present(machine.case)] == [Verdict.OK]


def test_a_port_that_is_not(machine, port):
    (machine.root / "dev/serial/by-id").mkdir(parents=True)
    (machine.root / "dev/serial/by-id/usb-other").touch()
    port.unlink()
    (found,) = present(machine.case)
    assert (found.verdict, found.cure) == (Verdict.FAIL, f"ls -l {machine.root}/dev/serial/by-id/*")
    assert list(permitted(machine.case)) == []


def test_a_port_on_another_host_is_not_connected_to(machine):
    machine.configure('[[lines]]\nname = "far"\ndevice = "socket://192.0.2.1:7000"\n')
    assert [one.verdict for one in present(machine.case)] == [Verdict.SKIPPED]
    assert list(free(machine.case)) == []


def test_permission(machine, port, monkeypatch):
    assert [one.verdict for one in permitted(machine.case)] == [Verdict.OK]
    machine.permitted = False
    monkeypatch.setattr("gateway.ports.troubles.group_name", lambda gid: "dialout")
    stat = port.stat()
    if stat.st_gid == 0:  # whoever runs the tests as root
        monkeypatch.setattr("gateway.ports.troubles.ROOT_GROUP", -1)
    (found,) = permitted(machine.case)
    assert found.verdict is Verdict.FAIL
    assert found.cure == f"sudo usermod -aG dialout {user_name(os.geteuid())}"


def test_a_port_that_no_group_may_use(machine, port):
    port.chmod(0o600)
    machine.permitted = False
    (found,) = permitted(machine.case)
    assert (found.verdict, "chgrp dialout" in found.cure) == (Verdict.FAIL, True)


def test_what_another_user_may(tmp_path):
    device = tmp_path / "tty"
    device.touch()
    nobody = 4_000_000_000  # no user has that number
    device.chmod(0o660)
    assert not may_use_as(nobody, device)
    assert may_use_as(os.geteuid(), device)
    device.chmod(0o666)
    assert may_use_as(nobody, device)
    assert user_name(nobody) == str(nobody)
    assert group_name(nobody) == str(nobody)


def test_a_name_that_two_equal_sticks_share(machine):
    plugged = Plugged(machine.root / "sys")
    for n in (1, 2):
        plugged.plug(f"1-{n}", QUECTEL_EC25, {2: f"ttyUSB{n}"})
        machine.write(f"dev/ttyUSB{n}")
    link = machine.root / "dev/serial/by-id/usb-Mobile-if02-port0"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../ttyUSB1")
    machine.configure(f'[[lines]]\nname = "office"\ndevice = "{link}"\n')
    (found,) = unique(machine.case)
    assert (found.verdict, "1-1 and the one at 1-2" in found.cause) == (Verdict.WARN, True)
    assert "by-path" in found.cure
    plugged.unplug("1-2")
    assert [one.verdict for one in unique(machine.case)] == [Verdict.OK]


def test_who_has_it_open(machine, port):
    assert [one.verdict for one in free(machine.case)] == [Verdict.OK]
    machine.process(812, "minicom", port)
    (found,) = free(machine.case)
    assert (found.verdict, "minicom (812)" in found.cause, found.cure) == (Verdict.FAIL, True, "sudo kill 812")


def test_the_gateway_itself_may_have_it_open(machine, port):
    machine.run_gateway(812)
    machine.process(812, "simgate", port)
    assert [one.verdict for one in free(machine.case)] == [Verdict.OK]


def test_modem_manager_has_it_open(machine, port):
    machine.process(700, "ModemManager", port)
    (found,) = free(machine.case)
    assert found.verdict is Verdict.FAIL
    assert 'ATTRS{idVendor}=="2c7c", ATTRS{idProduct}=="0125", ENV{ID_MM_DEVICE_IGNORE}="1"' in found.cure


@pytest.mark.parametrize(
    ("running", "properties", "verdict"),
    [
        (False, "", Verdict.OK),
        (True, "DEVNAME=/dev/ttyUSB2\n", Verdict.WARN),
        (True, "ID_MM_DEVICE_IGNORE=1\n", Verdict.OK),
        (True, "ID_MM_PORT_IGNORE=1\n", Verdict.OK),
        (True, None, Verdict.WARN),
    ],
)
async def test_modem_manager(machine, port, running, properties, verdict):
    if running:
        machine.process(700, "ModemManager")
    machine.programs["udevadm info"] = properties
    assert [one.verdict for one in await modem_manager(machine.case)] == [verdict]


async def test_modem_manager_takes_no_port_that_is_not_on_usb(machine, port):
    machine.process(700, "ModemManager")
    (machine.root / "sys/class/tty/ttyUSB2/device").unlink()
    assert [one.verdict for one in await modem_manager(machine.case)] == [Verdict.OK]
