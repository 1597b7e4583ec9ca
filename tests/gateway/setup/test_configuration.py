"""The file that setup writes: all of it or nothing, and what stood there as it was."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.config import ConfigError, parse
from gateway.setup.configuration import Changed, Written, checked, commit, line_table, undisturbed, with_line

LINE = {"name": "office", "number": "+13109060901", "imei": None, "iccid": "8999000000000000013", "pin_file": ""}


def written(path: Path, text: str, before: str | None = None, mode: int = 0o640) -> Written:
    return Written(path, text, before, mode)


def test_a_table_reads_back_as_it_was_meant(tmp_path: Path) -> None:
    odd = 'a "quoted" \\ name\twith é and 日本'
    text = with_line(None, line_table(LINE | {"device": odd, "baudrate": 9600}))
    (line,) = parse(text, data_dir=tmp_path).lines
    assert (line.name, line.number, line.iccid, line.imei, line.device, line.baudrate) == (
        "office", "+13109060901", "8999000000000000013", None, odd, 9600,
    )  # fmt: skip


@pytest.mark.parametrize("before", ["", "# ours", "# ours\n", '[[lines]]\nname = "a"\ndevice = "/dev/a"\n[log]\n'])
def test_what_stood_there_stays_to_the_octet(before: str, tmp_path: Path) -> None:
    text = with_line(before, line_table(LINE))
    assert text.startswith(before)
    assert parse(text, data_dir=tmp_path).lines[-1].name == "office"


def test_a_line_that_cannot_be_is_told_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    before = with_line(None, line_table(LINE))
    with pytest.raises(ConfigError, match="office"):
        checked(written(path, with_line(before, line_table(LINE)), before), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_pin_file_is_there_only_while_the_text_is_checked(tmp_path: Path) -> None:
    file = written(tmp_path / "config.toml", with_line(None, line_table(LINE | {"pin_file": "office.pin"})))
    pin = written(tmp_path / "office.pin", "4711\n", mode=0o600)
    assert checked(file, tmp_path, [pin]).lines[0].pin == "4711"
    assert list(tmp_path.iterdir()) == []


def test_files_get_their_text_and_mode(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("before")
    commit([written(tmp_path / "deep" / "new", "a", mode=0o600), written(old, "b", "before")])
    assert [(path.read_text(), path.stat().st_mode & 0o777) for path in (tmp_path / "deep" / "new", old)] == [
        ("a", 0o600),
        ("b", 0o640),
    ]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "new", "old"]


def test_one_that_cannot_be_written_takes_the_others_back(tmp_path: Path) -> None:
    old, there = tmp_path / "old", tmp_path / "there"
    old.write_text("before")
    there.write_text("somebody's")
    first = [written(tmp_path / "pin", "4711"), written(old, "after", "before")]
    with pytest.raises(FileExistsError):
        commit([*first, written(there, "ours")])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"old": "before", "there": "somebody's"}


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("edited by hand meanwhile")
    with pytest.raises(Changed):
        commit([written(path, "ours", "as it was shown")])
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"config.toml": "edited by hand meanwhile"}


def test_an_interrupt_waits_until_the_files_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    def interrupted() -> None:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
            commit([written(path, "whole")])

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "whole"


def test_the_difference_shows_what_is_new_alone(tmp_path: Path) -> None:
    before = "".join(f"# {n}\n" for n in range(20))
    file = written(tmp_path / "config.toml", with_line(before, line_table(LINE)), before)
    assert '+name = "office"' in file.difference
    assert "# 3\n" not in file.difference
    assert replace(file, before=None).difference.count("\n+") == len(file.text.splitlines()) + 1
