"""The serial ports of the configured lines: there, permitted, free, and left alone by ModemManager."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from shlex import quote

from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.doctor.host import group_name, may_use_as, user_name
from gateway.doctor.locks import port_holder
from gateway.doctor.usb_devices import id_of_port
from gateway.workers.finder import PATTERNS, REMOTE, mark

_MODEM_MANAGER = "ModemManager"
ROOT_GROUP = 0


def present(case: Case) -> Iterator[Finding]:
    for line in case.settings.lines:
        if line.device is None:
            continue  # it is searched for, and the check of the modems tells
        looked_at = f"{line.name}: {line.device}"
        if REMOTE in line.device:
            yield skipped("ports.present", looked_at, "it is on another host, which only connecting to it would tell")
        elif mark(line.device) is None:
            yield fail("ports.present", looked_at, "there is no such device", f"ls -l {_choices(case)}")
        else:
            yield ok("ports.present", looked_at, "it is there")


def permitted(case: Case) -> Iterator[Finding]:
    """Effective access, not membership: a login shell keeps the groups it began with."""
    for line, device in local_ports(case):
        looked_at = f"{line}: {device}"
        user, may = _user_of(case), _may_use(case, Path(device))
        if may:
            yield ok("ports.permission", looked_at, f"{user} may use it")
            continue
        found = Path(device).stat()
        group = group_name(found.st_gid)
        if found.st_gid == ROOT_GROUP or found.st_mode & 0o060 != 0o060:
            cause = f"{user} may not use it, and no group is given access to it"
            yield fail(
                "ports.permission",
                looked_at,
                cause,
                f"sudo chgrp dialout {quote(device)} && sudo chmod 660 {quote(device)}",
            )
        else:
            cause = f"{user} may not use it: it belongs to the group {group} (log in anew after the cure)"
            yield fail("ports.permission", looked_at, cause, f"sudo usermod -aG {group} {user}")


def free(case: Case) -> Iterator[Finding]:
    """Two programs at one port take each other's answers."""
    for line, device in local_ports(case):
        looked_at = f"{line}: {device}"
        holder = port_holder(case.host, device)
        if holder is None:
            seen = "" if os.geteuid() == 0 else ", as far as this user can see"
            yield ok("ports.free", looked_at, f"no program has it open{seen}")
        elif case.running is not None and holder.endswith(f"({case.running})"):
            yield ok("ports.free", looked_at, f"the gateway has it open ({case.running})")
        elif holder.startswith(_MODEM_MANAGER):
            yield fail("ports.free", looked_at, f"{holder} has it open", _leave_alone(case, device))
        else:
            pid = holder.rpartition("(")[2].rstrip(")")
            yield fail("ports.free", looked_at, f"{holder} has it open", f"sudo kill {pid}")


async def modem_manager(case: Case) -> Iterable[Finding]:
    """It asks every new port and takes what the modem says unasked, unless udev marks the port."""
    if not case.host.processes(_MODEM_MANAGER):
        return [ok("ports.modemmanager", _MODEM_MANAGER, "it does not run")]
    found = []
    for line, device in local_ports(case):
        looked_at = f"{line}: {device}"
        properties = await case.host.run(("udevadm", "info", "--query=property", f"--name={device}")) or ""
        if any(f"{name}=1" in properties.split() for name in ("ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE")):
            found.append(ok("ports.modemmanager", looked_at, f"{_MODEM_MANAGER} runs and leaves it alone"))
        elif id_of_port(case.host.sys, device) is None:
            found.append(ok("ports.modemmanager", looked_at, f"{_MODEM_MANAGER} runs; it is no USB port"))
        else:
            cause = f"{_MODEM_MANAGER} runs and is not told to leave it alone: it takes messages and answers"
            found.append(warn("ports.modemmanager", looked_at, cause, _leave_alone(case, device)))
    return found or [ok("ports.modemmanager", _MODEM_MANAGER, "it runs, and no line has a port it could take")]


def local_ports(case: Case) -> Iterator[tuple[str, str]]:
    """The line and the device of each configured port that is there."""
    for line in case.settings.lines:
        if line.device is not None and REMOTE not in line.device and mark(line.device) is not None:
            yield line.name, line.device


def _leave_alone(case: Case, device: str) -> str:
    """A udev rule for this hardware alone: other modems of the vendor may carry somebody's mobile data."""
    usb_id = id_of_port(case.host.sys, device)
    if usb_id is None:
        return f"sudo systemctl stop {_MODEM_MANAGER}"
    vendor, _, product = usb_id.partition(":")
    rule = f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}", ENV{{ID_MM_DEVICE_IGNORE}}="1"'
    return (
        f"echo '{rule}' | sudo tee -a /etc/udev/rules.d/77-simgate.rules && sudo udevadm control --reload && "
        f"sudo udevadm trigger --subsystem-match=tty && sudo systemctl restart {_MODEM_MANAGER}"
    )


def _choices(case: Case) -> str:
    patterns = (pattern for pattern in PATTERNS if any(case.host.dev.glob(pattern)))
    return " ".join(str(case.host.dev / pattern) for pattern in patterns) or str(case.host.dev / "serial")


def _owner(case: Case) -> int:
    """Who will run the gateway: root asks for the owner of the state directory, anybody else for himself."""
    folder = case.settings.data_dir
    return folder.stat().st_uid if os.geteuid() == 0 and folder.exists() else os.geteuid()


def _user_of(case: Case) -> str:
    return user_name(_owner(case))


def _may_use(case: Case, device: Path) -> bool:
    owner = _owner(case)
    return case.host.may_use(device) if owner == os.geteuid() else may_use_as(owner, device)


CHECKS = (present, permitted, free, modem_manager)
