"""kill -9 at each step of the AT exchange: numbers 16 to 26 of the fault catalogue.

After every story: nothing that was accepted is lost, nothing is on the network twice, every inbound message is
exactly one event.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from modem.simulator.bank import Bank
from tests.support.daemon import Daemon, LineOf, Sink

LONG = "A long alarm that needs three parts. " * 11  # 407 characters: 3 × 153
PHONE = "+447700900999"


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    async with Bank(modems=1, directory=tmp_path / "modems") as bank:
        yield bank


@pytest.fixture
async def daemon(bank: Bank, tmp_path: Path) -> AsyncIterator[Daemon]:
    line = LineOf(bank.modems[0].device, bank.modems[0].number)
    async with Daemon(tmp_path, [line]) as daemon:
        await daemon.lines_up()
        yield daemon


def on_network(bank: Bank) -> list[dict[str, Any]]:
    return [dict(entry) for entry in bank.ledger.submitted]


async def submitted(bank: Bank, count: int) -> list[dict[str, Any]]:
    await bank.ledger.wait_for(lambda entries: sum(e["kind"] == "submitted" for e in entries) >= count, timeout=20)
    return on_network(bank)


async def test_16_killed_before_the_claim_it_is_sent_once_after_the_restart(bank: Bank, daemon: Daemon) -> None:
    bank.modems[0].register(0)  # not registered: nothing is claimed
    accepted = await daemon.send("before the claim")
    await daemon.kill()
    bank.modems[0].register(1)
    await daemon.start()
    await daemon.in_state(accepted, "sent", "delivered")
    assert [entry["text"] for entry in on_network(bank)] == ["before the claim"]


@pytest.mark.parametrize("moment", ["received:+CMGS", "prompt"])
async def test_17_and_18_killed_before_the_pdu_is_whole_it_is_a_plain_retry(
    bank: Bank, daemon: Daemon, moment: str
) -> None:
    hold = bank.modems[0].hold(moment)
    accepted = await daemon.send("before Ctrl-Z")
    await hold.reached()
    await daemon.kill()
    hold.release()
    await daemon.start()
    message = await daemon.in_state(accepted, "sent", "delivered", "unknown")
    sent = [entry["text"] for entry in on_network(bank)]
    if message["state"] == "unknown":  # the point of no return was on disk already: it is not sent unasked
        assert moment == "prompt"
        assert len(sent) <= 1
    else:
        assert sent == ["before Ctrl-Z"]
        assert not message["possible_duplicate"]


@pytest.mark.parametrize("moment", ["ctrl_z", "submitted"])
async def test_19_and_20_killed_after_ctrl_z_the_outcome_is_unknown_and_not_sent_again(
    bank: Bank, daemon: Daemon, moment: str
) -> None:
    hold = bank.modems[0].hold(moment)
    accepted = await daemon.send("after Ctrl-Z", delivery_report=False)
    await hold.reached()
    await daemon.kill()
    hold.release()
    await daemon.start()
    message = await daemon.in_state(accepted, "unknown", "sent", "delivered")
    assert message["state"] == "unknown"
    assert message["error"]["code"] == "submit_outcome_unknown"
    await daemon.lines_up()
    second = await daemon.send("the line goes on")
    await daemon.in_state(second, "sent", "delivered")
    assert [entry["text"] for entry in on_network(bank)].count("after Ctrl-Z") <= 1
    assert (await daemon.message(accepted))["state"] == "unknown"


async def test_19_a_report_settles_what_the_crash_left_in_doubt(bank: Bank, daemon: Daemon) -> None:
    hold = bank.modems[0].hold("submitted")
    accepted = await daemon.send("in doubt")
    await hold.reached()
    await daemon.kill()
    hold.release()
    await daemon.start()
    await daemon.in_state(accepted, "delivered")
    assert [entry["text"] for entry in on_network(bank)] == ["in doubt"]


async def test_20_killed_when_the_answer_was_written_it_is_sent_or_unknown_never_twice(
    bank: Bank, daemon: Daemon
) -> None:
    hold = bank.modems[0].hold("answered:+CMGS")
    accepted = await daemon.send("answered", delivery_report=False)
    await hold.reached()
    await daemon.kill()
    hold.release()
    await daemon.start()
    await daemon.in_state(accepted, "sent", "unknown")
    await daemon.lines_up()
    marker = await daemon.send("marker")
    await daemon.in_state(marker, "sent", "delivered")
    assert [entry["text"] for entry in on_network(bank)] == ["answered", "marker"]


async def test_21_killed_between_parts_it_goes_on_at_the_part_that_is_missing(bank: Bank, daemon: Daemon) -> None:
    hold = bank.modems[0].hold("received:+CMGS", nth=2)
    accepted = await daemon.send(LONG)
    await hold.reached()
    await daemon.in_state(accepted, "sending")
    await daemon.kill()
    hold.release()
    await daemon.start()
    message = await daemon.in_state(accepted, "sent", "delivered", "unknown")
    concatenation = [entry["concat"] for entry in on_network(bank)]
    if message["state"] == "unknown":  # the first part's answer was not recorded yet: it is told, not repeated
        assert [part["state"] for part in message["parts"]].count("unknown") == 1
    assert sorted(part["seq"] for part in concatenation) == [1, 2, 3]
    assert len({part["ref"] for part in concatenation}) == 1


@pytest.mark.parametrize("moment", ["answered:+CMGR", "received:+CMGD", "answered:+CMGD"])
async def test_22_and_23_killed_around_the_commit_an_inbound_message_is_one_event(
    bank: Bank, daemon: Daemon, moment: str
) -> None:
    async with Sink() as sink:
        await daemon.ask("POST", "/v1/webhooks", {"url": sink.url, "events": ["message.received"]})
        hold = bank.modems[0].hold(moment)
        bank.deliver(0, sender=PHONE, text="inbound in the crash")
        await hold.reached()
        await daemon.kill()
        hold.release()
        await daemon.start()
        await daemon.lines_up()
        bank.deliver(0, sender=PHONE, text="marker")
        while "marker" not in [body["data"]["text"] for _, body in sink.received]:
            await sink.events(len(sink.received) + 1)
        events = {name: body["data"] for name, body in await sink.events(2)}
        assert sorted(data["text"] for data in events.values()) == ["inbound in the crash", "marker"]
        listed = (await daemon.ask("GET", "/v1/inbound"))["data"]
        assert sorted(message["text"] for message in listed) == ["inbound in the crash", "marker"]
        await bank.ledger.wait_for(lambda entries: sum(e["kind"] == "deleted" for e in entries) >= 2, timeout=20)


async def test_24_killed_after_the_webhook_was_posted_it_comes_again_under_the_same_id(
    bank: Bank, daemon: Daemon
) -> None:
    async with Sink() as sink:
        await daemon.ask("POST", "/v1/webhooks", {"url": sink.url, "events": ["message.received"]})
        sink.hold()
        bank.deliver(0, sender=PHONE, text="posted in the crash")
        first, _ = (await sink.events(1))[0]
        await daemon.kill()
        sink.release()
        await daemon.start()
        second, body = (await sink.events(2))[1]
        assert second == first
        assert body["data"]["text"] == "posted in the crash"


async def test_25_whatever_was_answered_202_is_there_after_the_crash(bank: Bank, daemon: Daemon) -> None:
    bank.modems[0].register(0)  # keep the queue as it is
    answered: list[str] = []
    enough = asyncio.Event()

    async def client(number: int) -> None:
        for n in range(1000):
            answered.append(await daemon.send(f"client {number} message {n}"))
            if len(answered) >= 200:
                enough.set()

    clients = [asyncio.ensure_future(client(number)) for number in range(16)]
    await enough.wait()
    await daemon.kill()
    await asyncio.gather(*clients, return_exceptions=True)
    await daemon.start()
    for message in answered:
        assert (await daemon.message(message))["state"] == "queued"


async def test_26_an_orderly_stop_finishes_what_is_on_the_air(bank: Bank, daemon: Daemon) -> None:
    hold = bank.modems[0].hold("submitted")
    accepted = await daemon.send("on the air", delivery_report=False)
    await hold.reached()
    stopping = asyncio.ensure_future(daemon.stop())
    await asyncio.sleep(0)
    hold.release()
    assert await stopping == 0
    await daemon.start()
    assert (await daemon.message(accepted))["state"] == "sent"
    assert len(on_network(bank)) == 1
