"""The table of commands."""

from tests.modem.simulator.host import Host


async def test_it_answers_the_tests_of_what_it_knows(host: Host) -> None:
    for command in ("CMGF", "CNMI", "CPMS", "CSMS", "CNMA", "CMGL", "CMGD", "CREG", "COPS", "CFUN", "CSCS", "CSQ"):
        answer = await host.ask(f"AT+{command}=?")
        assert answer[0].startswith(f"+{command}: "), answer
    for command in ("CMGS", "CMGW", "CMGR", "CMSS", "CSCA", "CPIN", "CGSN", "CIMI"):
        assert await host.ask(f"AT+{command}=?") == ["OK"]
