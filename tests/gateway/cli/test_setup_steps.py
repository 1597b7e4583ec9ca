"""Setup's choices where more than one port looks like a modem, on a machine of files over simulated modems."""

import io
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.exits import Exit, Failure
from gateway.cli.setup_line import write_line
from gateway.cli.setup_modem import choose_modem, configured
from gateway.cli.talk import Ended, Talk
from gateway.config import LineSettings, Settings, load
from gateway.doctor.host import Host
from modem.driver import Identity

NOTHING_GIVEN = Namespace(device=None, pin_file=None, name=None, number=None)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Two modems at ttyUSB0 and ttyUSB1; the second one has a stable name, too."""
    process = subprocess.Popen(
        (sys.executable, "-m", "modem.simulator", "--modems", "2", "--dir", str(tmp_path / "modems")),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        devices = [process.stdout.readline().strip() for _ in range(2)]
        dev = tmp_path / "dev"
        (dev / "serial/by-id").mkdir(parents=True)
        for n, device in enumerate(devices):
            (dev / f"ttyUSB{n}").symlink_to(device)
        (dev / "serial/by-id/usb-Second-if00").symlink_to(dev / "ttyUSB1")
        for tree in ("sys", "proc"):
            (tmp_path / tree).mkdir()
        yield Host(sys=tmp_path / "sys", proc=tmp_path / "proc", dev=dev)
    finally:
        process.terminate()
        process.communicate()


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> Talk:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return Talk(asks=True, aside=False)


def test_a_script_must_say_which_of_several(host: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failure, match="2 modems answer; say which with --device") as refused:
        choose_modem(NOTHING_GIVEN, Talk(asks=False, aside=False), host, Settings(data_dir=tmp_path / "state"))
    assert refused.value.exit_code is Exit.USAGE
    assert "ttyUSB0" in str(refused.value)
    assert "usb-Second-if00" in str(refused.value)
    assert not (tmp_path / "state").exists()


def test_a_person_chooses_and_the_line_is_found_by_its_sim(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, settings = tmp_path / "config.toml", Settings(data_dir=tmp_path / "state")
    talk = answers(monkeypatch, "3", "1", "office", "", "yes")
    chosen = choose_modem(NOTHING_GIVEN, talk, host, settings)
    assert chosen.found.candidate.device.endswith("usb-Second-if00")
    steps: list[str] = []
    draft = write_line(NOTHING_GIVEN, talk, host, config, settings, chosen, steps)
    (line,) = load(config, settings.data_dir).lines
    assert line == draft.line
    assert (line.name, line.iccid, line.device, line.imei) == ("office", chosen.iccid, None, None)
    assert line.number == chosen.identity.number
    assert steps == [f"{config} has the line office."]


def test_no_modem_at_all_says_what_to_do(tmp_path: Path) -> None:
    for tree in ("sys", "proc", "dev"):
        (tmp_path / tree).mkdir()
    host = Host(sys=tmp_path / "sys", proc=tmp_path / "proc", dev=tmp_path / "dev")
    with pytest.raises(Failure, match="no modem is plugged in") as refused:
        choose_modem(NOTHING_GIVEN, Talk(asks=False, aside=False), host, Settings(data_dir=tmp_path))
    assert refused.value.exit_code is Exit.REFUSED


@pytest.mark.parametrize(
    ("line", "is_meant"),
    [
        (LineSettings("a", iccid="8999000000000000013"), True),
        (LineSettings("a", iccid="8999000000000000021"), False),
        (LineSettings("a", imei="001014000000018"), True),
        (LineSettings("a", imei="001014000000018", iccid="8999000000000000021"), False),
        (LineSettings("a", device="/dev/ttyUSB0", iccid="8999000000000000021"), False),
        (LineSettings("a", device="/dev/ttyUSB0"), True),
        (LineSettings("a", device="/dev/ttyUSB1"), False),
        (LineSettings("a"), False),
    ],
)
def test_a_line_that_means_this_modem_already(line: LineSettings, is_meant: bool) -> None:
    identity = Identity(imei="001014000000018", iccid="8999000000000000013")
    assert (configured([line], "/dev/ttyUSB0", identity) is line) is is_meant


def test_a_question_is_asked_until_its_answer_will_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = answers(monkeypatch, "x", "", "maybe", "n")
    assert talk.ask("A letter", "b", lambda text: None if text != "x" else "not x") == "b"
    assert talk.confirm("Sure?", default=True) is False
    assert "not x" in capsys.readouterr().out
    with pytest.raises(Ended):
        talk.ask("More")


def test_nobody_is_asked_where_nobody_is_there() -> None:
    talk = Talk(asks=False, aside=True)
    assert talk.ask("Name", "line1", lambda _: "never right") == "line1"
    assert talk.confirm("Write it?", default=True) is True
    assert talk.choose("Which", ["a", "b"]) == 0
