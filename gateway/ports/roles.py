"""What each port of a multi-port stick is for, and in which order they are tried (modem-facts §1).

The table is data: ``usb_ports.json``, 249 products as ModemManager's udev rules have them.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

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


_RANK = {Role.AT: 0, Role.SECOND: 1, Role.UNKNOWN: 2, Role.PPP: 3}


def role_of(device: UsbDevice, interface: Interface) -> Role:
    """What an interface of a stick is for, as far as it is known."""
    if device.vendor == _HUAWEI and (role := _huawei(interface.kind)) is not None:
        return role
    return Role(_table().get(device.id, {}).get(str(interface.number), Role.UNKNOWN))


def rank_of(device: UsbDevice, interface: Interface) -> int | None:
    """The lower, the earlier it is tried; None: it is never opened."""
    return _RANK.get(role_of(device, interface))


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
