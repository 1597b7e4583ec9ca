"""Every manner, brought up by the driver: recognised for what it is, and used both ways."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest

from modem.charset import gsm7
from modem.driver import Modem, ModemSettings, Timing
from modem.errors import TransportLost
from modem.events import DeliverReceived, ReportReceived
from modem.pdu.address import Address
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.tpdu import Submit, UserData
from modem.simulator.bank import Bank
from modem.simulator.catalogue import CATALOGUE, manner_named, names_near

E = TypeVar("E")

FAR_AWAY = "+447700900999"
BRISK = Timing(prompt=0.5, submit=1.0, quiet=0.05, drain=0.5, missing_ok=0.1, answer_after_ok=0.1, poll=0.1)

PROFILES = {
    "generic": "generic",
    "huawei": "huawei",
    "huawei-e160": "huawei",
    "huawei-mu509": "huawei-module",
    "zte": "zte",
    "simcom": "simcom-sim800",
    "simcom-sim900": "simcom-sim900",
    "simcom-sim7000": "simcom-sim70xx",
    "simcom-sim7600": "simcom",
    "simcom-a7670": "simcom-a76xx",
    "quectel": "quectel",
    "quectel-m26": "quectel-m",
    "quectel-bg96": "quectel-bg",
    "quectel-eg25": "quectel",
    "quectel-ec200a": "quectel-ec200a",
    "quectel-rm520n": "quectel",
    "sierra-mc7304": "sierra",
    "u-blox-sara-g450": "u-blox",
    "u-blox-sara-r410": "u-blox-r4",
    "telit-uc864": "telit",
    "cinterion-mc75i": "siemens",
    "cinterion-pls8": "cinterion",
    "siemens-mc35i": "siemens",
    "wavecom": "wavecom",
    "option-icon72": "option",
    "fibocom-l860": "fibocom",
    "fibocom-fm350": "fibocom-fm350",
    "neoway-m590": "neoway",
    "ai-thinker-a6": "ai-thinker",
    "nokia-n79": "nokia",
    "sony-ericsson-md300": "sony-ericsson",
    "sony-ericsson-w580i": "sony-ericsson",
}
"""What each has to be taken for; a manner that is not here fails by its name."""

RECEIVES_NOTHING = {"nokia-n79"}
NO_REPORTS = RECEIVES_NOTHING | {"simcom-a7670"}


def submit(text: str) -> Submit:
    return Submit(
        destination=Address.of(FAR_AWAY),
        user_data=UserData(Alphabet.GSM7, gsm7.encode(text)),
        data_coding=DataCoding.for_text(Alphabet.GSM7),
        status_report_request=True,
    )


@contextlib.asynccontextmanager
async def opened(bank: Bank) -> AsyncIterator[Modem]:
    modem = await Modem.open(bank.modems[0].device, ModemSettings(timing=BRISK))
    pump = asyncio.create_task(modem.run())
    try:
        yield modem
    finally:
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, TransportLost):
            await pump
        await modem.close()


async def first(modem: Modem, kind: type[E]) -> E:
    async with asyncio.timeout(10):
        async for event in modem.events():
            if isinstance(event, kind):
                return event
    raise AssertionError("closed")


async def nothing() -> None: ...


@pytest.mark.parametrize("name", CATALOGUE)
async def test_every_manner_is_recognised_sends_reports_and_receives(name: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner=name) as bank, opened(bank) as modem:
        identity = await modem.bring_up()
        assert modem.profile.name == PROFILES[name]
        assert (identity.imei, identity.iccid) == (bank.modems[0].imei, bank.modems[0].iccid)
        phone = bank.phone(FAR_AWAY)
        await modem.wait_registered()
        reference = await modem.submit(submit(name).encode(), submit(name).tpdu_length, before_ctrl_z=nothing)
        assert [message.text for message in phone.received] == [name]
        if name not in NO_REPORTS:
            report = await first(modem, ReportReceived)
            assert report.report.message_reference == reference
            await modem.acknowledge(report)
        bank.deliver(0, sender="+447700900111", text=f"to {name}")
        if name in RECEIVES_NOTHING:
            assert modem.capabilities.routing is None
            assert await modem.sweep() == 0
            return
        event = await first(modem, DeliverReceived)
        assert (event.deliver.text, event.announced) == (f"to {name}", True)
        await modem.acknowledge(event)
        assert await modem.sweep() == 0


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name not in RECEIVES_NOTHING])
async def test_every_manner_gives_up_what_lay_in_it(name: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner=name) as bank:
        async with opened(bank) as modem:
            await modem.bring_up()
        bank.modems[0].reboot()  # back to what it does by itself
        bank.deliver(0, sender="+447700900111", text="while nobody listened")
        async with opened(bank) as modem:
            await modem.bring_up()
            await modem.sweep()
            event = await first(modem, DeliverReceived)
            assert event.deliver.text == "while nobody listened"


async def test_what_lies_where_only_mt_leads_is_found_once(tmp_path: Path) -> None:
    """PLS8 reads ME and MT: a message for the SIM (class 2) is to be had through MT alone."""
    async with Bank(1, directory=tmp_path, manner="cinterion-pls8") as bank:
        async with opened(bank) as modem:
            await modem.bring_up()
        bank.deliver(0, sender="+447700900111", text="for the SIM", message_class=2)
        assert bank.modems[0].equipment.sim.used == 1
        async with opened(bank) as modem:
            await modem.bring_up()
            assert modem.capabilities.storages == ("MT",)
            assert await modem.sweep() == 1
            event = await first(modem, DeliverReceived)
            assert event.deliver.text == "for the SIM"
            await modem.acknowledge(event)
            assert await modem.sweep() == 0
        assert bank.modems[0].equipment.sim.used == 0


@pytest.mark.parametrize("name", ["generic", "huawei-e160", "quectel-m26"])
async def test_ussd_in_each_coding(name: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner=name) as bank, opened(bank) as modem:
        await modem.bring_up()
        answer = await modem.ussd("*100#")
        assert answer.text == "Your balance is 10.00"


@pytest.mark.parametrize("name", ["huawei", "telit-uc864", "sierra-mc7304", "ai-thinker-a6", "wavecom"])
async def test_a_pin_is_entered_whatever_tells_the_attempts(name: str, tmp_path: Path) -> None:
    class Once:
        async def may_try(self, sim: str, pin: str) -> bool:
            return True

        async def trying(self, sim: str, pin: str) -> None: ...

        async def accepted(self, sim: str, pin: str) -> None: ...

        async def refused(self, sim: str, pin: str) -> None: ...

    async with Bank(1, directory=tmp_path, manner=name, pin="4711") as bank, opened(bank) as modem:
        await modem.bring_up(pin="4711", pin_guard=Once())
        assert bank.modems[0].state == "ready"


def test_each_manner_says_in_a_line_what_is_odd_about_it() -> None:
    assert set(CATALOGUE) == set(PROFILES)
    for manner in CATALOGUE.values():
        assert 10 < len(manner.about) < 110, manner.name
        assert "\n" not in manner.about


def test_a_name_that_is_none_has_neighbours() -> None:
    assert names_near("huawai")[0] == "huawei"
    assert "simcom-sim7600" in names_near("sim7600")
    assert "quectel-eg25" in names_near("EG25")
    assert names_near("zzzzzz") == []
    with pytest.raises(KeyError):
        manner_named("sim7600")
