"""USB devices as the kernel shows them, and which of them are modems that have no serial port as they are.

Sources: usb_modeswitch's device reference; ModemManager's udev rules; the vendors' own names for HiLink and its like.
"""

from dataclasses import dataclass
from pathlib import Path

_STORAGE = "08"  # bInterfaceClass: mass storage
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


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """id: vendor and product as lsusb has them. classes: bInterfaceClass of its interfaces."""

    id: str
    name: str
    classes: frozenset[str]
    has_serial_port: bool

    @property
    def switch_command(self) -> str | None:
        """What turns a stick that shows a CD-ROM into a modem; None when it is none of those."""
        if self.has_serial_port:
            return None
        vendor, _, product = self.id.partition(":")
        if self.id in _CD_ROM or (vendor in _SWITCHED_BY and self.classes == {_STORAGE}):
            return f"sudo usb_modeswitch -v {vendor} -p {product} {_SWITCHED_BY[vendor]}"
        return None

    @property
    def router(self) -> str | None:
        """What it is instead of a modem: a router of its own, with no port for AT commands."""
        return None if self.has_serial_port else _ROUTERS.get(self.id)


def usb_devices(sys: Path) -> list[UsbDevice]:
    """All that is plugged in."""
    found = []
    for folder in sorted((sys / "bus/usb/devices").glob("*")):
        vendor, product = _read(folder / "idVendor"), _read(folder / "idProduct")
        if vendor and product:
            classes = frozenset(filter(None, map(_read, folder.glob("*:*/bInterfaceClass"))))
            ports = any(folder.glob("*:*/ttyUSB*")) or any(folder.glob("*:*/tty/tty*"))
            name = " ".join(filter(None, (_read(folder / "manufacturer"), _read(folder / "product"))))
            found.append(UsbDevice(f"{vendor}:{product}", name, classes, ports))
    return found


def id_of_port(sys: Path, device: str) -> str | None:
    """The USB id behind a serial port, or None when it is not on USB."""
    folder = (sys / "class/tty" / Path(device).resolve().name / "device").resolve()
    for above in (folder, *folder.parents):
        vendor, product = _read(above / "idVendor"), _read(above / "idProduct")
        if vendor and product:
            return f"{vendor}:{product}"
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
