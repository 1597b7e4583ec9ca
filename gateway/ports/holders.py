"""Who has a file or a port, without touching it: to try a lock would keep whoever starts just now from starting."""

import os
from pathlib import Path

from modem.transport import holder_of

MODEM_MANAGER = "ModemManager"
_PSEUDO_TERMINALS = "/dev/pts/"
_SERVICE = "fs/cgroup/system.slice/ModemManager.service/cgroup.procs"


def lock_holder(proc: Path, path: Path, written: str = "") -> int | None:
    """The process that has an exclusive flock(2) on a file, out of the kernel's list.

    written: the process that the file itself names; it stands in for the device number, which the kernel's list has
    from below where the file lies on an overlay or on btrfs.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    for line in (_text(proc / "locks") or "").splitlines():
        fields = line.split()  # "1: FLOCK  ADVISORY  WRITE 812 08:02:131 0 EOF"
        if len(fields) < 6 or fields[1] != "FLOCK" or fields[3] != "WRITE":
            continue
        device, _, inode = fields[5].rpartition(":")
        same_device = device == f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
        if inode == str(found.st_ino) and (same_device or fields[4] == written):
            return int(fields[4])
    return None


def port_holder(proc: Path, device: str) -> str | None:
    """The program that uses a port, as "name (pid)", or None if there is none or it cannot be seen.

    Whoever made a pseudo-terminal may have both its ends open: there only a lock tells that somebody uses it.
    """
    if not os.path.realpath(device).startswith(_PSEUDO_TERMINALS):
        return holder_of(device, proc)
    pid = lock_holder(proc, Path(device))
    return None if pid is None else f"{_text(proc / str(pid) / 'comm') or 'a program'} ({pid})"


def processes(proc: Path, name: str) -> list[int]:
    """The processes of a program by its name, as the kernel keeps it (15 characters)."""
    return sorted(int(path.parent.name) for path in proc.glob("[0-9]*/comm") if _text(path) == name[:15])


def modem_manager(proc: Path, sys: Path) -> int | None:
    """ModemManager's process. A hardened service sees no processes but its own; the service's control group it sees."""
    found = processes(proc, MODEM_MANAGER) or [int(word) for word in (_text(sys / _SERVICE) or "").split()]
    return found[0] if found else None


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return None
