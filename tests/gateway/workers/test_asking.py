"""Asking a port who is behind it, on simulated modems and on ports that are none."""

import asyncio
import os
import pty
import time

import pytest

from gateway.workers import asking
from gateway.workers.asking import Answer, ask
from modem.driver import Modem, ModemSettings
from modem.simulator.bank import Bank
from tests.support.hurried import TIMING

SETTINGS = ModemSettings(timing=TIMING)


@pytest.fixture
async def bay(tmp_path):
    async with Bank(1, directory=tmp_path / "bank") as bank:
        yield bank.modems[0]


class Parrot:
    """A port that answers every line in one way."""

    def __init__(self, answer: bytes, *, echo: bool = False) -> None:
        self.master, self.slave = pty.openpty()
        self.answer, self.echo = answer, echo
        asyncio.get_running_loop().add_reader(self.master, self._hear)

    @property
    def device(self) -> str:
        return os.ttyname(self.slave)

    def _hear(self) -> None:
        heard = os.read(self.master, 1000)
        os.write(self.master, (heard if self.echo else b"") + (self.answer if b"\r" in heard else b""))

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.slave)
        os.close(self.master)


@pytest.fixture
async def parrot():
    made: list[Parrot] = []

    def make(answer: bytes, **how: bool) -> Parrot:
        made.append(Parrot(answer, **how))
        return made[-1]

    yield make
    for one in made:
        one.close()


async def test_a_modem_says_who_it_is_and_that_it_announces(bay):
    answer = await ask(Modem.open, bay.device, SETTINGS)
    assert (answer.identity.imei, answer.identity.iccid) == (bay.imei, bay.iccid)
    assert answer.announces


async def test_a_modem_whose_sim_wants_its_pin_announces_all_the_same(bay):
    bay.lock("1234")
    bay.reboot()
    answer = await ask(Modem.open, bay.device, SETTINGS)
    assert (answer.identity.imei, answer.announces) == (bay.imei, True)
    assert not bay.equipment.card.unlocked


async def test_a_port_that_refuses_to_hear_of_messages_announces_nothing(bay):
    bay.fault("reject_command", "+CNMI")
    answer = await ask(Modem.open, bay.device, SETTINGS)
    assert (answer.identity.imei, answer.announces) == (bay.imei, False)


@pytest.mark.parametrize(
    ("says", "echo"), [(b"", True), (b"", False), (b"\x7e\x13\x00\x7e", False)], ids=["echo", "silence", "binary"]
)
async def test_a_port_that_is_no_modem_is_given_up_after_two_seconds(parrot, says, echo):
    before = time.monotonic()
    assert await ask(Modem.open, parrot(says, echo=echo).device, ModemSettings(), on_usb=True) == Answer()
    assert time.monotonic() - before < asking.FIRST_S + 1


async def test_a_port_that_says_yes_to_everything_has_no_name_and_announces_nothing(parrot):
    """As the MC8775's port for diagnosis."""
    answer = await ask(Modem.open, parrot(b"\r\nOK\r\n").device, SETTINGS, on_usb=True)
    assert answer.identity is None or (answer.identity.imei, answer.announces) == (None, False)


async def test_a_port_that_another_program_has_is_busy(bay):
    modem = await Modem.open(bay.device)
    try:
        assert await ask(Modem.open, bay.device, SETTINGS) == Answer(opened=False, busy=True)
    finally:
        await modem.close()
    assert await ask(Modem.open, "/dev/nothing-here", SETTINGS) == Answer(opened=False)
