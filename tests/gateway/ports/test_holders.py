import fcntl
import os
import pty
from pathlib import Path

import pytest

from gateway.ports.holders import lock_holder, modem_manager, port_holder

PROC = Path("/proc")


def test_a_lock_is_seen_in_the_kernels_own_list(tmp_path):
    path = tmp_path / "lock"
    assert lock_holder(PROC, path) is None
    with path.open("w") as file:
        assert lock_holder(PROC, path) is None
        fcntl.flock(file, fcntl.LOCK_EX)
        assert lock_holder(PROC, path, str(os.getpid())) == os.getpid()


@pytest.mark.parametrize(
    ("kind", "mode", "device", "holder"),
    [
        ("FLOCK", "WRITE", None, 812),
        ("POSIX", "WRITE", None, None),
        ("FLOCK", "READ", None, None),
        ("FLOCK", "WRITE", "ff:ff", None),  # the same number on another disk
    ],
)
def test_which_locks_count(tmp_path, kind, mode, device, holder):
    lock = tmp_path / "lock"
    lock.touch()
    found = lock.stat()
    device = device or f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    (tmp_path / "locks").write_text(f"1: {kind}  ADVISORY  {mode} 812 {device}:{found.st_ino} 0 EOF\n1: -> odd\n")
    assert lock_holder(tmp_path, lock) == holder


def test_who_made_a_pseudo_terminal_does_not_use_it():
    master, slave = pty.openpty()
    try:
        device = os.ttyname(slave)
        assert port_holder(PROC, device) is None
        fcntl.flock(slave, fcntl.LOCK_EX)
        assert f"({os.getpid()})" in (port_holder(PROC, device) or "")
    finally:
        os.close(master)
        os.close(slave)


def test_modem_manager_is_seen_from_within_a_hardened_service(tmp_path):
    """There /proc has no processes but one's own, and /sys is as ever."""
    proc, sys = tmp_path / "proc", tmp_path / "sys"
    assert modem_manager(proc, sys) is None
    service = sys / "fs/cgroup/system.slice/ModemManager.service"
    service.mkdir(parents=True)
    (service / "cgroup.procs").write_text("700\n701\n")
    assert modem_manager(proc, sys) == 700
    (proc / "812").mkdir(parents=True)
    (proc / "812/comm").write_text("ModemManager\n")
    assert modem_manager(proc, sys) == 812
