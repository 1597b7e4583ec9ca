"""USB devices, their interfaces and the ttys behind them, as /sys shows them; without libudev.

Whatever reads here may wait for the kernel, which holds a device while it resets it: keep it off the event loop.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Interface:
    """number: bInterfaceNumber. kind: bInterfaceClass, SubClass and Protocol, two hexadecimal digits each, "" unknown.

    driver: what the kernel has bound to it. ttys: names below /dev.
    """

    number: int
    kind: tuple[str, str, str] = ("", "", "")
    driver: str | None = None
    ttys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """path: where it is plugged in, as "1-1.4". id: vendor and product as lsusb has them. serial: "" without one.

    turn: devnum, which is another each time something is plugged in. name: as it says itself.
    """

    path: str
    id: str
    name: str = ""
    serial: str = ""
    turn: str = ""
    interfaces: tuple[Interface, ...] = ()

    @property
    def vendor(self) -> str:
        return self.id.partition(":")[0]

    @property
    def product(self) -> str:
        return self.id.partition(":")[2]

    @property
    def classes(self) -> frozenset[str]:
        """bInterfaceClass of its interfaces."""
        return frozenset(interface.kind[0] for interface in self.interfaces if interface.kind[0])

    @property
    def has_serial_port(self) -> bool:
        return any(interface.ttys for interface in self.interfaces)

    @property
    def appearance(self) -> tuple[str, str]:
        """Stands for it until it is unplugged."""
        return (self.path, self.turn)

    def __str__(self) -> str:
        return f"USB {self.id} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that is plugged in at a moment."""

    devices: tuple[UsbDevice, ...] = ()

    def behind(self, tty: str) -> tuple[UsbDevice, Interface] | None:
        """What a tty belongs to; None when that is not on USB."""
        for device in self.devices:
            for interface in device.interfaces:
                if tty in interface.ttys:
                    return device, interface
        return None

    def twins(self, device: UsbDevice) -> tuple[UsbDevice, ...]:
        """Others that udev gives the same name below /dev/serial/by-id: nothing that they say of themselves differs."""
        return tuple(
            other
            for other in self.devices
            if other.path != device.path
            and (other.id, other.name, other.serial) == (device.id, device.name, device.serial)
        )


def read_inventory(sys: Path) -> Inventory:
    return Inventory(tuple(usb_devices(sys)))


def usb_devices(sys: Path) -> list[UsbDevice]:
    """All that is plugged in. sys: where /sys is; one that is not there has nothing."""
    found = []
    for folder in _inside(sys / "bus/usb/devices"):
        vendor, product = _read(folder / "idVendor"), _read(folder / "idProduct")
        if vendor and product:  # an interface has neither
            found.append(
                UsbDevice(
                    folder.name,
                    f"{vendor}:{product}",
                    name=" ".join(filter(None, (_read(folder / "manufacturer"), _read(folder / "product")))),
                    serial=_read(folder / "serial"),
                    turn=_read(folder / "devnum"),
                    interfaces=tuple(_interface(inner) for inner in _inside(folder) if ":" in inner.name),
                )
            )
    return found


def id_of_port(sys: Path, device: str) -> str | None:
    """The USB id behind a serial port, or None when it is not on USB."""
    folder = (sys / "class/tty" / Path(device).resolve().name / "device").resolve()
    for above in (folder, *folder.parents):
        vendor, product = _read(above / "idVendor"), _read(above / "idProduct")
        if vendor and product:
            return f"{vendor}:{product}"
    return None


def _interface(folder: Path) -> Interface:
    number = _read(folder / "bInterfaceNumber") or folder.name.rpartition(".")[2]
    ttys = [inner.name for place in (folder, folder / "tty") for inner in _inside(place)]  # usb-serial's; cdc_acm's
    driver = folder / "driver"
    return Interface(
        int(number, 16) if _is_hex(number) else 0,
        (
            _read(folder / "bInterfaceClass"),
            _read(folder / "bInterfaceSubClass"),
            _read(folder / "bInterfaceProtocol"),
        ),
        driver.resolve().name if driver.exists() else None,
        tuple(sorted(name for name in ttys if name.startswith("tty") and name != "tty")),
    )


def _inside(folder: Path) -> list[Path]:
    """Nothing where it is not, or no longer: things are unplugged while one looks."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_hex(text: str) -> bool:
    return bool(text) and all(digit in "0123456789abcdefABCDEF" for digit in text)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
