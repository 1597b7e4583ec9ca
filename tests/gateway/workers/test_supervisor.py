"""Stories of lines over simulated modems on real pseudo-terminals, with the real store."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from gateway.config import LineSettings
from gateway.domain.access import AccountSettings
from gateway.domain.command import CommandKind
from gateway.domain.errors import Unavailable
from gateway.domain.line import LineState
from gateway.domain.message import State
from gateway.metrics import Metrics
from gateway.workers.connection import Intervals
from gateway.workers.supervisor import Supervisor
from modem.driver import Modem, ModemSettings, Timing
from modem.simulator.bank import Bank

PHONE = "+447911123456"
QUICK = Timing(
    probe=0.3, short=0.5, identity=0.5, sim=1.0, pin=1.0, radio=1.0, storage=1.0, read=1.0, listing=2.0, delete=1.0,
    prompt=0.5, submit=1.0, network=1.0, quiet=0.05, drain=0.3, settle=2.0, poll=0.05, ready_after_pin=1.0,
    registration=0.2,
)  # fmt: skip


@pytest.fixture
async def bank(tmp_path):
    async with Bank(2, directory=tmp_path / "bank") as bank:
        yield bank


@pytest.fixture
def supervising(store, clock, bank):
    """Runs lines "one" and "two" on the bank's modems (or what is given) for as long as the block."""

    @asynccontextmanager
    async def run(*lines: LineSettings, intervals: Intervals | None = None, **options):
        lines = lines or tuple(
            LineSettings(name, bay.number, bay.device, rate_per_minute=0)
            for name, bay in zip(("one", "two"), bank.modems, strict=False)
        )
        supervisor = Supervisor(
            lines,
            store,
            clock,
            Metrics(),
            intervals=intervals or Intervals(check=0.3, sweep=1.0, sweep_again=0.1),
            modem_settings=ModemSettings(timing=QUICK),
            jitter=lambda: 0.0,
            **options,
        )
        task = asyncio.create_task(supervisor.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()

    return run


@pytest.fixture
def line_is(store):
    """Waits until the line of that name is as wanted; returns its record."""

    async def wait(name: str, state: LineState, reason: str = "", seconds: float = 15.0):
        async with asyncio.timeout(seconds):
            while True:
                found = {record.name: record for record in await store.lines()}.get(name)
                if found and found.status.state is state and reason in found.status.reason:
                    return found
                await asyncio.sleep(0.02)

    return wait


def in_the_sim(bank) -> int:
    equipment = bank.modems[0].equipment
    return sum(storage.used for storage in (equipment.sim, equipment.memory, equipment.reports))


def one(bank, **fields) -> LineSettings:
    return LineSettings(**{"name": "one", "number": bank.modems[0].number, "device": bank.modems[0].device} | fields)


async def test_a_message_goes_out_and_its_report_comes_in(supervising, bank, enqueue, settled):
    phone = bank.phone(PHONE)
    async with supervising():
        message = await enqueue("Grüße an alle")
        done = await settled(message.id, State.DELIVERED)
    assert [received.text for received in phone.received] == ["Grüße an alle"]
    assert done.parts[0].status == 0


async def test_a_long_message_arrives_whole(supervising, bank, enqueue, settled):
    phone = bank.phone(PHONE)
    text = "Ж" * 300
    async with supervising():
        await settled((await enqueue(text)).id, State.DELIVERED)
    assert [received.text for received in phone.received] == [text]


async def test_what_comes_in_is_filed_once_and_leaves_the_sim(supervising, bank, store, line_is):
    bank.deliver(0, sender=PHONE, text="before the start")
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        bank.deliver(0, sender=PHONE, text="after " + "it " * 100)
        async with asyncio.timeout(10):
            while len(await store.inbound_after("default", None, 10, None)) < 2:
                await asyncio.sleep(0.02)
        await asyncio.sleep(1.5)  # a sweep or two
        got = await store.inbound_after("default", None, 10, None)
    assert sorted(message.text for message in got) == sorted(["before the start", "after " + "it " * 100])
    assert in_the_sim(bank) == 0


async def test_the_status_says_who_and_how_it_is(supervising, bank, line_is):
    async with supervising(one(bank)):
        up = await line_is("one", LineState.UP)
    bay = bank.modems[0]
    assert (up.status.imei, up.status.iccid, up.status.registration) == (bay.imei, bay.iccid, "home")
    assert up.status.device == bay.device


async def test_unplugged_after_ctrl_z_is_unknown_and_the_other_line_goes_on(
    supervising, bank, enqueue, settled, line_is
):
    """Fault 27."""
    phone = bank.phone(PHONE)
    async with supervising():
        await line_is("one", LineState.UP)
        await line_is("two", LineState.UP)
        traps = [modem.hold("ctrl_z") for modem in bank.modems]
        message = await enqueue("doubtful")
        sprung, _ = await asyncio.wait(
            [asyncio.create_task(trap.reached()) for trap in traps], return_when=asyncio.FIRST_COMPLETED
        )
        assert sprung
        held, other = (0, 1) if traps[0].trap.sprung else (1, 0)
        traps[other].release()
        bank.modems[held].unplug()
        unknown = await settled(message.id, State.UNKNOWN, seconds=2)
        assert unknown.error.code == "submit_outcome_unknown"
        await line_is(("one", "two")[held], LineState.DOWN, seconds=2)
        await settled((await enqueue("next")).id, State.DELIVERED)
        bank.modems[held].plug()
        await line_is(("one", "two")[held], LineState.UP)
        await settled((await enqueue("and the next")).id, State.DELIVERED)
    assert [received.text for received in phone.received] == ["next", "and the next"]


async def test_unplugged_before_ctrl_z_goes_out_over_another_line(supervising, bank, enqueue, settled, line_is):
    """Fault 27, as 17 and 18."""
    phone = bank.phone(PHONE)
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        trap = bank.modems[0].hold("prompt")
        message = await enqueue("once")
        await trap.reached()
        bank.modems[0].unplug()
        back = await settled(message.id, State.QUEUED)
        assert back.parts[0].attempts == 0
        bank.modems[0].plug()
        sent = await settled(message.id, State.DELIVERED)
    assert sent.parts[0].attempts == 1
    assert [received.text for received in phone.received] == ["once"]


async def test_a_modem_that_comes_back_under_another_name_is_found_by_its_imei(
    supervising, bank, enqueue, settled, line_is, tmp_path
):
    """Fault 27, promise 5."""
    bay = bank.modems[0]
    devices = bank.directory
    bay.unplug()
    bay.plug("ttyUSB3")
    bank.modems[1].unplug()
    bank.modems[1].plug("ttyUSB0")
    settings = LineSettings("one", bay.number, imei=bay.imei)
    async with supervising(settings, devices=devices):
        assert (await line_is("one", LineState.UP)).status.imei == bay.imei
        bay.unplug()
        await line_is("one", LineState.DOWN, seconds=3)
        bay.plug("ttyACM7")
        await line_is("one", LineState.UP)
        await settled((await enqueue()).id, State.SENT, State.DELIVERED)


async def test_a_modem_is_found_although_its_sim_wants_the_pin(supervising, bank, line_is):
    for bay in bank.modems:
        bay.lock("1234")
        bay.reboot()
        bay.unplug()
        bay.plug(f"ttyUSB{bay.index}")
    wanted, other = bank.modems[1], bank.modems[0]
    tries = other.equipment.card.pin_tries
    settings = LineSettings("one", wanted.number, iccid=wanted.iccid, pin="1234")
    async with supervising(settings, devices=bank.directory):
        assert (await line_is("one", LineState.UP)).status.iccid == wanted.iccid
    assert other.equipment.card.pin_tries == tries


async def test_another_modem_than_the_configured_one_is_said_and_not_used(supervising, bank, enqueue, line_is, store):
    async with supervising(one(bank, imei="490154203237518")):
        down = await line_is("one", LineState.DOWN, "IMEI")
        assert "not 490154203237518" in down.status.reason
        message = await enqueue()
        await asyncio.sleep(0.3)
        assert (await store.message(None, message.id)).state is State.QUEUED


async def test_a_silent_modem_claims_no_more_and_its_queue_moves(supervising, bank, enqueue, settled, line_is):
    """Fault 29."""
    async with supervising():
        await line_is("one", LineState.UP)
        await line_is("two", LineState.UP)
        bank.modems[0].fault("silence")
        messages = [await enqueue(f"m{n}") for n in range(4)]
        await line_is("one", LineState.DOWN)
        for message in messages:
            await settled(message.id, State.SENT, State.DELIVERED, State.QUEUED)
        bank.modems[0].clear("silence")
        await line_is("one", LineState.UP, seconds=25)


async def test_a_modem_that_restarts_is_set_up_again(supervising, bank, enqueue, settled, line_is):
    """Fault 31: echo, CMEE and CMGF are what they were before anybody set them."""
    phone = bank.phone(PHONE)
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        bank.modems[0].reboot()
        message = await enqueue("after the restart")
        await settled(message.id, State.DELIVERED)
    assert [received.text for received in phone.received] == ["after the restart"]


@pytest.mark.parametrize(
    ("kind", "fields", "state", "arrives"),
    [
        ("lose_answer", {}, State.UNKNOWN, 1),
        ("only_ok", {}, State.UNKNOWN, 1),
        ("flip_echo", {}, State.SENT, 1),
        ("slow_prompt", {"seconds": 0.2}, State.SENT, 1),
        ("add_noise", {"octets": b"\r\nOVER-VOLTAGE WARNNING\r\n", "where": "inside"}, State.SENT, 1),
        ("add_noise", {"octets": b"\xff\x00\x80RING\r\n", "where": "before"}, State.SENT, 1),
        ("reject", {"code": 1}, State.FAILED, 0),
        ("reject", {"code": 332}, State.UNKNOWN, 0),
        ("reject_command", {"code": 1}, State.FAILED, 0),
    ],
)
async def test_whatever_the_modem_answers_nothing_is_sent_twice_or_taken_for_sent(
    supervising, bank, enqueue, settled, line_is, kind, fields, state, arrives
):
    """Faults 30 and 33."""
    phone = bank.phone(PHONE)
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        bank.modems[0].fault(kind, "+CMGS", **fields)
        message = await enqueue("once", delivery_report=False)
        await settled(message.id, state)
        after = await enqueue("after", delivery_report=False)
        await settled(after.id, State.SENT)
    assert [received.text for received in phone.received] == ["once"] * arrives + ["after"]


async def test_a_late_cmgs_settles_the_message_it_belongs_to(supervising, bank, enqueue, settled, line_is):
    """Fault 32."""
    phone = bank.phone(PHONE)
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        bank.modems[0].fault("delay_answer", "+CMGS", seconds=1.6)
        first = await enqueue("first", delivery_report=False)
        await settled(first.id, State.UNKNOWN)
        second = await enqueue("second", delivery_report=False)
        done = await settled(first.id, State.SENT)
        other = await settled(second.id, State.SENT)
    assert done.parts[0].reference != other.parts[0].reference
    assert [received.text for received in phone.received] == ["first", "second"]


@pytest.mark.parametrize(("state", "reason"), [(3, "denied"), (2, "searching")])
async def test_without_a_network_the_queue_waits_and_the_reason_is_told(
    supervising, bank, enqueue, settled, line_is, store, state, reason
):
    """Fault 37."""
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        bank.modems[0].register(state)
        await line_is("one", LineState.DOWN, reason)
        message = await enqueue()
        await asyncio.sleep(0.2)
        assert (await store.message(None, message.id)).state is State.QUEUED
        bank.modems[0].register(1)
        await line_is("one", LineState.UP)
        await settled(message.id, State.DELIVERED)
    kinds = [event.type.value for event in await store.events_after("default", 0, 100)]
    assert kinds.count("line.up") == 2
    assert kinds.count("line.down") >= 1


async def test_a_network_lost_for_long_is_looked_for_with_the_radio_off_and_on(supervising, bank, line_is):
    """Fault 37: some modems stay deaf until then."""
    async with supervising(one(bank), intervals=Intervals(check=0.1, sweep=5.0, unregistered=0.3)):
        await line_is("one", LineState.UP)
        trap = bank.modems[0].trap("received:+CFUN")
        bank.modems[0].register(2)
        await trap.reached()
        bank.modems[0].register(1)
        await line_is("one", LineState.UP)


async def test_a_radio_that_finds_no_network_for_long_has_its_modem_reset_once(supervising, bank, line_is, store):
    """Fault 37: a SIM that no network takes, or an antenna that came off, is no reason to go on resetting."""
    bay = bank.modems[0]
    async with supervising(one(bank), intervals=Intervals(check=0.1, sweep=5.0, unregistered=0.15)):
        await line_is("one", LineState.UP)
        cycles = bay.trap("received:+CFUN", nth=16)  # four times off and on, a reset with its look, four times again
        bay.register(2)
        await cycles.reached(20)
        bay.register(1)
        await line_is("one", LineState.UP)
        assert [event.data["step"] for event in await told(store, "modem.recovery")] == ["cfun", "reset", "cfun"]


async def test_a_line_without_a_modem_says_so_and_takes_one_when_it_comes(supervising, bank, line_is):
    bank.modems[0].unplug()
    async with supervising(one(bank)):
        await line_is("one", LineState.DOWN, "no modem")
        bank.modems[0].plug()
        await line_is("one", LineState.UP, seconds=5)


async def test_a_wrong_pin_is_tried_once_and_the_reason_is_told(supervising, bank, line_is):
    """Fault 35."""
    card = bank.modems[0].equipment.card
    bank.modems[0].lock("1234")
    bank.modems[0].reboot()
    tries = card.pin_tries
    async with supervising(one(bank, pin="9999")):
        await line_is("one", LineState.DOWN, "PIN")
        await asyncio.sleep(2.5)
    assert card.pin_tries == tries - 1
    async with supervising(one(bank, pin="1234")):
        await line_is("one", LineState.UP)
    assert card.pin_tries == tries


async def test_a_fault_of_the_program_on_one_line_leaves_the_others_alone(supervising, bank, enqueue, settled, line_is):
    """Promise 6."""

    async def open_or_break(device, settings):
        if device.endswith("modem0"):
            raise RuntimeError("a fault of the program")
        return await Modem.open(device, settings)

    async with supervising(open_modem=open_or_break):
        await line_is("two", LineState.UP)
        await line_is("one", LineState.DOWN, "RuntimeError")
        await settled((await enqueue()).id, State.DELIVERED)


async def test_a_fault_of_the_program_while_a_port_is_looked_for_leaves_the_others_alone(
    supervising, bank, enqueue, settled, line_is
):
    """Promise 6."""

    async def break_in_search(device, settings):
        if "ttyUSB" in device:
            raise RuntimeError("a fault of the program")
        return await Modem.open(device, settings)

    searched, named = bank.modems
    searched.unplug()
    searched.plug("ttyUSB0")
    lines = (
        LineSettings("one", searched.number, imei=searched.imei),
        LineSettings("two", named.number, named.device),
    )
    async with supervising(*lines, devices=bank.directory, open_modem=break_in_search):
        await line_is("one", LineState.DOWN, "RuntimeError")
        await line_is("two", LineState.UP)
        await settled((await enqueue()).id, State.DELIVERED)


async def test_what_the_disk_does_not_take_stays_in_the_sim_until_it_does(
    supervising, bank, store, line_is, monkeypatch
):
    file, full = store.file_arrival, asyncio.Event()

    async def file_when_there_is_room(*args, **kwargs):
        if full.is_set():
            raise Unavailable("storage_full")
        return await file(*args, **kwargs)

    monkeypatch.setattr(store, "file_arrival", file_when_there_is_room)
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        full.set()
        bank.deliver(0, sender=PHONE, text="patience")
        await asyncio.sleep(0.5)
        assert await store.inbound_after("default", None, 10, None) == []
        full.clear()
        async with asyncio.timeout(10):
            while not await store.inbound_after("default", None, 10, None):
                await asyncio.sleep(0.02)
        await asyncio.sleep(1.2)
        (got,) = await store.inbound_after("default", None, 10, None)
    assert got.text == "patience"


async def test_a_flood_under_constant_sweeping_is_filed_exactly_once(supervising, bank, store, line_is):
    """Fault 34, and two sweeps that read what is queued already."""
    texts = [f"number {n}" for n in range(60)]
    async with supervising(one(bank), intervals=Intervals(check=5, sweep=0.01)):
        await line_is("one", LineState.UP)
        for text in texts:
            bank.deliver(0, sender=PHONE, text=text)
        async with asyncio.timeout(20):
            while len(await store.inbound_after("default", None, 200, None)) < len(texts):
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        got = await store.inbound_after("default", None, 200, None)
    assert sorted(message.text for message in got) == sorted(texts)


async def test_a_pdu_that_does_not_decode_is_kept_raw_and_frees_its_place(supervising, bank, store, line_is):
    async with supervising(one(bank)):
        await line_is("one", LineState.UP)
        bank.deliver(0, sender=PHONE, pdu=bytes.fromhex("00040B914477"))
        async with asyncio.timeout(10):
            while not (got := await store.inbound_after("default", None, 10, None)):
                await asyncio.sleep(0.02)
        assert got[0].encoding == "raw"
        async with asyncio.timeout(5):
            while in_the_sim(bank):
                await asyncio.sleep(0.02)


async def test_a_stop_ends_in_order(supervising, bank, enqueue, settled, line_is):
    async with supervising(one(bank)) as task:
        await line_is("one", LineState.UP)
        trap = bank.modems[0].hold("submitted")
        message = await enqueue("to the end")
        await trap.reached()
        task.cancel()
        await asyncio.sleep(0.1)
        assert not task.done()
        trap.release()
        await asyncio.wait({task}, timeout=5)
        assert task.done()
    assert (await settled(message.id, State.SENT)).parts[0].attempts == 1


async def test_no_lines_is_no_reason_to_end(store, clock):
    task = asyncio.create_task(Supervisor((), store, clock, Metrics()).run())
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_modem_that_restarts_all_the_time_is_reset_and_then_left_alone(
    supervising, bank, line_is, store, monkeypatch
):
    """Fault 28."""
    told: list[str] = []
    write = store.set_line_status

    async def noting(num, status, now):
        told.append(status.reason)
        await write(num, status, now)

    monkeypatch.setattr(store, "set_line_status", noting)
    async with supervising(one(bank)):
        for count in range(1, 4):
            await line_is("one", LineState.UP)
            bank.modems[0].reboot()
            async with asyncio.timeout(5):
                while len([reason for reason in told if "restarted by itself" in reason]) < count:
                    await asyncio.sleep(0.01)
        await line_is("one", LineState.UP)
        async with asyncio.timeout(5):  # it is told behind the line's coming up
            while "modem.recovered" not in [event.type for event in await store.events_after("default", 0, 100)]:
                await asyncio.sleep(0.01)
    assert "the modem loses its settings again and again" in told


async def test_in_the_middle_of_traffic_nothing_is_lost_or_doubled(supervising, bank, enqueue, settled, line_is):
    """Faults 27 and 31: what may have been sent is said to be unknown, the rest arrives."""
    phone = bank.phone(PHONE)
    async with supervising():
        await line_is("one", LineState.UP)
        await line_is("two", LineState.UP)
        trap = bank.modems[0].trap("submitted", "reboot", nth=3)
        other = bank.modems[1].trap("prompt", "unplug", nth=4)
        messages = [await enqueue(f"m{n}", delivery_report=False) for n in range(30)]
        await trap.reached()
        await other.reached()
        bank.modems[1].plug()
        ended = [await settled(message.id, State.SENT, State.UNKNOWN, seconds=25) for message in messages]
    unknown = {message.text for message in ended if message.state is State.UNKNOWN}
    got = [received.text for received in phone.received]
    assert len(got) == len(set(got)), "nothing arrives twice"
    assert {message.text for message in messages} - set(got) <= unknown, "what is missing is said to be doubtful"
    assert len(unknown) <= 2


async def told(store, kind: str):
    """The events of that type of the default account, once there is one."""
    with store.bells.watchers.watching("events:default") as bell:
        async with asyncio.timeout(15):
            while not (found := [event for event in await store.events_after("default", 0, 200) if event.type == kind]):
                await bell.wait()
                bell.clear()
    return found


async def test_a_balance_that_runs_low_is_told_and_asked_for_again_when_its_time_has_come(
    supervising, bank, store, clock, line_is
):
    await store.put_account("default", AccountSettings(), clock.now())
    bay = bank.modems[0]
    asking = one(bank, balance_code="*100#", balance_below=20.0)
    async with supervising(asking):
        [low] = await told(store, "line.balance_low")
        assert (low.data["balance"], low.data["name"]) == ("10.00", "one")
    bay.equipment.replies["*100#"] = "Your balance is 30.00"
    clock.turn(hours=23)
    async with supervising(asking):  # not a day ago: not yet
        await line_is("one", LineState.UP)
        assert (await line_is("one", LineState.UP)).status.balance == Decimal("10.00")
    clock.turn(hours=2)
    async with supervising(asking):
        with store.bells.watchers.watching("lines") as bell:
            async with asyncio.timeout(15):
                while (await line_is("one", LineState.UP)).status.balance != Decimal("30.00"):
                    await bell.wait()
                    bell.clear()


async def test_a_sim_sends_what_it_may_in_a_day_and_finishes_what_it_has_begun(
    supervising, bank, store, clock, line_is, enqueue, settled
):
    await store.put_account("default", AccountSettings(), clock.now())
    limited = one(bank, parts_per_day=2)
    first, long, later = await enqueue("one"), await enqueue("x" * 300), await enqueue("three")
    async with supervising(limited):
        for message in (first, long):
            await settled(message.id, State.SENT, State.DELIVERED)
        await line_is("one", LineState.DOWN, "2 parts of today")
        [told_of] = await told(store, "line.quota_reached")
        assert told_of.data["name"] == "one"
    async with supervising(limited):  # a restart gives nothing back
        await line_is("one", LineState.DOWN, "2 parts of today")
        assert len(bank.ledger.submitted) == 3
        assert (await store.message(None, later.id)).state is State.QUEUED
    clock.turn(hours=24)
    async with supervising(limited):
        await settled(later.id, State.SENT, State.DELIVERED)


async def test_a_disk_that_takes_nothing_is_no_reason_to_reset_a_modem(
    supervising, bank, store, clock, line_is, monkeypatch
):
    """Fault 7: what is asked of the modem waits, its line stays up."""
    await store.put_account("default", AccountSettings(), clock.now())
    tried, real = asyncio.Event(), store.commands.next

    async def refuse(num: int, now: object) -> None:
        tried.set()
        raise Unavailable("unavailable", "the database does not take it")

    async with supervising(one(bank)):
        line = await line_is("one", LineState.UP)
        set_up_again = bank.modems[0].trap("received:+CFUN")
        monkeypatch.setattr(store.commands, "next", refuse)
        command = await store.commands.order("default", line.id, CommandKind.USSD, "*100#", clock.now(), admin=True)
        async with asyncio.timeout(10):
            await tried.wait()
        monkeypatch.setattr(store.commands, "next", real)
        with store.bells.watchers.watching(command.id) as bell:
            async with asyncio.timeout(10):
                while not (await store.commands.find("default", command.id)).has_ended:
                    await bell.wait()
                    bell.clear()
        assert (await line_is("one", LineState.UP)).status.recoveries == 0
        assert not set_up_again.trap.sprung
