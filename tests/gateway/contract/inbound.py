"""A store's promises about what comes in: messages and status reports."""

from datetime import timedelta

import pytest

from gateway.domain.campaign import Campaign
from gateway.domain.errors import NotFound
from gateway.domain.message import MessageError, State
from gateway.store.contract import MessageFilter, Outcome, Place, Store
from tests.gateway.contract.build import (
    ALICE,
    BOB,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    accept,
    arrival,
    line_up,
    part,
    put_on_air,
    report,
    send,
    sent,
    take,
    told,
)

DAY = 24 * HOUR
SLOT = Place("SM", 3)


async def inbox(store: Store, account: str = "default"):
    return await store.inbound_after(account, None, 100, None)


class Arriving:
    async def test_one_pdu_becomes_one_message_with_one_event(self, store: Store):
        line = await line_up(store, number="+447700900999")
        filed = await store.file_arrival(line.num, arrival("hi"), NOW)
        assert filed.new
        message = filed.message
        assert (message.state, message.text, message.sender, message.to) == (
            State.RECEIVED,
            "hi",
            ALICE,
            "+447700900999",
        )
        assert (message.line, message.encoding, message.smsc_at) == (line.id, "gsm7", NOW)
        assert message.tracking_id.startswith("smsmo")
        assert await inbox(store) == [message]
        assert await told(store, message.id) == ["message.received"]

    async def test_the_same_place_read_again_is_the_same_message(self, store: Store, reopen):
        line = await line_up(store)
        for announced in (True, False, True):
            await store.file_arrival(line.num, arrival(place=SLOT, announced=announced), NOW)
        again = await reopen()
        assert not (await again.file_arrival(line.num, arrival(place=SLOT, announced=False), NOW)).new
        assert len(await inbox(again)) == 1

    async def test_once_the_place_was_freed_the_same_octets_are_new(self, store: Store):
        line = await line_up(store)
        await store.file_arrival(line.num, arrival(place=SLOT), NOW)
        await store.place_freed(line.num, SLOT, arrival().pdu)
        assert (await store.file_arrival(line.num, arrival(place=SLOT), NOW)).new
        assert len(await inbox(store)) == 2

    async def test_other_octets_in_a_place_tell_that_it_was_freed(self, store: Store):
        line = await line_up(store)
        for text in ("one", "two", "one"):
            assert (await store.file_arrival(line.num, arrival(text, place=SLOT), NOW)).new
        assert [message.text for message in await inbox(store)] == ["one", "two", "one"]

    async def test_the_same_octets_elsewhere_or_handed_over_directly_are_new(self, store: Store):
        first, second = await line_up(store, "one"), await line_up(store, "second")
        for line, place in ((first, SLOT), (first, Place("SM", 4)), (first, Place("ME", 3)), (second, SLOT)):
            assert (await store.file_arrival(line.num, arrival(place=place), NOW)).new
        for _ in range(2):
            assert (await store.file_arrival(first.num, arrival(), NOW)).new
        assert len(await inbox(store)) == 6

    async def test_octets_are_delivered_as_data_with_their_ports(self, store: Store):
        line = await line_up(store)
        binary = arrival(alphabet="8bit", content=b"\0\xff", ports=(2948, 9200))
        message = (await store.file_arrival(line.num, binary, NOW)).message
        assert (message.encoding, message.text, message.data, message.ports) == ("8bit", "", b"\0\xff", (2948, 9200))

    async def test_what_does_not_decode_is_delivered_raw(self, store: Store):
        line = await line_up(store)
        broken = arrival(alphabet="raw", pdu=b"\x07\x91", content=b"", sender="", smsc_at=None, error="too short")
        message = (await store.file_arrival(line.num, broken, NOW)).message
        assert (message.encoding, message.data) == ("raw", b"\x07\x91")

    async def test_a_type_0_message_is_kept_and_shown_to_nobody(self, store: Store):
        line = await line_up(store)
        filed = await store.file_arrival(line.num, arrival(protocol_identifier=0x40), NOW)
        assert (filed.new, filed.message) == (True, None)
        assert await told(store) == []

    async def test_an_unknown_line_is_refused(self, store: Store):
        with pytest.raises(NotFound):
            await store.file_arrival(99, arrival(), NOW)


