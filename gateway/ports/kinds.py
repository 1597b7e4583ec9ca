"""What a USB device is, besides a modem that is ready: not yet one, never one, or a cable to one.

Sources: usb_modeswitch's device reference; ModemManager's udev rules; the vendors' own names for HiLink and its like.
"""

from gateway.ports.roles import is_listed
from gateway.ports.sysfs import UsbDevice

_STORAGE, _VENDOR_SPECIFIC = "08", "ff"  # bInterfaceClass
_HUAWEI_SWITCH, _EJECT = "-J", "-K"  # usb_modeswitch(1): Huawei's newer message; SCSI eject
_SWITCHED_BY = {  # vendor → how its sticks are told to leave the mode in which they show a CD-ROM
    "12d1": _HUAWEI_SWITCH,
    "19d2": _EJECT,  # ZTE
    "1bbb": _EJECT,  # Alcatel
    "1c9e": _EJECT,  # Longcheer
    "2001": _EJECT,  # D-Link
    "2357": _EJECT,  # TP-Link
}
_CD_ROM = frozenset({
    "12d1:1446", "12d1:14d1", "12d1:14fe", "12d1:1505", "12d1:1520", "12d1:1c0b", "12d1:1f01",
    "19d2:2000", "19d2:fff5", "19d2:fff6", "1bbb:f000", "1c9e:f000", "2001:a80b", "2357:f000",
})  # fmt: skip
_ROUTERS = {
    "12d1:14db": "Huawei in HiLink mode",
    "12d1:14dc": "Huawei in HiLink mode",
    "19d2:1405": "ZTE in network mode",
    "1bbb:0195": "Alcatel in network mode",
}
_MODEM_VENDORS = frozenset({  # who makes nothing else
    "1199",  # Sierra Wireless
    "1bc7",  # Telit
    "1e0e",  # SIMCom
    "1e2d",  # Cinterion
    "2c7c",  # Quectel
    "2cb7",  # Fibocom
})  # fmt: skip
_BRIDGES = frozenset({  # chips between USB and a UART: what hangs on one of their ports knows nothing of the others
    "0403",  # FTDI
    "067b",  # Prolific
    "10c4",  # Silicon Labs
    "110a",  # Moxa
    "1a86",  # WCH
    "9710",  # MosChip
})  # fmt: skip
_BRIDGE_DRIVERS = frozenset({
    "ch341", "ch341-uart", "cp210x", "f81232", "f81534", "ftdi_sio", "io_ti", "mos7720", "mos7840", "moxa uport",
    "pl2303", "ti_usb_3410_5052_1", "xr_serial",
})  # fmt: skip
_NEVER_VENDORS = frozenset({  # boards and instruments; some restart when their port is opened
    "091e",  # Garmin
    "0d28",  # Arm DAPLink
    "1366",  # SEGGER
    "1b4f",  # SparkFun
    "1cf1",  # dresden elektronik
    "1ffb",  # Pololu
    "2341",  # Arduino
    "239a",  # Adafruit
    "2886",  # Seeed
    "2a03",  # Arduino
    "2e8a",  # Raspberry Pi
    "303a",  # Espressif
    "f055",  # MicroPython
})  # fmt: skip
_NEVER = frozenset({
    "0451:16a8",  # Texas Instruments CC2531
    "0483:374b",  # STMicroelectronics ST-LINK/V2-1
    "0483:374e", "0483:374f", "0483:3752", "0483:3753", "0483:3754",
    "051d:0002",  # APC, a UPS
    "0658:0200",  # Aeotec Z-Stick
    "0e8d:3329",  # GlobalTop, a GNSS receiver
    "1546:01a4", "1546:01a5", "1546:01a6", "1546:01a7", "1546:01a8", "1546:01a9",  # u-blox, GNSS receivers
    "16c0:0483",  # Teensy
})  # fmt: skip


def switch_command(device: UsbDevice) -> str | None:
    """What turns a stick that shows a CD-ROM into a modem; None when it is none of those."""
    if device.has_serial_port:
        return None
    if device.id in _CD_ROM or (device.vendor in _SWITCHED_BY and device.classes == {_STORAGE}):
        return f"sudo usb_modeswitch -v {device.vendor} -p {device.product} {_SWITCHED_BY[device.vendor]}"
    return None


def router(device: UsbDevice) -> str | None:
    """What it is instead of a modem: a router of its own, with no port for AT commands."""
    return None if device.has_serial_port else _ROUTERS.get(device.id)


def driver_command(device: UsbDevice) -> str | None:
    """What gives a modem its ports when no driver has taken them; None when nothing is amiss."""
    if device.has_serial_port or not (is_listed(device.id) or device.vendor in _MODEM_VENDORS):
        return None
    if not any(one.kind[0].lower() == _VENDOR_SPECIFIC and one.driver is None for one in device.interfaces):
        return None  # all are taken, for data; it has no serial ports as it is set up
    numbers = f"{device.vendor} {device.product}"
    return f"sudo modprobe option && echo {numbers} | sudo tee /sys/bus/usb-serial/drivers/option1/new_id"


def is_bridge(device: UsbDevice) -> bool:
    """A cable, or several in one: each of its ports may lead to another modem."""
    return device.vendor in _BRIDGES or any(one.driver in _BRIDGE_DRIVERS for one in device.interfaces)


def is_never_a_modem(device: UsbDevice) -> bool:
    return device.id in _NEVER or device.vendor in _NEVER_VENDORS


def is_surely_a_modem(device: UsbDevice) -> bool:
    return is_listed(device.id) or device.vendor in _MODEM_VENDORS or device.vendor in _SWITCHED_BY
