"""The whole daemon on a bank in which no two modems are alike: each sends, reports and receives."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modem.simulator.bank import Bank
from tests.support.daemon import Daemon, LineOf

PHONE = "+447700900999"
MAKES = (
    "huawei-e160", "simcom-sim7600", "quectel-m26", "sierra-mc7304", "u-blox-sara-g450", "telit-uc864",
    "cinterion-pls8", "option-icon72", "fibocom-fm350", "ai-thinker-a6", "sony-ericsson-md300",
)  # fmt: skip


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(len(MAKES), directory=tmp_path / "modems", manner=MAKES) as bank:
        yield bank


async def test_no_two_modems_alike(bank: Bank, tmp_path: Path) -> None:
    phone = bank.phone(PHONE)
    lines = [LineOf(bay.device, bay.number, name) for bay, name in zip(bank.modems, MAKES, strict=True)]
    async with Daemon(tmp_path, lines) as daemon:
        await daemon.lines_up()
        sent = [await daemon.send(f"over {name}", to=PHONE, **{"from": name}) for name in MAKES]
        for message in sent:
            await daemon.in_state(message, "delivered")
        assert sorted(message.text or "" for message in phone.received) == sorted(f"over {name}" for name in MAKES)
        for n, name in enumerate(MAKES):
            bank.deliver(n, sender="+447700900123", text=f"to {name}: " + "long " * 50)

        async def all_in() -> bool:
            inbox = await daemon.ask("GET", "/v1/messages?direction=in&limit=200")
            return len(inbox["data"]) >= len(MAKES)

        await daemon.until(all_in)
        inbox = await daemon.ask("GET", "/v1/messages?direction=in&limit=200")
        assert sorted(message["text"].split(":")[0] for message in inbox["data"]) == sorted(f"to {n}" for n in MAKES)
