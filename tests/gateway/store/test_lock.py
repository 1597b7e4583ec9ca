"""One daemon to a database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.store.lock import AlreadyLocked, exclusive

HOLD = """
import sys
from pathlib import Path
from gateway.store.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_told_who_holds_it(tmp_path: Path):
    path = tmp_path / "simgate.lock"
    with exclusive(path), pytest.raises(AlreadyLocked, match=str(os.getpid())), exclusive(path):
        pass
    with exclusive(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_holder_that_was_killed_leaves_nothing_behind(tmp_path: Path):
    path = tmp_path / "simgate.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyLocked, match=str(holder.pid)), exclusive(path):
            pass
        holder.kill()
    with exclusive(path):
        pass
