"""A simulated month on eight lines: whatever fails in the field, several times on each, while messages go both ways.

The gateway is the real one (``run_daemon``), with its database on disk, on pseudo-terminals of simulated modems of six
makes, asked over HTTP; it is stopped and started some times. It lives in a loop whose time jumps where everybody only
waits (``tests.support.virtual_time``), so that time-outs and back-offs are as long as in the field and cost nothing.
What ``world.unhurried`` spaces out are looks at what is well: a modem is examined every hour.

``SIMGATE_SOAK_DAYS=30 SIMGATE_SOAK_SEEDS=5:9 pytest tests/system/test_soak.py`` (or with ``make test ARGS=…``) runs so
many days with the seeds from the first up to the second. A seed repeats what happens and when; what two threads do at
once, and the chance in ids and in a few waits, differ from run to run.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.workers.receiver import Receiver
from modem.driver import Modem
from modem.events import DeliverReceived
from tests.support.soak.month import Month
from tests.support.virtual_time import VirtualLoop

DAYS = float(os.environ.get("SIMGATE_SOAK_DAYS", "30"))


def seeds() -> range:
    first, _, last = os.environ.get("SIMGATE_SOAK_SEEDS", "1").rpartition(":")
    return range(int(first or 0), int(last))


def soak(seed: int, days: float, directory: Path, patch: pytest.MonkeyPatch) -> Month:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        month = Month(seed, days, directory, loop, patch)
        runner.run(month.run())
    return month


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", seeds())
def test_a_month_of_trouble_loses_and_doubles_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = soak(seed, DAYS, tmp_path, monkeypatch)
    print("\n".join(month.notes))
    assert not month.violations, "\n".join([f"seed {seed}, {DAYS:g} days", *month.violations, "", *month.diary])


# -- that the evidence sees what is wrong


def forget_some(patch: pytest.MonkeyPatch) -> None:
    """Every third message is acknowledged and not filed."""
    file, count = Receiver._file, 0

    async def forgetful(self: Receiver, incoming: Any) -> None:
        nonlocal count
        count += isinstance(incoming, DeliverReceived)
        if not isinstance(incoming, DeliverReceived) or count % 3:
            await file(self, incoming)

    patch.setattr(Receiver, "_file", forgetful)


def send_twice(patch: pytest.MonkeyPatch) -> None:
    submit = Modem.submit

    async def eager(self: Modem, *arguments: Any, **more: Any) -> int:
        await submit(self, *arguments, **more)
        return await submit(self, *arguments, **more)

    patch.setattr(Modem, "submit", eager)


def leak(patch: pytest.MonkeyPatch) -> None:
    """A descriptor and a task for each port that is closed."""
    close, left = Modem.close, []

    async def careless(self: Modem) -> None:
        await close(self)
        left.append((asyncio.create_task(asyncio.sleep(1e9)), os.open(os.devnull, os.O_RDONLY)))

    patch.setattr(Modem, "close", careless)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("sabotage", "seen"),
    [
        (forget_some, ("came 0 times", "deleted and not on disk")),
        (send_twice, ("it went out twice",)),
        (leak, ("after it ended, more open", "after it ended, more tasks")),
    ],
)
def test_the_evidence_sees(
    sabotage: Callable[[pytest.MonkeyPatch], None],
    seen: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sabotage(monkeypatch)
    violations = soak(1, 0.3, tmp_path, monkeypatch).violations
    for words in seen:
        assert any(words in violation for violation in violations), violations
