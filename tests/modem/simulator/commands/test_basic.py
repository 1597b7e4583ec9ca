"""Basic commands, and who the modem is."""

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host


async def test_it_says_who_it_is(bank: Bank, host: Host) -> None:
    imei = bank.modems[0].imei
    assert await host.ask("ATI") == [
        "Manufacturer: SIMgate",
        "Model: Simulated modem",
        "Revision: 1.0",
        f"IMEI: {imei}",
        "OK",
    ]
    assert await host.ask("ATI9") == ["OK"]
    assert await host.ask("AT+GMI;+GMM;+GMR;+GSN") == ["SIMgate", "Simulated modem", "1.0", imei, "OK"]


async def test_defaults_bring_echo_and_text_mode_back(host: Host) -> None:
    await host.ask("AT+CMGF=1;+CSMS=1;+CNMI=2,1,0,0,0")
    await host.ask("AT&F")
    answer = await host.ask("AT+CMGF?;+CSMS?;+CNMI?;+CMEE?")
    assert answer == [
        "AT+CMGF?;+CSMS?;+CNMI?;+CMEE?",
        "+CMGF: 0",
        "+CSMS: 0,1,1,1",
        "+CNMI: 0,0,0,0,0",
        "+CMEE: 0",
        "OK",
    ]


async def test_registers_keep_their_value(host: Host) -> None:
    assert await host.ask("ATS0?S0=2S0?") == ["000", "002", "OK"]


async def test_what_has_no_effect_here_is_taken(host: Host) -> None:
    assert await host.ask("AT&C1&D2X4H") == ["OK"]
    assert await host.ask("AT+CHUP") == ["OK"]
    assert await host.ask("ATE7") == ["ERROR"]


async def test_nothing_is_answered_after_atq1(host: Host) -> None:
    host.write("ATQ1\rAT\rATQ0\r")
    assert await host.until(b"OK\r\n") == b"\r\nOK\r\n"


async def test_levels_of_functionality_are_checked(host: Host) -> None:
    assert await host.ask("AT+CFUN=?") == ["+CFUN: (0,1,4),(0,1)", "OK"]
    assert await host.ask("AT+CFUN=9") == ["+CME ERROR: 50"]
