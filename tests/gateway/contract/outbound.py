"""A store's promises about messages on their way out."""

import asyncio
from dataclasses import replace

import pytest

from gateway.domain.campaign import Campaign
from gateway.domain.errors import Conflict, GatewayError, NotFound, QuotaExceeded, Rejected
from gateway.domain.message import MessageError, State
from gateway.store.contract import MessageFilter, Once, Outcome, Store
from tests.gateway.contract.build import (
    ALICE,
    BOB,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    accept,
    batch_of,
    line_up,
    new_message,
    once,
    pause,
    put_on_air,
    report,
    send,
    sent,
    take,
    told,
    webhook,
)

CONGESTED = MessageError("congestion", "the network is busy", {"cms": 42})
REFUSED = MessageError("rejected", "the network refused it", {"cms": 21})


class Accepting:
    async def test_what_was_accepted_reads_back_as_it_was_told(self, store: Store):
        new = new_message(
            "x", flash=True, delivery_report=False, metadata={"a": "b"}, notes="n", client_ref="ref", priority=9
        )
        done = await store.enqueue(batch_of(new, client_ref="ref"), NOW)
        found = await store.message("default", new.id)
        assert found is not None
        assert found.state is State.QUEUED
        assert found.parts[0].text == "x"
        listed = await store.messages(MessageFilter("default"), limit=10)
        assert listed == list(done.messages)

    async def test_it_survives_a_restart(self, store: Store, reopen):
        message = await accept(store)
        again = await reopen()
        assert (await again.message(None, message.id)).state is State.QUEUED
        line = await line_up(again)
        assert (await take(again, line)).message == message.id

    async def test_accepts_that_arrive_together_each_have_their_own_answer(self, store: Store):
        batches = [batch_of(new_message(str(n), to=f"+4477009{n:05d}")) for n in range(200)]
        done = await asyncio.gather(*(store.enqueue(batch, NOW) for batch in batches))
        assert [one.messages[0].text for one in done] == [str(n) for n in range(200)]
        assert len({one.messages[0].num for one in done}) == 200
        assert len(await store.messages(MessageFilter("default"), limit=500)) == 200

    async def test_one_that_is_refused_fails_alone(self, store: Store):
        await store.consent.opt_out("default", BOB, "api", NOW)
        tasks = [store.enqueue(batch_of(new_message(to=BOB if n == 5 else ALICE)), NOW) for n in range(10)]
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [index for index, one in enumerate(done) if isinstance(one, GatewayError)] == [5]
        assert len(await store.messages(MessageFilter("default"), limit=50)) == 9

    async def test_a_row_that_cannot_be_written_fails_alone(self, store: Store):
        taken = new_message()
        await store.enqueue(batch_of(taken), NOW)
        tasks = [store.enqueue(batch_of(taken if n == 2 else new_message()), NOW) for n in range(4)]
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(one, Exception) for one in done] == [False, False, True, False]
        assert (await store.counts())["waiting"] == 4

    async def test_a_cancelled_caller_cuts_nothing(self, store: Store):
        tasks = [asyncio.create_task(store.enqueue(batch_of(new_message()), NOW)) for _ in range(50)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        whole = await store.messages(MessageFilter("default"), limit=100)
        assert 25 <= len(whole) <= 50
        for message in whole:
            assert len((await store.message(None, message.id)).parts) == 1
        assert (await store.counts())["waiting"] == len(whole)

    async def test_an_atomic_batch_is_refused_whole_with_its_first_bad_one(self, store: Store):
        await store.consent.opt_out("default", BOB, "api", NOW)
        with pytest.raises(Rejected) as refusal:
            await store.enqueue(batch_of(new_message(), new_message(to=BOB)), NOW)
        assert refusal.value.code == "opted_out"
        assert await store.messages(MessageFilter("default"), limit=10) == []

    async def test_other_batches_tell_which_were_refused(self, store: Store):
        await store.consent.opt_out("default", BOB, "api", NOW)
        done = await store.enqueue(batch_of(new_message(), new_message(to=BOB), new_message(), atomic=False), NOW)
        assert [(one.index, one.code) for one in done.refused] == [(1, "opted_out")]
        assert (await store.batch("default", done.batch)).counts == {"queued": 2}

    async def test_an_opt_out_may_be_overridden(self, store: Store):
        await store.consent.opt_out("default", ALICE, "api", NOW)
        message = await accept(store, ignore_opt_out=True)
        line = await line_up(store)
        assert (await take(store, line)).message == message.id

    async def test_an_opt_out_concerns_one_account(self, store: Store):
        await store.consent.opt_out("other", ALICE, "api", NOW)
        assert (await accept(store)).state is State.QUEUED

    async def test_the_campaign_check_wants_a_subscriber(self, store: Store):
        await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW))
        new = new_message(campaign="sale", need_subscription=True)
        with pytest.raises(Rejected) as refusal:
            await store.enqueue(batch_of(new), NOW)
        assert refusal.value.code == "not_subscribed"
        await store.consent.subscribe("default", ALICE, "campaign", "sale", "api", NOW)
        assert (await store.enqueue(batch_of(new), NOW)).messages

    async def test_a_campaign_that_is_not_approved_sends_nothing(self, store: Store):
        await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW, approval="N"))
        with pytest.raises(Rejected) as refusal:
            await store.enqueue(batch_of(new_message(campaign="sale", need_subscription=True)), NOW)
        assert refusal.value.code == "campaign_not_approved"

    async def test_a_quota_counts_segments_by_day_and_month(self, store: Store):
        def two(day: int, month: int):
            return batch_of(new_message(parts=2), segments_per_day=day, segments_per_month=month)

        await store.enqueue(two(3, 5), NOW)
        with pytest.raises(QuotaExceeded):
            await store.enqueue(two(3, 5), NOW)
        await store.enqueue(two(3, 5), NOW + 24 * HOUR)
        with pytest.raises(QuotaExceeded):
            await store.enqueue(two(3, 5), NOW + 48 * HOUR)
        await store.enqueue(two(2, 4), NOW + 20 * 24 * HOUR)


