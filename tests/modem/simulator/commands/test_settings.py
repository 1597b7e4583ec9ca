"""Values that are set and read back."""

from tests.modem.simulator.host import Host


async def test_strings_are_hexadecimal_in_ucs2(host: Host) -> None:
    assert await host.ask('AT+CSCS="UCS2";+COPS?') == ['+COPS: 0,0,"00530069006D0075006C0061007400650064",7', "OK"]
    assert await host.ask('AT+CSCA="002B003400340037";+CSCS="GSM";+CSCA?') == ['+CSCA: "+447",145', "OK"]


async def test_remembered_values_are_read_back(host: Host) -> None:
    assert await host.ask("AT+CGSMS?;+CGSMS=1;+CGSMS?;+CLIP=1;+CLIP?") == [
        "+CGSMS: 3",
        "+CGSMS: 1",
        "+CLIP: 1,1",
        "OK",
    ]
    assert await host.ask('AT+CSCS="KLINGON"') == ["+CME ERROR: 50"]
    assert await host.ask("AT+CMEE=3") == ["+CME ERROR: 50"]
