"""What is plugged into a machine that is not there: a tree as /sys has it, beside device files or pseudo-terminals."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

QUECTEL_EC25 = "2c7c:0125"
"""Interfaces 0 diagnosis, 1 NMEA, 2 and 3 AT."""


@dataclass
class Plugged:
    """sys: the root of the tree; the names of its ttys are those right below /dev."""

    sys: Path
    turns: int = 0

    @property
    def _devices(self) -> Path:
        return self.sys / "bus/usb/devices"

    def plug(
        self,
        path: str,
        usb_id: str,
        ttys: Mapping[int, str | None] | None = None,
        *,
        serial: str = "",
        name: str = "Mobile",
        driver: str | None = "option1",
        kinds: Mapping[int, tuple[str, str, str]] | None = None,
    ) -> None:
        """path: as "1-1.4". ttys: by interface, None for one without. kinds: class, subclass, protocol likewise."""
        self.turns += 1
        folder = self._devices / path
        vendor, _, product = usb_id.partition(":")
        told = {"idVendor": vendor, "idProduct": product, "product": name, "devnum": str(self.turns)}
        _write(folder, told | ({"serial": serial} if serial else {}))
        for number, tty in (ttys or {}).items():
            cls, subclass, protocol = (kinds or {}).get(number, ("ff", "ff", "ff"))
            inner = folder / f"{path}:1.{number}"
            _write(
                inner,
                {
                    "bInterfaceNumber": f"{number:02x}",
                    "bInterfaceClass": cls,
                    "bInterfaceSubClass": subclass,
                    "bInterfaceProtocol": protocol,
                },
            )
            if driver is not None:
                target = self.sys / "bus/usb/drivers" / driver
                target.mkdir(parents=True, exist_ok=True)
                (inner / "driver").symlink_to(target)
            if tty is not None:
                (inner / (tty if tty.startswith("ttyUSB") else f"tty/{tty}")).mkdir(parents=True)

    def unplug(self, path: str) -> None:
        rmtree(self._devices / path)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n")
