"""A store's promises about answers that are due, send windows, refusals by policy, tests, and paused batches."""

import pytest

from gateway.domain.errors import Conflict, NotFound, Rejected
from gateway.domain.message import Message, SendWindow, State
from gateway.store.contract import MessageFilter, Outcome, Store
from tests.gateway.contract.build import (
    ALICE,
    BOB,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    accept,
    arrival,
    batch_of,
    line_up,
    new_message,
    report,
    sent,
    take,
    told,
    webhook,
)

DAY = SendWindow("08:00", "21:00", zone="Europe/London")  # NOW is 09:00 there
DUE_S = 3600


async def found(store: Store, message: Message) -> Message:
    stored = await store.message(None, message.id)
    assert stored is not None
    return stored


class Replying:
    async def test_an_answer_that_does_not_come_in_time_is_told_once(self, store: Store, reopen):
        line = await line_up(store)
        message = await sent(store, line, reply="required", reply_due_s=DUE_S)
        assert await store.next_due() == NOW + HOUR
        await store.promote(NOW + HOUR - SECOND)
        assert "message.reply_overdue" not in await told(store, message.id)
        again = await reopen()
        assert await again.promote(NOW + HOUR) > 0
        await again.promote(NOW + 2 * HOUR)
        assert (await told(again, message.id)).count("message.reply_overdue") == 1

    async def test_an_answer_in_time_is_told_as_one_and_ends_the_waiting(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line, reply="required", reply_due_s=DUE_S)
        answer = (await store.file_arrival(line.num, arrival(), NOW + MINUTE)).message
        assert answer is not None
        assert answer.reply_to == message.id
        assert await told(store, answer.id) == ["message.received", "message.reply_received"]
        await store.promote(NOW + 2 * HOUR)
        assert "message.reply_overdue" not in await told(store, message.id)

    async def test_a_report_that_comes_behind_the_answer_starts_no_new_waiting(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line, reply="required", reply_due_s=DUE_S)
        await store.file_arrival(line.num, arrival(), NOW + MINUTE)
        await store.file_report(line.num, report(), NOW + 2 * MINUTE)
        await store.promote(NOW + 3 * HOUR)
        assert "message.reply_overdue" not in await told(store, message.id)

    async def test_a_report_that_comes_when_it_was_told_already_does_not_tell_it_again(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line, reply="required", reply_due_s=DUE_S)
        await store.promote(NOW + HOUR)
        await store.file_report(line.num, report(), NOW + 2 * HOUR)
        await store.promote(NOW + 4 * HOUR)
        assert (await told(store, message.id)).count("message.reply_overdue") == 1

    async def test_the_time_counts_from_when_it_was_sent(self, store: Store):
        line = await line_up(store)
        message = await accept(store, reply="required", reply_due_s=DUE_S)
        await store.promote(NOW + HOUR)
        claim = await take(store, line, NOW + 2 * HOUR)
        await store.on_air(claim, 1, NOW + 2 * HOUR)
        done = Outcome("sent", reference=7)
        await store.record(claim, 1, done, NOW + 2 * HOUR, started_at=NOW + 2 * HOUR)
        await store.promote(NOW + 3 * HOUR - SECOND)
        assert "message.reply_overdue" not in await told(store, message.id)
        await store.promote(NOW + 3 * HOUR)
        assert "message.reply_overdue" in await told(store, message.id)

    async def test_what_never_arrived_waits_for_no_answer(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line, reply="required", reply_due_s=DUE_S)
        await store.file_report(line.num, report(status=0x46), NOW + MINUTE)
        await store.promote(NOW + HOUR)
        assert "message.reply_overdue" not in await told(store, message.id)

    async def test_an_answer_to_one_that_wanted_none_is_only_received(self, store: Store):
        line = await line_up(store)
        await sent(store, line, reply="none")
        answer = (await store.file_arrival(line.num, arrival(), NOW)).message
        assert answer is not None
        assert await told(store, answer.id) == ["message.received"]

    async def test_only_who_asks_for_replies_by_name_is_told_of_an_sms_twice(self, store: Store):
        line = await line_up(store)
        await store.put_webhook(webhook("all"))
        await store.put_webhook(webhook("Default", events=("message.received",)))
        await store.put_webhook(webhook("replies", events=("message.reply_received",)))
        await sent(store, line)
        await store.file_arrival(line.num, arrival(), NOW)
        due = await store.due_deliveries(NOW, 50, ())
        told_of = [(one.webhook.name, one.event.type.value) for one in due if one.event.message.startswith("in_")]
        assert sorted(told_of) == [
            ("Default", "message.received"),
            ("all", "message.received"),
            ("replies", "message.reply_received"),
        ]


