import asyncio
from dataclasses import replace

import pytest

from modem.at.ussd import encode
from modem.errors import CommandRejected, CommandTimeout, TransportLost
from tests.modem.driver.responder import QUICK, driven

PLAIN, PACKED = 'AT+CUSD=1,"*100#",15', f'AT+CUSD=1,"{encode("*100#", packed=True)}",15'
OK, ERROR = "\r\nOK\r\n", "\r\nERROR\r\n"
SAID = '\r\n+CUSD: 0,"Balance 5.00",15\r\n'
SHORT = replace(QUICK, ussd_answer=0.2)


@pytest.mark.parametrize("answer", [OK + SAID, SAID + OK, '\r\n+CUSD: 0,"Balance\r\n5.00",15\r\n' + OK])
async def test_the_answer_comes_before_the_ok_or_behind_it(answer: str) -> None:
    async with driven({PLAIN: answer}) as d:
        said = await d.modem.ussd("*100#")
        assert said.text.split() == ["Balance", "5.00"]
        assert not said.wants_reply


async def test_the_answer_may_take_its_time_and_messages_go_out_meanwhile() -> None:
    async with driven({PLAIN: OK}) as d:
        asking = asyncio.create_task(d.modem.ussd("*100#"))
        while not d.port.count(PLAIN):
            await asyncio.sleep(0)
        await d.modem.check()
        assert not asking.done()
        d.port.announce('+CUSD: 1,"1 Balance 2 Top up",15')
        assert (await asking).wants_reply


@pytest.mark.parametrize("answer", [ERROR, OK + "\r\n+CUSD: 4\r\n"])
async def test_a_modem_that_takes_packed_codes_only_is_asked_so(answer: str) -> None:
    async with driven({PLAIN: answer, PACKED: OK + SAID}) as d:
        assert (await d.modem.ussd("*100#")).text == "Balance 5.00"


async def test_what_the_network_refuses_is_not_asked_in_another_form() -> None:
    async with driven({PLAIN: "\r\n+CME ERROR: 30\r\n"}) as d:
        with pytest.raises(CommandRejected) as refused:
            await d.modem.ussd("*100#")
        assert refused.value.code == 30
        assert d.port.count("AT+CUSD") == 1


async def test_a_dialogue_that_nobody_answers_is_ended() -> None:
    async with driven({PLAIN: OK, "AT+CUSD=2": OK}, timing=SHORT) as d:
        with pytest.raises(CommandTimeout):
            await d.modem.ussd("*100#")
        assert d.port.heard[-1] == "AT+CUSD=2"


@pytest.mark.parametrize("what", ["restart", "loss"])
async def test_who_waits_for_an_answer_learns_that_none_will_come(what: str) -> None:
    async with driven({PLAIN: OK}) as d:
        asking = asyncio.create_task(d.modem.ussd("*100#"))
        while not d.port.count(PLAIN):
            await asyncio.sleep(0)
        await d.modem.check()  # its OK is heard
        if what == "restart":
            d.port.announce("RDY")
        else:
            d.port.unplug()
        async with asyncio.timeout(1):
            with pytest.raises(CommandTimeout if what == "restart" else TransportLost):
                await asking


@pytest.mark.parametrize("code", ["", 'x"\rAT+CFUN=0', "*100#\x1a", "*100#\r", "é"])
async def test_nothing_but_a_code_reaches_the_modem(code: str) -> None:
    async with driven() as d:
        with pytest.raises(ValueError, match="USSD code"):
            await d.modem.ussd(code)
        assert not d.port.count("AT+CUSD")


async def test_what_the_network_says_unasked_disturbs_nobody() -> None:
    async with driven({PLAIN: OK + SAID}) as d:
        d.port.announce('+CUSD: 0,"An advertisement",15')
        await d.modem.check()  # it is heard
        assert (await d.modem.ussd("*100#")).text == "Balance 5.00"
