"""Submitting, acknowledging, choosing storages."""

import pytest

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def test_an_acknowledgement_may_carry_a_pdu(bank: Bank, host: Host) -> None:
    await host.ask("AT+CSMS=1;+CNMI=2,2,0,1,0")
    bank.deliver(0, sender=OUTSIDE, text="x")
    await host.until(b"+CMT")
    host.write("AT+CNMA=1,2\r")
    await host.until(b"> ")
    host.write("0000\x1a")
    assert lines(await host.until(finished))[-1] == "OK"
    assert [entry["by"] for entry in bank.ledger.of("acknowledged")] == ["host"]


@pytest.mark.parametrize("wrong", [-1, 1])
async def test_a_length_that_does_not_fit_the_pdu_is_refused_with_304(bank: Bank, host: Host, wrong: int) -> None:
    message = submit(OUTSIDE)
    await host.prompt(message.tpdu_length + wrong)
    host.write(message.encode().hex() + "\x1a")
    assert lines(await host.until(finished)) == ["+CMS ERROR: 304"]
    assert bank.ledger.submitted == []


@pytest.mark.parametrize("text", ["00zz", "0", "", "00" + "FF" * 18])
async def test_what_is_no_submit_is_refused_with_304(bank: Bank, host: Host, text: str) -> None:
    await host.prompt(18)
    host.write(text + "\x1a")
    assert lines(await host.until(finished)) == ["+CMS ERROR: 304"]
    assert bank.ledger.submitted == []


async def test_the_reference_wraps_from_255_to_0(bank: Bank, host: Host) -> None:
    bank.modems[0].equipment.card.reference = 254
    answers = [(await host.send(submit(OUTSIDE)))[0] for _ in range(3)]
    assert answers == ["+CMGS: 254", "+CMGS: 255", "+CMGS: 0"]
    assert [entry["mr"] for entry in bank.ledger.submitted] == [254, 255, 0]


async def test_a_stored_submission_can_be_sent(bank: Bank, host: Host) -> None:
    message = submit(OUTSIDE, "later")
    await host.prompt(message.tpdu_length, "AT+CMGW")
    host.write(message.encode().hex() + "\x1a")
    assert lines(await host.until(finished)) == ["+CMGW: 1", "OK"]
    assert await host.ask("AT+CMSS=1") == ["+CMSS: 0", "OK"]
    assert [entry["text"] for entry in bank.ledger.submitted] == ["later"]
    assert await host.ask("AT+CMSS=2") == ["+CMS ERROR: 321"]


async def test_no_submission_without_a_network(bank: Bank, host: Host) -> None:
    bank.modems[0].register(3)
    assert await host.ask("AT+CMGS=18") == ["+CMS ERROR: 331"]


@pytest.mark.parametrize(
    "command",
    [
        "AT+CNMI=9,1,0,0,0",
        "AT+CNMI=2,1,0,0,0,0",
        'AT+CPMS="XX"',
        'AT+CPMS="SM","SM","SM","SM"',
        "AT+CSMS=2",
        "AT+CMGF=2",
        "AT+CNMA=7",
        "AT+CMGS=500",
    ],
)
async def test_values_out_of_range_are_refused_and_change_nothing(host: Host, command: str) -> None:
    before = await host.ask("AT+CNMI?;+CPMS?;+CSMS?;+CMGF?")
    assert (await host.ask(command))[0].startswith(("ERROR", "+CMS ERROR", "+CME ERROR"))
    assert await host.ask("AT+CNMI?;+CPMS?;+CSMS?;+CMGF?") == before


async def test_omitted_values_of_cnmi_stay_as_they_are(host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,2,0")
    assert await host.ask("AT+CNMI=1,2;+CNMI?") == ["+CNMI: 1,2,0,2,0", "OK"]


async def test_the_link_can_be_kept_open(host: Host) -> None:
    assert await host.ask("AT+CMMS=2;+CMMS?") == ["+CMMS: 2", "OK"]
