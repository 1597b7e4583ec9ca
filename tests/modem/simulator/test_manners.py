"""What differs between makes, as field transcripts show it."""

from pathlib import Path

import pytest

from modem.simulator.bank import Bank
from modem.simulator.catalogue import manner_named
from modem.simulator.manners import MANNERS
from tests.modem.simulator.host import Host, finished, lines, submit

OUTSIDE = "+447700900123"


async def opened(bank: Bank) -> Host:
    host = Host(bank.modems[0].device)
    await host.ask("ATE0+CMEE=1")
    return host


@pytest.mark.parametrize("name", sorted(MANNERS))
async def test_every_make_sends_receives_and_says_who_it_is(tmp_path: Path, name: str) -> None:
    manner = MANNERS[name]
    async with Bank(1, directory=tmp_path, manner=name) as bank:
        host = await opened(bank)
        assert await host.ask("AT+CGMI") == [manner.manufacturer, "OK"]
        assert await host.ask("AT+CGMM") == [manner.model, "OK"]
        assert (await host.ask("AT+CNMI=1,1,0,0,0")) == ["OK"]
        assert (await host.send(submit(OUTSIDE)))[0] == "+CMGS: 0"
        bank.deliver(0, sender=OUTSIDE, text="hello")
        first = manner.first_index
        assert lines(await host.until(b"+CMTI")) == [f'+CMTI: "SM",{first}']
        assert (await host.ask(f"AT+CMGR={first}"))[0].startswith("+CMGR: 0,,")
        assert await host.ask(f"AT+CMGD={first}") == ["OK"]
        host.close()


@pytest.mark.parametrize(
    ("name", "command", "answer"),
    [
        ("generic", "AT+CCID", "+CCID: 8999000000000000013"),
        ("huawei", "AT^ICCID?", "^ICCID: 8999000000000000013"),
        ("huawei", "AT^CPIN?", "^CPIN: READY,3,10,3,10,3"),
        ("simcom", "AT+CCID", "8999000000000000013"),
        ("simcom", "AT+SPIC", "+SPIC: 3,10,3,10"),
        ("quectel", "AT+QCCID", "+QCCID: 8999000000000000013"),
        ("quectel", "AT+QPINC?", '+QPINC: "SC",3,10'),
        ("zte", "AT+ZPINPUK=?", "+ZPINPUK: 3,10"),
        ("wavecom", "AT+CPMS=?", '+CPMS: (("SM","BM","SR"),("SM"))'),
        ("huawei", "AT+CMMS=2", "+CMS ERROR: 500"),
        ("huawei", "AT$TSSPCSW=?", "COMMAND NOT SUPPORT"),
        ("quectel", "AT$TSSPCSW=?", "ERROR"),
        ("wavecom", 'AT+CPMS="SM","SM","SR"', "ERROR"),
        ("wavecom", 'AT+CPMS="SM","SM"', "+CPMS: 0,20,0,20"),
        ("simcom", "AT+CNMI=2,1,0,2,0", "+CMS ERROR: 303"),
        ("zte", "AT+CNMI=2,1,0,1,0", "+CMS ERROR: 303"),
        ("quectel", "AT+CMGR=3", "OK"),
        ("generic", "AT+CMGR=3", "+CMS ERROR: 321"),
        ("simcom", "AT+CMGR=0", "+CMS ERROR: 321"),
        ("quectel", "AT+CNMA=0", "+CMS ERROR: 303"),
    ],
)
async def test_answers_of_makes(tmp_path: Path, name: str, command: str, answer: str) -> None:
    async with Bank(1, directory=tmp_path, manner=name) as bank:
        host = await opened(bank)
        assert (await host.ask(command))[0] == answer
        host.close()


async def test_simcom_prompts_without_a_blank(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="simcom") as bank:
        host = await opened(bank)
        assert await host.prompt(18) == b"\r\n>"
        host.close()


async def test_wavecom_never_says_ok_after_cpin(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="wavecom") as bank:
        host = await opened(bank)
        host.write("AT+CPIN?\r")
        assert await host.until(b"READY\r\n") == b"\r\n+CPIN: READY\r\n"
        assert await host.ask("AT") == ["OK"]
        host.close()


async def test_quectel_announces_a_report_in_the_wrong_storage(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="quectel") as bank:
        host = await opened(bank)
        await host.ask("AT+CNMI=2,1,0,2,0")
        message = submit(OUTSIDE, report=True)
        await host.prompt(message.tpdu_length)
        host.write(message.encode().hex() + "\x1a")
        assert lines(await host.until(b"+CDSI"))[-1] == '+CDSI: "SM",0'
        assert await host.ask("AT+CMGR=0") == ["OK"]
        assert (await host.ask('AT+CPMS="SR";+CMGR=0'))[1].startswith("+CMGR: 0,,")
        host.close()


async def test_huawei_says_that_its_storage_is_full(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="huawei", sizes={"SM": 2}) as bank:
        host = await opened(bank)
        await host.ask("AT+CNMI=1,1,0,0,0")
        for _ in range(3):
            bank.deliver(0, sender=OUTSIDE, text="more")
        shown = lines(await host.until(b"^SMMEMFULL"))
        assert shown == ['+CMTI: "SM",0', '^SMMEMFULL: "SM"']
        host.write("AT+CMGD=0\r")
        assert '^SMMEMFULL: "SM"' in lines(await host.until(lambda seen: b"^SMMEMFULL" in seen and b"OK" in seen))
        host.close()


async def test_huawei_floods_until_told_to_be_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Bank(1, directory=tmp_path, manner="huawei") as bank:
        host = await opened(bank)
        modem = bank.modems[0].modem
        flood = bank.modems[0].equipment.manner.floods[0]
        waiting: list[object] = []
        monkeypatch.setattr(bank.modems[0], "later", lambda seconds, action: waiting.append(action))
        modem._start_floods()
        write = waiting[0]
        assert callable(write)
        write()
        assert lines(await host.until(b"^RSSI")) == list(flood.lines)
        await host.ask("AT^CURC=0")
        write()
        assert host.quiet_now()
        host.close()


async def test_a_simcom_restart_tells_when_its_sms_service_is_ready(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="simcom", pin="1234") as bank:
        host = await opened(bank)
        bank.modems[0].reboot()
        assert lines(await host.until(b"SIM PIN")) == ["RDY", "+CFUN: 1", "+CPIN: SIM PIN"]
        assert (await host.ask("AT+CMGF=0"))[-1] == "ERROR"
        host.write('AT+CPIN="1234"\r')
        assert lines(await host.until(b"SMS Ready"))[-4:] == ["OK", "+CPIN: READY", "Call Ready", "SMS Ready"]
        assert (await host.ask("AT+CMGF=0"))[-1] == "OK"
        host.close()


async def test_a_huawei_restart_comes_back_on_another_port(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="huawei") as bank:
        host = await opened(bank)
        before = bank.modems[0].port
        host.write("AT+CFUN=1,1\r")
        await host.gone.wait()
        assert bank.modems[0].port != before
        again = Host(bank.modems[0].device)
        again.write("AT\r")
        assert b"AT\r\r\nOK\r\n" in await again.until(finished)
        again.close()
        host.close()


def test_sizes_of_a_manner_can_be_changed() -> None:
    assert manner_named("generic", sizes={"SM": 3}).sizes == {"SM": 3, "ME": 100, "SR": 50}
    with pytest.raises(KeyError):
        manner_named("nobody")