class Attributing:
    async def test_it_belongs_to_the_account_that_wrote_last_to_the_number_over_the_line(self, store: Store):
        line = await line_up(store, accounts=("default", "other"), number="+447700900999", aliases=("80888",))
        await sent(store, line)
        newest = await sent(store, line, account="other", sender="80888")
        message = (await store.file_arrival(line.num, arrival(), NOW + HOUR)).message
        assert (message.account, message.reply_to, message.to) == ("other", newest.id, "80888")
        elsewhere = await line_up(store, "second", accounts=("default",))
        assert (await store.file_arrival(elsewhere.num, arrival(), NOW)).message.account == "default"

    async def test_beyond_the_reply_window_it_belongs_to_the_lines_first_account(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        await sent(store, line, account="other", expire_at=NOW + 200 * HOUR)
        message = (await store.file_arrival(line.num, arrival(), NOW + 168 * HOUR)).message
        assert (message.account, message.reply_to is None) == ("other", False)
        message = (await store.file_arrival(line.num, arrival(), NOW + 169 * HOUR)).message
        assert (message.account, message.reply_to) == ("default", None)

    async def test_where_no_reply_was_wanted_it_is_not_linked(self, store: Store):
        line = await line_up(store)
        await sent(store, line, reply="none")
        assert (await store.file_arrival(line.num, arrival(), NOW)).message.reply_to is None


class Assembling:
    async def test_parts_in_any_order_become_one_message(self, store: Store):
        line = await line_up(store)
        for sequence in (3, 1):
            assert (await store.file_arrival(line.num, part(sequence), NOW)).message is None
        message = (await store.file_arrival(line.num, part(2), NOW)).message
        assert (message.text, message.segments, message.incomplete) == ("<1><2><3>", 3, False)
        assert await told(store) == ["message.received"]

    async def test_what_a_line_brought_is_shown_although_it_is_not_configured_any_more(self, store: Store, reopen):
        """Promise 6: it used to stop the whole gateway, at each start anew."""
        line = await line_up(store)
        await store.file_arrival(line.num, part(1), NOW)
        await store.retire_lines(())
        again = await reopen()
        assert await again.expire_arrivals(NOW + DAY, NOW) == 1
        [message] = await again.inbound_after("default", None, 9, None)
        assert (message.incomplete, message.line) == (True, line.id)

    async def test_parts_survive_a_restart(self, store: Store, reopen):
        line = await line_up(store)
        await store.file_arrival(line.num, part(1), NOW)
        again = await reopen()
        await again.file_arrival(line.num, part(2), NOW)
        assert (await again.file_arrival(line.num, part(3), NOW)).message.text == "<1><2><3>"

    async def test_a_repeated_part_is_dropped(self, store: Store):
        line = await line_up(store)
        for sequence in (1, 1, 2, 2):
            await store.file_arrival(line.num, part(sequence), NOW)
        assert (await store.file_arrival(line.num, part(3), NOW)).message.text == "<1><2><3>"
        assert (await store.file_arrival(line.num, part(3), NOW + MINUTE)).message is None
        assert len(await inbox(store)) == 1

    async def test_a_part_that_the_service_centre_repeats_hours_later_is_no_second_message(self, store: Store):
        """It did not hear the acknowledgement, and the modem was off for a night."""
        line = await line_up(store)
        for sequence in (1, 2, 3):
            await store.file_arrival(line.num, part(sequence, smsc_at=NOW), NOW)
        assert (await store.file_arrival(line.num, part(3, smsc_at=NOW), NOW + 12 * HOUR)).message is None
        assert await store.expire_arrivals(NOW + 2 * DAY, NOW + DAY) == 0
        assert len(await inbox(store)) == 1

    async def test_lines_senders_widths_and_totals_are_never_mixed(self, store: Store):
        line, other = await line_up(store), await line_up(store, "other")
        await store.file_arrival(line.num, part(1, 2), NOW)
        assert (await store.file_arrival(other.num, part(2, 2), NOW)).message is None
        for changed in ({"sender": BOB}, {"bits": 16}, {"total": 3}, {"reference": 43}):
            assert (await store.file_arrival(line.num, part(2, **{"total": 2} | changed), NOW)).message is None
        assert (await store.counts())["inbound_parts"] == 6

    async def test_gaps_are_shown_when_the_time_is_over_and_filled_by_a_late_part(self, store: Store):
        line = await line_up(store)
        await store.file_arrival(line.num, part(1), NOW)
        await store.file_arrival(line.num, part(3), NOW)
        assert await store.expire_arrivals(NOW + DAY, NOW - SECOND) == 0
        assert await store.expire_arrivals(NOW + DAY, NOW) == 1
        [shown] = await inbox(store)
        assert (shown.text, shown.incomplete) == ("<1>[…]<3>", True)
        await store.ack_inbound("default", shown.id)
        whole = (await store.file_arrival(line.num, part(2), NOW + 2 * DAY)).message
        assert (whole.id, whole.text, whole.incomplete) == (shown.id, "<1><2><3>", False)
        assert not whole.acked
        assert await told(store) == ["message.received", "message.updated"]
        assert await store.expire_arrivals(NOW + 3 * DAY, NOW + 3 * DAY) == 0

    async def test_missing_parts_are_due_by_the_time_out_in_use(self, store: Store):
        line = await line_up(store)
        await store.expire_arrivals(NOW, NOW - HOUR)
        await store.file_arrival(line.num, part(1), NOW)
        assert await store.next_due() == NOW + HOUR

    async def test_a_reference_used_again_makes_a_second_message(self, store: Store):
        line = await line_up(store)
        for start in (NOW, NOW + 10 * MINUTE):
            for sequence in (1, 2, 3):
                await store.file_arrival(line.num, part(sequence, at=start), start)
        assert len(await inbox(store)) == 2

    async def test_a_sender_has_at_most_twenty_open_sets(self, store: Store):
        line = await line_up(store)
        for reference in range(25):
            await store.file_arrival(line.num, part(1, reference=reference), NOW)
        shown = await inbox(store)
        assert len(shown) == 5
        assert all(message.incomplete for message in shown)
        assert (await store.counts())["inbound_parts"] == 20

    async def test_binary_parts_are_joined_as_octets(self, store: Store):
        line = await line_up(store)
        known = {"alphabet": "8bit", "total": 2, "ports": (2948, 9200)}
        await store.file_arrival(line.num, part(2, text="cd", **known), NOW)
        message = (await store.file_arrival(line.num, part(1, text="ab", **known), NOW)).message
        assert (message.encoding, message.data, message.ports) == ("8bit", b"abcd", (2948, 9200))


async def subscribed(store: Store) -> None:
    """Alice, to the campaign of sales, by somebody who may subscribe her again."""
    await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW))
    await store.consent.subscribe("default", ALICE, "campaign", "sale", "api", NOW, may_resubscribe=True)


