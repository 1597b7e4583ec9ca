import pytest

from gateway.doctor.finding import Verdict
from gateway.doctor.usb import MANY, disconnects, modes
from gateway.ports.sysfs import id_of_port

LINE = '[[lines]]\nname = "office"\ndevice = "/dev/ttyNone0"\n'


def plug(machine, usb_id, classes=("ff",), serial=False):
    vendor, _, product = usb_id.partition(":")
    folder = "sys/bus/usb/devices/1-1"
    machine.write(f"{folder}/idVendor", vendor)
    machine.write(f"{folder}/idProduct", product)
    machine.write(f"{folder}/product", "Mobile")
    for n, one in enumerate(classes):
        machine.write(f"{folder}/1-1:1.{n}/bInterfaceClass", one)
    if serial:
        machine.write(f"{folder}/1-1:1.0/ttyUSB0/port_number", "0")


@pytest.mark.parametrize(
    ("usb_id", "classes", "serial", "verdict", "cure"),
    [
        ("12d1:1f01", ("08",), False, Verdict.FAIL, "sudo usb_modeswitch -v 12d1 -p 1f01 -J"),
        ("19d2:2000", ("08",), False, Verdict.FAIL, "sudo usb_modeswitch -v 19d2 -p 2000 -K"),
        ("12d1:abcd", ("08",), False, Verdict.FAIL, "sudo usb_modeswitch -v 12d1 -p abcd -J"),  # not in the table
        ("12d1:1506", ("ff", "08"), True, Verdict.OK, ""),
        ("12d1:14fe", ("ff", "08"), True, Verdict.OK, ""),  # one that keeps its number when it is switched
        ("12d1:14dc", ("02", "0a"), False, Verdict.FAIL, "stick firmware"),
        ("2c7c:0125", ("ff",), True, Verdict.OK, ""),
        ("0781:5581", ("08",), False, Verdict.OK, ""),  # a memory stick
    ],
)
def test_modes(machine, usb_id, classes, serial, verdict, cure):
    machine.configure(LINE)
    plug(machine, usb_id, classes, serial)
    (found,) = modes(machine.case)
    assert (found.verdict, cure in found.cure) == (verdict, True)


def test_a_modem_that_no_driver_has_taken(machine):
    machine.configure(LINE)
    plug(machine, "2c7c:0125")
    driver, mode = modes(machine.case)
    assert (driver.check, driver.verdict, mode.verdict) == ("usb.driver", Verdict.FAIL, Verdict.OK)
    assert driver.cure.startswith("sudo modprobe option && echo 2c7c 0125")


@pytest.mark.parametrize("config", ["", '[[lines]]\nname = "office"\nimei = "490154203237518"\n'])
def test_a_router_that_no_port_is_missing_for_is_a_remark(machine, config):
    machine.configure(config)
    plug(machine, "12d1:14dc")
    assert [one.verdict for one in modes(machine.case)] == [Verdict.WARN]


def test_the_stick_behind_a_port(machine):
    plug(machine, "2c7c:0125", serial=True)
    (machine.root / "sys/class/tty/ttyUSB0").mkdir(parents=True)
    port = machine.root / "sys/bus/usb/devices/1-1/1-1:1.0/ttyUSB0"
    (machine.root / "sys/class/tty/ttyUSB0/device").symlink_to(port)
    assert id_of_port(machine.host.sys, "/dev/ttyUSB0") == "2c7c:0125"
    assert id_of_port(machine.host.sys, "/dev/ttyS0") is None


@pytest.mark.parametrize(("times", "verdict"), [(0, Verdict.OK), (MANY - 1, Verdict.OK), (MANY, Verdict.WARN)])
async def test_a_stick_that_leaves_the_bus_again_and_again(machine, times, verdict):
    said = "usb 1-1.4: USB disconnect, device number {0}\nusb 1-1.4: new high-speed USB device number {0} using xhci\n"
    machine.programs["journalctl --dmesg --since=-1h"] = "usb 2-1: USB disconnect, device number 3\n" + "".join(
        said.format(n) for n in range(times)
    )
    (found,) = await disconnects(machine.case)
    assert found.verdict is verdict
    assert (found.looked_at == "USB 1-1.4" and f"{times} times" in found.cause) is (verdict is Verdict.WARN)


async def test_the_kernels_log_that_this_user_cannot_read(machine):
    (found,) = await disconnects(machine.case)
    assert (found.verdict, found.cure) == (Verdict.SKIPPED, "sudo simgate doctor")
