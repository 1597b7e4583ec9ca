"""The table of commands."""

from pathlib import Path

from modem.simulator.bank import Bank
from tests.modem.simulator.host import Host


async def test_it_answers_the_tests_of_what_it_knows(host: Host) -> None:
    for command in ("CMGF", "CNMI", "CPMS", "CSMS", "CNMA", "CMGL", "CMGD", "CREG", "COPS", "CFUN", "CSCS", "CSQ"):
        answer = await host.ask(f"AT+{command}=?")
        assert answer[0].startswith(f"+{command}: "), answer
    assert await host.ask("AT+CVHU=?") == ["+CVHU: (0-2)", "OK"]
    for command in ("CMGS", "CMGW", "CMGR", "CMSS", "CSCA", "CPIN", "CGSN", "CIMI"):
        assert await host.ask(f"AT+{command}=?") == ["OK"]


async def test_it_lists_what_it_knows_with_its_vendors_commands(tmp_path: Path) -> None:
    """TS 27.007 §8.37."""
    async with Bank(1, directory=tmp_path, manner="huawei") as bank:
        host = Host(bank.modems[0].device)
        *commands, final = await host.ask("ATE0+CLAC")
        assert final == "OK"
        assert len(set(commands)) == len(commands)
        assert {"ATE", "AT&F", "AT+CLAC", "AT+CMGS", "AT^ICCID", "AT^CURC"} <= set(commands)
        assert all(command.startswith("AT") for command in commands)
        assert await host.ask("AT+CLAC=?") == ["OK"]
        host.close()