class Keywords:
    async def test_stop_enters_the_phone_and_rejects_what_waits(self, store: Store):
        line = await line_up(store)
        await subscribed(store)
        waiting = await accept(store)
        filed = await store.file_arrival(line.num, arrival("Stop."), NOW)
        assert filed.message.text == "Stop."
        [entry] = await store.consent.opt_outs("default")
        assert (entry.phone, entry.source) == (ALICE, "keyword")
        assert (await store.consent.subscription("default", ALICE, "campaign", "sale")).state == "stopped"
        assert (await store.message(None, waiting.id)).state is State.REJECTED
        assert "contact.opted_out" in await told(store)

    async def test_start_undoes_only_what_a_keyword_did(self, store: Store):
        line = await line_up(store)
        await store.consent.opt_out("default", BOB, "api", NOW)
        await store.file_arrival(line.num, arrival("START", sender=BOB), NOW)
        assert len(await store.consent.opt_outs("default")) == 1
        await store.file_arrival(line.num, arrival("STOP"), NOW)
        await store.file_arrival(line.num, arrival("yes"), NOW)
        assert [entry.phone for entry in await store.consent.opt_outs("default")] == [BOB]
        assert (await told(store)).count("contact.opted_in") == 1

    async def test_a_sentence_with_stop_in_it_is_none(self, store: Store):
        line = await line_up(store)
        await store.file_arrival(line.num, arrival("please stop"), NOW)
        assert await store.consent.opt_outs("default") == []

    async def test_the_phones_own_word_stands_against_the_api(self, store: Store):
        line = await line_up(store)
        await store.file_arrival(line.num, arrival("STOP"), NOW)
        with pytest.raises(Exception, match="START") as refusal:
            await subscribed(store)
        assert refusal.value.code == "opted_out"


