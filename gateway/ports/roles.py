"""What each port of a multi-port stick is for, and in which order they are tried (modem-facts §1).

The table is data: ``usb_ports.json``, 249 products as ModemManager's udev rules have them.
"""

import json
import os
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path

from gateway.ports.sysfs import Interface, UsbDevice

_HUAWEI = "12d1"
_VENDOR_SPECIFIC = "ff"


class Role(StrEnum):
    """As the table has them."""

    AT = "at"  # the one that carries unsolicited result codes
    SECOND = "at2"
    UNKNOWN = "unknown"
    PPP = "ppp"  # meant for dial-up; it answers AT, and loses it to whoever dials
    DIAGNOSTIC = "diag"  # binary
    NMEA = "nmea"
    AUDIO = "audio"
    IGNORE = "ignore"


_TAG = "E:ID_MM_PORT_TYPE_"
_TAGS = {
    "AT_PRIMARY": Role.AT,
    "AT_SECONDARY": Role.SECOND,
    "AT_PPP": Role.PPP,
    "QCDM": Role.DIAGNOSTIC,
    "GPS": Role.NMEA,
    "AUDIO": Role.AUDIO,
}
_RANK = {Role.AT: 0, Role.SECOND: 1, Role.UNKNOWN: 2, Role.PPP: 3}


def role_of(device: UsbDevice, interface: Interface) -> Role:
    """What an interface of a stick is for, as far as it is known."""
    if device.vendor == _HUAWEI and (role := _huawei(interface.kind)) is not None:
        return role
    return Role(_table().get(device.id, {}).get(str(interface.number), Role.UNKNOWN))


def rank_of(device: UsbDevice, interface: Interface, hint: Role | None = None) -> int | None:
    """The lower, the earlier it is tried; None: it is never opened. hint: counts where the table knows nothing."""
    role = role_of(device, interface)
    return _RANK.get(hint if hint is not None and role is Role.UNKNOWN else role)


def hint_of(udev: Path, device: str) -> Role | None:
    """What ModemManager's rules have said of a port, for products that are newer than the table.

    udev: its database, /run/udev/data. ID_MM_PORT_IGNORE is no hint: whoever shares a modem with ModemManager sets it
    on the port that is ours.
    """
    try:
        number = Path(device).stat().st_rdev
        lines = (udev / f"c{os.major(number)}:{os.minor(number)}").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    said = (
        line.removeprefix(_TAG).removesuffix("=1") for line in lines if line.startswith(_TAG) and line.endswith("=1")
    )
    return next((_TAGS[tag] for tag in said if tag in _TAGS), None)


def is_listed(usb_id: str) -> bool:
    """Whether the table has this product, which is then a modem."""
    return usb_id in _table()


def _huawei(kind: tuple[str, str, str]) -> Role | None:
    """Huawei's sticks say it in their descriptors, whatever their product number."""
    cls, subclass, protocol = (part.lower() for part in kind)
    if cls != _VENDOR_SPECIFIC:
        return None
    if (subclass, protocol) in (("01", "05"), ("01", "14"), ("06", "14")):
        return Role.NMEA
    if subclass in ("01", "02"):
        return {"02": Role.AT, "01": Role.PPP}.get(protocol)
    return None


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    listed = json.loads((files(__package__) / "usb_ports.json").read_text("utf-8"))["devices"]
    return {f"{one['vendor']}:{one['product']}": one["interfaces"] for one in listed}
