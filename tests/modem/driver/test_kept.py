"""Settings that only a restart takes away: fault 31, where the modem says nothing of it, or next to nothing."""

import pytest

from modem.events import Restarted
from tests.modem.driver.responder import driven


def said(body: str) -> str:
    return f"\r\n{body}\r\n\r\nOK\r\n"


def echoing(body: str):
    """An answer behind the echo of its command."""
    return lambda line: f"{line}\r" + said(body)


@pytest.mark.parametrize(
    ("script", "sign"),
    [
        ({"AT+CMGF?": said("+CMGF: 1")}, "+CMGF: 1"),
        ({"AT+CMEE?": said("+CMEE: 0")}, "AT+CMEE is 0"),
        ({"AT+CMGF?": echoing("+CMGF: 0")}, "echo is on"),
    ],
)
async def test_a_setting_that_is_lost_gives_a_silent_restart_away(script, sign) -> None:
    async with driven({"AT+CMEE?": said("+CMEE: 1")}) as d:
        await d.modem.check()
        await d.no_event(Restarted)
        d.port.script |= script
        await d.modem.check()
        assert await d.event(Restarted) == Restarted(sign)


async def test_a_modem_that_always_echoes_and_never_tells_its_errors_has_not_restarted() -> None:
    async with driven({"AT+CMEE?": "\r\nERROR\r\n", "AT+CMGF?": echoing("+CMGF: 0")}, up=False) as d:
        d.port.script["AT+CMEE?"] = lambda line: f"{line}\r\r\nERROR\r\n"
        await d.modem.bring_up()
        asked = d.port.count("AT+CMEE?")
        await d.modem.check()
        await d.no_event(Restarted)
        assert d.port.count("AT+CMEE?") == asked


async def test_a_sim_that_starts_in_the_middle_and_settings_that_are_gone_are_a_restart() -> None:
    """The modem's only word is that of its SIM, which also comes behind a PIN."""
    began = iter(["+CMEE: 1", "+CMEE: 0", "+CMEE: 1", "+CMEE: 1"])
    started = iter(["\r\n+CPIN: READY\r\n"])
    script = {
        "AT+CMEE?": lambda _: said(next(began)),
        "AT+CSCA?": lambda _: next(started, "") + said('+CSCA: "+447700900999",145'),
    }
    async with driven(script) as d:
        assert d.port.count("AT+CMEE=1") == 4, "each bring-up sets it twice"
        assert d.port.count("AT+CPMS=?") == 2
        await d.no_event(Restarted)


async def test_a_sim_that_starts_in_the_middle_alone_is_no_restart() -> None:
    started = iter(["\r\n+CPIN: READY\r\n"])
    script = {
        "AT+CMEE?": said("+CMEE: 1"),
        "AT+CSCA?": lambda _: next(started, "") + said('+CSCA: "+447700900999",145'),
    }
    async with driven(script) as d:
        assert d.port.count("AT+CPMS=?") == 1
