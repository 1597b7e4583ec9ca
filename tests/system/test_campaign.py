"""The fault campaign: random faults of modems, network and daemon, and the invariant after each trial.

A few seeds run with the suite. ``SIMGATE_TRIALS=500 pytest tests/system/test_campaign.py`` runs as many;
``SIMGATE_TRIALS=123:124`` runs those from the first seed up to the second again.
"""

import os
from pathlib import Path

import pytest

from tests.support.campaign import Trial

DEFAULT = "3"  # some 6 s each


def seeds() -> range:
    first, _, last = os.environ.get("SIMGATE_TRIALS", DEFAULT).rpartition(":")
    return range(int(first or 0), int(last))


@pytest.mark.parametrize("seed", seeds())
async def test_whatever_fails_nothing_is_lost_doubled_or_made_up(seed: int, tmp_path: Path) -> None:
    trial = Trial(seed, tmp_path)
    violations = await trial.run()
    assert not violations, "\n".join([*violations, "", *trial.log])
