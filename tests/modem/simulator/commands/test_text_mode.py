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
