"""Several ports asked one after the other, on the simulated modems."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.setup.candidates import Candidate
from gateway.setup.modems import probe_all, send_test, submit_of
from modem.simulator.bank import Bank


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(modems=3, directory=tmp_path / "modems", manner=("huawei", "quectel", "simcom")) as bank:
        yield bank


async def test_every_modem_is_found_once_and_silent_ports_are_told(bank: Bank) -> None:
    bank.modems[1].fault("silence", times=None)
    first, silent, third = (Candidate(bay.device) for bay in bank.modems)
    told: list[str] = []
    found = await probe_all((first, silent, Candidate(str(bank.modems[0].port)), third), told.append)
    assert [one.candidate for one in found] == [first, third]
    assert [one.inspection.identity.imei for one in found] == [bank.modems[0].imei, bank.modems[2].imei]
    assert [line.rpartition(": ")[2] for line in told] == [
        "nobody answers AT commands",
        "another port of the same modem",
    ]


async def test_what_others_send_during_the_test_stays_in_the_sim(bank: Bank) -> None:
    (found,) = await probe_all((Candidate(bank.modems[0].device),), print)
    bank.deliver(0, sender="+447700900123", text="for the gateway")
    sent = await send_test(found, "+447700900999", "a test")
    assert sent.report is not None
    assert sent.report.name == "delivered to the SME"
    assert bank.ledger.submitted[0]["text"] == "a test"
    equipment = bank.modems[0].equipment
    assert (equipment.sim.used, equipment.memory.used, equipment.reports.used) == (1, 0, 0)


def test_a_test_message_asks_for_its_report_and_does_not_live_for_ever() -> None:
    submit = submit_of("+447700900999", "SIMgate: the line office can send.")
    assert submit.status_report_request
    assert submit.validity is not None
    with pytest.raises(ValueError, match="x"):
        submit_of("x" * 20, "no")
