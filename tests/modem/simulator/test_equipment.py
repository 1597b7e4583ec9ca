"""Where messages and reports go: storages, direct routing, acknowledgement, registration, the card's lock."""

from pathlib import Path

from modem.pdu.tpdu import decode_status_report
from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def test_direct_routing_without_phase_2_is_acknowledged_by_the_modem(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,2,0,0,0")
    (pdu,) = bank.deliver(0, sender=OUTSIDE, text="direct")
    header, octets = lines(await host.until(pdu.hex().upper().encode() + b"\r\n"))
    assert header == f"+CMT: ,{len(pdu) - 1 - pdu[0]}"
    assert [(entry["by"], entry["pdu"]) for entry in bank.ledger.of("acknowledged")] == [("modem", octets)]
    assert await host.ask("AT+CNMA") == ["+CMS ERROR: 340"]


async def test_with_phase_2_the_next_message_waits_for_the_acknowledgement(bank: Bank, host: Host) -> None:
    await host.ask("AT+CSMS=1;+CNMI=2,2,0,1,0")
    first, second = bank.deliver(0, sender=OUTSIDE, text="word " * 40)
    await host.until(first.hex().upper().encode() + b"\r\n")
    assert host.quiet_now()
    assert bank.ledger.of("acknowledged") == []
    host.write("AT+CNMA\r")
    await host.until(second.hex().upper().encode() + b"\r\n")
    assert [entry["by"] for entry in bank.ledger.of("acknowledged")] == ["host"]
    assert await host.ask("AT+CNMA=1") == ["OK"]
    assert await host.ask("AT+CNMA") == ["+CMS ERROR: 340"]


async def test_without_acknowledgement_routing_ends_and_the_message_comes_again(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, cnma_seconds=0.02, retry_seconds=0.02) as bank:
        host = Host(bank.modems[0].device)
        await host.ask("ATE0+CSMS=1;+CNMI=2,2,0,1,0")
        bank.deliver(0, sender=OUTSIDE, text="again")
        await bank.ledger.wait_for(lambda entries: any(entry["kind"] == "stored" for entry in entries))
        assert len(bank.ledger.of("not_acknowledged")) == 1
        assert (await host.ask("AT+CNMI?"))[-2] == "+CNMI: 2,0,0,0,0"
        host.close()


async def test_a_refused_message_stays_with_the_service_centre(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, retry_seconds=0.02) as bank:
        host = Host(bank.modems[0].device)
        await host.ask("ATE0+CSMS=1;+CNMI=2,2,0,1,0")
        bank.deliver(0, sender=OUTSIDE, text="not now")
        await host.until(b"+CMT")
        assert await host.ask("AT+CNMA=2") == ["OK"]
        await host.until(b"+CMT")
        assert await host.ask("AT+CNMA") == ["OK"]
        assert len(bank.ledger.of("refused")) == 1
        host.close()


async def test_class_0_comes_directly_and_class_2_goes_to_the_sim(bank: Bank, host: Host) -> None:
    await host.ask('AT+CPMS="SM","SM","ME";+CNMI=2,1,0,0,0')
    bank.deliver(0, sender=OUTSIDE, text="flash", message_class=0)
    assert lines(await host.until(b"+CMT"))[0].startswith("+CMT: ,")
    bank.deliver(0, sender=OUTSIDE, text="for the card", message_class=2)
    assert lines(await host.until(b"+CMTI")) == ['+CMTI: "SM",1']
    bank.deliver(0, sender=OUTSIDE, text="plain")
    assert lines(await host.until(b"+CMTI")) == ['+CMTI: "ME",1']


async def test_mode_0_keeps_indications_back_until_asked(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=0,1,0,0,0")
    bank.deliver(0, sender=OUTSIDE, text="early")
    assert await host.ask("AT") == ["OK"]
    assert lines(await host_after(host, "AT+CNMI=2,1,0,0,0", b"+CMTI")) == ['+CMTI: "SM",1', "OK"]


async def host_after(host: Host, command: str, ending: bytes) -> bytes:
    host.write(command + "\r")
    return await host.until(lambda seen: ending in seen and finished(seen))


async def test_a_report_is_routed_stored_or_dropped_as_ds_says(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    header, pdu = (await send_until(host, b"+CDS: "))[-2:]
    report = decode_status_report(bytes.fromhex(pdu))
    assert header == f"+CDS: {report.tpdu_length}"
    assert (report.message_reference, report.recipient_address.value, report.status.code) == (0, OUTSIDE, 0)
    await host.ask("AT+CNMI=2,1,0,2,0")
    assert (await send_until(host, b"+CDSI"))[-1] == '+CDSI: "SR",1'
    assert (await host.ask('AT+CPMS="SR";+CMGR=1'))[1].startswith("+CMGR: 0,,")
    await host.ask("AT+CNMI=2,1,0,0,0")
    await host.send(submit(OUTSIDE, report=True))
    assert len(bank.ledger.of("report_dropped")) == 1


async def send_until(host: Host, indication: bytes) -> list[str]:
    message = submit(OUTSIDE, report=True)
    await host.prompt(message.tpdu_length)
    host.write(message.encode().hex() + "\x1a")
    return lines(await host.until(lambda seen: indication in seen and seen.endswith(b"\r\n")))


async def test_a_full_storage_leaves_the_rest_with_the_service_centre(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,1,0")
    for number in range(7):
        bank.deliver(0, sender=OUTSIDE, text=f"message {number}")
    assert [entry["why"] for entry in bank.ledger.of("kept")] == ["full"]
    assert len(bank.ledger.of("stored")) == 5
    await host.ask("AT+CMGD=2")
    await host.ask("AT+CMGD=4")
    assert len(bank.ledger.of("stored")) == 7
    for number in range(2):
        bank.deliver(0, sender=OUTSIDE, text=f"one too many {number}")
    assert (await send_until(host, b"+CDS: "))[-2].startswith("+CDS: ")  # reports still come


async def test_messages_wait_while_there_is_no_network(bank: Bank, host: Host) -> None:
    await host.ask("AT+CREG=1;+CEREG=2;+CNMI=2,1,0,0,0")
    bank.modems[0].register(2)
    assert lines(await host.until(b"+CEREG: 2")) == ["+CREG: 2", "+CEREG: 2"]
    bank.deliver(0, sender=OUTSIDE, text="later")
    assert bank.ledger.of("stored") == []
    bank.modems[0].register(5)
    shown = lines(await host.until(b"+CMTI"))
    assert shown == ["+CREG: 5", '+CEREG: 5,"00A1","0000BEEF",7', '+CMTI: "SM",1']
    assert await host.ask("AT+CREG?;+COPS?") == ["+CREG: 1,5", '+COPS: 0,0,"Simulated",7', "OK"]


async def test_the_radio_can_be_off(bank: Bank, host: Host) -> None:
    assert await host.ask("AT+CFUN=4") == ["OK"]
    bank.deliver(0, sender=OUTSIDE, text="later")
    assert await host.ask("AT+CFUN?;+CREG?;+COPS?") == ["+CFUN: 4", "+CREG: 0,0", "+COPS: 0", "OK"]
    await host.ask("AT+CFUN=1")
    assert len(bank.ledger.of("stored")) == 1


async def test_a_call_rings(bank: Bank, host: Host) -> None:
    await host.ask("AT+CLIP=1")
    bank.modems[0].call(OUTSIDE)
    assert lines(await host.until(b"+CLIP")) == ["RING", f'+CLIP: "{OUTSIDE}",145,,,,0']
