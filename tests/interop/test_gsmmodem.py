"""PyPI's python-gsmmodem-new at a simulated modem: its threads beside our event loop."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from queue import SimpleQueue
from typing import Any

import pytest

from modem.simulator.bank import Bank
from tests.interop.programs import OUTSIDE, OWN, PATIENCE_S

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its regular expressions are no raw strings
    GsmModem = pytest.importorskip("gsmmodem.modem", reason="`make test` installs it").GsmModem

LONG = " ".join(f"word{number}" for number in range(60)) + " {€}"
ASKED_OF_OTHER_MAKES = {"+ZPAS?"}


class Phone:
    """The library's modem, and what it was called back with. Every call that waits runs on a thread."""

    def __init__(self, device: str) -> None:
        self.messages: SimpleQueue[Any] = SimpleQueue()
        self.reports: SimpleQueue[Any] = SimpleQueue()
        self.modem = GsmModem(
            device, smsReceivedCallbackFunc=self.messages.put, smsStatusReportCallback=self.reports.put
        )

    async def do(self, action: Callable[..., Any], *values: Any, **named: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return await asyncio.to_thread(action, *values, **named)

    async def message(self) -> Any:
        return await self.do(self.messages.get, timeout=PATIENCE_S)


@asynccontextmanager
async def connected(bank: Bank) -> AsyncIterator[Phone]:
    phone = Phone(bank.modems[0].device)
    await phone.do(phone.modem.connect)
    try:
        yield phone
    finally:
        await phone.do(phone.modem.close)


@pytest.fixture
async def phone(bank: Bank) -> AsyncIterator[Phone]:
    async with connected(bank) as phone:
        yield phone


async def test_it_identifies_the_modem_its_card_and_its_network(bank: Bank, refused: set[str], phone: Phone) -> None:
    modem, bay = phone.modem, bank.modems[0]
    facts = [
        await phone.do(getattr, modem, name)
        for name in ("manufacturer", "model", "revision", "imei", "imsi", "networkName", "smsc")
    ]
    manner, card = bay.equipment.manner, bay.equipment.card
    identity = [manner.manufacturer, manner.model, manner.revision, bay.imei]
    assert facts == [*identity, card.imsi, "Simulated", card.service_centre]
    assert await phone.do(getattr, modem, "signalStrength") == bay.equipment.signal
    await phone.do(modem.waitForNetworkCoverage)
    # Its pattern wants +CNUM to begin with a name in quotes; TS 27.007 §7.1 leaves <alpha> out where there is none.
    assert "+CNUM" in modem._commands
    assert await phone.do(modem.write, "AT+CNUM") == [f'+CNUM: ,"{OWN}",145', "OK"]
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []


async def test_it_sends_and_awaits_the_report(bank: Bank, phone: Phone) -> None:
    texts = ["with {a report}", LONG, "Грузия ŵ " * 12]
    sent = await phone.do(phone.modem.sendSms, OUTSIDE, texts[0], waitForDeliveryReport=True)
    assert (sent.reference, sent.status) == (bank.ledger.submitted[0]["mr"], sent.DELIVERED)
    # It asks for reports on all parts, and its threads cannot tell the one on a part from the answer to the next.
    bank.modems[0].fault("no_report", times=5)
    for text in texts[1:]:
        await phone.do(phone.modem.sendSms, OUTSIDE, text)
    assert [message.text for message in bank.phones[OUTSIDE].received] == texts
    assert [entry["report"] for entry in bank.ledger.submitted] == [True] * 6


async def test_it_receives_and_deletes(bank: Bank, refused: set[str], phone: Phone) -> None:
    bank.deliver(0, sender=OUTSIDE, text="Grüße ŵ €[]")
    message = await phone.message()
    assert (message.number, message.text) == (OUTSIDE, "Grüße ŵ €[]")
    parts = []
    for number in (1, 2, 3):  # of several +CMTI at once it would read the first only
        await bank.ledger.wait_for_count("deleted", number)
        bank.deliver(0, sender="MyBank", text=LONG, reference=7, order=[number])
        parts.append(await phone.message())
    assert "".join(part.text for part in parts) == LONG
    assert {part.number for part in parts} == {"MyBank"}
    assert [(part.udh[0].number, part.udh[0].parts) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    await bank.ledger.wait_for_count("deleted", 4)
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []


async def test_it_lists_and_deletes_what_was_there_before(bank: Bank, refused: set[str]) -> None:
    bank.deliver(0, sender=OUTSIDE, text="hello")
    bank.deliver(0, sender="MyBank", text=LONG)
    async with connected(bank) as phone:
        listed = await phone.do(phone.modem.listStoredSms, memory="SM")
        assert [message.text for message in listed[:1]] == ["hello"]
        assert "".join(message.text for message in listed[1:]) == LONG
        assert [message.number for message in listed] == [OUTSIDE, *["MyBank"] * 3]
        await phone.do(phone.modem.deleteStoredSms, listed[0].index, memory="SM")
        assert [entry["index"] for entry in bank.ledger.of("deleted")] == [listed[0].index]
        await phone.do(phone.modem.deleteMultipleStoredSms, memory="SM")
        assert await phone.do(phone.modem.listStoredSms, memory="SM") == []
    stored, deleted = ([entry["pdu"] for entry in bank.ledger.of(kind)] for kind in ("stored", "deleted"))
    assert stored == deleted
    assert sorted(refused - ASKED_OF_OTHER_MAKES) == []
