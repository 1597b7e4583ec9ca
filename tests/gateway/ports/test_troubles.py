"""What is said of sticks and ports that are no use as they are; the doctor's tests see the same from its side."""

import pytest

from gateway.ports.kinds import is_bridge, is_never_a_modem, is_surely_a_modem
from gateway.ports.sysfs import UsbDevice, read_inventory
from gateway.ports.troubles import ambiguous, busy, forbidden, stick_trouble
from tests.support.plugged import QUECTEL_EC25, Plugged


@pytest.fixture
def plugged(tmp_path):
    return Plugged(tmp_path / "sys")


STORAGE = {0: ("08", "06", "50")}


@pytest.mark.parametrize(
    ("usb_id", "driver", "kinds", "kind", "cure"),
    [
        ("12d1:1f01", "usb-storage", STORAGE, "mode", "sudo usb_modeswitch -v 12d1 -p 1f01 -J"),
        ("12d1:1446", "usb-storage", STORAGE, "mode", "sudo usb_modeswitch -v 12d1 -p 1446 -J"),
        ("19d2:2000", "usb-storage", STORAGE, "mode", "sudo usb_modeswitch -v 19d2 -p 2000 -K"),
        ("12d1:14dc", "cdc_ether", {0: ("02", "06", "00")}, "mode", "use another modem"),
        (
            QUECTEL_EC25, None, {}, "driver",
            "sudo modprobe option && echo 2c7c 0125 | sudo tee /sys/bus/usb-serial/drivers/option1/new_id",
        ),
    ],
)  # fmt: skip
def test_sticks_that_are_no_modem_as_they_are(plugged, usb_id, driver, kinds, kind, cure):
    plugged.plug("1-1", usb_id, {0: None}, driver=driver, kinds=kinds)
    (device,) = read_inventory(plugged.sys).devices
    trouble = stick_trouble(device)
    assert (trouble.kind, trouble.cure.startswith(cure)) == (kind, True)
    assert str(trouble).startswith(f"USB {usb_id} Mobile: {trouble.cause}")


@pytest.mark.parametrize(
    ("usb_id", "ttys", "driver"),
    [
        (QUECTEL_EC25, {2: "ttyUSB0"}, "option1"),
        (QUECTEL_EC25, {4: None}, "qmi_wwan"),  # set up for data only: no driver would give it a port
        ("0781:5581", {0: None}, None),
        ("12d1:1506", {0: "ttyUSB0"}, "option1"),
    ],
)
def test_what_there_is_nothing_to_say_about(plugged, usb_id, ttys, driver):
    plugged.plug("1-1", usb_id, ttys, driver=driver)
    (device,) = read_inventory(plugged.sys).devices
    assert stick_trouble(device) is None


def test_boards_bridges_and_modems():
    arduino, cable, modem = (UsbDevice("1-1", usb_id) for usb_id in ("2341:0043", "10c4:ea60", QUECTEL_EC25))
    assert [is_never_a_modem(one) for one in (arduino, cable, modem)] == [True, False, False]
    assert [is_bridge(one) for one in (arduino, cable, modem)] == [False, True, False]
    assert [is_surely_a_modem(one) for one in (arduino, cable, modem)] == [False, False, True]


def test_who_has_a_busy_port_is_named(tmp_path):
    device, proc, sys = tmp_path / "ttyUSB2", tmp_path / "proc", tmp_path / "sys"
    device.touch()
    unseen = busy(str(device), QUECTEL_EC25, proc, sys)
    assert (unseen.cause, unseen.cure) == ("another program has it open", f"sudo fuser -v {device}")

    (proc / "700").mkdir(parents=True)
    (proc / "700/comm").write_text("ModemManager\n")
    likely = busy(str(device), QUECTEL_EC25, proc, sys)
    assert "by all appearances ModemManager (700)" in likely.cause
    assert 'ATTRS{idProduct}=="0125", ENV{ID_MM_DEVICE_IGNORE}="1"' in likely.cure

    (proc / "812/fd").mkdir(parents=True)
    (proc / "812/comm").write_text("minicom\n")
    (proc / "812/fd/3").symlink_to(device)
    seen = busy(str(device), QUECTEL_EC25, proc, sys)
    assert (seen.cause, seen.cure) == ("minicom (812) has it open", "sudo kill 812")


def test_a_port_that_one_may_not_use(tmp_path, monkeypatch):
    device = tmp_path / "ttyUSB2"
    device.touch()
    device.chmod(0o600)
    assert "sudo chgrp dialout" in forbidden(str(device)).cure
    device.chmod(0o660)
    monkeypatch.setattr("gateway.ports.troubles.ROOT_GROUP", -1)  # whoever runs the tests as root
    monkeypatch.setattr("gateway.ports.troubles.group_name", lambda gid: "dialout")
    assert forbidden(str(device)).cure.startswith("sudo usermod -aG dialout ")


def test_a_name_that_two_sticks_share(plugged):
    plugged.plug("1-1", QUECTEL_EC25, {2: "ttyUSB0"})
    plugged.plug("1-2", QUECTEL_EC25, {2: "ttyUSB1"})
    inventory = read_inventory(plugged.sys)
    trouble = ambiguous("/dev/serial/by-id/usb-Mobile-if02-port0", "ttyUSB0", inventory)
    assert "1-1 and the one at 1-2" in trouble.cause
    assert "by-path" in trouble.cure
    assert ambiguous("/dev/serial/by-path/pci-usb-0:2:1.2-port0", "ttyUSB0", inventory) is None
    plugged.unplug("1-2")
    assert ambiguous("/dev/serial/by-id/usb-Mobile-if02-port0", "ttyUSB0", read_inventory(plugged.sys)) is None
