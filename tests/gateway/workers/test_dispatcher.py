import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.line import Limits, LineChange, RestKind
from gateway.domain.message import State
from gateway.limiter import Limiter
from gateway.line import Line, LineFault, NeedsSetUp, Remedy, Who
from gateway.metrics import Metrics
from gateway.workers.dispatcher import Dispatcher
from modem.driver import Identity
from modem.errors import CommandRejected, CommandTimeout, TransportLost
from modem.events import Registration
from modem.pdu.tpdu import decode_submit
from modem.profiles import GENERIC, profile_named
from tests.gateway.contract.build import pause

LONG = "x" * 400  # three parts
ALERT = 8


def refused(code: int) -> CommandRejected:
    return CommandRejected("AT+CMGS=23", "cms", code, f"+CMS ERROR: {code}")


class ScriptedModem:
    """Takes what it is told to take; its air can be held, so that a test sees what happens meanwhile."""

    def __init__(self) -> None:
        self.registration = Registration(circuit=1)
        self.profile = GENERIC
        self.registered = asyncio.Event()
        self.registered.set()
        self.on_air: list[str] = []
        self.more: list[bool] = []
        self.script: list[Exception | None] = []  # after Ctrl-Z
        self.before: list[Exception | None] = []  # before it
        self.air_is_free = asyncio.Event()
        self.air_is_free.set()
        self.sent = asyncio.Condition()
        self.reference = 0
        self.sweeps = 0

    async def wait_registered(self) -> None:
        await self.registered.wait()

    async def submit(self, pdu, tpdu_length, *, before_ctrl_z, more_follow=False) -> int:
        error = self.before.pop(0) if self.before else None
        if error is not None:
            raise error
        await before_ctrl_z()
        async with self.sent:
            self.on_air.append(decode_submit(pdu).text)
            self.more.append(more_follow)
            self.sent.notify_all()
        await self.air_is_free.wait()
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        self.reference += 1
        return self.reference

    async def reached_air(self, count: int) -> None:
        async with asyncio.timeout(10), self.sent:
            await self.sent.wait_for(lambda: len(self.on_air) >= count)

    async def sweep(self) -> int:
        self.sweeps += 1
        return 0


@pytest.fixture
def modem() -> ScriptedModem:
    return ScriptedModem()


@pytest.fixture
def dispatching(store, clock, modem, add_line):
    """Runs a dispatcher for as long as the block; yields its task and line."""

    @asynccontextmanager
    async def run(rate: float = 0.0, stop_within_s: float = 5.0, **limits):
        record = await add_line(limits=Limits(rate_per_minute=rate, **limits))
        limiter = Limiter(clock, record.limits)
        line = Line(Who(record.num, record.id, record.name), modem, Identity(), limiter, clock)
        dispatcher = Dispatcher(line, store, clock, Metrics(), jitter=lambda: 0.0, stop_within_s=stop_within_s)
        task = asyncio.create_task(dispatcher.run())
        try:
            yield task, line
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return run


async def test_messages_go_out_in_order_and_end_as_sent(dispatching, enqueue, settled, modem):
    messages = [await enqueue(f"number {n}") for n in range(5)]
    async with dispatching():
        for message in messages:
            sent = await settled(message.id, State.SENT)
            assert sent.parts[0].attempts == 1
    assert modem.on_air == [f"number {n}" for n in range(5)]
    assert [part.reference for part in sent.parts] == [5]


async def test_a_new_message_wakes_an_idle_line(dispatching, enqueue, settled):
    async with dispatching():
        await asyncio.sleep(0.05)
        await settled((await enqueue()).id, State.SENT, seconds=2)


async def test_an_idle_line_that_lost_its_network_passes_on_what_wakes_it(dispatching, enqueue, store, modem, add_line):
    other = await add_line("other", "+447700900001")
    async with dispatching() as (_, line):
        while not store.bells.line(line.who.num).waiting:
            await asyncio.sleep(0.01)
        modem.registration = Registration(circuit=2)
        modem.registered.clear()
        bell = store.bells.line(other.num)
        bell.clear()
        await enqueue()
        assert store.bells.line(line.who.num).rung
        bell.clear()
        assert await bell.wait(2)