class Windows:
    async def test_what_waited_until_its_window_closed_waits_for_the_next_morning(self, store: Store):
        line = await line_up(store)
        message = await accept(store, send_window=DAY, zones=("Europe/London",))
        evening, morning = NOW + 12 * HOUR, NOW + 23 * HOUR
        assert await store.claim(line.num, evening) is None
        held = await found(store, message)
        assert (held.state, held.due_at, held.send_window) == (State.QUEUED, morning, DAY)
        assert await store.next_due() == morning
        await store.promote(morning - SECOND)
        assert await store.claim(line.num, morning - SECOND) is None
        await store.promote(morning)
        assert (await take(store, line, morning)).message == message.id

    async def test_what_falls_due_while_it_is_closed_waits_on(self, store: Store):
        line = await line_up(store)
        late = NOW + 13 * HOUR
        message = await accept(
            store,
            send_window=DAY,
            zones=("Europe/London",),
            state=State.SCHEDULED,
            due_at=late,
            expire_at=NOW + 99 * HOUR,
        )
        await store.promote(late)
        assert await store.claim(line.num, late) is None
        assert (await found(store, message)).due_at == NOW + 23 * HOUR
        await store.promote(NOW + 23 * HOUR)
        assert (await take(store, line, NOW + 23 * HOUR)).message == message.id

    async def test_it_expires_all_the_same(self, store: Store):
        line = await line_up(store)
        message = await accept(store, send_window=DAY, zones=("Europe/London",), expire_at=NOW + 14 * HOUR)
        await store.claim(line.num, NOW + 12 * HOUR)
        await store.promote(NOW + 14 * HOUR)
        assert (await found(store, message)).state is State.EXPIRED

    async def test_a_zone_that_is_no_more_does_not_stop_the_line(self, store: Store):
        """Zone names go away with updates of the system's tables; what was accepted with one is sent at any hour."""
        line = await line_up(store)
        message = await accept(store, send_window=DAY, zones=("Europe/Atlantis",))
        assert (await take(store, line, NOW + 13 * HOUR)).message == message.id


class Guards:
    async def test_the_same_again_within_the_window_is_a_duplicate(self, store: Store, reopen):
        def one(account: str = "default"):
            return batch_of(new_message(fingerprint=b"same"), account=account, duplicate_window_s=60)

        await store.enqueue(one(), NOW)
        again = await reopen()
        with pytest.raises(Conflict) as refusal:
            await again.enqueue(one(), NOW + 59 * SECOND)
        assert refusal.value.code == "duplicate"
        await again.enqueue(one("other"), NOW)
        await again.enqueue(one(), NOW + MINUTE)
        assert await again.prune(NOW + 2 * MINUTE) == 2

    async def test_a_clock_that_was_set_back_makes_no_duplicate_for_longer_than_the_window(self, store: Store):
        def one():
            return batch_of(new_message(fingerprint=b"same"), duplicate_window_s=60)

        await store.enqueue(one(), NOW + 1000 * HOUR)
        await store.enqueue(one(), NOW)
        with pytest.raises(Conflict):
            await store.enqueue(one(), NOW + 59 * SECOND)

    async def test_a_refused_duplicate_uses_no_quota(self, store: Store):
        def one(fingerprint: bytes):
            return batch_of(
                new_message(fingerprint=fingerprint), duplicate_window_s=60, segments_per_day=2, segments_per_month=2
            )

        await store.enqueue(one(b"a"), NOW)
        with pytest.raises(Conflict):
            await store.enqueue(one(b"a"), NOW)
        await store.enqueue(one(b"b"), NOW)

    async def test_a_call_that_is_refused_leaves_no_trace_of_its_texts(self, store: Store):
        batch = batch_of(new_message(fingerprint=b"a"), new_message(to=BOB, denied=True), duplicate_window_s=60)
        with pytest.raises(Rejected) as refusal:
            await store.enqueue(batch, NOW)
        assert refusal.value.code == "destination_denied"
        await store.enqueue(batch_of(new_message(fingerprint=b"a"), duplicate_window_s=60), NOW)

    async def test_the_opt_out_is_told_before_the_destination_and_that_before_the_quota(self, store: Store):
        await store.consent.opt_out("default", ALICE, "api", NOW)
        for to, code in ((ALICE, "opted_out"), (BOB, "destination_denied")):
            with pytest.raises(Rejected) as refusal:
                await store.enqueue(
                    batch_of(new_message(to=to, denied=True, parts=2), segments_per_day=1, segments_per_month=1), NOW
                )
            assert refusal.value.code == code


