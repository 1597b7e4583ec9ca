"""Faults 37 to 39: what the network does."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from gateway.breaker import AFTER
from gateway.config import LineSettings
from gateway.domain.event import Event
from gateway.domain.line import LineState
from modem.simulator.bank import Bank
from modem.simulator.faults import FaultKind
from tests.faults.conftest import Play
from tests.support.stage import NUMBERS, Stage, by_device, line_is

PHONE = "+447911123456"
HOME, SEARCHING, DENIED, ROAMING = 1, 2, 3, 5


@pytest.mark.parametrize(
    ("registration", "reason"), [(DENIED, "denied"), (SEARCHING, "searching"), (ROAMING, "does not roam")]
)
async def test_fault_37_without_its_network_the_queue_waits_and_says_why(
    play: Play, registration: int, reason: str
) -> None:
    """What comes in is taken all the same, wherever the SIM is."""
    async with play() as stage:
        office = stage.bank.modems[0]
        office.register(registration)
        down = await line_is(stage.store, "office", LineState.DOWN, reason)
        assert (await stage.ask("GET", f"/v1/lines/{down.id}"))["reason"] == down.status.reason
        message = await stage.send("waits")
        checked = office.trap("answered:+CSQ", nth=2)
        await checked.reached()
        assert (await stage.in_state(message, "queued")).parts[0].attempts == 0
        if registration == ROAMING:
            stage.bank.deliver(0, sender=PHONE, text="from abroad")
            await stage.received(1)
        assert stage.on_the_air() == []
        office.register(HOME)
        await stage.in_state(message, "delivered")
    assert stage.on_the_air() == [("waits", 0)]


def may_roam(bank: Bank) -> Sequence[LineSettings]:
    return [replace(line, roaming=True) for line in by_device(bank)]


async def test_fault_37_a_line_that_may_roam_sends_abroad(play: Play) -> None:
    async with play(lines=may_roam) as stage:
        stage.bank.modems[0].register(ROAMING)
        with stage.store.bells.watchers.watching("lines") as bell:
            while (await line_is(stage.store, "office", LineState.UP)).status.registration != "roaming":
                await bell.wait()
                bell.clear()
        await stage.in_state(await stage.send("from abroad"), "delivered")
    assert stage.on_the_air() == [("from abroad", 0)]


async def test_fault_37_what_roams_leaves_the_queue_to_the_others(play: Play) -> None:
    async with play(modems=2) as stage:
        stage.bank.modems[0].register(ROAMING)
        await line_is(stage.store, "office", LineState.DOWN, "does not roam")
        for n in range(3):
            await stage.in_state(await stage.send(f"m{n}"), "delivered")
    assert stage.on_the_air() == [(f"m{n}", 1) for n in range(3)]


def reports(stage: Stage) -> int:
    """How many came in, as the metrics count them."""
    counter = stage.running.metrics.messages_received.labels(line="office", kind="report")
    return int(counter._value.get())


@pytest.mark.parametrize("seed", range(3))
async def test_fault_38_reports_in_any_order_settle_each_message_once(play: Play, seed: int) -> None:
    """Before their answer, twice, in another order, about nothing we know, and while TP-MR comes round to 0."""
    dice = Random(seed)
    kinds = (FaultKind.REPORT_FIRST, FaultKind.DUPLICATE_REPORT, FaultKind.SWAP_REPORTS)
    async with play() as stage:
        office = stage.bank.modems[0]
        office.equipment.card.reference = 250
        stage.bank.report(0, reference=252, recipient="+447700900001")
        stage.bank.report(0, reference=77, recipient=PHONE)
        sent = []
        for n in range(16):
            if n < 12:  # what is held back needs a report behind it
                office.fault(dice.choice(kinds))
            sent.append(await stage.send(f"m{n}"))
        for message in sent:
            await stage.in_state(message, "delivered")
        counts = stage.bank.ledger.counts
        await stage.bank.ledger.wait_for(lambda _: counts["deleted"] == counts["report"])  # all are filed by then
        taken = {entry["text"]: entry["mr"] for entry in stage.bank.ledger.submitted}
        ended = [await stage.in_state(message, "delivered") for message in sent]
        events = await stage.store.events_after("default", 0, 500)
    told = Counter(event.data["id"] for event in events if event.type.value == "message.delivered")
    assert [message.parts[0].reference for message in ended] == [taken[message.text] for message in ended]
    assert sorted(taken.values()) == sorted((250 + n) % 256 for n in range(16))
    assert told == Counter(sent)
    assert reports(stage) == counts["report"] > len(sent) + 2, "duplicates count"


async def test_fault_39_a_barred_sim_is_left_alone_and_the_others_go_on(play: Play) -> None:
    """So many refusals in a row and no more; it goes on receiving."""
    async with play(modems=2) as stage:
        office, home = stage.bank.modems
        office.fault("reject", "+CMGS", code=8, times=None)
        sent = [await stage.send(f"m{n}", to=f"+44770090090{n}") for n in range(9)]
        for message in sent:
            await stage.in_state(message, "delivered")
        for n in range(AFTER):  # whoever was quicker took them: these are for the barred one alone
            await stage.in_state(await stage.send(f"barred {n}", **{"from": "office"}), "failed", "queued")
        down = await line_is(stage.store, "office", LineState.DOWN, "sends nothing for 15 minutes")
        assert "Operator determined barring" in down.status.reason
        refused = office.equipment.faults.struck[FaultKind.REJECT]
        for n in range(3):
            await stage.in_state(await stage.send(f"later {n}"), "delivered")
        stage.bank.deliver(0, sender=PHONE, text="still heard")
        await stage.received(1)
        assert refused == office.equipment.faults.struck[FaultKind.REJECT] == AFTER
        assert home.equipment.faults.struck == {}
    assert {modem for _, modem in stage.on_the_air()} == {1}
    texts = [text for text, _ in stage.on_the_air()]
    assert len(texts) == len(set(texts)) == 9 + 3


async def test_fault_39_after_its_time_one_message_is_tried_and_a_success_lets_it_go_on(play: Play) -> None:
    """Told when it stopped and when it went on; how many it takes and how long it lasts is the line's to say."""

    def soon_again(bank: Bank) -> list[LineSettings]:
        return [LineSettings("office", number=NUMBERS[0], device=bank.modems[0].device, block_after=2, block_for_s=1)]

    async with play(lines=soon_again) as stage:
        office = stage.bank.modems[0]
        office.fault("reject", "+CMGS", code=8, times=3)
        sent = [await stage.send(f"m{n}", to=f"+44770090090{n}") for n in range(4)]
        down = await line_is(stage.store, "office", LineState.DOWN, "after 2 refusals in a row")
        assert down.status.blocked_until is not None
        ended = [await stage.in_state(message, "delivered", "failed") for message in sent]
        await line_is(stage.store, "office", LineState.UP)
        with stage.store.bells.watchers.watching("events:default") as bell:
            while "line.unblocked" not in (told := await news(stage)):
                await bell.wait(1)
                bell.clear()
        assert [event.data["refusals"] for event in told["line.blocked"]] == [2, 3], "its one try was refused as well"
        [blocked, _] = told["line.blocked"]
        assert blocked.data["error"]["cause"] == {"cms": 8}
        assert len(told["line.unblocked"]) == 1
        assert office.equipment.faults.struck[FaultKind.REJECT] == 3
        assert {message.state.value for message in ended[2:]} == {"delivered"}


async def news(stage: Stage) -> dict[str, list[Event]]:
    """The events of lines, by their type."""
    found: dict[str, list[Event]] = {}
    for event in await stage.store.events_after("default", 0, 500):
        found.setdefault(event.type.value, []).append(event)
    return found
