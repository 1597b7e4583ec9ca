"""One bank and one host for a test; a test that needs other terms makes its own Bank."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """Two modems of the generic manner at zero latency."""
    async with Bank(2, directory=tmp_path, sizes={"SM": 5, "SR": 3}) as bank:
        yield bank


@pytest.fixture
async def host(bank: Bank) -> AsyncIterator[Host]:
    """Somebody at modem 0, echo off and numeric errors on."""
    host = Host(bank.modems[0].device)
    await host.ask("ATE0+CMEE=1")
    yield host
    host.close()
