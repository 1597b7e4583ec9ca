"""What keeps a port or a stick from being used, in words, each with the one command that cures it.

The lines' reasons, the log and the doctor say the same because all of them ask here.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from gateway.ports.access import group_name, user_name
from gateway.ports.holders import MODEM_MANAGER, modem_manager, port_holder
from gateway.ports.kinds import driver_command, router, switch_command
from gateway.ports.sysfs import Inventory, UsbDevice

ROOT_GROUP = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """looked_at: the port or the stick. cause: the rest of a sentence about it. cure: one command, or one thing to do.

    kind: the last word of the doctor's check that tells the same.
    """

    kind: str
    looked_at: str
    cause: str
    cure: str

    def __str__(self) -> str:
        return f"{self.looked_at}: {self.cause}; cure: {self.cure}"


def stick_trouble(device: UsbDevice) -> Trouble | None:
    """Why a stick that is plugged in is no modem as it is, or never will be."""
    looked_at = str(device)
    if (command := switch_command(device)) is not None:
        cause = "the stick shows a CD-ROM and has to be switched before it is a modem"
        return Trouble("mode", looked_at, cause, command)
    if (name := router(device)) is not None:
        cause = f"{name}: it is a router of its own and has no port for AT commands"
        return Trouble("mode", looked_at, cause, "use another modem, or its vendor's stick firmware")
    if (command := driver_command(device)) is not None:
        return Trouble("driver", looked_at, "no driver of the kernel has taken its ports", command)
    return None


def forbidden(device: str, uid: int | None = None) -> Trouble:
    """device: one that this user, or whoever runs this, may not use."""
    found, user = Path(device).stat(), user_name(os.geteuid() if uid is None else uid)
    group = group_name(found.st_gid)
    if found.st_gid == ROOT_GROUP or found.st_mode & 0o060 != 0o060:
        cause = f"{user} may not use it, and no group is given access to it"
        cure = f"sudo chgrp dialout {quote(device)} && sudo chmod 660 {quote(device)}"
    else:
        cause = f"{user} may not use it: it belongs to the group {group} (log in anew after the cure)"
        cure = f"sudo usermod -aG {group} {user}"
    return Trouble("permission", device, cause, cure)


def held(device: str, holder: str, usb_id: str | None) -> Trouble:
    """holder: as ``port_holder`` names it."""
    if holder.startswith(MODEM_MANAGER):
        cure = leave_alone(usb_id)
    else:
        cure = f"sudo kill {holder.rpartition('(')[2].rstrip(')')}"
    return Trouble("free", device, f"{holder} has it open", cure)


def busy(device: str, usb_id: str | None, proc: Path, sys: Path) -> Trouble:
    """device: one that could not be had because another program has it, which is not always to be seen."""
    if (holder := port_holder(proc, device)) is not None:
        return held(device, holder, usb_id)
    if (pid := modem_manager(proc, sys)) is not None:
        cause = f"another program has it open, by all appearances {MODEM_MANAGER} ({pid})"
        return Trouble("free", device, cause, leave_alone(usb_id))
    return Trouble("free", device, "another program has it open", f"sudo fuser -v {quote(device)}")


def leave_alone(usb_id: str | None) -> str:
    """A udev rule for this hardware alone: other modems of the vendor may carry somebody's mobile data."""
    if usb_id is None:
        return f"sudo systemctl stop {MODEM_MANAGER}"
    vendor, _, product = usb_id.partition(":")
    rule = f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}", ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    return (
        f"echo '{rule}' | sudo tee -a /etc/udev/rules.d/77-simgate.rules && sudo udevadm control --reload && "
        f"sudo udevadm trigger --subsystem-match=tty && sudo systemctl restart {MODEM_MANAGER}"
    )


def ambiguous(device: str, tty: str, inventory: Inventory) -> Trouble | None:
    """Why a by-id name does not say which of two equal sticks is meant; None where it does, or is no such name.

    tty: what it leads to now.
    """
    found = inventory.behind(tty) if "/by-id/" in device else None
    twins = inventory.twins(found[0]) if found is not None else ()
    if found is None or not twins:
        return None
    others = " and ".join(twin.path for twin in twins)
    cause = (
        f"the name fits the stick at USB {found[0].path} and the one at {others}, which do not differ in a serial "
        "number: it may lead to either"
    )
    return Trouble("unique", device, cause, "name the port by imei, by iccid or below /dev/serial/by-path")
