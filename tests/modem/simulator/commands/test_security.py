"""The card's PIN."""

from pathlib import Path

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host, lines


async def test_a_locked_card_wants_its_pin_and_counts_the_tries(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, pin="2468") as bank:
        host = Host(bank.modems[0].device)
        await host.ask("ATE0+CMEE=1")
        assert bank.modems[0].state == "locked"
        assert await host.ask("AT+CPIN?") == ["+CPIN: SIM PIN", "OK"]
        assert await host.ask("AT+CMGL=4") == ["+CMS ERROR: 311"]
        assert await host.ask("AT+CIMI") == ["+CME ERROR: 11"]
        assert await host.ask('AT+CPIN="1111"') == ["+CME ERROR: 16"]
        assert await host.ask("AT+CPINR") == ["+CPINR: SIM PIN,2,3", "+CPINR: SIM PUK,10,10", "OK"]
        host.write('AT+CPIN="2468"\r')
        assert lines(await host.until(b"READY")) == ["OK", "+CPIN: READY"]
        assert await host.ask("AT+CIMI") == ["001010000000001", "OK"]
        assert [entry["accepted"] for entry in bank.ledger.of("pin")] == [False, True]
        host.close()


async def test_three_wrong_pins_want_the_puk(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, pin="2468") as bank:
        host = Host(bank.modems[0].device)
        await host.ask("ATE0+CMEE=1")
        for _ in range(2):
            assert await host.ask('AT+CPIN="0000"') == ["+CME ERROR: 16"]
        assert await host.ask('AT+CPIN="0000"') == ["+CME ERROR: 12"]
        assert await host.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
        host.write('AT+CPIN="12345678","1357"\r')
        await host.until(b"READY")
        assert bank.modems[0].equipment.card.pin == "1357"
        host.close()


async def test_who_the_subscriber_is(bank: Bank, host: Host) -> None:
    assert await host.ask("AT+CNUM") == [f'+CNUM: ,"{bank.modems[0].number}",145', "OK"]
    assert await host.ask('AT+CLCK="SC",2') == ["+CLCK: 0", "OK"]
    assert await host.ask('AT+CPIN="1234"') == ["+CME ERROR: 3"]
    bank.modems[0].equipment.card.inserted = False
    assert await host.ask("AT+CPIN?") == ["+CME ERROR: 10"]
    assert await host.ask("AT+CMGL=4") == ["+CMS ERROR: 310"]
