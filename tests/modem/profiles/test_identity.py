"""The commands that a vendor has of its own for the ICCID and the attempts left, asked first and understood."""

import pytest

from modem.errors import SimUnusable
from modem.profiles import GENERIC
from tests.modem.driver.responder import driven

ICCID = "8999901000000000010"
ERROR = "\r\nERROR\r\n"


@pytest.mark.parametrize(
    ("profile", "command", "answer"),
    [
        ("huawei", "AT^ICCID?", f"^ICCID: {ICCID}F"),
        ("zte", "AT+ZGETICCID", f"+ZGETICCID: {ICCID}F"),
        ("simcom", "AT+CICCID", f"+ICCID: {ICCID}"),
        ("simcom-sim800", "AT+CCID", f"{ICCID}f"),
        ("quectel", "AT+QCCID", f"+QCCID: {ICCID}F"),
        ("sierra", "AT+ICCID", f"ICCID: {ICCID}"),
        ("telit", "AT#CCID", f"#CCID: {ICCID}"),
        ("cinterion", "AT^SCID", f"^SCID: {ICCID}"),
    ],
)
async def test_the_iccid_is_read_at_the_first_try(profile: str, command: str, answer: str) -> None:
    refused = dict.fromkeys((*GENERIC.card_identity, "AT!ICCID?"), ERROR)
    async with driven(refused | {command: f"\r\n{answer}\r\n\r\nOK\r\n"}, profile=profile) as d:
        assert d.modem.identity.iccid == ICCID
        asked = [line for line in d.port.heard if line in refused]
        assert asked[0] == command
        assert set(asked) == {command}


async def test_a_card_of_sierra_that_knows_one_command_only_is_asked_it_last() -> None:
    refused = dict.fromkeys(GENERIC.card_identity, ERROR)
    async with driven(refused | {"AT!ICCID?": f"\r\n!ICCID: {ICCID}0\r\n\r\nOK\r\n"}, profile="sierra") as d:
        assert d.modem.identity.iccid == f"{ICCID}0"


@pytest.mark.parametrize(
    ("profile", "command", "answer"),
    [
        ("huawei", "AT^CPIN?", "^CPIN: SIM PIN,3,10,1,10,3"),
        ("zte", "AT+ZPINPUK=?", "+ZPINPUK: 1,10"),
        ("simcom", "AT+SPIC", "+SPIC: 1,10,0,10"),
        ("quectel", "AT+QPINC?", '+QPINC: "SC",1,10'),
        ("quectel-m", "AT+QTRPIN", "+QTRPIN: 1,3,10,10"),
        ("u-blox", "AT+UPINCNT", "+UPINCNT: 1,3,10,10"),
        ("telit", "AT#PCT", "#PCT: 1"),
        ("cinterion", "AT^SPIC", "^SPIC: 1"),
        ("fibocom", "AT+CPINR", "+CPINR: SIM PIN,1,3"),
        ("sony-ericsson", "AT*EPIN?", "*EPIN: 1,10,3,10"),
    ],
)
async def test_the_last_attempt_at_the_pin_is_left_alone(profile: str, command: str, answer: str) -> None:
    script = dict.fromkeys(GENERIC.pin_retries, ERROR) | {
        "AT+CPIN?": "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n",
        command: f"\r\n{answer}\r\n\r\nOK\r\n",
    }
    async with driven(script, up=False, profile=profile) as d:
        with pytest.raises(SimUnusable, match="only 1 attempt"):
            await d.modem.bring_up(pin="1234")
        assert [line for line in d.port.heard if line in (*GENERIC.pin_retries, command)] == [command]
        assert d.port.count("AT+CPIN=") == 0