class Idempotent:
    async def test_native_03_the_same_key_has_the_first_answer_again(self, store: Store, reopen):
        first = await store.enqueue(batch_of(new_message(), idempotency=once("k")), NOW)
        again = await reopen()
        second = await again.enqueue(batch_of(new_message(), idempotency=once("k")), NOW + HOUR)
        assert first.replay is None
        assert second.replay is not None
        assert second.replay.body == first.messages[0].id
        assert second.replay.headers == {"Location": "/x"}
        assert second.batch == first.batch
        assert (await again.counts())["waiting"] == 1

    async def test_native_03_equal_keys_at_once_make_one_message(self, store: Store):
        done = await asyncio.gather(
            *(store.enqueue(batch_of(new_message(), idempotency=once("k")), NOW) for _ in range(50))
        )
        assert sum(one.replay is None for one in done) == 1
        assert (await store.counts())["waiting"] == 1

    async def test_native_03_another_body_under_the_key_is_refused(self, store: Store):
        await store.enqueue(batch_of(new_message(), idempotency=once("k")), NOW)
        with pytest.raises(Rejected) as refusal:
            await store.enqueue(batch_of(new_message(), idempotency=once("k", b"other")), NOW)
        assert refusal.value.code == "idempotency_mismatch"

    async def test_native_03_a_refusal_leaves_the_key_free(self, store: Store):
        await store.consent.opt_out("default", BOB, "api", NOW)
        with pytest.raises(Rejected):
            await store.enqueue(batch_of(new_message(to=BOB), idempotency=once("k")), NOW)
        assert (await store.enqueue(batch_of(new_message(), idempotency=once("k")), NOW)).replay is None

    async def test_a_key_is_free_again_after_a_day(self, store: Store):
        await store.enqueue(batch_of(new_message(), idempotency=once("k")), NOW)
        later = NOW + 24 * HOUR + SECOND
        assert (await store.enqueue(batch_of(new_message(), idempotency=once("k", b"new")), later)).replay is None
        assert await store.prune(later) == 0
        assert await store.prune(later + 24 * HOUR) == 1

    async def test_what_is_to_happen_once_does_so_within_its_time_whatever_happens_meanwhile(self, store, reopen):
        spring = Once("mailing", "spring", 10 * MINUTE)
        done = await asyncio.gather(
            *(store.enqueue(batch_of(new_message(), once=spring), NOW) for _ in range(20)), return_exceptions=True
        )
        refused = [one.code for one in done if isinstance(one, Conflict)]
        assert (len(refused), set(refused)) == (19, {"duplicate"})
        again = await reopen()
        with pytest.raises(Conflict):
            await again.enqueue(batch_of(new_message(), once=spring), NOW + 9 * MINUTE)
        assert (await again.counts())["waiting"] == 1
        await again.enqueue(batch_of(new_message(), once=spring), NOW + 10 * MINUTE)
        assert (await again.counts())["waiting"] == 2

    async def test_who_knows_that_he_repeats_it_may_and_it_counts_from_then_on(self, store: Store):
        spring = Once("mailing", "spring", 10 * MINUTE)
        await store.enqueue(batch_of(new_message(), once=spring), NOW)
        knowing = replace(spring, binding=False)
        await store.enqueue(batch_of(new_message(), once=knowing), NOW + 5 * MINUTE)
        with pytest.raises(Conflict):
            await store.enqueue(batch_of(new_message(), once=spring), NOW + 14 * MINUTE)

    async def test_once_is_by_account_and_only_for_what_was_accepted(self, store: Store):
        spring = Once("mailing", "spring", 10 * MINUTE)
        await store.consent.opt_out("default", BOB, "api", NOW)
        with pytest.raises(Rejected):
            await store.enqueue(batch_of(new_message(to=BOB), once=spring), NOW)
        await store.enqueue(batch_of(new_message(), once=spring), NOW)
        await store.enqueue(batch_of(new_message(), account="other", once=spring), NOW)
        await store.enqueue(batch_of(new_message(), once=replace(spring, scope="other")), NOW)


