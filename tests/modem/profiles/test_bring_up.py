"""A wrong profile costs some commands and never a message: each of them with modems that it was not written for."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from modem.events import DeliverReceived, ReportReceived
from modem.profiles import PROFILES, profile_named
from modem.simulator.bank import Bank
from modem.simulator.manners import MANNERS
from tests.support.manners import octets
from tests.support.manners.families import FAMILIES, GENERIC, STORELESS
from tests.support.manners.host import Host
from tests.support.manners.manner import Manner
from tests.support.manners.port import Port

NAMES = [profile.name for profile in PROFILES]
ALICE = "+447700900111"
OF_THE_BANK = {
    "generic": "generic",
    "huawei": "huawei",
    "simcom": "simcom-sim800",
    "quectel": "quectel-m",
    "zte": "zte",
    "wavecom": "wavecom",
    "storeless": "nordic",
}
OF_THE_SIMULATOR = OF_THE_BANK | {"quectel": "quectel"}


@pytest.mark.parametrize("name", NAMES)
async def test_a_modem_as_the_standard_has_it_works_with_every_profile(name: str, tmp_path: Path) -> None:
    """One that refuses every command of a vendor's, and that somebody has left with AT+CSMS=1."""
    pdu = octets.plain(ALICE, "Hello back", datetime(2024, 5, 17, 9, 30, tzinfo=UTC))
    with Port(GENERIC, tmp_path) as port:
        host = await Host.open(port.device, profile=name)
        try:
            await host.modem.bring_up()
            assert host.modem.profile.name == name
            assert len(await host.send("Hello " * 40)) == 2
            await host.until(lambda h: len(h.of(ReportReceived)) == 2, "both reports")
            port.deliver(pdu)
            await host.until(lambda h: h.delivered == [pdu], "the message")
            assert port.texts == [("+447700900123", "Hello " * 40)]
            needless = {"+CNMA, and none was owed"} if profile_named(name).direct_needs_acknowledgement else set()
            assert set(port.violations) <= needless
        finally:
            await host.close()


@pytest.mark.parametrize("name", NAMES)
async def test_the_simulator_works_with_every_profile(name: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank:
        host = await Host.open(bank.modems[0].device, profile=name)
        try:
            await host.modem.bring_up()
            await host.modem.wait_registered()
            await host.send("Hello", to=ALICE)
            bank.deliver(0, sender=ALICE, text="Hello back")
            await host.until(lambda h: len(h.of(DeliverReceived)) == 1, "the message")
        finally:
            await host.close()


@pytest.mark.parametrize("manner", [*FAMILIES, STORELESS], ids=lambda manner: manner.name)
async def test_the_modems_of_the_bank_are_recognised(manner: Manner, tmp_path: Path) -> None:
    with Port(manner, tmp_path) as port:
        host = await Host.open(port.device)
        try:
            await host.modem.bring_up()
            assert host.modem.profile.name == OF_THE_BANK[manner.name]
        finally:
            await host.close()


@pytest.mark.parametrize("manner", sorted(MANNERS))
async def test_the_modems_of_the_simulator_are_recognised(manner: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner=manner) as bank:
        host = await Host.open(bank.modems[0].device)
        try:
            await host.modem.bring_up()
            assert host.modem.profile.name == OF_THE_SIMULATOR[manner]
        finally:
            await host.close()
