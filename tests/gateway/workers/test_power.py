"""The command that takes the power from a modem's USB port."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import pytest

from gateway.workers import power
from gateway.workers.power import MOST_OUTPUT, cycle_power


def script(tmp_path: Path, text: str) -> tuple[str, ...]:
    (tmp_path / "power.py").write_text(text)
    return sys.executable, str(tmp_path / "power.py")


def told(caplog: pytest.LogCaptureFixture, event: str) -> logging.LogRecord:
    [record] = [record for record in caplog.records if record.getMessage() == event]
    return record


async def test_its_words_reach_it_as_they_are_without_a_shell(tmp_path, caplog):
    command = script(tmp_path, "import sys; print(sys.argv[1:], sys.stdin.read())")
    caplog.set_level(logging.WARNING)
    assert await cycle_power((*command, "$HOME; *", "1-1"), "office")
    record = told(caplog, "power cycled")
    assert (record.line, record.output) == ("office", "['$HOME; *', '1-1']")


async def test_nothing_of_the_environment_reaches_it_but_the_path(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("SIMGATE_SECRET", "hunter2")
    command = script(tmp_path, "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}), os.environ['SIMGATE_LINE'])")
    caplog.set_level(logging.WARNING)
    assert await cycle_power(command, "office")
    assert told(caplog, "power cycled").output == "['PATH', 'SIMGATE_LINE'] office"


@pytest.mark.parametrize(
    ("text", "reason"),
    [("import sys; print('no such hub'); sys.exit(3)", "it ended with 3"), ("import os; os.abort()", "-6")],
)
async def test_its_failure_is_told_and_is_not_ours(tmp_path, caplog, text, reason):
    assert not await cycle_power(script(tmp_path, text), "office")
    assert reason in told(caplog, "power not cycled").reason


@pytest.mark.parametrize("command", ["/nowhere/uhubctl", "/", "nul\0"])
async def test_a_command_that_cannot_be_run_is_told(caplog, command):
    assert not await cycle_power((command,), "office")
    assert told(caplog, "power not cycled").command == command


async def test_a_flood_of_output_is_read_to_its_end_and_its_beginning_is_kept(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    assert await cycle_power(script(tmp_path, "print('x' * 1_000_000)"), "office")
    assert told(caplog, "power cycled").output == "x" * MOST_OUTPUT


CHILD = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
with open("{place}.new", "w") as file: file.write(f"{{os.getpid()}} {{child.pid}}")
os.rename("{place}.new", "{place}")
time.sleep(1000)
"""


@pytest.mark.parametrize("how", ["too slow", "the daemon stops"])
async def test_what_does_not_end_is_killed_with_all_that_it_has_started(tmp_path, caplog, monkeypatch, how):
    place = tmp_path / "pids"
    if how == "too slow":
        monkeypatch.setattr(power, "COMMAND_S", 1.0)
    task = asyncio.create_task(cycle_power(script(tmp_path, CHILD.format(place=place)), "office"))
    async with asyncio.timeout(10):
        while not place.exists():
            await asyncio.sleep(0.01)
        if how == "too slow":
            assert not await task
            assert told(caplog, "power not cycled").reason == "no end after 1 s"
        else:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        for pid in map(int, place.read_text().split()):
            while is_running(pid):
                await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return os.getpid() == pid
