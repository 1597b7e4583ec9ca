"""Faults 27 to 33: what a modem does to its host."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

import pytest

from gateway.config import LineSettings
from gateway.domain.line import LineState
from gateway.domain.message import State
from gateway.line import Remedy
from gateway.policy import outcome
from gateway.policy.causes import VENDOR_CMS
from gateway.policy.outcome import MOST_TRIES, Facts, decide
from gateway.workers.backoff import Recovery, Rung, climb, wait_after
from gateway.workers.connection import Intervals
from modem.at.timing import Timing
from modem.errors import CommandRejected, ErrorKind
from modem.simulator.bank import Bank
from modem.simulator.bay import Bay
from tests.faults.conftest import Play
from tests.faults.steps import steps_taken
from tests.support.stage import line_is

GONE_WITHIN_S = 2.0
FOUND_WITHIN_S = 60.0
QUARANTINE_S = 900.0
ENDS = {"failed", "released", "unknown"}
"""What a part's last attempt may come to: a part that was released costs no attempt and waits for a well modem."""


def by_imei(bank: Bank) -> Sequence[LineSettings]:
    """ "office" and "home", each to be found wherever the system puts its modem."""
    for bay in bank.modems:
        bay.unplug()
        bay.plug(f"ttyUSB{bay.index}")
    return [
        LineSettings(name, number=bay.number, imei=bay.imei)
        for name, bay in zip(("office", "home"), bank.modems, strict=True)
    ]


@pytest.mark.parametrize(
    ("moment", "state", "end", "arrives"),
    [
        ("prompt", State.QUEUED, State.DELIVERED, 1),
        ("ctrl_z", State.UNKNOWN, State.UNKNOWN, 0),
        ("submitted", State.UNKNOWN, State.DELIVERED, 1),
    ],
)
async def test_fault_27_unplugged_mid_send_it_is_settled_and_back_by_imei_under_another_name(
    play: Play, moment: str, state: State, end: State, arrives: int
) -> None:
    """Before Ctrl-Z a plain retry, after it unknown and never sent again; a report may still tell what became of it."""
    async with play(modems=2, lines=by_imei) as stage:
        office = stage.bank.modems[0]
        trap = office.hold(moment)
        message = await stage.send("mid-send", **{"from": "office"})
        await trap.reached()
        async with asyncio.timeout(GONE_WITHIN_S):
            office.unplug()
            await line_is(stage.store, "office", LineState.DOWN)
            await stage.in_state(message, state)
        await stage.in_state(await stage.send("meanwhile", **{"from": "home"}), "delivered")
        office.plug("ttyACM3")
        back = await line_is(stage.store, "office", LineState.UP)
        assert (back.status.device, back.status.imei) == (office.device, office.imei)
        await stage.in_state(await stage.send("afterwards", **{"from": "office"}), "delivered")
        ended = await stage.in_state(message, end)
    taken = stage.on_the_air()
    assert taken.count(("mid-send", 0)) == arrives
    assert sorted(text for text, _ in taken if text != "mid-send") == ["afterwards", "meanwhile"]
    assert ended.parts[0].attempts == 1


def test_fault_28_a_modem_that_resets_every_20_s_is_left_alone_for_longer_and_longer() -> None:
    """An hour of it: fifteen tries at most, however long each one lasted."""
    waits: list[float] = []
    clock_s = 0.0
    while clock_s < 3600.0:
        waits.append(wait_after(len(waits) + 1, 0.0))
        clock_s += 20.0 + waits[-1]
    assert Intervals().steady > 20.0, "up for so short a time it has come to nothing"
    assert len(waits) <= 15
    assert waits == sorted(waits)
    assert wait_after(100, 0.0) == QUARANTINE_S


async def test_fault_28_in_a_brown_out_loop_the_power_is_named_and_the_queue_moves(play: Play) -> None:
    async with play(modems=2) as stage:
        office = stage.bank.modems[0]
        brown_out(office)
        office.unplug()
        office.plug()
        sent = [await stage.send(f"m{n}", to=f"+44770090090{n}") for n in range(3)]
        for message in sent:
            await stage.in_state(message, "delivered")
        down = await line_is(stage.store, "office", LineState.DOWN, "power supply")
        assert "again and again" in down.status.reason
        assert (await stage.ask("GET", f"/v1/lines/{down.id}"))["reason"] == down.status.reason
    assert sorted(stage.on_the_air()) == [(f"m{n}", 1) for n in range(3)]


