"""Lost, garbled, late and empty answers at random: nothing doubled, no success made up, nothing received lost."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from modem.charset import gsm7
from modem.driver import Modem, ModemSettings, Timing
from modem.errors import ModemError
from modem.events import DeliverReceived
from modem.pdu.address import Address
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.tpdu import Submit, UserData
from modem.simulator.bank import Bank

FAR_AWAY = "+447700900999"
WAIT = 0.3  # seconds for any answer
TIMING = Timing(
    **dict.fromkeys(("short", "identity", "sim", "radio", "storage", "read", "listing", "delete", "network"), WAIT),
    probe=WAIT / 2,
    prompt=WAIT,
    submit=WAIT,
    quiet=0.03,
    drain=0.3,
    missing_ok=0.1,
    answer_after_ok=0.1,
    pdu_after_header=0.2,
    settle=1.0,
    poll=0.05,
    registration=0.2,
)
MESSAGES = 8


class Story:
    """What became of every message. sent: the modem said so; doubtful: Ctrl-Z was written; refused: it was not."""

    def __init__(self, modem: Modem) -> None:
        self.modem = modem
        self.sent: set[str] = set()
        self.doubtful: set[str] = set()
        self.refused: set[str] = set()
        self.received: set[str | None] = set()

    async def send(self, text: str) -> None:
        submit = Submit(
            destination=Address.of(FAR_AWAY),
            user_data=UserData(Alphabet.GSM7, gsm7.encode(text)),
            data_coding=DataCoding.for_text(Alphabet.GSM7),
        )
        fate = self.refused

        async def no_return() -> None:
            nonlocal fate
            fate = self.doubtful

        try:
            await self.modem.submit(submit.encode(), submit.tpdu_length, before_ctrl_z=no_return)
        except ModemError:
            fate.add(text)
        else:
            self.sent.add(text)

    async def receive(self) -> None:
        async for event in self.modem.events():
            if isinstance(event, DeliverReceived):
                self.received.add(event.deliver.text)
                with contextlib.suppress(ModemError):
                    await self.modem.acknowledge(event)

    async def up(self) -> None:
        for _ in range(10):
            with contextlib.suppress(ModemError):
                await self.modem.bring_up()
                return
        pytest.fail("it never comes up")


@pytest.mark.parametrize(("seed", "manner"), [(2, "huawei"), (3, "simcom")])
async def test_a_faulty_line_doubles_nothing_makes_up_nothing_and_loses_nothing(
    seed: int, manner: str, tmp_path: Path
) -> None:
    async with Bank(1, directory=tmp_path, manner=manner, seed=seed) as bank:
        phone, bay = bank.phone(FAR_AWAY), bank.modems[0]
        modem = await Modem.open(str(bay.device), ModemSettings(timing=TIMING))
        story = Story(modem)
        tasks = [asyncio.create_task(modem.run()), asyncio.create_task(story.receive())]
        for kind in ("lose_answer", "garble_answer", "delay_answer", "only_ok"):
            bay.fault(kind, probability=0.03, times=None, seconds=0.4)
        bay.fault("add_noise", probability=0.1, times=None, octets=b"\r\n^RSSI:1\r\n", where="inside")
        await story.up()
        for number in range(MESSAGES):
            bank.deliver(0, sender="+447700900111", text=f"in {number}")
            await story.send(f"out {number}")
        bay.clear()
        await asyncio.sleep(WAIT)
        await story.up()
        await modem.sweep()
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await modem.close()
    arrived = [message.text for message in phone.received]
    assert len(arrived) == len(set(arrived)), "nothing twice"
    assert story.sent <= set(arrived), "no success made up"
    assert not story.refused & set(arrived), "what was not sent did not go"
    assert story.received == {f"in {number}" for number in range(MESSAGES)}, "nothing lost"
