"""The serial ports of the configured lines: there, permitted, free, and left alone by ModemManager."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.ports.access import may_use_as, user_name
from gateway.ports.holders import MODEM_MANAGER, port_holder
from gateway.ports.names import PATTERNS, REMOTE, kernel_name, mark
from gateway.ports.sysfs import id_of_port, read_inventory
from gateway.ports.troubles import Trouble, ambiguous, forbidden, held, leave_alone


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
        if _may_use(case, Path(device)):
            yield ok("ports.permission", f"{line}: {device}", f"{_user_of(case)} may use it")
        else:
            yield _failed(line, forbidden(device, _owner(case)))


def free(case: Case) -> Iterator[Finding]:
    """Two programs at one port take each other's answers."""
    for line, device in local_ports(case):
        looked_at = f"{line}: {device}"
        holder = port_holder(case.host.proc, device)
        if holder is None:
            seen = "" if os.geteuid() == 0 else ", as far as this user can see"
            yield ok("ports.free", looked_at, f"no program has it open{seen}")
        elif case.running is not None and holder.endswith(f"({case.running})"):
            yield ok("ports.free", looked_at, f"the gateway has it open ({case.running})")
        else:
            yield _failed(line, held(device, holder, id_of_port(case.host.sys, device)))


def unique(case: Case) -> Iterator[Finding]:
    """Two equal sticks without serial numbers share a name, and udev lets either have it."""
    inventory = read_inventory(case.host.sys)
    for line, device in local_ports(case):
        trouble = ambiguous(device, kernel_name(device, case.host.dev), inventory)
        if trouble is not None:
            yield warn("ports.unique", f"{line}: {device}", trouble.cause, trouble.cure)
        else:
            yield ok("ports.unique", f"{line}: {device}", "the name means one port")


async def modem_manager(case: Case) -> Iterable[Finding]:
    """It asks every new port and takes what the modem says unasked, unless udev marks the port."""
    if not case.host.processes(MODEM_MANAGER):
        return [ok("ports.modemmanager", MODEM_MANAGER, "it does not run")]
    found = []
    for line, device in local_ports(case):
        looked_at = f"{line}: {device}"
        properties = await case.host.run(("udevadm", "info", "--query=property", f"--name={device}")) or ""
        if any(f"{name}=1" in properties.split() for name in ("ID_MM_DEVICE_IGNORE", "ID_MM_PORT_IGNORE")):
            found.append(ok("ports.modemmanager", looked_at, f"{MODEM_MANAGER} runs and leaves it alone"))
        elif id_of_port(case.host.sys, device) is None:
            found.append(ok("ports.modemmanager", looked_at, f"{MODEM_MANAGER} runs; it is no USB port"))
        else:
            cause = f"{MODEM_MANAGER} runs and is not told to leave it alone: it takes messages and answers"
            found.append(warn("ports.modemmanager", looked_at, cause, leave_alone(id_of_port(case.host.sys, device))))
    return found or [ok("ports.modemmanager", MODEM_MANAGER, "it runs, and no line has a port it could take")]


def local_ports(case: Case) -> Iterator[tuple[str, str]]:
    """The line and the device of each configured port that is there."""
    for line in case.settings.lines:
        if line.device is not None and REMOTE not in line.device and mark(line.device) is not None:
            yield line.name, line.device


def _failed(line: str, trouble: Trouble) -> Finding:
    return fail(f"ports.{trouble.kind}", f"{line}: {trouble.looked_at}", trouble.cause, trouble.cure)


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


CHECKS = (present, permitted, free, unique, modem_manager)
