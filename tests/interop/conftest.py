"""A simulated modem for programs of others, the phone they write to, and what the modem could not do for them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modem.simulator import modem as simulated
from modem.simulator.bank import Bank
from modem.simulator.dialogue import Outcome, Refusal, Request
from modem.simulator.equipment import Equipment
from tests.interop.programs import OUTSIDE


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """One modem of the generic manner at zero latency, and a phone outside."""
    async with Bank(1, directory=tmp_path / "modems") as bank:
        bank.phone(OUTSIDE)
        yield bank


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The commands, as they were asked, to which the modem answered something other than OK."""
    commands: set[str] = set()
    carry_out = simulated.carry_out

    def watched(equipment: Equipment, request: Request) -> Outcome:
        try:
            return carry_out(equipment, request)
        except Refusal:
            sign = {"read": "?", "test": "=?", "set": f"={request.argument}"}.get(request.form, request.argument)
            commands.add(request.name + sign)
            raise

    monkeypatch.setattr(simulated, "carry_out", watched)
    return commands