class Tests:
    async def test_a_test_goes_through_its_states_without_a_line_and_without_quota(self, store: Store):
        line = await line_up(store)
        batch = batch_of(new_message(test=True, parts=2), segments_per_day=1, segments_per_month=1)
        message = (await store.enqueue(batch, NOW)).messages[0]
        assert await store.claim(line.num, NOW) is None
        stored = await found(store, message)
        assert (stored.state, stored.test, stored.line) == (State.DELIVERED, True, None)
        assert {part.state for part in stored.parts} == {State.DELIVERED}
        assert list(stored.state_at) == [State.QUEUED, State.SENDING, State.SENT, State.DELIVERED]
        assert await store.messages(MessageFilter("default"), limit=5) == [message]
        events = await store.message_events(message.id)
        assert [(event.type, event.data["state"], event.data["test"]) for event in events] == [
            ("message.sent", "sent", True),
            ("message.delivered", "delivered", True),
        ]
        assert await store.next_due() is None

    async def test_without_a_report_it_ends_as_sent(self, store: Store):
        message = (await store.enqueue(batch_of(new_message(test=True, delivery_report=False)), NOW)).messages[0]
        assert (await found(store, message)).state is State.SENT
        assert await told(store, message.id) == ["message.sent"]

    async def test_it_is_refused_by_the_same_rules(self, store: Store):
        await store.consent.opt_out("default", ALICE, "api", NOW)
        with pytest.raises(Rejected):
            await store.enqueue(batch_of(new_message(test=True)), NOW)

    async def test_a_batch_of_tests_is_completed_at_once(self, store: Store):
        done = await store.enqueue(batch_of(new_message(test=True), new_message(test=True, to=BOB)), NOW)
        assert (await store.batch(None, done.batch)).counts == {"delivered": 2}
        assert (await told(store))[-1] == "batch.completed"


