"""The service centre: between modems, to phones outside and back, with delays and bad clocks."""

from pathlib import Path

import pytest

from modem.pdu.segmentation import segment
from modem.pdu.tpdu import decode_deliver, join_text
from modem.simulator.bank import Bank
from modem.simulator.latency import Latency
from modem.simulator.phone import echo
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def test_a_message_to_the_other_modem_arrives_there_with_the_senders_number(bank: Bank, host: Host) -> None:
    other = Host(bank.modems[1].device)
    await other.ask("ATE0+CNMI=2,1,0,0,0")
    await host.send(submit(bank.modems[1].number, "across"))
    await other.until(b"+CMTI")
    deliver = decode_deliver(bytes.fromhex((await other.ask("AT+CMGR=1"))[1]))
    assert (deliver.originating_address.value, deliver.text) == (bank.modems[0].number, "across")
    other.close()


async def test_the_report_waits_until_the_other_modem_has_the_message(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    bank.modems[1].register(2)
    assert await host.send(submit(bank.modems[1].number, report=True)) == ["+CMGS: 0", "OK"]
    assert bank.ledger.of("report") == []
    bank.modems[1].register(1)
    assert b"+CDS: " in await host.until(b"+CDS: ")


async def test_a_phone_outside_joins_long_messages_and_answers(bank: Bank, host: Host) -> None:
    phone = bank.phone(OUTSIDE, answer=echo)
    await host.ask("AT+CNMI=2,1,0,0,0")
    text = "a long message, " * 15
    for part in segment(text, reference=9).parts:
        message = submit(OUTSIDE)
        whole = type(message)(
            destination=message.destination, user_data=part.user_data, data_coding=message.data_coding
        )
        await host.prompt(whole.tpdu_length)
        host.write(whole.encode().hex() + "\x1a")
        await host.until(lambda seen: b"OK\r\n" in seen)
    assert [(message.sender, message.text, message.parts) for message in phone.received] == [
        (bank.modems[0].number, text, 2)
    ]
    assert [entry["concat"] for entry in bank.ledger.submitted] == [
        {"ref": 9, "total": 2, "seq": 1},
        {"ref": 9, "total": 2, "seq": 2},
    ]
    await bank.ledger.wait_for(lambda entries: sum(entry["kind"] == "stored" for entry in entries) == 2)
    records = [line for line in await host.ask("AT+CMGL=4") if line.startswith("07")]
    answer = join_text([decode_deliver(bytes.fromhex(record)).user_data for record in records])
    assert answer == f"You said: {text}"


async def test_submitting_takes_its_time(tmp_path: Path) -> None:
    latency = Latency.of(submit=0.03, prompt=0.01, report="0.01..0.02", answer="0.001")
    async with Bank(1, directory=tmp_path, latency=latency) as bank:
        host = Host(bank.modems[0].device)
        await host.ask("ATE0+CNMI=2,1,0,1,0")
        trap = bank.modems[0].trap("ctrl_z")
        message = submit(OUTSIDE, report=True)
        await host.prompt(message.tpdu_length)
        host.write(message.encode().hex() + "\x1a")
        await trap.reached()
        assert bank.ledger.submitted == []
        shown = lines(await host.until(lambda seen: b"+CDS" in seen and seen.endswith(b"\r\n")))
        assert shown[:2] == ["+CMGS: 0", "OK"]
        host.close()


@pytest.mark.parametrize("kind", ["order", "missing", "twice"])
async def test_parts_come_in_any_order(bank: Bank, host: Host, kind: str) -> None:
    order = {"order": [3, 1, 2], "missing": [1, 3], "twice": [1, 1, 2, 3]}[kind]
    pdus = bank.deliver(0, sender=OUTSIDE, text="x" * 400, order=order, reference=300, reference_bits=16)
    headers = [decode_deliver(pdu).user_data.header for pdu in pdus]
    parts = [header.concatenation for header in headers if header is not None]
    assert [part.sequence for part in parts if part is not None] == order
    assert {(part.reference, part.bits, part.total) for part in parts if part is not None} == {(300, 16, 3)}
    listed = await host.ask("AT+CMGL=4")
    assert len([line for line in listed if line.startswith("+CMGL")]) == len(order)


async def test_any_octets_can_be_delivered(bank: Bank, host: Host) -> None:
    bank.deliver(0, sender=OUTSIDE, data=b"\x00\xff")
    bank.deliver(0, sender="", pdu=bytes.fromhex("00FFFF"))
    _, data, _, junk, _ = await host.ask("AT+CMGL=4")
    assert decode_deliver(bytes.fromhex(data)).user_data.content == b"\x00\xff"
    assert junk == "00FFFF"


async def test_a_report_nobody_asked_for(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    pdu = bank.report(0, reference=200, recipient=OUTSIDE, status=0x41)
    assert pdu.hex().upper().encode() in await host.until(lambda seen: seen.count(b"\r\n") == 3)


async def test_many_messages_wait_without_deep_recursion(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, sizes={"SM": 2000}) as bank:
        bank.modems[0].register(2)
        for _ in range(1500):
            bank.deliver(0, sender=OUTSIDE, text="x")
        bank.modems[0].register(1)
        assert len(bank.ledger.of("stored")) == 1500
        host = Host(bank.modems[0].device)
        host.write("ATE0\r")
        assert b"OK" in await host.until(finished)
        host.close()
