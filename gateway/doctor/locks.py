"""Who has a file or a port, without touching it: to try a lock would keep a gateway that starts now from starting."""

import os
from pathlib import Path

from gateway.doctor.host import Host
from modem.transport import holder_of

_PSEUDO_TERMINALS = "/dev/pts/"


def lock_holder(host: Host, path: Path, written: str = "") -> int | None:
    """The process that has an exclusive flock(2) on a file, out of the kernel's list.

    written: the process that the file itself names; it stands in for the device number, which the kernel's list has
    from below where the file lies on an overlay or on btrfs.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    for line in (host.text(host.proc / "locks") or "").splitlines():
        fields = line.split()  # "1: FLOCK  ADVISORY  WRITE 812 08:02:131 0 EOF"
        if len(fields) < 6 or fields[1] != "FLOCK" or fields[3] != "WRITE":
            continue
        device, _, inode = fields[5].rpartition(":")
        same_device = device == f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
        if inode == str(found.st_ino) and (same_device or fields[4] == written):
            return int(fields[4])
    return None


def port_holder(host: Host, device: str) -> str | None:
    """The program that uses a port, as "name (pid)", or None if there is none or it cannot be seen.

    Whoever made a pseudo-terminal may have both its ends open: there only a lock tells that somebody uses it.
    """
    if not os.path.realpath(device).startswith(_PSEUDO_TERMINALS):
        return holder_of(device, host.proc)
    pid = lock_holder(host, Path(device))
    return None if pid is None else f"{host.text(host.proc / str(pid) / 'comm') or 'a program'} ({pid})"
