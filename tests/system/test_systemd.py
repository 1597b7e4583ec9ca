"""The files in systemd/, read by systemd's own tools in a scratch root: nothing is installed or started."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FILES = Path(__file__).parents[2] / "systemd"
MOST_EXPOSED = 2.0  # on systemd's scale to 10; what is left is the network and the serial ports

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="apt install systemd (.ci/run does)")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with the unit, the one unit that every unit starts after, and a stand-in for the command."""
    units = tmp_path / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    shutil.copy(FILES / "simgate.service", units)
    (units / "sysinit.target").write_text("[Unit]\nDescription=System Initialization\n")
    command = tmp_path / "usr/bin/simgate"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    return tmp_path


def settings(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (FILES / "simgate.service").read_text(), re.MULTILINE)


@needs_systemd
def test_systemd_reads_the_unit_without_a_word(root: Path) -> None:
    verified = run("systemd-analyze", "verify", "--man=no", f"--root={root}", "simgate.service")
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@needs_systemd
def test_the_unit_starts_the_installed_command(root: Path) -> None:
    (root / "usr/bin/simgate").unlink()
    verified = run("systemd-analyze", "verify", "--man=no", f"--root={root}", "simgate.service")
    assert "/usr/bin/simgate is not executable" in verified.stderr


@needs_systemd
def test_the_unit_is_hardly_exposed() -> None:
    judged = run("systemd-analyze", "security", "--offline=true", "--no-pager", FILES / "simgate.service")
    found = re.search(r"exposure level for simgate\.service: ([\d.]+)", judged.stdout)
    assert found, judged.stderr
    assert float(found[1]) <= MOST_EXPOSED


def test_the_daemon_is_waited_for_watched_and_started_again() -> None:
    assert settings("ExecStart") == ["/usr/bin/simgate run --config /etc/simgate/config.toml"]
    assert settings("Type") == ["notify"]
    assert int(settings("WatchdogSec")[0]) > 0
    assert settings("Restart") == ["always"]
    assert settings("StartLimitIntervalSec") == ["0"]


def test_the_unit_opens_serial_ports_whose_driver_loads_later() -> None:
    """A name in DeviceAllow is looked up in /proc/devices at the start; a number needs no driver."""
    assert settings("DevicePolicy") == ["closed"]
    assert settings("DeviceAllow") == [f"char-{major} rw" for major in (4, 166, 188, 204)]


@needs_systemd
def test_with_the_drop_in_for_a_usb_hub_the_unit_opens_usb_devices_as_well(root: Path) -> None:
    drop_ins = root / "usr/lib/systemd/system/simgate.service.d"
    drop_ins.mkdir()
    shutil.copy(FILES / "uhubctl.conf", drop_ins)
    verified = run("systemd-analyze", "verify", "--man=no", f"--root={root}", "simgate.service")
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    added = [line for line in (FILES / "uhubctl.conf").read_text().splitlines() if line and not line.startswith("#")]
    assert added == ["[Service]", "DeviceAllow=char-189 rw"], "and nothing of the hardening is taken away"


@needs_systemd
def test_the_user_of_the_unit_is_made_and_may_open_serial_ports(tmp_path: Path) -> None:
    made = run("systemd-sysusers", f"--root={tmp_path}", "--dry-run", FILES / "simgate.sysusers.conf")
    assert made.returncode == 0
    assert "Creating user 'simgate'" in made.stderr
    assert "Creating group 'dialout'" in made.stderr
    assert settings("User") == ["simgate"]
    assert settings("SupplementaryGroups") == ["dialout"]


def test_no_udev_rule_speaks_for_all_modems_of_a_vendor() -> None:
    rules = (FILES / "77-simgate.rules.example").read_text().splitlines()
    ignoring = [rule for rule in rules if re.search(r"ID_MM_\w+_IGNORE\}=", rule)]
    assert len(ignoring) == 2
    for rule in ignoring:
        assert re.search(r'(idVendor|ID_VENDOR_ID)\}=="[0-9a-f]{4}"', rule)
        assert re.search(r'(idProduct|ID_MODEL_ID)\}=="[0-9a-f]{4}"', rule)


def test_every_jump_in_the_udev_rules_has_its_label() -> None:
    rules = (FILES / "77-simgate.rules.example").read_text()
    assert re.findall(r'GOTO="(\w+)"', rules) == re.findall(r'LABEL="(\w+)"', rules) == ["simgate_end"]
