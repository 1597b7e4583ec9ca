import pytest

from modem.driver import PinState
from modem.errors import CommandRejected
from tests.modem.driver.responder import driven

READS = ("AT+CPIN?", "AT+CPMS?", "AT+CNMI?", "AT+CSCA?", "AT+COPS?")
CHANGES = ("AT+CPIN=", "AT+CPMS=", "AT+CNMI=", "AT+CMGF=", "AT+CFUN=", "AT+CSMS=", "AT+CMGD", "AT+CMGL", "AT+CSCA=")


async def test_looking_changes_nothing_that_lasts() -> None:
    async with driven() as d:
        before = len(d.port.heard)
        found = await d.modem.inspect()
        said = d.port.heard[before:]
        assert found.pin is PinState.READY
        assert found.health is not None
        assert [read for read in READS if read not in said] == []
        assert [line for line in said if line.startswith(CHANGES)] == []


async def test_a_sim_that_wants_its_pin_is_asked_no_further() -> None:
    async with driven() as d:
        d.port.script["AT+CPIN?"] = "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
        d.port.script["AT+CPINR"] = "\r\n+CPINR: SIM PIN,2\r\n\r\nOK\r\n"
        before = len(d.port.heard)
        found = await d.modem.inspect()
        assert (found.pin, found.pin_attempts, found.health) == (PinState.PIN, 2, None)
        assert [line for line in d.port.heard[before:] if line.startswith(CHANGES)] == []


async def test_a_round_trip_is_an_at() -> None:
    async with driven() as d:
        assert 0 < await d.modem.round_trip() < 1
        assert d.port.heard[-1] == "AT"
        d.port.script["AT"] = "\r\nERROR\r\n"
        with pytest.raises(CommandRejected):
            await d.modem.round_trip()
