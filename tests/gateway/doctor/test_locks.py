import fcntl
import os
import pty

import pytest

from gateway.doctor.host import Host
from gateway.doctor.locks import lock_holder, port_holder


def test_a_lock_is_seen_in_the_kernels_own_list(tmp_path):
    path = tmp_path / "lock"
    assert lock_holder(Host(), path) is None
    with path.open("w") as file:
        assert lock_holder(Host(), path) is None
        fcntl.flock(file, fcntl.LOCK_EX)
        assert lock_holder(Host(), path, str(os.getpid())) == os.getpid()


@pytest.mark.parametrize(
    ("kind", "mode", "device", "holder"),
    [
        ("FLOCK", "WRITE", None, 812),
        ("POSIX", "WRITE", None, None),
        ("FLOCK", "READ", None, None),
        ("FLOCK", "WRITE", "ff:ff", None),  # the same number on another disk
    ],
)
def test_which_locks_count(machine, kind, mode, device, holder):
    found = machine.write("lock").stat()
    device = device or f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}"
    machine.write("proc/locks", f"1: {kind}  ADVISORY  {mode} 812 {device}:{found.st_ino} 0 EOF\n1: -> odd\n")
    assert lock_holder(machine.host, machine.root / "lock") == holder


def test_who_made_a_pseudo_terminal_does_not_use_it():
    master, slave = pty.openpty()
    try:
        device = os.ttyname(slave)
        assert port_holder(Host(), device) is None
        fcntl.flock(slave, fcntl.LOCK_EX)
        assert f"({os.getpid()})" in (port_holder(Host(), device) or "")
    finally:
        os.close(master)
        os.close(slave)