async def test_a_line_that_goes_away_passes_on_what_woke_it(dispatching, enqueue, store, add_line):
    other = await add_line("other", "+447700900001")
    async with dispatching() as (task, line):
        while not store.bells.line(line.who.num).waiting:
            await asyncio.sleep(0.01)
        bell = store.bells.line(other.num)
        await enqueue()
        assert store.bells.line(line.who.num).rung
        bell.clear()
        task.cancel()
        assert await bell.wait(2)


async def test_what_expires_while_the_line_sends_another_is_not_sent(
    dispatching, enqueue, settled, store, modem, clock
):
    modem.air_is_free.clear()
    first = await enqueue("first")
    second = await enqueue("second", ttl=timedelta(hours=1))
    async with dispatching():
        await settled(second.id, State.SENDING)  # claimed ahead
        clock.turn(hours=2)
        modem.air_is_free.set()
        await settled(first.id, State.SENT)
        await settled(second.id, State.EXPIRED, seconds=5)
    assert modem.on_air == ["first"]


async def test_what_is_claimed_ahead_goes_back_when_the_air_takes_long(
    dispatching, enqueue, settled, modem, monkeypatch
):
    monkeypatch.setattr("gateway.workers.dispatcher.AHEAD_S", 0.2)
    modem.air_is_free.clear()
    first, second = await enqueue("first"), await enqueue("second")
    async with dispatching():
        await settled(second.id, State.SENDING)
        await settled(second.id, State.QUEUED, seconds=5)
        modem.air_is_free.set()
        for message in (first, second):
            await settled(message.id, State.SENT)
    assert modem.on_air == ["first", "second"]


async def test_more_follow_is_said_for_all_parts_but_the_last(dispatching, enqueue, settled, modem):
    message = await enqueue(LONG)
    async with dispatching():
        sent = await settled(message.id, State.SENT)
    assert modem.more == [True, True, False]
    assert [part.reference for part in sent.parts] == [1, 2, 3]


async def test_more_follow_is_said_while_messages_come_one_after_the_other(dispatching, enqueue, settled, modem):
    messages = [await enqueue() for _ in range(3)]
    async with dispatching():
        await settled(messages[-1].id, State.SENT)
        await settled((await enqueue("later")).id, State.SENT)
    assert modem.more[:3] == [False, True, True]


async def test_the_next_message_is_claimed_while_the_first_is_on_the_air(dispatching, enqueue, modem, store):
    first, second = await enqueue("first"), await enqueue("second")
    modem.air_is_free.clear()
    async with dispatching():
        await modem.reached_air(1)
        async with asyncio.timeout(5):
            while (await store.message(None, second.id)).state is not State.SENDING:
                await asyncio.sleep(0.01)
        assert (await store.message(None, first.id)).state is State.SENDING
        modem.air_is_free.set()
        await modem.reached_air(2)


async def test_a_stop_lets_the_air_clear_and_gives_the_prepared_claim_back(dispatching, enqueue, settled, modem, store):
    first, second = await enqueue("first"), await enqueue("second")
    modem.air_is_free.clear()
    async with dispatching() as (task, _):
        await modem.reached_air(1)
        task.cancel()
        await asyncio.sleep(0.05)
        assert not task.done()
        modem.air_is_free.set()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()
    assert (await settled(first.id, State.SENT)).parts[0].attempts == 1
    given_back = await settled(second.id, State.QUEUED)
    assert given_back.parts[0].attempts == 0
    assert modem.on_air == ["first"]


async def test_a_stop_does_not_wait_for_ever(dispatching, enqueue, settled, modem, store, clock):
    message = await enqueue()
    modem.air_is_free.clear()
    async with dispatching(stop_within_s=0.1) as (task, line):
        await modem.reached_air(1)
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled()
        await store.recover(clock.now(), line=line.who.num)
    assert (await settled(message.id, State.UNKNOWN)).error.code == "submit_outcome_unknown"


