"""A store's promises about events, webhooks, accounts, lines and the rest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.access import AccountSettings, Key
from gateway.domain.campaign import Answer, Campaign, Details
from gateway.domain.errors import Conflict, NotFound, Rejected
from gateway.domain.event import EventType, describe
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.link import Click
from gateway.store.contract import DeliveryResult, NewLink, Store
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
    pause,
    send,
    sent,
    take,
    told,
    webhook,
)

DAY = 24 * HOUR
TAKEN = DeliveryResult("delivered", 200, None, "ok", None)
DEAD = DeliveryResult("dead", 500, "HTTP 500", "no", None)


def again_at(at) -> DeliveryResult:
    return DeliveryResult("pending", 503, "HTTP 503", "", at)


class Telling:
    async def test_events_are_numbered_and_kept_by_account(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        await sent(store, line)
        await sent(store, line, account="other")
        everything = await store.events_after(None, 0, 100)
        assert [event.seq for event in everything] == sorted(event.seq for event in everything)
        mine = await store.events_after("other", 0, 100)
        assert [event.type.value for event in mine] == ["line.up", "message.sent"]
        assert await store.events_after("other", mine[0].seq, 1) == mine[1:]

    async def test_the_data_is_the_whole_message_as_it_was_then(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line)
        [event] = await store.message_events(message.id)
        assert dict(event.data) == describe(message)
        assert (event.message, event.account, event.at) == (message.id, "default", NOW)

    async def test_old_events_go_with_their_done_deliveries_and_numbers_are_not_given_again(self, store: Store):
        hook = await store.put_webhook(webhook())
        first = await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        second = await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        [done, waiting] = await store.due_deliveries(NOW, 10, ())
        await store.record_delivery(done.delivery.num, TAKEN, NOW)
        await store.prune(NOW + 31 * DAY)
        assert await store.events_after(None, 0, 10) == [second]
        await store.record_delivery(waiting.delivery.num, TAKEN, NOW)
        await store.prune(NOW + 31 * DAY)
        assert await store.events_after(None, 0, 10) == []
        assert await store.deliveries("default", webhook=hook.id, state=None, limit=10) == []
        assert (await store.emit("default", EventType.LINE_DOWN, {}, NOW)).seq > second.seq > first.seq


class Delivering:
    async def test_an_event_is_due_at_every_endpoint_that_wants_it(self, store: Store):
        line = await line_up(store)
        wanted = {
            "all": webhook("all"),
            "sent": webhook("sent", events=("message.sent",)),
            "here": webhook("here", lines=(line.id,)),
            "sendsms": webhook("sendsms", format="sendsms", lines=(line.id,)),
        }
        unwanted = [
            webhook("failed", events=("message.failed",)),
            webhook("there", lines=("lin_other",)),
            webhook("sendsms there", format="sendsms", lines=("lin_other",)),
            webhook("off", enabled=False),
            webhook("theirs", account="other"),
        ]
        for hook in (*wanted.values(), *unwanted):
            await store.put_webhook(hook)
        message = await sent(store, line)
        due = await store.due_deliveries(NOW, 50, ())
        assert {one.webhook.name for one in due} == set(wanted)
        assert {one.event.message for one in due} == {message.id}
        assert len({one.delivery.id for one in due}) == 4
        assert await store.next_delivery() == NOW

    async def test_a_lines_own_endpoint_gets_what_concerns_the_line(self, store: Store):
        line = await line_up(store, webhook="desk")
        await store.put_webhook(webhook("desk", events=("link.clicked",)))
        await store.file_arrival(line.num, arrival(), NOW)
        assert [one.event.type.value for one in await store.due_deliveries(NOW, 10, ())] == ["message.received"]

    async def test_busy_ones_and_full_endpoints_are_left_out(self, store: Store):
        one, two = await store.put_webhook(webhook("one")), await store.put_webhook(webhook("two"))
        for _ in range(3):
            await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        due = await store.due_deliveries(NOW, 10, ())
        assert len(due) == 6
        busy = [due[0].delivery.num, due[1].delivery.num]
        rest = await store.due_deliveries(NOW, 10, busy)
        assert [entry.delivery.num for entry in rest] == [entry.delivery.num for entry in due[2:]]
        only = await store.due_deliveries(NOW, 10, (), full=(one.id,))
        assert {entry.webhook.id for entry in only} == {two.id}
        assert len(await store.due_deliveries(NOW, 2, busy)) == 2

    async def test_a_failed_try_is_due_again_at_its_time(self, store: Store):
        await store.put_webhook(webhook())
        await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        [due] = await store.due_deliveries(NOW, 10, ())
        await store.record_delivery(due.delivery.num, again_at(NOW + MINUTE), NOW)
        assert await store.due_deliveries(NOW + MINUTE - SECOND, 10, ()) == []
        assert await store.next_delivery() == NOW + MINUTE
        assert await store.next_due() is None  # the janitor would spin while it is overdue
        [again] = await store.due_deliveries(NOW + MINUTE, 10, ())
        assert (again.delivery.attempts, again.delivery.last_status) == (1, 503)
        assert (await store.webhooks("default"))[0].failing_since == NOW
        await store.record_delivery(again.delivery.num, TAKEN, NOW + MINUTE)
        assert (await store.webhooks("default"))[0].failing_since is None
        assert await store.next_delivery() is None
        [done] = await store.deliveries("default", webhook=None, state="delivered", limit=10)
        assert (done.attempts, done.done_at) == (2, NOW + MINUTE)

    async def test_deliveries_survive_a_restart(self, store: Store, reopen):
        await store.put_webhook(webhook())
        event = await store.emit("default", EventType.LINE_DOWN, {"x": 1}, NOW)
        again = await reopen()
        [due] = await again.due_deliveries(NOW, 10, ())
        assert due.event == event

    async def test_an_endpoint_that_is_switched_off_keeps_what_waits(self, store: Store):
        hook = await store.put_webhook(webhook())
        await store.put_webhook(webhook("watch", events=("webhook.disabled",)))
        for _ in range(2):
            await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        [due, _] = await store.due_deliveries(NOW, 10, ())
        await store.record_delivery(due.delivery.num, replace(DEAD, disable="gone"), NOW)
        [told_of] = await store.due_deliveries(NOW, 10, ())
        assert told_of.event.type is EventType.WEBHOOK_DISABLED
        [off, _] = await store.webhooks("default")
        assert (off.enabled, off.disabled_reason) == (False, "gone")
        await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        await store.put_webhook(replace(off, enabled=True, disabled_reason=None))
        due_again = [one for one in await store.due_deliveries(NOW, 10, ()) if one.webhook.id == hook.id]
        assert len(due_again) == 1

    async def test_a_test_goes_to_one_endpoint_whatever_it_wants(self, store: Store):
        hook = await store.put_webhook(webhook(events=("message.sent",), enabled=True))
        await store.put_webhook(webhook("other"))
        await store.emit("default", EventType.WEBHOOK_TEST, {}, NOW, only_webhook=hook.id)
        [due] = await store.due_deliveries(NOW, 10, ())
        assert due.webhook.id == hook.id

    async def test_a_delivery_can_be_replayed_under_its_id(self, store: Store):
        hook = await store.put_webhook(webhook())
        await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        [due] = await store.due_deliveries(NOW, 10, ())
        await store.record_delivery(due.delivery.num, DEAD, NOW)
        again = await store.replay_delivery("default", due.delivery.id, NOW + HOUR)
        assert (again.id, again.attempts, again.next_at) == (due.delivery.id, 0, NOW + HOUR)
        with pytest.raises(NotFound):
            await store.replay_delivery("other", due.delivery.id, NOW)
        await store.record_delivery(due.delivery.num, TAKEN, NOW)
        span = {"since": NOW, "until": NOW + SECOND}
        assert await store.replay_webhook("default", hook.id, NOW, **span, failed=True) == 0
        assert await store.replay_webhook("default", hook.id, NOW, **span, failed=False) == 1
        with pytest.raises(NotFound):
            await store.replay_webhook("other", hook.id, NOW, **span, failed=True)

    async def test_a_deleted_endpoint_gets_nothing_more(self, store: Store):
        hook = await store.put_webhook(webhook())
        await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        [due] = await store.due_deliveries(NOW, 10, ())
        assert not await store.delete_webhook("other", hook.id)
        assert await store.delete_webhook("default", hook.id)
        await store.record_delivery(due.delivery.num, TAKEN, NOW)
        await store.emit("default", EventType.LINE_DOWN, {}, NOW)
        assert await store.due_deliveries(NOW, 10, ()) == []
        assert await store.webhooks(None) == []

    async def test_an_endpoint_reads_back_as_it_was_written(self, store: Store, reopen):
        full = webhook(
            events=("message.sent",),
            lines=("lin_1",),
            headers={"X-A": "b"},
            verify_tls=False,
            previous_secret="whsec_old",
            previous_secret_until=NOW,
        )
        stored = await store.put_webhook(full)
        assert replace(stored, num=0) == full
        await store.put_webhook(replace(stored, url="https://example.net/"))
        again = await reopen()
        assert await again.webhooks("default") == [replace(stored, url="https://example.net/")]


class Access:
    async def test_accounts_are_made_once_and_changed_on_demand(self, store: Store):
        made = await store.put_account("acme", AccountSettings(default_country="DE"), NOW)
        kept = await store.put_account("acme", AccountSettings(), NOW, replace=False)
        assert kept == made
        changed = await store.put_account("acme", AccountSettings(max_segments=3), NOW)
        assert (changed.id, changed.settings) == (made.id, AccountSettings(max_segments=3))
        await store.suspend_account("acme", NOW)
        assert (await store.account("acme")).suspended_at == NOW
        assert [account.name for account in await store.accounts()] == ["default", "other", "acme"]
        assert await store.account("nobody") is None
        with pytest.raises(NotFound):
            await store.suspend_account("nobody", NOW)

    async def test_keys_are_kept_and_revoked(self, store: Store, reopen):
        key = Key(
            "abcd1234", "default", "api_key", b"hash", ("messages:send",), NOW, name="n", ip_allow=("10.0.0.0/8",)
        )
        store.bells.access.clear()
        await store.add_key(key)
        assert store.bells.access.rung
        with pytest.raises(Conflict):
            await store.add_key(key)
        with pytest.raises(NotFound):
            await store.add_key(replace(key, id="x", account="nobody"))
        await store.key_used({"abcd1234": NOW + HOUR})
        again = await reopen()
        assert await again.key("abcd1234") == replace(key, last_used_at=NOW + HOUR)
        assert not await again.revoke_key("other", "abcd1234", NOW)
        assert await again.revoke_key("default", "abcd1234", NOW)
        assert not await again.revoke_key(None, "abcd1234", NOW)
        assert [known.revoked_at for known in await again.keys(None)] == [NOW]
        assert await again.keys("other") == []


class Lines:
    async def test_a_line_keeps_its_id_and_what_people_did_to_it(self, store: Store, reopen):
        first = await store.put_line(LineRecord(0, "", "office", "+447700900001"))
        await pause(store, first)
        again = await reopen()
        second = await again.put_line(LineRecord(0, "", "office", "+447700900002", aliases=("80888",)))
        assert (second.num, second.id, second.paused) == (first.num, first.id, True)
        assert (second.number, second.aliases, second.state) == ("+447700900002", ("80888",), LineState.PAUSED)

    async def test_up_and_down_are_told_once_to_every_account_of_the_line(self, store: Store):
        line = await store.put_line(LineRecord(0, "", "office", accounts=("default", "other")))
        up = LineStatus(LineState.UP, "", signal_dbm=-71, since=NOW)
        for status in (up, replace(up, signal_dbm=-80), LineStatus(LineState.DOWN, "no SIM")):
            await store.set_line_status(line.num, status, NOW)
        events = await store.events_after(None, 0, 10)
        assert [(event.type.value, event.account) for event in events] == [
            ("line.up", "default"),
            ("line.up", "other"),
            ("line.down", "default"),
            ("line.down", "other"),
        ]
        [found] = await store.lines()
        assert found.status == LineStatus(LineState.DOWN, "no SIM")

    async def test_a_line_of_no_account_in_particular_is_everybodys(self, store: Store):
        line = await line_up(store, accounts=())
        events = await store.events_after(None, 0, 10)
        assert [event.account for event in events] == ["default", "other"]
        assert line.id.casefold() in await store.senders.words("other")
        await accept(store, account="other")
        assert (await take(store, line)).account == "other"
        filed = await store.file_arrival(line.num, arrival(sender=BOB), NOW)
        assert filed.message.account == "default"

    async def test_what_may_be_written_as_from_depends_on_the_account(self, store: Store):
        line = await store.put_line(LineRecord(0, "", "office", "+447700900001", aliases=("80888",)))
        known = await store.senders.words("default")
        assert known == {value.casefold(): value for value in ("auto", line.id, "office", "+447700900001", "80888")}
        assert await store.senders.words("other") == {"auto": "auto"}

    async def test_a_line_counts_what_it_could_take(self, store: Store):
        await line_up(store)
        await accept(store)
        await accept(store, route="elsewhere")
        assert (await store.lines())[0].counters["queued"] == 1


class Consent:
    async def test_campaigns_are_kept_by_the_callers_word(self, store: Store):
        details = Details(sub_use_cases=("a",), samples=("b",), help=Answer(("HELP",), "Call us"), age_gated=True)
        new = Campaign(0, "cmp_1", "default", "sale", NOW, brand="Acme", details=details, activated_at=NOW)
        made = await store.campaigns.add(new)
        assert made == replace(new, num=made.num, updated_at=NOW)
        with pytest.raises(Conflict):
            await store.campaigns.add(replace(new, id="cmp_2"))
        changed = await store.campaigns.change("default", "sale", lambda one: replace(one, approval="N"), NOW + HOUR)
        assert changed == replace(made, approval="N", revision=2, updated_at=NOW + HOUR)
        assert await store.campaigns.change("default", "sale", lambda one: one, NOW + 2 * HOUR) == changed
        assert await store.campaigns.list("default") == [changed]
        assert await store.campaigns.find("other", "sale") is None
        assert await told(store) == ["campaign.updated", "campaign.updated"]

    async def test_a_change_that_is_refused_or_of_nothing_changes_nothing(self, store: Store):
        def refuse(one: Campaign) -> Campaign:
            raise Rejected("precondition_failed")

        made = await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW))
        with pytest.raises(Rejected):
            await store.campaigns.change("default", "sale", refuse, NOW)
        with pytest.raises(NotFound):
            await store.campaigns.change("other", "sale", lambda one: one, NOW)
        assert await store.campaigns.list("default") == [made]

    async def test_a_campaign_has_the_lines_it_names_and_those_that_name_it(self, store: Store):
        line = await line_up(store)
        await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW, lines=(line.id, "lin_gone")))
        assert (await store.campaigns.list("default"))[0].assigned == (line.id,)
        routes = await store.campaigns.of_routes("default")
        assert routes == dict.fromkeys(line.answers_to(), "sale")
        assert await store.campaigns.of_routes("other") == {}
        assert await store.campaigns.delete("default", "sale")
        assert not await store.campaigns.delete("default", "sale")
        assert await store.campaigns.of_routes("default") == {}

    async def test_a_subscription_is_told_when_it_changes(self, store: Store):
        await store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", NOW))
        sale = ("default", ALICE, "campaign", "sale", "api", NOW)
        for is_new in (True, False):
            subscription, told_new = await store.consent.subscribe(*sale)
            assert (subscription.state, told_new) == ("active", is_new)
        assert (await store.consent.unsubscribe(*sale)).state == "stopped"
        with pytest.raises(Conflict):
            await store.consent.unsubscribe(*sale)
        assert (await told(store))[1:] == ["contact.opted_in", "contact.opted_out"]

    async def test_an_opt_out_is_entered_once_and_can_be_taken_back(self, store: Store):
        first, is_new = await store.consent.opt_out("default", ALICE, "api", NOW, text="asked by phone")
        assert is_new
        assert await store.consent.opt_out("default", ALICE, "keyword", NOW + HOUR) == (first, False)
        assert (await told(store)).count("contact.opted_out") == 1
        with pytest.raises(NotFound):
            await store.consent.forget_opt_out("other", first.id, "asked for it", NOW)
        assert await store.consent.forget_opt_out("default", first.id, "asked for it", NOW) == first
        with pytest.raises(NotFound):
            await store.consent.forget_opt_out("default", first.id, "asked for it", NOW)
        [*_, event] = await store.events_after("default", 0, 10)
        assert (event.type, event.data["reason"]) == ("contact.opted_in", "asked for it")


class Links:
    async def test_clicks_are_counted_and_human_ones_told(self, store: Store):
        link = NewLink("lnk_1", "abc1234", "https://example.org/", NOW + 90 * DAY)
        message = await accept(store, links=(link,))
        for kind in ("human", "bot", "human"):
            found = await store.links.click(Click("abc1234", NOW, kind, "h"))
        assert (found.human, found.bot, found.message) == (2, 1, message.id)
        assert await store.links.list("default", message=message.id) == [found]
        assert await told(store) == ["link.clicked", "link.clicked"]
        assert await store.links.find("nothing") is None
        assert await store.links.click(Click("nothing", NOW, "human", "h")) is None

    async def test_anybody_may_visit_so_what_is_kept_of_a_link_has_an_end(self, store: Store, monkeypatch):
        monkeypatch.setattr("gateway.store.links.MOST_CLICKS", 3)
        await accept(store, links=(NewLink("lnk_1", "abc1234", "https://example.org/", NOW + 90 * DAY),))
        for _ in range(5):
            found = await store.links.click(Click("abc1234", NOW, "human", "h"))
        assert found.human == 5
        assert len(await store.links.clicks("default", "abc1234", limit=9)) == 3
        assert await told(store) == ["link.clicked"] * 3


class Living:
    async def test_a_healthy_store_says_so(self, store: Store):
        assert await store.healthy()

    async def test_a_backup_is_a_whole_store(self, store: Store, tmp_path, open_elsewhere):
        message = await accept(store)
        copy = tmp_path / "copy" / "simgate.db"
        copy.parent.mkdir()
        await store.backup(copy)
        with pytest.raises(FileExistsError):
            await store.backup(copy)
        other = await open_elsewhere(copy.parent)
        assert (await other.message(None, message.id)).text == message.text

    async def test_gauges_tell_what_waits_and_how_long(self, store: Store):
        line = await line_up(store)
        await accept(store, now=NOW - HOUR)
        await accept(store, priority=9)
        counts = await store.counts()
        assert (counts["waiting"], counts["oldest_waiting_ms"]) == (2, 3_600_000)
        await take(store, line)
        await send(store, await take(store, line))
        assert (await store.counts())["waiting"] == 0

    async def test_a_pin_is_tried_once_unless_it_was_right(self, store: Store, reopen):
        assert await store.pin_may_try("8944", b"pin")
        await store.pin_trying("8944", b"pin", NOW)
        again = await reopen()
        assert not await again.pin_may_try("8944", b"pin")
        assert await again.pin_may_try("8944", b"other")
        await again.pin_settled("8944", b"pin", accepted=True)
        await again.pin_trying("8944", b"pin", NOW + timedelta(days=1))
        assert await again.pin_may_try("8944", b"pin")
        await again.pin_settled("8944", b"pin", accepted=False)
        assert not await again.pin_may_try("8944", b"pin")
