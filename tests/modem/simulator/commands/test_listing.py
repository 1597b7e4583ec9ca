"""Reading and deleting."""

import pytest

from modem.pdu.tpdu import decode_deliver
from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def test_a_message_is_stored_announced_read_and_deleted(bank: Bank, host: Host) -> None:
    await host.ask("AT+CNMI=2,1,0,0,0")
    bank.deliver(0, sender=OUTSIDE, text="hello modem")
    assert lines(await host.until(b"+CMTI")) == ['+CMTI: "SM",1']
    header, pdu, final = await host.ask("AT+CMGR=1")
    deliver = decode_deliver(bytes.fromhex(pdu))
    assert (deliver.originating_address.value, deliver.text) == (OUTSIDE, "hello modem")
    assert (header, final) == (f"+CMGR: 0,,{deliver.tpdu_length}", "OK")
    assert (await host.ask("AT+CMGR=1"))[0].startswith("+CMGR: 1,")
    assert await host.ask("AT+CMGD=1") == ["OK"]
    assert await host.ask("AT+CMGR=1") == ["+CMS ERROR: 321"]
    (deleted,) = bank.ledger.of("deleted")
    assert deleted["pdu"] == pdu


async def test_a_listing_shows_one_status_or_all(bank: Bank, host: Host) -> None:
    for text in ("one", "two", "three"):
        bank.deliver(0, sender=OUTSIDE, text=text)
    await host.ask("AT+CMGR=2")
    assert [line for line in await host.ask("AT+CMGL=1") if line.startswith("+CMGL")] == ["+CMGL: 2,1,,22"]
    assert len(await host.ask("AT+CMGL=4")) == 7
    assert await host.ask("AT+CMGL=0") == ["OK"]  # they are read by now


@pytest.mark.parametrize(("flag", "left"), [(0, "2,3,4"), (1, "2,3,4"), (2, "2,3"), (3, "2"), (4, "")])
async def test_delete_flags(bank: Bank, host: Host, flag: int, left: str) -> None:
    for text in ("read", "unread"):
        bank.deliver(0, sender=OUTSIDE, text=text)
    await host.ask("AT+CMGR=1")
    message = submit(OUTSIDE)
    for status in (2, 3):
        host.write(f"AT+CMGW={message.tpdu_length},{status}\r")
        await host.until(b"> ")
        host.write(message.encode().hex() + "\x1a")
        await host.until(finished)
    assert await host.ask(f"AT+CMGD=1,{flag}") == ["OK"]
    assert await host.ask("AT+CMGD=?") == [f"+CMGD: ({left}),(0-4)", "OK"]


async def test_both_storages_can_be_read_as_one(bank: Bank, host: Host) -> None:
    assert await host.ask('AT+CPMS="MT","MT","ME"') == ["+CPMS: 0,105,0,105,0,100", "OK"]
    bank.deliver(0, sender=OUTSIDE, text="in ME")
    await host.ask('AT+CPMS="MT","MT","SM"')
    bank.deliver(0, sender=OUTSIDE, text="in SM")
    indices = [line.split(",")[0] for line in await host.ask("AT+CMGL=4") if line.startswith("+CMGL")]
    assert indices == ["+CMGL: 1", "+CMGL: 101"]
    await host.ask("AT+CMGD=101")
    assert await host.ask("AT+CPMS?") == ['+CPMS: "MT",1,105,"MT",1,105,"SM",0,5', "OK"]