async def test_no_answer_after_ctrl_z_is_unknown_and_never_sent_again(dispatching, enqueue, settled, modem):
    message = await enqueue()
    modem.script = [CommandTimeout("AT+CMGS=23", 180)]
    async with dispatching() as (task, _):
        await settled(message.id, State.UNKNOWN)
        await asyncio.wait({task}, timeout=5)
        assert isinstance(task.exception(), NeedsSetUp)
    async with dispatching():
        await asyncio.sleep(0.1)
    assert len(modem.on_air) == 1


async def test_the_parts_behind_a_doubtful_one_go_on_after_the_line_came_back(dispatching, enqueue, settled, modem):
    message = await enqueue("a" * 153 + "b" * 153 + "c" * 90)
    modem.script = [None, TransportLost("EIO")]
    async with dispatching() as (task, _):
        await asyncio.wait({task}, timeout=5)
        assert isinstance(task.exception(), TransportLost)
    async with dispatching():
        unknown = await settled(message.id, State.UNKNOWN)
    assert [part.state for part in unknown.parts] == [State.SENT, State.UNKNOWN, State.SENT]
    assert [text[0] for text in modem.on_air] == ["a", "b", "c"]


async def test_what_was_refused_for_now_is_tried_again_later(dispatching, enqueue, settled, modem, store, clock):
    message = await enqueue()
    modem.script = [refused(42)]
    async with dispatching():
        waiting = await settled(message.id, State.QUEUED, State.SENDING)
        await modem.reached_air(1)
        async with asyncio.timeout(5):
            while (waiting := await store.message(None, message.id)).due_at is None:
                await asyncio.sleep(0.01)
        assert 9 < (waiting.due_at - clock.now()).total_seconds() <= 10
        clock.turn(seconds=10)
        await store.promote(clock.now())
        sent = await settled(message.id, State.SENT)
    assert sent.parts[0].attempts == 2


async def test_a_part_that_fails_stops_the_parts_behind_it(dispatching, enqueue, settled, modem):
    message = await enqueue(LONG)
    modem.script = [None, refused(1)]
    async with dispatching():
        failed = await settled(message.id, State.FAILED)
    assert (failed.error.code, failed.error.cause) == ("unknown_recipient", {"cms": 1})
    assert len(modem.on_air) == 2


async def test_a_refused_recipient_does_not_hold_up_the_next(dispatching, enqueue, settled, modem):
    bad, good = await enqueue("bad"), await enqueue("good")
    modem.script = [refused(1)]
    async with dispatching():
        await settled(bad.id, State.FAILED)
        await settled(good.id, State.SENT)


@pytest.mark.parametrize("error", [refused(310), refused(331)])
async def test_a_line_that_cannot_send_costs_no_attempt(dispatching, enqueue, settled, modem, error):
    message = await enqueue()
    modem.before = [error]
    async with dispatching() as (task, _):
        await asyncio.wait({task}, timeout=5)
        assert isinstance(task.exception(), LineFault)
    back = await settled(message.id, State.QUEUED)
    assert (back.parts[0].attempts, modem.on_air) == (0, [])


async def test_no_prompt_leads_to_a_set_up_and_a_retry(dispatching, enqueue, modem, store):
    message = await enqueue()
    modem.before = [CommandTimeout("AT+CMGS=23", 10)]
    async with dispatching() as (task, _):
        await asyncio.wait({task}, timeout=5)
        assert isinstance(task.exception(), NeedsSetUp)
    assert (await store.message(None, message.id)).due_at is not None
    assert modem.on_air == []


@pytest.mark.parametrize(("profile", "fault"), [("simcom-sim900", LineFault), ("generic", None)])
async def test_a_number_of_the_chip_s_maker_means_what_the_profile_says(dispatching, enqueue, modem, profile, fault):
    """CMS 512 is "SIM not ready" on SIM900; of a chip that nobody knows it is only a failure."""
    modem.profile = profile_named(profile)
    await enqueue()
    modem.script = [refused(512)]
    async with dispatching() as (task, _):
        await modem.reached_air(1)
        await asyncio.wait({task}, timeout=5 if fault else 0.1)
        assert (type(task.exception()) if task.done() else None) is fault


