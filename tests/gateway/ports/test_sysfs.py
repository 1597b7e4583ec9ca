from pathlib import Path

import pytest

from gateway.ports.names import candidates, kernel_name
from gateway.ports.sysfs import read_inventory, usb_devices
from tests.support.plugged import QUECTEL_EC25, Plugged


@pytest.fixture
def plugged(tmp_path):
    return Plugged(tmp_path / "sys")


def test_a_tty_is_traced_to_its_stick_and_interface(plugged):
    plugged.plug("1-1.4", QUECTEL_EC25, {0: "ttyUSB0", 2: "ttyUSB2", 4: None}, serial="123", name="EG25-G")
    plugged.plug("1-1.5", "1546:1143", {0: "ttyACM0"}, driver="cdc_acm", kinds={0: ("02", "02", "01")})
    inventory = read_inventory(plugged.sys)
    stick, interface = inventory.behind("ttyUSB2")
    assert (stick.path, stick.id, stick.serial, stick.name) == ("1-1.4", QUECTEL_EC25, "123", "EG25-G")
    assert (interface.number, interface.driver, interface.kind) == (2, "option1", ("ff", "ff", "ff"))
    other, first = inventory.behind("ttyACM0")
    assert (other.path, first.driver, first.kind[0]) == ("1-1.5", "cdc_acm", "02")
    assert inventory.behind("ttyS0") is None


def test_an_interface_number_is_hexadecimal(plugged):
    plugged.plug("1-1", "1e0e:9001", {10: "ttyUSB5"})
    assert read_inventory(plugged.sys).behind("ttyUSB5")[1].number == 10


def test_plugged_in_again_is_another_appearance(plugged):
    plugged.plug("1-1", QUECTEL_EC25)
    (before,) = usb_devices(plugged.sys)
    plugged.unplug("1-1")
    plugged.plug("1-1", QUECTEL_EC25)
    (after,) = usb_devices(plugged.sys)
    assert before.appearance != after.appearance


def test_without_a_tree_nothing_is_plugged_in(tmp_path):
    assert usb_devices(tmp_path / "nothing") == []


@pytest.mark.parametrize(("serials", "same"), [(("", ""), True), (("1", "2"), False), (("0", "0"), True)])
def test_twins_are_sticks_that_say_the_same_of_themselves(plugged, serials, same):
    plugged.plug("1-1", QUECTEL_EC25, {2: "ttyUSB0"}, serial=serials[0])
    plugged.plug("1-2", QUECTEL_EC25, {2: "ttyUSB1"}, serial=serials[1])
    plugged.plug("1-3", "12d1:1506", {0: "ttyUSB2"})
    inventory = read_inventory(plugged.sys)
    twins = inventory.twins(inventory.behind("ttyUSB0")[0])
    assert [twin.path for twin in twins] == (["1-2"] if same else [])


def test_the_kernels_name_stands_behind_udevs_links_and_before_a_tests_own(tmp_path):
    """/sys/class/tty knows ttyUSB0, whatever leads to it and wherever it leads."""
    target = tmp_path / "pts" / "7"
    target.parent.mkdir()
    target.touch()
    devices = tmp_path / "dev"
    (devices / "serial/by-id").mkdir(parents=True)
    (devices / "ttyUSB0").symlink_to(target)
    link = devices / "serial/by-id/usb-one"
    link.symlink_to("../../ttyUSB0")
    assert candidates(devices) == [str(link)]
    assert kernel_name(str(link), devices) == "ttyUSB0"
    assert kernel_name(str(devices / "ttyUSB0"), devices) == "ttyUSB0"
    assert kernel_name("/dev/nothing", Path("/dev")) == "nothing"