def brown_out(bay: Bay) -> None:
    """It leaves the bus and comes back whenever somebody has just set it up."""

    def again() -> None:
        trap = bay.trap("received:+CMGL", "unplug")
        trap.trap.on_sprung.append(lambda: asyncio.get_running_loop().call_later(0.02, back))

    def back() -> None:
        again()
        bay.plug()

    again()


def test_fault_29_silence_is_found_within_a_minute() -> None:
    """At worst just behind a check, whose first command then is given its time as often as it is tried."""
    intervals, timing = Intervals(), Timing()
    assert intervals.check + intervals.time_outs * timing.short <= FOUND_WITHIN_S


def test_fault_29_the_ladder_is_climbed_from_mild_to_harsh() -> None:
    steps = list(accumulate(range(5), lambda step, _: climb(step, Remedy.LADDER, power=True), initial=Recovery()))[1:]
    assert [step.rung for step in steps] == [Rung.REOPEN, Rung.REOPEN, Rung.CFUN, Rung.RESET, Rung.USB]
    assert climb(steps[-1], Remedy.LADDER, power=True).quarantined


async def test_fault_29_a_silent_modem_claims_no_more_and_its_queue_moves(play: Play) -> None:
    async with play(modems=2) as stage:
        office = stage.bank.modems[0]
        office.fault("silence")
        sent = [await stage.send(f"m{n}", to=f"+44770090090{n}") for n in range(5)]
        await line_is(stage.store, "office", LineState.DOWN)
        for message in sent:
            await stage.in_state(message, "delivered")
        assert sorted(stage.on_the_air()) == [(f"m{n}", 1) for n in range(5)]
        office.clear("silence")
        await line_is(stage.store, "office", LineState.UP)
        await stage.in_state(await stage.send("healed", **{"from": "office"}), "delivered")
    assert stage.on_the_air()[-1] == ("healed", 0)


@pytest.mark.parametrize(
    "noise",
    [b"\r\nOVER-VOLTAGE WARNNING\r\n", b"\x00\xff\x80RING\r\n", b"\r\n+CMT", b"\r\nOK", b"\r\n+CMG", b"> > \r\n"],
)
@pytest.mark.parametrize("where", ["before", "inside", "after"])
async def test_fault_30_noise_in_an_answer_makes_no_wrong_success(play: Play, noise: bytes, where: str) -> None:
    """What is said to be sent was taken, what was taken was taken once, and the next message is in step again.

    Random octets at random places: tests/modem/at/test_session.py, tests/modem/driver/test_chaos.py.
    """
    async with play() as stage:
        stage.bank.modems[0].fault("add_noise", "+CMGS", octets=noise, where=where)
        first = await stage.in_state(await stage.send("noisy", delivery_report=False), "sent", "unknown")
        second = await stage.in_state(await stage.send("quiet", delivery_report=False), "sent")
        references = {entry["text"]: entry["mr"] for entry in stage.bank.ledger.submitted}
    texts = [text for text, _ in stage.on_the_air()]
    assert texts == ["noisy", "quiet"]
    assert second.parts[0].reference == references["quiet"]
    if first.state is State.SENT:
        assert first.parts[0].reference == references["noisy"]


@pytest.mark.parametrize("how", ["with a word", "silently", "silently, text mode"])
async def test_fault_31_a_modem_that_lost_its_settings_is_set_up_again(play: Play, how: str) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        wanted = settings_of(office)
        set_up = office.trap("answered:+CNMI")
        if how == "with a word":
            office.reboot()
        else:
            fresh = office.equipment._fresh_settings()
            office.equipment.settings = replace(fresh, text_mode=how.endswith("text mode"))
        await set_up.reached()
        await line_is(stage.store, "office", LineState.UP)
        await stage.in_state(await stage.send("as a PDU"), "delivered")
        assert settings_of(office) == wanted
    assert stage.on_the_air() == [("as a PDU", 0)]