async def test_three_refusals_of_the_sim_in_a_row_hold_the_line(dispatching, enqueue, settled, modem, clock):
    for _ in range(4):
        await enqueue()
    modem.script = [refused(8), refused(10), refused(50)]
    async with dispatching() as (_, line):
        await modem.reached_air(3)
        async with asyncio.timeout(5):
            while line.limiter.breaker.blocked is None:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert len(modem.on_air) == 3


async def test_three_sick_answers_in_a_row_ask_for_a_reset(dispatching, enqueue, modem):
    for _ in range(3):
        await enqueue()
    modem.script = [refused(500)] * 3
    async with dispatching() as (task, _):
        await asyncio.wait({task}, timeout=5)
        fault = task.exception()
    assert isinstance(fault, LineFault)
    assert fault.remedy is Remedy.RESET


async def test_a_full_storage_is_swept(dispatching, enqueue, modem):
    await enqueue()
    modem.script = [refused(322)]
    async with dispatching():
        await modem.reached_air(1)
        async with asyncio.timeout(5):
            while not modem.sweeps:
                await asyncio.sleep(0.01)


async def test_nothing_is_claimed_before_the_line_is_registered(dispatching, enqueue, settled, modem, store):
    message = await enqueue()
    modem.registered.clear()
    modem.registration = Registration(circuit=2)
    async with dispatching():
        await asyncio.sleep(0.1)
        assert (await store.message(None, message.id)).state is State.QUEUED
        modem.registration = Registration(circuit=1)
        modem.registered.set()
        await settled(message.id, State.SENT)


async def test_a_paused_line_claims_nothing_until_it_goes_on(dispatching, enqueue, settled, store):
    async with dispatching() as (_, line):
        await pause(store, line.who)
        message = await enqueue()
        await asyncio.sleep(0.1)
        assert (await store.message(None, message.id)).state is State.QUEUED
        await pause(store, line.who, paused=False)
        await settled(message.id, State.SENT, seconds=3)


async def test_a_message_between_parts_is_given_back_when_the_network_is_gone(dispatching, enqueue, settled, modem):
    message = await enqueue(LONG)
    modem.air_is_free.clear()
    async with dispatching():
        await modem.reached_air(1)
        modem.registration = Registration(circuit=2)
        modem.registered.clear()
        modem.air_is_free.set()
        await asyncio.sleep(0.1)
        assert len(modem.on_air) == 1
        modem.registration = Registration(circuit=1)
        modem.registered.set()
        sent = await settled(message.id, State.SENT)
    assert [part.attempts for part in sent.parts] == [1, 1, 1]


async def test_nothing_is_sent_whose_point_of_no_return_is_not_on_disk(
    dispatching, enqueue, settled, modem, store, monkeypatch
):
    message = await enqueue()
    on_air, failures = store.on_air, [Unavailable("storage_full")]

    async def full_at_first(*args, **kwargs):
        if failures:
            raise failures.pop()
        await on_air(*args, **kwargs)

    monkeypatch.setattr(store, "on_air", full_at_first)
    async with dispatching():
        sent = await settled(message.id, State.SENT)
    assert (sent.parts[0].attempts, len(modem.on_air)) == (1, 1)


async def test_an_outcome_is_kept_until_the_disk_takes_it(dispatching, enqueue, settled, modem, store, monkeypatch):
    message = await enqueue()
    record, failures = store.record, [Unavailable("storage_full")]

    async def full_at_first(*args, **kwargs):
        if failures:
            raise failures.pop()
        return await record(*args, **kwargs)

    monkeypatch.setattr(store, "record", full_at_first)
    async with dispatching():
        await settled(message.id, State.SENT)
    assert len(modem.on_air) == 1


