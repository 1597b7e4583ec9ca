"""The driver against simulated modems of several makes, each behind a real pseudo-terminal."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from modem.charset import gsm7
from modem.driver import Modem, ModemSettings, Timing
from modem.errors import CommandTimeout, TransportLost
from modem.events import DeliverReceived, LateReference, ModemEvent, ReportReceived, Restarted
from modem.pdu.address import Address
from modem.pdu.dcs import Alphabet, DataCoding
from modem.pdu.tpdu import Submit, UserData
from modem.simulator.bank import Bank
from modem.simulator.manners import MANNERS
from tests.modem.driver.responder import nothing

FAR_AWAY = "+447700900999"
PATIENT = Timing(
    prompt=0.5, submit=0.6, quiet=0.05, drain=0.5, missing_ok=0.1, answer_after_ok=0.1, poll=0.1, registration=0.2
)


def submit(text: str = "hello") -> Submit:
    return Submit(
        destination=Address.of(FAR_AWAY),
        user_data=UserData(Alphabet.GSM7, gsm7.encode(text)),
        data_coding=DataCoding.for_text(Alphabet.GSM7),
        status_report_request=True,
    )


@contextlib.asynccontextmanager
async def up(bank: Bank) -> AsyncIterator[Modem]:
    modem = await Modem.open(str(bank.modems[0].device), ModemSettings(timing=PATIENT))
    pump = asyncio.create_task(modem.run())
    try:
        await modem.bring_up()
        await modem.wait_registered()
        yield modem
    finally:
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError, TransportLost):
            await pump
        await modem.close()


async def next_of(modem: Modem, *kinds: type) -> ModemEvent:
    async with asyncio.timeout(5):
        async for event in modem.events():
            if isinstance(event, kinds):
                return event
    raise AssertionError("closed")


@pytest.mark.parametrize("manner", sorted(MANNERS))
async def test_every_make_sends_receives_and_reports(manner: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner=manner) as bank:
        phone = bank.phone(FAR_AWAY)
        async with up(bank) as modem:
            reference = await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing)
            report = await next_of(modem, ReportReceived)
            assert isinstance(report, ReportReceived)
            assert report.report.message_reference == reference
            await modem.acknowledge(report)
            bank.deliver(0, sender="+447700900111", text="a long one " * 30)
            for _ in range(3):
                event = await next_of(modem, DeliverReceived)
                assert isinstance(event, DeliverReceived)
                assert event.announced
                await modem.acknowledge(event)
            assert await modem.sweep() == 0
        assert len(phone.received) == 1


@pytest.mark.parametrize("manner", sorted(MANNERS))
async def test_every_make_keeps_what_came_while_nobody_listened(manner: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner=manner) as bank:
        async with up(bank):
            pass
        bank.deliver(0, sender="+447700900111", text="while away")
        await asyncio.sleep(0.05)
        async with up(bank) as modem:
            event: ModemEvent | None = None
            if await modem.sweep():
                event = await next_of(modem, DeliverReceived)
            assert isinstance(event, DeliverReceived)
            assert event.deliver.text == "while away"


async def test_pulling_the_plug_is_noticed_at_once(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].close()
        async with asyncio.timeout(2):
            with pytest.raises(TransportLost):
                await modem.check()


# --- faults


async def test_a_lost_result_is_unknown_and_the_next_message_has_its_own(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].fault("lose_answer", "+CMGS")
        with pytest.raises(CommandTimeout):
            await modem.submit(submit("one").encode(), submit("one").tpdu_length, before_ctrl_z=nothing)
        second = await modem.submit(submit("two").encode(), submit("two").tpdu_length, before_ctrl_z=nothing)
        assert second == 1, "the first took reference 0"


async def test_a_result_that_comes_too_late_is_told_and_confuses_nothing(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].fault("delay_answer", "+CMGS", seconds=PATIENT.submit + 0.2)
        with pytest.raises(CommandTimeout):
            await modem.submit(submit("one").encode(), submit("one").tpdu_length, before_ctrl_z=nothing)
        second = await modem.submit(submit("two").encode(), submit("two").tpdu_length, before_ctrl_z=nothing)
        assert await next_of(modem, LateReference) == LateReference(0)
        assert second == 1


async def test_an_ok_alone_is_no_acceptance(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].fault("only_ok", "+CMGS")
        with pytest.raises(CommandTimeout):
            await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing)
        assert (await modem.check()).operator


async def test_a_missing_prompt_sends_nothing(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank:
        phone = bank.phone(FAR_AWAY)
        async with up(bank) as modem:
            bank.modems[0].fault("no_prompt", "+CMGS")
            with pytest.raises(CommandTimeout):
                await modem.submit(submit("lost").encode(), submit("lost").tpdu_length, before_ctrl_z=nothing)
            await modem.submit(submit("sent").encode(), submit("sent").tpdu_length, before_ctrl_z=nothing)
        assert [message.text for message in phone.received] == ["sent"]


@pytest.mark.parametrize("where", ["before_echo", "before", "inside", "after"])
async def test_noise_anywhere_hides_nothing(where: str, tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        noise = b"\r\n^RSSI:9\r\n\r\n+CREG: 1\r\n\r\nRING\r\n"
        bank.modems[0].fault("add_noise", "", octets=noise, where=where, times=20)
        for expected in range(3):
            found = await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing)
            assert found == expected
        assert (await modem.check()).operator == "00101"


async def test_octets_one_by_one_are_as_good(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].fault("dribble", seconds=0.0)
        assert await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing) == 0
        bank.deliver(0, sender="+447700900111", text="drop by drop")
        event = await next_of(modem, DeliverReceived)
        assert isinstance(event, DeliverReceived)
        assert event.deliver.text == "drop by drop"


async def test_echo_may_come_and_go(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        for expected in range(3):
            bank.modems[0].fault("flip_echo", "+CMGS")
            assert await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing) == expected


async def test_a_reboot_behind_the_prompt_sends_nothing(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, manner="simcom") as bank:
        phone = bank.phone(FAR_AWAY)
        async with up(bank) as modem:

            async def reboot() -> None:
                bank.modems[0].reboot()

            with pytest.raises(CommandTimeout):
                await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=reboot)
            await next_of(modem, Restarted)
            await modem.bring_up()
            assert await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing) >= 0
        assert len(phone.received) == 1


async def test_a_pulled_plug_behind_ctrl_z_is_told_at_once(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].trap("submitted", "unplug")
        async with asyncio.timeout(2):
            with pytest.raises(TransportLost):
                await modem.submit(submit().encode(), submit().tpdu_length, before_ctrl_z=nothing)


async def test_switched_off_announcements_are_noticed(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].fault("reset_cnmi")
        bank.deliver(0, sender="+447700900111", text="unheard")
        await modem.check()
        event = await next_of(modem, DeliverReceived)
        assert isinstance(event, DeliverReceived)
        assert event.deliver.text == "unheard"


async def test_an_announcement_without_place_is_followed_up(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path) as bank, up(bank) as modem:
        bank.modems[0].fault("bad_place")
        bank.deliver(0, sender="+447700900111", text="somewhere")
        event = await next_of(modem, DeliverReceived)
        assert isinstance(event, DeliverReceived)
        assert event.deliver.text == "somewhere"


async def test_a_full_storage_is_emptied_and_the_rest_comes(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, sizes={"SM": 3, "ME": 3}, retry_seconds=0.2) as bank, up(bank) as modem:
        for number in range(8):
            bank.deliver(0, sender="+447700900111", text=f"message {number}")
        texts: set[str | None] = set()
        while len(texts) < 8:
            event = await next_of(modem, DeliverReceived)
            assert isinstance(event, DeliverReceived)
            texts.add(event.deliver.text)
            await modem.acknowledge(event)


async def test_a_pin_is_entered_over_a_real_port(tmp_path: Path) -> None:
    async with Bank(1, directory=tmp_path, pin="4711") as bank:
        modem = await Modem.open(str(bank.modems[0].device), ModemSettings(timing=PATIENT))
        pump = asyncio.create_task(modem.run())
        await modem.bring_up(pin="4711")
        await modem.wait_registered()
        pump.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pump
        await modem.close()