class PausedBatches:
    async def test_nothing_of_a_paused_batch_is_taken_until_it_is_resumed(self, store: Store, reopen):
        line = await line_up(store)
        done = await store.enqueue(batch_of(*(new_message(to=f"+4477009{n:05d}") for n in range(3))), NOW)
        await store.batches.pause("default", done.batch)
        other = await accept(store)
        assert (await take(store, line)).message == other.id
        again = await reopen()
        assert await again.claim(line.num, NOW) is None
        assert (await again.batch("default", done.batch)).paused
        assert [found.counters["queued"] for found in await again.lines()] == [0]
        bell = again.bells.line(line.num)
        bell.clear()
        await again.batches.resume("default", done.batch)
        assert bell.rung
        assert (await take(again, line)).message == done.messages[0].id

    async def test_a_retry_that_falls_due_while_it_is_paused_waits_as_well(self, store: Store):
        line = await line_up(store)
        done = await store.enqueue(batch_of(new_message(), new_message(to=BOB)), NOW)
        claim = await take(store, line)
        await store.batches.pause("default", done.batch)
        await store.record(claim, 1, Outcome("retry", due_at=NOW + MINUTE), NOW, started_at=NOW)
        await store.promote(NOW + MINUTE)
        assert await store.claim(line.num, NOW + MINUTE) is None
        await store.batches.resume("default", done.batch)
        assert (await take(store, line, NOW + MINUTE)).message == claim.message

    async def test_who_was_to_leave_it_to_another_line_may_take_it_again_once_it_is_resumed(self, store: Store):
        line = await line_up(store)
        await line_up(store, "gone")
        done = await store.enqueue(batch_of(new_message(), new_message(to=BOB)), NOW)
        claim = await take(store, line)
        await store.record(claim, 1, Outcome("elsewhere", due_at=NOW + MINUTE), NOW, started_at=NOW)
        await store.batches.pause("default", done.batch)
        await store.promote(NOW + MINUTE)
        await store.batches.resume("default", done.batch)
        assert (await take(store, line, NOW + MINUTE)).message == claim.message

    async def test_a_message_that_is_half_sent_is_finished(self, store: Store):
        line = await line_up(store)
        done = await store.enqueue(batch_of(new_message(parts=2), new_message(to=BOB)), NOW)
        claim = await take(store, line)
        await store.on_air(claim, 1, NOW)
        await store.record(claim, 1, Outcome("sent", reference=1), NOW, started_at=NOW)
        await store.release(claim, NOW)
        await store.batches.pause("default", done.batch)
        assert (await take(store, line)).message == claim.message
        assert await store.claim(line.num, NOW) is None

    async def test_a_paused_batch_can_be_cancelled_and_expires(self, store: Store):
        await line_up(store)
        new = [new_message(), new_message(to=BOB, state=State.SCHEDULED, due_at=NOW + HOUR)]
        done = await store.enqueue(batch_of(*new), NOW)
        await store.batches.pause("default", done.batch)
        assert await store.batches.cancel("default", done.batch, NOW) == 2
        assert (await store.batch(None, done.batch)).counts == {"canceled": 2}
        assert (await told(store))[-1] == "batch.completed"
        left = await store.enqueue(batch_of(new_message(expire_at=NOW + HOUR)), NOW)
        await store.batches.pause("default", left.batch)
        await store.promote(NOW + HOUR)
        assert (await store.batch(None, left.batch)).counts == {"expired": 1}

    async def test_an_opt_out_ends_what_a_paused_batch_has_waiting(self, store: Store):
        await line_up(store)
        done = await store.enqueue(batch_of(new_message()), NOW)
        await store.batches.pause("default", done.batch)
        await store.consent.opt_out("default", ALICE, "keyword", NOW)
        assert (await store.batch(None, done.batch)).counts == {"rejected": 1}

    async def test_large_batches_are_paused_resumed_and_cancelled_whole(self, store: Store):
        line = await line_up(store)
        many = [new_message(to=f"+4477009{n:05d}") for n in range(1200)]
        done = await store.enqueue(batch_of(*many), NOW)
        await store.batches.pause("default", done.batch)
        assert (await store.counts())["waiting"] == 0
        await store.batches.resume("default", done.batch)
        assert (await store.counts())["waiting"] == 1200
        await take(store, line)
        assert await store.batches.cancel("default", done.batch, NOW) == 1199

    async def test_a_restored_backup_doubts_what_was_paused_as_well(self, store: Store):
        done = await store.enqueue(batch_of(new_message()), NOW)
        await store.batches.pause("default", done.batch)
        await store.doubt(NOW)
        assert (await store.batch(None, done.batch)).counts == {"unknown": 1}

    async def test_batches_are_listed_by_account_and_page(self, store: Store):
        calls = [
            await store.enqueue(batch_of(new_message(), listed=True, atomic=False, name=str(n)), NOW) for n in range(3)
        ]
        await accept(store)
        await store.enqueue(batch_of(listed=True), NOW)
        newest = await store.batches.list("default", limit=2)
        assert [(batch.id, batch.name, batch.size) for batch in newest] == [
            (calls[2].batch, "2", 1),
            (calls[1].batch, "1", 1),
        ]
        rest = await store.batches.list("default", limit=2, cursor=newest[-1].num)
        assert [batch.id for batch in rest] == [calls[0].batch]
        ascending = await store.batches.list("default", limit=5, ascending=True)
        assert [batch.num for batch in ascending] == [call.num for call in calls]
        assert await store.batches.list("other", limit=5) == []
        for act in (store.batches.pause, store.batches.resume):
            with pytest.raises(NotFound):
                await act("other", calls[0].batch)
        with pytest.raises(NotFound):
            await store.batches.cancel("other", calls[0].batch, NOW)