async def test_the_rate_is_kept_and_no_claim_waits_for_it(dispatching, enqueue, settled, modem, store):
    await enqueue("first")
    second = await enqueue("second")
    async with dispatching(rate=60):
        await modem.reached_air(1)
        await asyncio.sleep(0.2)
        assert (await store.message(None, second.id)).state is State.QUEUED
        assert len(modem.on_air) == 1
        await settled(second.id, State.SENT, seconds=3)


# ---------------------------------------------------------------------------------------------------- alerts, limits


async def resting(store, kind: RestKind) -> None:
    """Returns once the line says that it rests for that."""
    async with asyncio.timeout(5):
        while [(one.rest.kind if one.rest else None) for one in await store.lines()] != [kind]:
            await asyncio.sleep(0.01)


async def test_an_alert_leaves_at_once_while_the_bucket_is_empty(dispatching, enqueue, settled, modem, store):
    async with dispatching(rate=0.1) as (_, line):
        await settled((await enqueue("first")).id, State.SENT)
        waiting = await enqueue("waits ten minutes")
        await resting(store, RestKind.RATE)
        await settled((await enqueue("fire", priority=ALERT)).id, State.SENT, seconds=5)
        assert (await store.message(None, waiting.id)).state is State.QUEUED
        assert line.limiter.pace.wait_s() > 900, "what it sent counts"
    assert modem.on_air == ["first", "fire"]


async def test_an_alert_that_waits_already_leaves_before_what_the_rate_holds_up(dispatching, enqueue, settled, modem):
    ordinary = await enqueue("ordinary")
    async with dispatching(rate=0.1):
        await settled(ordinary.id, State.SENT)
        alerts = [await enqueue(f"alert {n}", priority=9) for n in range(3)]
        for alert in alerts:
            await settled(alert.id, State.SENT, seconds=5)


async def test_an_alert_goes_between_the_parts_of_a_message(dispatching, enqueue, settled, modem, store):
    async with dispatching(rate=0.1):
        long = await enqueue(LONG)
        await modem.reached_air(1)
        await resting(store, RestKind.RATE)
        await settled((await enqueue("fire", priority=ALERT)).id, State.SENT, seconds=5)
        assert (await store.message(None, long.id)).state is State.SENDING
    assert modem.on_air[1:] == ["fire"]


async def test_the_rest_of_a_message_goes_on_when_the_rate_allows(dispatching, enqueue, settled, modem, store, clock):
    async with dispatching(rate=1.0):
        long = await enqueue("x" * 300)
        await modem.reached_air(1)
        await settled((await enqueue("fire", priority=ALERT)).id, State.SENT, seconds=5)
        clock.turn(minutes=5)
        store.bells.alert((await store.lines())[0].num).ring()
        assert (await settled(long.id, State.SENT, seconds=5)).parts[1].attempts == 1


async def test_an_alert_leaves_outside_the_hours(dispatching, enqueue, settled, modem, store, clock):
    closed = (clock.now() + timedelta(hours=2)).strftime("%H:00-") + (clock.now() + timedelta(hours=4)).strftime(
        "%H:00"
    )
    async with dispatching(hours=closed):
        ordinary = await enqueue("ordinary")
        await resting(store, RestKind.HOURS)
        await settled((await enqueue("fire", priority=ALERT)).id, State.SENT, seconds=5)
        assert (await store.message(None, ordinary.id)).state is State.QUEUED
        clock.turn(hours=2, minutes=30)
        store.bells.alert((await store.lines())[0].num).ring()
        await settled(ordinary.id, State.SENT, seconds=5)


async def test_an_alert_waits_for_the_budget_like_everybody(dispatching, enqueue, settled, modem, store):
    async with dispatching(parts_per_day=1) as (_, line):
        await settled((await enqueue("first")).id, State.SENT)
        alert = await enqueue("fire", priority=9)
        await resting(store, RestKind.BUDGET)
        store.bells.alert(line.who.num).ring()
        await asyncio.sleep(0.1)
        assert (await store.message(None, alert.id)).state is State.QUEUED
    assert modem.on_air == ["first"]


