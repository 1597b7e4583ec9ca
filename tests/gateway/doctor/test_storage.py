import os
import sqlite3

import pytest

from gateway.doctor.block import fsync_seconds, is_removable
from gateway.doctor.finding import Verdict
from gateway.doctor.http import keys
from gateway.doctor.storage import fsync, log_size, room, sound, writable
from gateway.store.migrate import migrate, migrations


@pytest.fixture
def database(machine):
    path = machine.state / "simgate.db"
    connection = sqlite3.connect(path, isolation_level=None)
    migrate(connection, path)
    yield connection
    connection.close()


def block_device(machine, name, removable):
    """The medium below the state directory, as the kernel would show it."""
    number = machine.state.stat().st_dev
    machine.write(f"sys/devices/block/{name}/removable", f"{removable}\n")
    machine.write(f"sys/devices/block/{name}/{name}1/partition", "1\n")
    link = machine.root / f"sys/dev/block/{os.major(number)}:{os.minor(number)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(machine.root / f"sys/devices/block/{name}/{name}1")


def test_a_directory_that_can_be_written(machine):
    (found,) = writable(machine.case)
    assert found.verdict is Verdict.OK
    assert list(machine.state.iterdir()) == []


def test_a_directory_that_cannot(machine, monkeypatch):
    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gateway.doctor.storage.try_writing", refuse)
    (found,) = writable(machine.case)
    assert (found.verdict, "chown" in found.cure) == (Verdict.FAIL, True)


def test_a_directory_of_another_user_is_not_looked_into(machine):
    machine.open_to_us = False
    (found,) = writable(machine.case)
    assert (found.verdict, found.cure) == (Verdict.WARN, f"sudo simgate doctor --data-dir {machine.state}")
    for check in (sound, log_size, fsync, keys):
        assert [one.verdict for one in check(machine.case)] == [Verdict.SKIPPED]


def test_no_directory_yet_is_no_fault(machine):
    machine.state.rmdir()
    assert [one.verdict for one in writable(machine.case)] == [Verdict.WARN]
    assert [one.verdict for one in fsync(machine.case)] == [Verdict.SKIPPED]
    assert [one.verdict for one in sound(machine.case)] == [Verdict.SKIPPED]
    assert [one.verdict for one in room(machine.case)] == [Verdict.OK]


def test_a_sound_database_of_this_version(machine, database):
    assert {one.check: one.verdict for one in sound(machine.case)} == {
        "store.sound": Verdict.OK,
        "store.schema": Verdict.OK,
    }


@pytest.mark.parametrize(("step", "verdict", "cure"), [(-1, Verdict.WARN, "simgate migrate"), (1, Verdict.FAIL, "upg")])
def test_a_database_of_another_version(machine, database, step, verdict, cure):
    database.execute(f"PRAGMA user_version = {max(migrations()) + step}")
    _, schema = sound(machine.case)
    assert (schema.check, schema.verdict, cure in schema.cure) == ("store.schema", verdict, True)


def test_a_damaged_database(machine):
    machine.write("state/simgate.db", "this is no database" * 100)
    (found,) = sound(machine.case)
    assert (found.verdict, "restore" in found.cure) == (Verdict.FAIL, True)


@pytest.mark.parametrize(("free", "verdict"), [(10**10, Verdict.OK), (3 * 10**8, Verdict.WARN), (10**7, Verdict.FAIL)])
def test_room(machine, free, verdict):
    machine.free = free
    assert [one.verdict for one in room(machine.case)] == [verdict]


def test_the_log(machine):
    assert [one.verdict for one in log_size(machine.case)] == [Verdict.OK]
    with (machine.state / "simgate.db-wal").open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    assert [one.verdict for one in log_size(machine.case)] == [Verdict.WARN]


@pytest.mark.parametrize(
    ("seconds", "medium", "verdict"),
    [
        (0.004, ("sda", 0), Verdict.OK),
        (0.000_01, ("nvme0n1", 0), Verdict.OK),  # it may have a cache with a battery
        (0.000_01, ("sdb", 1), Verdict.FAIL),
        (0.000_01, ("mmcblk0", 0), Verdict.FAIL),
        (0.004, ("mmcblk0", 0), Verdict.OK),
        (0.080, ("mmcblk0", 0), Verdict.WARN),
    ],
)
def test_fsync(machine, seconds, medium, verdict):
    block_device(machine, *medium)
    machine.fsync = [seconds] * 5
    (found,) = fsync(machine.case)
    assert (found.verdict, bool(found.cure)) == (verdict, verdict is not Verdict.OK)


def test_fsync_is_measured_and_leaves_nothing(tmp_path):
    times = fsync_seconds(tmp_path)
    assert len(times) == 15
    assert min(times) >= 0
    assert list(tmp_path.iterdir()) == []


def test_a_medium_that_the_kernel_does_not_show_is_not_called_removable(tmp_path):
    assert not is_removable(tmp_path, 0)
