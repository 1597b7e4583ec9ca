import json
from pathlib import Path

import pytest

from modem.errors import CommandRejected
from tests.modem.driver.responder import Driven, driven

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "at-responses.json").read_text())["vectors"]
DIGITS_OF_THE_HEX = {"csca-03": "+97254120032"}  # eleven of them; the vector's expectation has twelve
CENTRES = [vector for vector in VECTORS if vector["kind"] == "csca"]
OK = "\r\nOK\r\n"


def said(body: str) -> str:
    return f"\r\n{body}\r\n{OK}"


@pytest.mark.parametrize("vector", CENTRES, ids=lambda vector: vector["id"])
async def test_it_is_read_in_every_form(vector) -> None:
    number = DIGITS_OF_THE_HEX.get(vector["id"], vector["expect"]["number"])
    async with driven({"AT+CSCA?": said(vector["raw"])}) as d:
        assert d.modem.capabilities.service_centre == number
        found = await d.modem.service_centre()
        assert found is not None
        assert found.number == number


async def test_an_ok_alone_says_that_it_is_gone() -> None:
    """ZTE K3565-Z behind AT+CSMP."""
    async with driven({"AT+CSCA?": OK}) as d:
        found = await d.modem.service_centre()
        assert found is not None
        assert found.number is None


async def test_a_modem_that_does_not_tell_has_not_lost_it() -> None:
    async with driven({"AT+CSCA?": "\r\nERROR\r\n"}) as d:
        assert await d.modem.service_centre() is None


async def test_what_is_there_is_not_written_again() -> None:
    """A SIM wears out, and other programs may have put something else there on purpose."""
    there = said('+CSCA: "447700900888",145')
    async with driven({"AT+CSCA?": there}, centre="+447700900888") as d:
        assert d.port.count("AT+CSCA=") == 0
        assert d.modem.capabilities.service_centre == "+447700900888"


def remembering(d: Driven, *, ucs2: bool) -> None:
    """A SIM whose modem takes numbers in one character set only."""
    held = [""]

    def answer(line: str) -> str:
        if line.startswith("AT+CSCA="):
            text = line.split('"')[1]
            held[0] = text if text.startswith("002B") is ucs2 else ""
            return OK
        return said(f'+CSCA: "{held[0]}",{145 if held[0] else 129}')

    d.port.script["AT+CSCA"] = answer


@pytest.mark.parametrize("ucs2", [False, True])
async def test_it_is_written_until_it_reads_back(ucs2: bool) -> None:
    async with driven() as d:
        remembering(d, ucs2=ucs2)
        await d.modem.set_service_centre("+447700900888")
        assert d.modem.capabilities.service_centre == "+447700900888"
        assert d.port.count("AT+CSCA=") == 1 + ucs2


async def test_a_refusal_is_told() -> None:
    async with driven({"AT+CSCA=": "\r\n+CMS ERROR: 302\r\n"}) as d:
        before = d.modem.capabilities.service_centre
        with pytest.raises(CommandRejected):
            await d.modem.set_service_centre("+447700900888")
        assert d.modem.capabilities.service_centre == before


async def test_an_ok_that_changes_nothing_is_no_success() -> None:
    async with driven({"AT+CSCA=": OK, "AT+CSCA?": said('+CSCA: "+15550001",145')}) as d:
        with pytest.raises(CommandRejected):
            await d.modem.set_service_centre("+447700900888")


async def test_a_configured_one_that_is_refused_does_not_keep_the_line_down() -> None:
    refused = {"AT+CSCA=": "\r\n+CMS ERROR: 302\r\n", "AT+CSCA?": said('+CSCA: "+15550001",145')}
    async with driven(refused, centre="+447700900888") as d:
        assert d.modem.capabilities.service_centre == "+15550001"