async def test_an_alert_uses_what_is_kept_for_alerts(dispatching, enqueue, settled, modem, store):
    async with dispatching(parts_per_day=2, parts_for_alerts=1):
        await settled((await enqueue("first")).id, State.SENT)
        ordinary = await enqueue("second")
        await resting(store, RestKind.BUDGET)
        await settled((await enqueue("fire", priority=9)).id, State.SENT, seconds=5)
        assert (await store.message(None, ordinary.id)).state is State.QUEUED


async def test_a_message_of_which_nobody_knows_counts_for_the_budget(
    dispatching, enqueue, settled, modem, store, clock
):
    modem.script = [TransportLost("unplugged")]
    message = await enqueue()
    async with dispatching(parts_per_day=1) as (task, line):
        await asyncio.wait({task}, timeout=5)
        await settled(message.id, State.UNKNOWN)
        assert line.spent is not None
        assert await store.sent_over(line.who.num, clock.now()) == (1, 1), "after a restart, too"


async def test_a_time_out_before_the_message_was_handed_over_counts_nothing(dispatching, enqueue, modem, store, clock):
    modem.before = [CommandTimeout("AT+CMGS=23", 5.0)]
    await enqueue()
    async with dispatching(parts_per_day=1) as (task, line):
        await asyncio.wait({task}, timeout=5)
        assert line.spent is None
        assert await store.sent_over(line.who.num, clock.now()) == (0, 0)


async def test_what_a_user_changes_of_a_line_holds_at_once(dispatching, enqueue, settled, store):
    async with dispatching(rate=0.1) as (_, line):
        await settled((await enqueue("first")).id, State.SENT)
        waiting = await enqueue("waits ten minutes")
        await resting(store, RestKind.RATE)
        change = LineChange(settings={"rate_per_minute": 0.0})
        await store.line_book.change("default", line.who.id, change, admin=True, expected=None)
        await settled(waiting.id, State.SENT, seconds=5)


async def test_what_was_claimed_ahead_waits_as_well_when_a_user_closes_the_line(
    dispatching, enqueue, settled, modem, store, clock
):
    first, ahead = await enqueue("first"), await enqueue("claimed ahead")
    modem.air_is_free.clear()
    async with dispatching() as (_, line):
        await modem.reached_air(1)
        await settled(ahead.id, State.SENDING)
        opens = clock.now() + timedelta(hours=2)
        hours = opens.strftime("%H:00-") + (opens + timedelta(hours=2)).strftime("%H:00")
        change = LineChange(settings={"hours": hours})
        await store.line_book.change("default", line.who.id, change, admin=True, expected=None)
        modem.air_is_free.set()
        await settled(first.id, State.SENT)
        await resting(store, RestKind.HOURS)
        await settled(ahead.id, State.QUEUED)
    assert modem.on_air == ["first"]


async def test_a_message_between_parts_does_not_wait_for_a_network_that_goes_while_the_rate_holds_it_up(
    dispatching, enqueue, modem, store
):
    """Nobody would end it, however long that takes: what expires is only what waits in the queue."""
    async with dispatching(rate=0.1) as (_, line):
        long = await enqueue(LONG)
        await modem.reached_air(1)
        await resting(store, RestKind.RATE)
        modem.registration = Registration(circuit=2)
        modem.registered.clear()
        store.bells.alert(line.who.num).ring()
        async with asyncio.timeout(5):
            while [part.state for part in (await store.message(None, long.id)).parts][1:] != [State.QUEUED] * 2:
                await asyncio.sleep(0.01)
    assert len(modem.on_air) == 1


async def test_after_refusals_one_message_is_tried_and_a_success_closes_the_breaker(
    dispatching, enqueue, settled, modem, store, clock
):
    messages = [await enqueue(f"number {n}") for n in range(4)]
    modem.script = [refused(8)] * 3
    async with dispatching() as (_, line):
        await modem.reached_air(3)
        await resting(store, RestKind.BLOCKED)
        clock.turn(minutes=16)
        await store.promote(clock.now())
        store.bells.alert(line.who.num).ring()
        await settled(messages[3].id, State.SENT, seconds=5)
        assert [one is not None for one in line.limiter.breaker.news] == [True, False]
