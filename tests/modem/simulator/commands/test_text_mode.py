"""Text mode."""

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, finished, lines

OUTSIDE = "+447700900123"


async def test_text_mode_sends_and_lists(bank: Bank, host: Host) -> None:
    await host.ask("AT+CMGF=1")
    host.write(f'AT+CMGS="{OUTSIDE}"\r')
    await host.until(b"> ")
    host.write("in text mode\x1a")
    assert lines(await host.until(finished)) == ["+CMGS: 0", "OK"]
    assert [(entry["to"], entry["text"]) for entry in bank.ledger.submitted] == [(OUTSIDE, "in text mode")]
    bank.deliver(0, sender=OUTSIDE, text="answer")
    header, text, final = await host.ask('AT+CMGL="ALL"')
    assert header.startswith(f'+CMGL: 1,"REC UNREAD","{OUTSIDE}",,"')
    assert (text, final) == ("answer", "OK")


async def test_what_was_written_is_listed_with_its_destination(bank: Bank, host: Host) -> None:
    await host.ask("AT+CMGF=1")
    await write_text(host, OUTSIDE, "to keep")
    bank.deliver(0, sender=OUTSIDE, pdu=bytes.fromhex("00FFFF"))
    shown = await host.ask('AT+CMGL="ALL"')
    assert shown == [f'+CMGL: 1,"STO UNSENT","{OUTSIDE}",', "to keep", '+CMGL: 2,"REC UNREAD","",', "00FFFF", "OK"]
    assert await host.ask('AT+CMGL="REC UNREAD"') == ["OK"]
    assert await host.ask('AT+CMGL="NONSENSE"') == ["+CMS ERROR: 303"]
    assert (await host.ask("AT+CMGL=?"))[0] == '+CMGL: ("REC UNREAD","REC READ","STO UNSENT","STO SENT","ALL")'


async def write_text(host: Host, destination: str, text: str) -> bytes:
    host.write(f'AT+CMGW="{destination}"\r')
    await host.until(b"> ")
    host.write(text + "\x1a")
    return await host.until(finished)


async def test_a_wrong_destination_or_too_long_a_text_is_refused(host: Host) -> None:
    await host.ask("AT+CMGF=1")
    assert b"+CMS ERROR: 305" in await write_text(host, "", "x")
    assert b"+CMS ERROR: 305" in await write_text(host, OUTSIDE, "x" * 161)


async def test_a_report_is_asked_for_by_csmp(bank: Bank, host: Host) -> None:
    assert await host.ask("AT+CMGF=1;+CSMP=49;+CSMP?;+CSDH=1;+CSDH?") == ["+CSMP: 49,167,0,0", "+CSDH: 1", "OK"]
    host.write(f'AT+CMGS="{OUTSIDE}"\r')
    await host.until(b"> ")
    host.write("report please\x1a")
    await host.until(finished)
    assert [entry["report"] for entry in bank.ledger.submitted] == [True]
