"""The faults of a modem, a SIM, a network and of what comes in, each by its number, on the real daemon.

Every wait for a modem is short here; every promise is the same.
"""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from gateway import daemon
from gateway.policy import outcome
from gateway.workers import backoff, finder, seeking, supervisor
from modem.driver import ModemSettings
from tests.support.hurried import INTERVALS, TIMING
from tests.support.stage import Stage, staged


class Play(Protocol):
    def __call__(self, **how: object) -> AbstractAsyncContextManager[Stage]:
        """As ``staged``."""


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Play:
    """As ``tests.support.hurried`` does it to a process of its own. A modem without a device is looked for among the
    simulated ones, on the USB that ``tests.support.plugged`` shows below ``sys``."""
    quick = partial(
        supervisor.Supervisor,
        intervals=INTERVALS,
        modem_settings=ModemSettings(timing=TIMING),
        devices=tmp_path / "modems",
        sys=tmp_path / "sys",
    )
    monkeypatch.setattr(daemon, "Supervisor", quick)
    monkeypatch.setattr(supervisor, "LOOK_S", 0.02)
    monkeypatch.setattr(seeking, "PARKED_S", 0.2)
    monkeypatch.setattr(seeking, "PARKED_LONGEST_S", 0.4)
    monkeypatch.setattr(finder, "FRESH_S", 0.0)
    monkeypatch.setattr(finder, "ASK_AGAIN_S", 0.2)  # a pseudo-terminal gets the number of the one before it
    monkeypatch.setattr(backoff, "FIRST_WAIT_S", 0.1)
    monkeypatch.setattr(backoff, "LONGEST_WAIT_S", 0.4)
    delays = tuple(timedelta(seconds=0.05 * (n + 1)) for n in range(outcome.MOST_TRIES))
    monkeypatch.setattr(outcome, "DELAYS", delays)
    return partial(staged, tmp_path)