class Pulling:
    async def test_the_inbox_goes_on_after_the_last_one_seen(self, store: Store):
        line = await line_up(store)
        for text in "abc":
            await store.file_arrival(line.num, arrival(text), NOW)
        first, *rest = await inbox(store)
        assert await store.inbound_after("default", first.id, 10, None) == rest
        acked = await store.ack_inbound("default", first.id)
        assert acked.acked
        assert acked == await store.ack_inbound("default", first.id)  # nothing happened: no new seq
        assert await store.inbound_after("default", None, 10, False) == rest
        assert [message.text for message in await store.inbound_after("default", None, 10, True)] == ["a"]
        assert await store.inbound_after("other", None, 10, None) == []
        other = await line_up(store, name="theirs", accounts=("other",))
        await store.file_arrival(other.num, arrival("d"), NOW)
        (theirs,) = await store.inbound_after("other", None, 10, None)
        assert await store.inbound_after("other", first.id, 10, None) == [theirs]
        everything = await store.inbound_after("default", None, 10, None)
        assert await store.inbound_after("default", theirs.id, 10, None) == everything  # as any unknown id
        with pytest.raises(NotFound):
            await store.ack_inbound("other", first.id)
        assert len(await store.messages(MessageFilter("default", acked=False), limit=10)) == 2