class Claiming:
    async def test_priority_first_then_age(self, store: Store):
        line = await line_up(store)
        for text, priority in (("a", 5), ("b", 9), ("c", 5), ("d", 9)):
            await accept(store, text, priority=priority)
        order = [(await take(store, line)).message for _ in range(4)]
        texts = [(await store.message(None, message)).text for message in order]
        assert texts == ["b", "d", "a", "c"]
        assert await store.claim(line.num, NOW) is None

    async def test_accounts_take_turns_on_a_line(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        for _ in range(4):
            await accept(store)
        for _ in range(2):
            await accept(store, account="other")
        accounts = [(await take(store, line)).account for _ in range(6)]
        assert accounts == ["default", "other", "default", "other", "default", "default"]

    async def test_no_message_is_taken_twice(self, store: Store):
        lines = [await line_up(store, f"line{n}") for n in range(4)]
        for n in range(40):
            await accept(store, str(n))
        claims = await asyncio.gather(*(store.claim(lines[n % 4].num, NOW) for n in range(60)))
        taken = [claim.message for claim in claims if claim is not None]
        assert len(taken) == len(set(taken)) == 40

    @pytest.mark.parametrize("route", ["auto", "office", "+447700900001", "short"])
    async def test_a_line_takes_what_is_written_for_it(self, store: Store, route: str):
        line = await line_up(store, number="+447700900001", aliases=("short",))
        message = await accept(store, route=route)
        assert (await take(store, line)).message == message.id

    async def test_a_line_leaves_what_is_for_another_line_or_account(self, store: Store):
        line = await line_up(store)
        await accept(store, route="warehouse")
        await accept(store, account="other")
        assert await store.claim(line.num, NOW) is None
        late = await line_up(store, "warehouse")
        assert await store.claim(late.num, NOW) is not None

    async def test_a_paused_line_takes_nothing(self, store: Store):
        line = await line_up(store)
        await accept(store)
        await pause(store, line)
        assert await store.claim(line.num, NOW) is None
        await pause(store, line, paused=False)
        assert await store.claim(line.num, NOW) is not None

    async def test_a_line_that_is_configured_no_more_is_neither_shown_nor_offered(self, store: Store, reopen):
        gone, kept = await line_up(store, "office"), await line_up(store, "warehouse")
        await store.retire_lines({"warehouse"})
        assert "office" not in await store.senders.words("default")
        opened = await reopen()
        assert [line.name for line in await opened.lines()] == ["warehouse"]
        assert "office" not in await opened.senders.words("default")
        assert await opened.claim(gone.num, NOW) is None
        back = await line_up(opened, "office")
        assert (back.num, back.id) == (gone.num, gone.id)
        assert {line.num for line in await opened.lines()} == {gone.num, kept.num}

    async def test_what_is_over_its_validity_expires_instead(self, store: Store):
        line = await line_up(store)
        old = await accept(store, expire_at=NOW + MINUTE)
        young = await accept(store)
        assert (await take(store, line, NOW + MINUTE)).message == young.id
        assert (await store.message(None, old.id)).state is State.EXPIRED
        assert await told(store, old.id) == ["message.expired"]

    async def test_a_released_claim_counts_no_attempt(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        await store.release(await take(store, line), NOW)
        assert (await store.message(None, message.id)).state is State.QUEUED
        claim = await take(store, line)
        assert claim.parts[0].attempts == 0
        assert claim.tries == 0
        assert await store.attempts(message.id) == []

    async def test_releasing_what_is_settled_changes_nothing(self, store: Store):
        line = await line_up(store)
        await accept(store)
        claim = await take(store, line)
        message = await send(store, claim)
        await store.release(claim, NOW)
        assert (await store.message(None, message.id)).state is State.SENT
        assert await store.claim(line.num, NOW) is None


class Sending:
    async def test_a_part_that_was_taken_is_sent_with_its_event(self, store: Store):
        line = await line_up(store)
        await accept(store)
        message = await send(store, await take(store, line), 200, now=NOW + SECOND)
        assert message.state is State.SENT
        assert message.line == line.id
        assert message.parts[0].reference == 200
        assert message.state_at == {State.QUEUED: NOW, State.SENDING: NOW, State.SENT: NOW + SECOND}
        assert await told(store, message.id) == ["message.sent"]
        [event] = await store.message_events(message.id)
        assert event.data["state"] == "sent"
        assert event.data["seq"] == message.seq
        [attempt] = await store.attempts(message.id)
        assert (attempt.outcome, attempt.reference, attempt.line) == ("sent", 200, line.id)
        assert (await store.lines())[0].counters["sent_today"] == 1

    async def test_a_temporary_failure_waits_until_it_is_due(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        claim = await take(store, line)
        await put_on_air(store, claim)
        due = NOW + 10 * SECOND
        after = await store.record(claim, 1, Outcome("retry", error=CONGESTED, due_at=due), NOW, started_at=NOW)
        assert after.state is State.QUEUED
        assert after.due_at == due
        assert await store.next_due() == due
        assert await store.claim(line.num, due) is None
        assert await store.promote(due - SECOND) == 0
        assert await store.promote(due) == 1
        claim = await take(store, line, due)
        assert (claim.message, claim.tries, claim.parts[0].attempts) == (message.id, 1, 1)
        assert await told(store, message.id) == []

    async def test_elsewhere_means_another_line_at_once(self, store: Store):
        first, second = await line_up(store, "one"), await line_up(store, "second")
        message = await accept(store)
        outcome = Outcome("elsewhere", error=CONGESTED, due_at=NOW + MINUTE)
        await store.record(await take(store, first), 1, outcome, NOW, started_at=NOW)
        assert await store.claim(first.num, NOW) is None
        assert (await take(store, second)).message == message.id

    async def test_elsewhere_is_for_all_again_once_it_is_due(self, store: Store):
        first, asleep = await line_up(store, "one"), await line_up(store, "second")
        message = await accept(store)
        outcome = Outcome("elsewhere", error=CONGESTED, due_at=NOW + MINUTE)
        await store.record(await take(store, first), 1, outcome, NOW, started_at=NOW)
        assert await store.next_due() == NOW + MINUTE
        store.bells.line(first.num).clear()
        await store.promote(NOW + MINUTE)
        assert store.bells.line(first.num).rung
        assert (await take(store, first, NOW + MINUTE)).message == message.id
        assert asleep.num != first.num

    async def test_elsewhere_is_for_all_again_although_the_other_line_gave_it_back_and_went_away(self, store: Store):
        first, second = await line_up(store, "one"), await line_up(store, "second")
        message = await accept(store)
        outcome = Outcome("elsewhere", error=CONGESTED, due_at=NOW + MINUTE)
        await store.record(await take(store, first), 1, outcome, NOW, started_at=NOW)
        await store.release(await take(store, second), NOW)
        assert await store.claim(first.num, NOW) is None
        assert await store.next_due() == NOW + MINUTE
        await store.promote(NOW + MINUTE)
        assert (await take(store, first, NOW + MINUTE)).message == message.id

    async def test_elsewhere_without_another_line_is_a_retry(self, store: Store):
        line = await line_up(store)
        await accept(store)
        outcome = Outcome("elsewhere", error=CONGESTED, due_at=NOW + MINUTE)
        await store.record(await take(store, line), 1, outcome, NOW, started_at=NOW)
        assert await store.claim(line.num, NOW) is None
        await store.promote(NOW + MINUTE)
        assert await store.claim(line.num, NOW + MINUTE) is not None

    async def test_a_part_that_failed_for_good_fails_the_rest(self, store: Store):
        line = await line_up(store)
        await accept(store, parts=3)
        claim = await take(store, line)
        await send(store, claim)
        message = await store.record(claim, 2, Outcome("failed", error=REFUSED), NOW, started_at=NOW)
        assert message.state is State.FAILED
        assert message.error == REFUSED
        assert [part.state for part in message.parts] == [State.SENT, State.FAILED, State.FAILED]
        assert await store.claim(line.num, NOW) is None
        assert await told(store, message.id) == ["message.failed"]

    async def test_a_long_message_is_sending_until_all_its_parts_are_sent(self, store: Store):
        line = await line_up(store)
        await accept(store, parts=2)
        claim = await take(store, line)
        assert [part.n for part in claim.parts] == [1, 2]
        assert (await send(store, claim, 1, n=1)).state is State.SENDING
        assert (await send(store, claim, 2, n=2)).state is State.SENT

    async def test_a_message_partly_sent_goes_on_over_that_line_only(self, store: Store):
        first, second = await line_up(store, "one"), await line_up(store, "second")
        await accept(store, parts=3)
        claim = await take(store, first)
        await send(store, claim)
        outcome = Outcome("elsewhere", error=CONGESTED, due_at=NOW + MINUTE)
        message = await store.record(claim, 2, outcome, NOW, started_at=NOW)
        assert message.state is State.SENDING
        await store.promote(NOW + MINUTE)
        assert await store.claim(second.num, NOW + MINUTE) is None
        claim = await take(store, first, NOW + MINUTE)
        assert [part.n for part in claim.parts] == [2, 3]
        assert claim.others_acknowledged

    async def test_a_claim_that_was_lost_cannot_be_put_on_the_air(self, store: Store):
        line = await line_up(store)
        await accept(store)
        claim = await take(store, line)
        await store.release(claim, NOW)
        with pytest.raises(Conflict):
            await store.on_air(claim, 1, NOW)


class Unknown:
    async def _unknown(self, store: Store, **changed):
        line = await line_up(store)
        await accept(store, **changed)
        claim = await take(store, line)
        await put_on_air(store, claim)
        error = MessageError("submit_outcome_unknown", "no answer")
        return line, await store.record(claim, 1, Outcome("unknown", error=error), NOW, started_at=NOW)

    async def test_it_is_held_and_told(self, store: Store):
        line, message = await self._unknown(store)
        assert message.state is State.UNKNOWN
        assert message.error.code == "submit_outcome_unknown"
        await store.promote(NOW + HOUR)
        assert await store.claim(line.num, NOW + HOUR) is None
        assert await told(store, message.id) == ["message.unknown"]

    async def test_where_the_sender_wants_it_goes_out_again_after_five_minutes_flagged(self, store: Store):
        line, _ = await self._unknown(store, on_unknown="resend")
        await store.promote(NOW + 5 * MINUTE - SECOND)
        assert await store.claim(line.num, NOW) is None
        await store.promote(NOW + 5 * MINUTE)
        claim = await take(store, line, NOW + 5 * MINUTE)
        assert claim.possible_duplicate
        assert (await send(store, claim)).possible_duplicate

    async def test_the_parts_behind_it_go_on_over_its_line(self, store: Store):
        line, message = await self._unknown(store, parts=2)
        assert message.state is State.SENDING
        claim = await take(store, line)
        assert [part.n for part in claim.parts] == [2]
        assert (await send(store, claim, n=2)).state is State.UNKNOWN

    @pytest.mark.parametrize(("verdict", "state"), [("sent", State.SENT), ("failed", State.FAILED)])
    async def test_a_person_may_settle_it(self, store: Store, verdict: str, state: State):
        _, message = await self._unknown(store)
        assert (await store.resolve("default", message.id, verdict, NOW)).state is state
        assert await told(store, message.id) == ["message.unknown", f"message.{state.value}"]
        with pytest.raises(Conflict):
            await store.resolve("default", message.id, verdict, NOW)

    async def test_a_person_may_have_it_sent_again(self, store: Store):
        line, message = await self._unknown(store)
        assert (await store.resolve(None, message.id, "resend", NOW)).possible_duplicate
        assert (await take(store, line)).possible_duplicate

    async def _half_unknown(self, store: Store):
        """The first part is sent under 7, the outcome of the second is unknown."""
        line = await line_up(store)
        await accept(store, parts=2)
        claim = await take(store, line)
        await send(store, claim, 7, n=1)
        await put_on_air(store, claim, 2)
        error = MessageError("submit_outcome_unknown", "no answer")
        return line, await store.record(claim, 2, Outcome("unknown", error=error), NOW, started_at=NOW)

    async def test_a_report_about_another_part_leaves_in_the_queue_what_goes_out_again(self, store: Store):
        line, message = await self._half_unknown(store)
        await store.resolve(None, message.id, "resend", NOW)
        await store.file_report(line.num, report(7), NOW)
        claim = await take(store, line)
        assert [part.n for part in claim.parts] == [2]
        await send(store, claim, 8, n=2)
        assert (await store.file_report(line.num, report(8), NOW)).state is State.DELIVERED

    async def test_what_was_to_go_out_again_and_was_undelivered_in_part_can_still_expire(self, store: Store):
        line, message = await self._half_unknown(store)
        await store.file_report(line.num, report(7, 0x41), NOW)
        await store.resolve(None, message.id, "resend", NOW)
        await store.promote(NOW + 73 * HOUR)
        assert (await store.message(None, message.id)).state is State.EXPIRED

    async def test_a_report_that_came_while_it_was_on_the_air_settles_it(self, store: Store):
        line = await line_up(store)
        await accept(store)
        claim = await take(store, line)
        await put_on_air(store, claim)
        assert await store.file_report(line.num, report(9), NOW + SECOND) is None
        error = MessageError("submit_outcome_unknown", "no answer")
        message = await store.record(claim, 1, Outcome("unknown", error=error), NOW + 3 * MINUTE, started_at=NOW)
        assert message.state is State.DELIVERED
        assert await told(store, message.id) == ["message.unknown", "message.sent", "message.delivered"]

    async def test_an_answer_that_comes_much_too_late_is_not_about_it(self, store: Store):
        line, message = await self._unknown(store)
        assert await store.late_reference(line.num, 99, NOW + HOUR) is None
        assert (await store.message(None, message.id)).state is State.UNKNOWN

    async def test_an_answer_that_came_late_settles_it(self, store: Store):
        line, message = await self._unknown(store)
        settled = await store.late_reference(line.num, 99, NOW + MINUTE)
        assert settled.id == message.id
        assert settled.state is State.SENT
        assert settled.parts[0].reference == 99
        assert await store.late_reference(line.num, 99, NOW + MINUTE) is None


class Recovering:
    async def test_native_01_what_was_not_on_the_air_waits_again(self, store: Store, reopen):
        line = await line_up(store)
        message = await accept(store)
        await take(store, line)
        again = await reopen()
        assert await again.recover(NOW) == 1
        claim = await take(again, line)
        assert claim.message == message.id
        assert claim.parts[0].attempts == 0

    async def test_native_01_what_was_on_the_air_is_unknown_and_never_sent_again(self, store: Store, reopen):
        line = await line_up(store)
        message = await accept(store)
        await put_on_air(store, await take(store, line))
        again = await reopen()
        assert await again.recover(NOW + MINUTE) == 1
        found = await again.message(None, message.id)
        assert found.state is State.UNKNOWN
        assert found.error.code == "submit_outcome_unknown"
        assert await again.claim(line.num, NOW) is None
        [attempt] = await again.attempts(message.id)
        assert attempt.outcome == "unknown"
        assert await again.recover(NOW) == 0

    async def test_a_report_that_came_before_the_crash_settles_what_was_on_the_air(self, store: Store, reopen):
        line = await line_up(store)
        message = await accept(store)
        await put_on_air(store, await take(store, line))
        assert await store.file_report(line.num, report(9), NOW + SECOND) is None
        again = await reopen()
        await again.recover(NOW + MINUTE)
        assert (await again.message(None, message.id)).state is State.DELIVERED

    async def test_native_01_of_a_long_message_only_what_is_missing_goes_out(self, store: Store, reopen):
        line = await line_up(store)
        await accept(store, parts=3)
        claim = await take(store, line)
        await send(store, claim, 1, n=1)
        await put_on_air(store, claim, 2)
        again = await reopen()
        await again.recover(NOW)
        claim = await take(again, line)
        assert [part.n for part in claim.parts] == [3]
        assert (await send(again, claim, 3, n=3)).state is State.UNKNOWN

    async def test_15_what_a_restored_backup_holds_as_due_is_unknown_until_a_person_says(self, store: Store):
        line = await line_up(store)
        message = await accept(store, parts=2)
        later = await accept(store, state=State.SCHEDULED, due_at=NOW + HOUR)
        overdue = await accept(store, state=State.SCHEDULED, due_at=NOW + SECOND)
        assert await store.doubt(NOW + MINUTE) == 2
        for doubtful in (message, overdue):
            found = await store.message(None, doubtful.id)
            assert found.state is State.UNKNOWN
            assert found.error.code == "restored"
            assert {part.state for part in found.parts} == {State.UNKNOWN}
        assert (await store.message(None, later.id)).state is State.SCHEDULED
        assert await store.claim(line.num, NOW + MINUTE) is None
        assert await store.doubt(NOW + MINUTE) == 0
        await store.resolve(None, message.id, "resend", NOW + MINUTE)
        assert (await take(store, line)).message == message.id

    async def test_15_what_a_restored_backup_holds_as_due_is_not_sent_again_unasked(self, store: Store):
        line = await line_up(store)
        message = await accept(store, on_unknown="resend")
        await store.doubt(NOW)
        await store.promote(NOW + HOUR)
        assert await store.claim(line.num, NOW + HOUR) is None
        assert (await store.message(None, message.id)).state is State.UNKNOWN

    async def test_one_line_is_recovered_by_itself(self, store: Store):
        first, second = await line_up(store, "one"), await line_up(store, "second")
        for _ in range(2):
            await accept(store)
        await take(store, first)
        other = await take(store, second)
        assert await store.recover(NOW, line=first.num) == 1
        assert (await send(store, other)).state is State.SENT


class Waiting:
    async def test_a_scheduled_message_waits_for_its_time(self, store: Store):
        line = await line_up(store)
        due = NOW + HOUR
        message = await accept(store, state=State.SCHEDULED, due_at=due, schedule_at=due)
        assert await store.claim(line.num, NOW) is None
        assert await store.next_due() == due
        assert await store.promote(due) == 1
        assert (await store.message(None, message.id)).state is State.QUEUED
        assert (await take(store, line, due)).message == message.id

    async def test_what_nobody_takes_expires(self, store: Store):
        message = await accept(store, route="gone", expire_at=NOW + HOUR)
        assert await store.next_due() == NOW + HOUR
        assert await store.promote(NOW + HOUR) == 1
        found = await store.message(None, message.id)
        assert found.state is State.EXPIRED
        assert found.parts[0].state is State.EXPIRED
        assert found.error.code == "expired"
        assert (await store.counts())["waiting"] == 0

    async def test_sent_without_a_report_is_final_an_hour_after_its_validity(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line, expire_at=NOW + HOUR)
        assert await store.next_due() == NOW + 2 * HOUR
        await store.promote(NOW + 2 * HOUR)
        found = await store.message(None, message.id)
        assert (found.state, found.report) == (State.SENT, "none")
        assert await store.next_due() is None

    async def test_sent_is_final_at_once_when_no_report_was_asked_for(self, store: Store):
        await sent(store, await line_up(store), delivery_report=False)
        assert await store.next_due() is None

    @pytest.mark.parametrize("state", [State.QUEUED, State.SCHEDULED])
    async def test_what_waits_can_be_canceled(self, store: Store, state: State):
        line = await line_up(store)
        message = await accept(store, state=state, due_at=NOW + HOUR)
        assert (await store.cancel("default", message.id, NOW)).state is State.CANCELED
        await store.promote(NOW + HOUR)
        assert await store.claim(line.num, NOW + HOUR) is None
        assert await told(store, message.id) == ["message.canceled"]

    async def test_what_a_line_has_can_not_be_canceled(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        await take(store, line)
        with pytest.raises(Conflict) as refusal:
            await store.cancel("default", message.id, NOW)
        assert refusal.value.code == "not_cancelable"

    async def test_nobody_touches_another_accounts_message(self, store: Store):
        message = await accept(store)
        with pytest.raises(NotFound):
            await store.cancel("other", message.id, NOW)
        with pytest.raises(NotFound):
            await store.resolve("other", message.id, "sent", NOW)
        assert await store.message("other", message.id) is None

    async def test_an_opt_out_rejects_what_waits_for_the_number(self, store: Store):
        line = await line_up(store)
        queued = await accept(store)
        scheduled = await accept(store, state=State.SCHEDULED, due_at=NOW + HOUR)
        other = await accept(store, to=BOB)
        await store.consent.opt_out("default", ALICE, "api", NOW)
        for message in (queued, scheduled):
            found = await store.message(None, message.id)
            assert (found.state, found.error.code) == (State.REJECTED, "opted_out")
        assert (await take(store, line)).message == other.id

    async def test_what_comes_back_into_the_queue_after_an_opt_out_is_rejected_there(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        claim = await take(store, line)
        await store.consent.opt_out("default", ALICE, "api", NOW)
        await store.release(claim, NOW)
        assert await store.claim(line.num, NOW) is None
        assert (await store.message(None, message.id)).state is State.REJECTED


class Batches:
    async def test_a_batch_of_several_is_told_as_completed_once_all_are_final(self, store: Store):
        line = await line_up(store)
        done = await store.enqueue(batch_of(new_message(delivery_report=False), new_message(to=BOB)), NOW)
        await send(store, await take(store, line))
        assert "batch.completed" not in await told(store)
        await store.cancel("default", done.messages[1].id, NOW)
        assert (await told(store)).count("batch.completed") == 1
        assert (await store.batch("default", done.batch)).counts == {"sent": 1, "canceled": 1}
        assert await store.batch("other", done.batch) is None

    async def test_what_goes_out_again_after_it_was_given_up_is_not_counted_twice(self, store: Store):
        line = await line_up(store)
        later = {"state": State.SCHEDULED, "due_at": NOW + 9 * HOUR}
        done = await store.enqueue(batch_of(new_message(expire_at=NOW + HOUR), new_message(to=BOB, **later)), NOW)
        claim = await take(store, line)
        await put_on_air(store, claim)
        error = MessageError("submit_outcome_unknown", "no answer")
        await store.record(claim, 1, Outcome("unknown", error=error), NOW, started_at=NOW)
        await store.promote(NOW + 2 * HOUR)  # nothing will be learned of it any more
        await store.resolve(None, claim.message, "resend", NOW + 2 * HOUR)
        await store.promote(NOW + 2 * HOUR)
        assert (await store.message(None, claim.message)).state is State.EXPIRED
        assert "batch.completed" not in await told(store)
        await store.cancel("default", done.messages[1].id, NOW + 2 * HOUR)
        assert (await told(store)).count("batch.completed") == 1

    async def test_a_single_message_is_no_batch_to_tell_of(self, store: Store):
        message = await accept(store)
        await store.cancel("default", message.id, NOW)
        assert await told(store) == ["message.canceled"]

    async def test_a_tracking_id_finds_its_message_in_every_state(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        assert (await store.message("default", message.tracking_id)).id == message.id
        await take(store, line)
        assert (await store.message("default", message.tracking_id)).id == message.id
        later = await accept(store, state=State.SCHEDULED, due_at=NOW + HOUR)
        assert (await store.message(None, later.tracking_id)).id == later.id
        assert await store.message("other", message.tracking_id) is None


class Listing:
    async def test_pages_have_neither_doubles_nor_gaps(self, store: Store):
        for n in range(25):
            await accept(store, str(n))
        page = await store.messages(MessageFilter("default"), limit=10)
        await accept(store, "meanwhile")
        rest = await store.messages(MessageFilter("default"), limit=50, cursor=page[-1].num)
        assert [message.text for message in page + rest] == [str(n) for n in reversed(range(25))]
        upwards = await store.messages(MessageFilter("default"), limit=2, cursor=page[0].num, ascending=True)
        assert [message.text for message in upwards] == ["meanwhile"]

    async def test_every_filter_narrows(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        one = await accept(store, "a 100%", to=BOB, client_ref="r", campaign="c", sender="office")
        two = await accept(store, "a 100x", account="other", now=NOW + HOUR)
        await take(store, line)

        async def ids(**narrow):
            found = await store.messages(MessageFilter(**{"account": None} | narrow), limit=10)
            return [message.id for message in found]

        assert await ids() == [two.id, one.id]
        for narrow in (
            {"account": "default"},
            {"states": (State.SENDING,)},
            {"line": line.id},
            {"sender": "office"},
            {"to": BOB},
            {"batch": one.batch},
            {"campaign": "c"},
            {"client_ref": "r"},
            {"tracking_id": one.tracking_id},
            {"created_before": NOW + MINUTE},
            {"q": "100%"},
        ):
            assert await ids(**narrow) == [one.id], narrow
        assert await ids(created_after=NOW + MINUTE) == [two.id]
        assert await ids(direction="in") == []


class Ringing:
    async def test_a_sleeping_line_is_woken_by_a_message_for_it(self, store: Store):
        line, other = await line_up(store), await line_up(store, "other", accounts=("other",))
        bell, silent = store.bells.line(line.num), store.bells.line(other.num)
        bell.clear()
        silent.clear()
        sleeper = asyncio.create_task(bell.wait(5))
        await asyncio.sleep(0)
        await accept(store)
        assert await sleeper
        assert not silent.rung

    async def test_one_message_wakes_one_of_many_sleepers(self, store: Store):
        lines = [await line_up(store, f"line{n}") for n in range(8)]
        bells = [store.bells.line(line.num) for line in lines]
        for bell in bells:
            bell.clear()
        sleepers = [asyncio.create_task(bell.wait(0.5)) for bell in bells]
        await asyncio.sleep(0)
        await accept(store)
        assert sum(bell.rung for bell in bells) == 1
        await accept(store)
        assert sum(bell.rung for bell in bells) == 2
        for sleeper in sleepers:
            sleeper.cancel()

    async def test_a_paused_line_is_not_woken_in_the_place_of_one_that_sends(self, store: Store):
        lines = [await line_up(store, f"line{n}") for n in range(3)]
        for line in lines[:2]:
            await pause(store, line)
        bell = store.bells.line(lines[2].num)
        for line in lines:
            store.bells.line(line.num).clear()
        sleepers = [asyncio.create_task(store.bells.line(line.num).wait(0.5)) for line in lines]
        await asyncio.sleep(0)
        await accept(store)
        assert bell.rung
        for sleeper in sleepers:
            sleeper.cancel()

    async def test_who_refused_a_message_is_not_woken_for_it_in_the_place_of_who_may_take_it(self, store: Store):
        lines = [await line_up(store, f"line{n}") for n in range(5)]
        outcome = Outcome("elsewhere", error=CONGESTED, due_at=NOW + MINUTE)
        await accept(store)
        for line in lines[:0:-1]:
            claim = await take(store, line)
            bells = [store.bells.line(one.num) for one in lines]
            for bell in bells:
                bell.clear()
            sleepers = [asyncio.create_task(bell.wait(0.5)) for bell in bells]
            await asyncio.sleep(0)
            await store.record(claim, 1, outcome, NOW, started_at=NOW)
            assert any(bell.rung for bell in bells[: lines.index(line)])
            for sleeper in sleepers:
                sleeper.cancel()

    async def test_a_line_at_work_finds_its_bell_rung(self, store: Store):
        line = await line_up(store)
        store.bells.line(line.num).clear()
        await accept(store)
        assert store.bells.line(line.num).rung

    async def test_who_watches_a_message_hears_of_it(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        claim = await take(store, line)
        with store.bells.watchers.watching(message.id) as bell:
            await send(store, claim)
            assert await bell.wait(5)

    async def test_whoever_falls_due_the_janitor_was_told_or_woken(self, store: Store):
        """A retry was done sooner than its time; between two looks of the janitor the next one comes."""
        lines = [await line_up(store, name) for name in ("one", "other")]
        await accept(store)
        claim = await take(store, lines[0])
        error = MessageError("sim_refused", "no")
        elsewhere = Outcome("elsewhere", error=error, due_at=NOW + 10 * SECOND)
        await store.record(claim, 1, elsewhere, NOW, started_at=NOW)
        await accept(store)
        await store.promote(NOW)
        await take(store, lines[1])
        claim = await take(store, lines[1])
        store.bells.janitor.clear()
        due = await store.next_due()
        await store.record(claim, 1, Outcome("retry", error=error, due_at=NOW + 30 * SECOND), NOW, started_at=NOW)
        assert store.bells.janitor.rung or due <= NOW + 30 * SECOND

    async def test_a_delivery_rings_the_notifier_and_a_retry_the_janitor(self, store: Store):
        line = await line_up(store)
        await store.put_webhook(webhook())
        await accept(store)
        await store.promote(NOW)
        store.bells.notifier.clear()
        store.bells.janitor.clear()
        claim = await take(store, line)
        await store.record(claim, 1, Outcome("retry", due_at=NOW + SECOND), NOW, started_at=NOW)
        assert store.bells.janitor.rung
        assert not store.bells.notifier.rung
        await store.promote(NOW + SECOND)
        await send(store, await take(store, line, NOW + SECOND))
        assert store.bells.notifier.rung
