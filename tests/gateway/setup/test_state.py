"""The state directory under setup: nobody else's meanwhile, and its owner's when root sets it up."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config import SERVICE_CONFIG, Settings
from gateway.control import locked
from gateway.setup.state import owned, perform, reader
from gateway.store.lock import AlreadyLocked

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


@pytest.fixture
def state() -> Iterator[Path]:
    """A directory that another user can reach, and owns where we may give it away."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        state = Path(name) / "state"
        state.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(state, NOBODY, NOBODY)
        yield state


def add_key(settings: Settings) -> str:
    return str(asyncio.run(perform(settings, "keys.add", {"account": "default"}))["key"])


def test_a_directory_that_is_not_there_is_made_for_its_user_alone(tmp_path: Path) -> None:
    assert add_key(Settings(data_dir=tmp_path / "new")).startswith("gsk_")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "new").iterdir()} == {0}


def test_it_is_not_taken_from_a_gateway_that_runs(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with locked(settings), pytest.raises(AlreadyLocked):
        add_key(settings)


@as_root
def test_what_root_makes_there_is_its_owners(state: Path, tmp_path: Path) -> None:
    add_key(Settings(data_dir=tmp_path / "other"))  # all that is imported on the way may lie where only root reads
    before = os.getgroups()
    add_key(Settings(data_dir=state))
    assert {(path.stat().st_uid, path.stat().st_gid) for path in state.iterdir()} == {(NOBODY, NOBODY)}
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, before)


@as_root
def test_meanwhile_root_is_the_owner_with_the_ports_group(state: Path, tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    os.chown(port, 0, 20)
    with owned(Settings(data_dir=state), str(port)):
        assert (os.geteuid(), os.getegid()) == (NOBODY, NOBODY)
        assert 20 in os.getgroups()
        assert 0 not in os.getgroups()
    assert os.geteuid() == 0


@as_root
def test_the_services_group_reads_what_root_writes(state: Path, tmp_path: Path) -> None:
    assert reader(tmp_path / "config.toml", state) == (NOBODY, NOBODY)
    assert reader(tmp_path / "config.toml", tmp_path / "nowhere") is None
    assert reader(SERVICE_CONFIG, state) is not None