async def test_fault_31_a_restart_in_the_middle_of_the_set_up_does_not_wait_for_the_next_check(play: Play) -> None:
    """Its only word is that of its SIM. What was set before is gone, what comes behind it is set."""
    async with play() as stage:
        office = stage.bank.modems[0]
        wanted = settings_of(office)
        office.trap("received:+CSCA", "reboot")
        twice = office.trap("answered:+CMGF", nth=4)
        office.reboot()
        await twice.reached()
        await line_is(stage.store, "office", LineState.UP)
        assert settings_of(office) == wanted
        assert await steps_taken(stage) == {"resync": 1}, "the second restart was seen to within the set-up"


def settings_of(bay: Bay) -> tuple[object, ...]:
    settings = bay.equipment.settings
    return settings.echo, settings.errors, settings.text_mode, settings.cnmi


async def test_fault_32_a_late_reference_is_its_own_messages(play: Play) -> None:
    async with play() as stage:
        stage.bank.modems[0].fault("delay_answer", "+CMGS", seconds=1.6)
        first = await stage.send("first", delivery_report=False)
        await stage.in_state(first, "unknown")
        second = await stage.send("second", delivery_report=False)
        settled = [await stage.in_state(message, "sent") for message in (first, second)]
        references = {entry["text"]: entry["mr"] for entry in stage.bank.ledger.submitted}
    assert [text for text, _ in stage.on_the_air()] == ["first", "second"]
    assert [message.parts[0].reference for message in settled] == [references["first"], references["second"]]


@pytest.mark.parametrize(
    ("code", "state", "tries"),
    [
        (1, "failed", 1),
        *((code, "failed", 6) for code in (38, 41, 42, 47)),
        (500, "failed", 3),
        (332, "unknown", 1),
    ],
)
async def test_fault_33_a_refusal_is_tried_again_as_often_as_it_is_worth(
    play: Play, code: int, state: str, tries: int
) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        office.fault("reject", "+CMGS", code=code, times=None)
        ended = await stage.in_state(await stage.send("refused"), state)
        assert office.equipment.faults.struck == {"reject": tries}
        assert ended.error is not None
        assert ended.error.cause == {"cms": code}
        office.clear("reject")
        await stage.in_state(await stage.send("next"), "delivered")
    assert stage.on_the_air() == [("next", 0)]


async def test_fault_33_what_one_sim_may_not_send_another_does(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, not only when the refused one would be tried again."""
    monkeypatch.setattr(outcome, "DELAYS", (timedelta(hours=1),) * MOST_TRIES)
    async with play(modems=2) as stage:
        office = stage.bank.modems[0]
        home = await line_is(stage.store, "home", LineState.UP)
        await stage.ask("PATCH", f"/v1/lines/{home.id}", {"paused": True})
        office.fault("reject", "+CMGS", code=21, times=None)
        trap = office.hold("ctrl_z")
        message = await stage.send("barred here")
        await trap.reached()
        await stage.ask("PATCH", f"/v1/lines/{home.id}", {"paused": False})
        trap.release()
        await stage.in_state(message, "delivered")
    assert stage.on_the_air() == [("barred here", 1)]


async def test_fault_33_a_modem_that_cannot_send_costs_no_try(play: Play) -> None:
    async with play() as stage:
        office = stage.bank.modems[0]
        office.fault("reject", "+CMGS", code=331, times=2)
        ended = await stage.in_state(await stage.send("patient"), "delivered")
        assert office.equipment.faults.struck == {"reject": 2}
    assert stage.on_the_air() == [("patient", 0)]
    assert ended.parts[0].attempts == 1


@pytest.mark.parametrize("kind", ["cms", "cme"])
def test_fault_33_no_number_is_tried_for_ever(kind: ErrorKind) -> None:
    """Not one of 65536, on any maker's modem, at any moment."""
    facts = [Facts(on_air, MOST_TRIES, sent) for on_air in (False, True) for sent in (False, True)]
    for family in (None, *VENDOR_CMS):
        for code in (*range(1024), *range(1024, 65536, 509)):
            error = CommandRejected("AT+CMGS=23", kind, code, "ERROR")
            assert all(decide(error, fact, family=family).kind in ENDS for fact in facts), code