class Reporting:
    async def test_a_report_delivers_the_message(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line)
        settled = await store.file_report(line.num, report(), NOW + MINUTE)
        assert settled.id == message.id
        assert settled.state is State.DELIVERED
        assert settled.parts[0].status == 0
        assert await told(store, message.id) == ["message.sent", "message.delivered"]

    @pytest.mark.parametrize(
        ("status", "state", "code"),
        [
            (0x00, State.DELIVERED, None),
            (0x1F, State.DELIVERED, None),
            (0x02, State.UNDELIVERED, "undelivered"),
            (0x20, State.SENT, None),
            (0x30, State.SENT, None),
            (0x41, State.UNDELIVERED, "undelivered"),
            (0x46, State.EXPIRED, "expired"),
            (0x65, State.UNDELIVERED, "undelivered"),
            (0x80, State.SENT, None),
        ],
    )
    async def test_each_status_has_its_state(self, store: Store, status: int, state: State, code: str | None):
        line = await line_up(store)
        await sent(store, line)
        settled = await store.file_report(line.num, report(status=status), NOW)
        assert settled.state is state
        assert settled.error == (code and MessageError(code, settled.error.message, {"tp_st": status}))
        assert settled.parts[0].status == status

    async def test_forwarded_without_confirmation_is_all_that_will_be_known(self, store: Store):
        line = await line_up(store)
        await sent(store, line)
        settled = await store.file_report(line.num, report(status=0x01), NOW)
        assert (settled.state, settled.report) == (State.SENT, "unconfirmed")
        assert (await store.file_report(line.num, report(status=0x40), NOW)).state is State.SENT
        assert await store.next_due() is None

    async def test_a_second_report_changes_nothing_that_is_final(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line)
        for status in (0x00, 0x00, 0x40):
            await store.file_report(line.num, report(status=status), NOW)
        assert (await store.message(None, message.id)).state is State.DELIVERED
        assert (await told(store, message.id)).count("message.delivered") == 1

    async def test_still_trying_may_be_followed_by_delivered(self, store: Store):
        line = await line_up(store)
        await sent(store, line)
        await store.file_report(line.num, report(status=0x21), NOW)
        assert (await store.file_report(line.num, report(), NOW)).state is State.DELIVERED

    async def test_native_02_a_report_before_the_answer_waits_for_it(self, store: Store, reopen):
        line = await line_up(store)
        await accept(store)
        claim = await take(store, line)
        await put_on_air(store, claim)
        assert await store.file_report(line.num, report(), NOW) is None
        message = await store.record(claim, 1, Outcome("sent", reference=7), NOW + SECOND, started_at=NOW)
        assert message.state is State.DELIVERED
        assert await told(store, message.id) == ["message.sent", "message.delivered"]

    async def test_a_report_before_the_answer_is_not_taken_for_one_about_an_earlier_use_of_the_reference(
        self, store: Store
    ):
        line = await line_up(store)
        earlier = await sent(store, line)
        later = NOW + HOUR
        await accept(store, now=later)
        claim = await take(store, line, later)
        await put_on_air(store, claim, now=later)
        await store.file_report(line.num, report(at=later + SECOND), later + SECOND)
        message = await store.record(claim, 1, Outcome("sent", reference=7), later + 2 * SECOND, started_at=later)
        assert message.state is State.DELIVERED
        assert (await store.message(None, earlier.id)).state is State.SENT

    async def test_a_report_nobody_asked_for_is_about_nothing_that_goes_out_later(self, store: Store):
        """Its sender was another program on this SIM, or an answer was garbled."""
        line = await line_up(store)
        assert await store.file_report(line.num, report(), NOW) is None
        later = NOW + 5 * MINUTE
        message = await sent(store, line, now=later)
        assert (await store.message(None, message.id)).state is State.SENT
        await accept(store, now=later)
        claim = await take(store, line, later)
        await store.file_report(line.num, report(8), later - SECOND)
        await put_on_air(store, claim, now=later)
        error = MessageError("submit_outcome_unknown", "no answer")
        unknown = await store.record(claim, 1, Outcome("unknown", error=error), later, started_at=later)
        assert unknown.state is State.UNKNOWN

    async def test_a_report_settles_what_was_unknown(self, store: Store, reopen):
        line = await line_up(store)
        message = await accept(store)
        await put_on_air(store, await take(store, line))
        again = await reopen()
        await again.recover(NOW)
        settled = await again.file_report(line.num, report(), NOW + MINUTE)
        assert (settled.id, settled.state, settled.error) == (message.id, State.DELIVERED, None)
        assert await told(again, message.id) == ["message.unknown", "message.sent", "message.delivered"]

    async def test_native_02_delivered_means_all_parts(self, store: Store):
        line = await line_up(store)
        await accept(store, parts=2)
        claim = await take(store, line)
        await send(store, claim, 1, n=1)
        await send(store, claim, 2, n=2)
        assert (await store.file_report(line.num, report(2), NOW)).state is State.SENT
        assert (await store.file_report(line.num, report(1), NOW)).state is State.DELIVERED

    async def test_native_02_one_lost_part_makes_the_message_undelivered_while_others_are_tracked(self, store: Store):
        line = await line_up(store)
        await accept(store, parts=2)
        claim = await take(store, line)
        await send(store, claim, 1, n=1)
        await send(store, claim, 2, n=2)
        assert (await store.file_report(line.num, report(1, 0x41), NOW)).state is State.UNDELIVERED
        after = await store.file_report(line.num, report(2), NOW)
        assert after.state is State.UNDELIVERED
        assert [part.state for part in after.parts] == [State.UNDELIVERED, State.DELIVERED]

    async def test_a_report_on_a_part_while_others_wait_is_not_lost(self, store: Store):
        line = await line_up(store)
        await accept(store, parts=2)
        claim = await take(store, line)
        await send(store, claim, 1, n=1)
        assert (await store.file_report(line.num, report(1), NOW)).state is State.SENDING
        assert (await send(store, claim, 2, n=2)).state is State.SENT
        assert (await store.file_report(line.num, report(2), NOW)).state is State.DELIVERED

    async def test_native_02_a_reference_used_again_means_the_newer_message(self, store: Store):
        line = await line_up(store)
        first = await sent(store, line)
        later = NOW + 3 * HOUR + 7 * MINUTE
        second = await sent(store, line, now=later)
        settled = await store.file_report(line.num, report(at=later), later)
        assert settled.id == second.id
        assert (await store.file_report(line.num, report(at=NOW), later)).id == first.id

    async def test_another_sims_report_is_no_match(self, store: Store):
        line, other = await line_up(store), await line_up(store, "other")
        message = await sent(store, line)
        assert await store.file_report(other.num, report(), NOW) is None
        assert await store.file_report(line.num, report(to=BOB), NOW) is None
        assert await store.file_report(line.num, report(8), NOW) is None
        assert (await store.message(None, message.id)).state is State.SENT

    async def test_reports_nobody_waits_for_are_dropped_after_a_week(self, store: Store):
        line = await line_up(store)
        for _ in range(2):
            await store.file_report(line.num, report(), NOW)
        assert await store.prune(NOW + 7 * DAY - timedelta(seconds=1)) == 0
        assert await store.prune(NOW + 7 * DAY) == 1

    async def test_after_the_time_for_reports_nothing_changes_any_more(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line, expire_at=NOW + HOUR)
        await store.promote(NOW + 2 * HOUR)
        await store.file_report(line.num, report(), NOW + 2 * HOUR)
        found = await store.message(None, message.id)
        assert (found.state, found.report) == (State.SENT, "none")

    async def test_what_came_in_between_two_moments_in_any_order(self, store: Store):
        line = await line_up(store)
        other = await line_up(store, name="theirs", accounts=("other",))
        for minute, (text, sender) in enumerate([("b", BOB), ("c", ALICE), ("a", BOB)]):
            await store.file_arrival(line.num, arrival(text, sender=sender), NOW + minute * MINUTE)
        await store.file_arrival(other.num, arrival("x"), NOW)

        async def texts(since=NOW, until=NOW + HOUR, *, limit=10, **order):
            order = {"sort": "received", "descending": False} | order
            found = await store.inbox.between("default", since, until, limit=limit, **order)
            return "".join(message.text for message in found)

        assert await texts() == "bca"
        assert await texts(descending=True) == "acb"
        assert await texts(sort="body") == "abc"
        assert await texts(sort="body", descending=True, limit=2) == "cb"
        assert await texts(sort="sender") == ("cba" if ALICE < BOB else "bac")
        assert await texts(NOW + MINUTE, NOW + 2 * MINUTE) == "c"
        assert await texts(NOW + HOUR, NOW) == ""

    async def test_one_that_came_in_is_found_by_its_account_only(self, store: Store):
        line = await line_up(store)
        message = (await store.file_arrival(line.num, arrival("a"), NOW)).message
        assert await store.inbox.find("default", message.id) == message
        assert await store.inbox.find("other", message.id) is None
        assert await store.inbox.find("default", (await accept(store)).id) is None
