"""USSD, operator, signal."""

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, lines


async def test_ussd_answers_after_the_ok(host: Host) -> None:
    host.write('AT+CUSD=1,"*100#",15\r')
    assert lines(await host.until(b"+CUSD")) == ["OK", '+CUSD: 0,"Your balance is 10.00",15']
    host.write('AT+CUSD=1,"*999#",15\r')
    assert lines(await host.until(b"+CUSD")) == ["OK", "+CUSD: 4"]


async def test_operator_and_signal(bank: Bank, host: Host) -> None:
    assert await host.ask("AT+COPS=3,2;+COPS?") == ['+COPS: 0,2,"00101",7', "OK"]
    bank.modems[0].equipment.signal = 99
    assert await host.ask("AT+CSQ;+CESQ") == ["+CSQ: 99,99", "+CESQ: 99,99,255,255,255,255", "OK"]
    assert (await host.ask("AT+CCLK?"))[0].startswith('+CCLK: "')


async def test_no_ussd_without_a_network(bank: Bank, host: Host) -> None:
    bank.modems[0].register(2)
    assert await host.ask('AT+CUSD=1,"*100#",15') == ["+CME ERROR: 30"]


async def test_packet_service_is_attached_while_there_is_a_network(bank: Bank, host: Host) -> None:
    """TS 27.007 §10.1.9."""
    assert await host.ask("AT+CGATT=?;+CGATT?") == ["+CGATT: (0,1)", "+CGATT: 1", "OK"]
    assert await host.ask("AT+CGATT=0;+CGATT?") == ["+CGATT: 0", "OK"]
    assert await host.ask("AT+CGATT=2") == ["+CME ERROR: 50"]
    await host.ask("AT+CGATT=1")
    bank.modems[0].register(2)
    assert await host.ask("AT+CGATT?") == ["+CGATT: 0", "OK"]
