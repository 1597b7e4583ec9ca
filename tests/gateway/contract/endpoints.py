"""A store's promises about webhook endpoints, what is routed to them, and what users say of lines."""

import asyncio
from dataclasses import replace

import pytest

from gateway.domain.errors import Conflict, NotFound, NotPermitted, QuotaExceeded, Rejected
from gateway.domain.event import EventType
from gateway.domain.line import LineChange, LineRecord, LineState, LineStatus
from gateway.domain.webhook import Receipt, Webhook, WebhookOptions
from gateway.store.contract import Store
from tests.gateway.contract.build import (
    HOUR,
    NOW,
    accept,
    batch_of,
    line_up,
    new_message,
    report,
    send,
    sent,
    take,
    told,
    webhook,
)

DAY = 24 * HOUR

UNSPENT = {"spent_today": 0, "spent_this_month": 0}  # told where nobody else uses the line


class Routing:
    async def test_what_no_line_took_is_told_to_the_endpoint_of_the_line_it_was_for(self, store: Store):
        line = await line_up(store, webhook="desk")
        await store.put_webhook(webhook("desk", routed_only=True))
        for sender in (line.number, "auto"):
            message = await accept(store, sender=sender)
            await store.cancel("default", message.id, NOW)
        [due] = await store.due_deliveries(NOW, 10, ())
        assert (due.event.type.value, due.event.data["from"]) == ("message.canceled", line.number)

    async def test_a_receipt_is_looked_up_for_formats_that_tell_it(self, store: Store):
        line = await line_up(store)
        await store.put_webhook(webhook("Default", format="messaging", dlr=True, routed_only=True))
        await store.put_webhook(webhook("native", events=("message.delivered",)))
        enqueued = await store.enqueue(batch_of(new_message()), NOW)
        await send(store, await take(store, line))
        await store.file_report(line.num, report(), NOW)
        due = {one.webhook.name: one.receipt for one in await store.due_deliveries(NOW, 10, ())}
        num = enqueued.messages[0].num
        assert due == {"Default": Receipt(num, enqueued.public_uuid, line.number, 1, 1), "native": None}

    async def test_an_end_without_report_is_told_to_those_only_who_want_that(self, store: Store):
        line = await line_up(store)
        message = await sent(store, line)
        await store.promote(NOW + 4 * DAY)
        assert await told(store, message.id) == ["message.sent"]
        options = WebhookOptions(dlr_unknown=True)
        await store.put_webhook(webhook("Default", format="messaging", dlr=True, routed_only=True, options=options))
        await store.put_webhook(webhook("native"))
        message = await sent(store, line, reference=8)
        await store.promote(NOW + 4 * DAY)
        assert await told(store, message.id) == ["message.sent", "message.sent"]
        due = await store.due_deliveries(NOW + 4 * DAY, 10, ())
        assert [(one.webhook.name, one.event.data["report"]) for one in due] == [("native", None), ("Default", "none")]


class Endpoints:
    async def test_a_name_is_one_endpoints_of_an_account_whatever_its_case(self, store: Store):
        await store.put_webhook(webhook("Désk"))
        with pytest.raises(Conflict):
            await store.put_webhook(replace(webhook("DÉSK"), url="https://example.org/other"))
        await store.put_webhook(webhook("DÉSK", account="other"))
        await store.put_webhook(webhook(""))
        await store.put_webhook(webhook(""))
        assert [one.name for one in store.endpoints.known("default")] == ["Désk", "", ""]

    async def test_an_endpoint_is_changed_in_one_step(self, store: Store):
        made = await store.endpoints.put("default", lambda _: webhook("desk"), most=5)

        def further(known: Webhook | None) -> Webhook:
            assert known is not None
            return replace(known, description=known.description + "x")

        by_id = [store.endpoints.put("default", further, webhook=made.id, most=5) for _ in range(5)]
        by_name = [store.endpoints.put("default", further, name="DESK", most=5) for _ in range(5)]
        await asyncio.gather(*by_id, *by_name)
        assert [one.description for one in await store.webhooks("default")] == ["x" * 10]

    async def test_there_are_no_more_than_so_many(self, store: Store):
        for _ in range(2):
            await store.endpoints.put("default", lambda _: webhook(""), most=2)
        with pytest.raises(QuotaExceeded):
            await store.endpoints.put("default", lambda _: webhook(""), name="desk", most=2)
        with pytest.raises(NotFound):
            await store.endpoints.put("default", lambda _: webhook(""), webhook="whk_none", most=2)
        assert len(await store.webhooks("default")) == 2

    async def test_what_an_endpoint_is_told_is_kept(self, store: Store, reopen):
        options = WebhookOptions(encode_message=False, clicks="all", dlr_unknown=True, send_dlr=True)
        made = await store.put_webhook(webhook("a", format="3cx", dlr=True, routed_only=True, options=options))
        assert await (await reopen()).webhooks("default") == [made]


class LineBook:
    async def test_what_users_said_of_a_line_outlives_its_configuration(self, store: Store, reopen):
        line = await line_up(store, aliases=("80888",))
        await store.put_webhook(webhook("Desk"))
        change = LineChange(paused=True, webhook="desk", aliases=("front",))
        await store.line_book.change("default", line.id, change, admin=False, expected=(line.revision,))
        again = await reopen()
        kept = await again.put_line(LineRecord(0, "", "office", line.number, aliases=("80889",)))
        assert (kept.webhook, kept.paused, kept.aliases, kept.added_aliases) == ("Desk", True, ("80889",), ("front",))
        assert {"80889", "front"} <= kept.answers_to()

    async def test_a_line_that_a_crash_left_up_is_down_until_it_is_seen_and_nobody_is_told(self, store: Store, reopen):
        line = await line_up(store)
        await store.set_line_status(line.num, LineStatus(LineState.UP, "", imei="490154203237518"), NOW)
        before = len(await store.events_after(None, 0, 100))
        again = await reopen()
        await again.line_book.unseen(NOW)
        (seen,) = await again.lines()
        assert (seen.state, seen.status.imei, seen.status.since) == (LineState.DOWN, "490154203237518", NOW)
        assert len(await again.events_after(None, 0, 100)) == before
        await again.set_line_status(line.num, LineStatus(LineState.UP, ""), NOW)
        assert (await again.events_after(None, 0, 100))[-1].type is EventType.LINE_UP

    async def test_whose_sim_a_line_had_is_known_until_another_modem_is_meant(self, store: Store, reopen):
        line = await line_up(store)
        up = LineStatus(LineState.UP, "", imei="490154203237518", iccid="8944", found_by="/dev/ttyUSB0")
        gone = LineStatus(LineState.DOWN, "no modem", found_by="/dev/ttyUSB0")
        for status in (up, gone):
            await store.set_line_status(line.num, status, NOW)
        again = await reopen()
        (kept,) = await again.lines()
        assert (kept.status.last_iccid, kept.status.imei, kept.status.iccid) == ("8944", "490154203237518", None)
        await again.set_line_status(line.num, replace(gone, found_by="/dev/ttyUSB1"), NOW)
        (kept,) = await again.lines()
        assert (kept.status.last_iccid, kept.status.imei) == (None, None)

    async def test_it_is_taken_away_by_an_empty_word(self, store: Store):
        line = await line_up(store, webhook="desk", campaign="c")
        change = LineChange(webhook="", campaign="")
        changed = await store.line_book.change("default", "office", change, admin=False, expected=None)
        assert (changed.webhook, changed.campaign, changed.revision != line.revision) == (None, None, True)

    async def test_what_there_is_not_is_refused(self, store: Store):
        line = await line_up(store)
        await line_up(store, "other", aliases=("80888",))
        await store.put_webhook(webhook("theirs", account="other"))
        for change, refusal in (
            (LineChange(webhook="theirs"), Rejected),
            (LineChange(campaign="none"), Rejected),
            (LineChange(aliases=("80888",)), Conflict),
        ):
            with pytest.raises(refusal):
                await store.line_book.change("default", line.id, change, admin=False, expected=None)
        with pytest.raises(Rejected, match="meanwhile"):
            await store.line_book.change("default", line.id, LineChange(), admin=False, expected=("0",))
        with pytest.raises(NotFound):
            await store.line_book.change("other", line.id, LineChange(), admin=True, expected=None)

    async def test_a_line_of_several_is_changed_with_admin_only(self, store: Store):
        for accounts in ((), ("default", "other")):
            line = await line_up(store, f"line{len(accounts)}", accounts=accounts)
            with pytest.raises(NotPermitted):
                await store.line_book.change("default", line.id, LineChange(paused=True), admin=False, expected=None)
            changed = await store.line_book.change(
                "default", line.id, LineChange(paused=True), admin=True, expected=None
            )
            assert changed.paused

    async def test_a_line_follows_its_endpoints_new_name(self, store: Store):
        mine, shared = await line_up(store, "mine"), await line_up(store, "shared", accounts=("default", "other"))
        desk = await store.put_webhook(webhook("desk"))
        for line in (mine, shared):
            await store.line_book.change("default", line.id, LineChange(webhook="desk"), admin=True, expected=None)
        await store.endpoints.put("default", lambda known: replace(known, name="front"), webhook=desk.id, most=5)
        assert {line.name: line.webhook for line in await store.lines()} == {"mine": "front", "shared": "desk"}

    async def test_each_account_sees_its_own_part_of_a_shared_line(self, store: Store):
        line = await line_up(store, accounts=("default", "other"))
        await line_up(store, "mine")
        await sent(store, line)
        await accept(store)
        await accept(store, account="other")
        seen = {
            account: [(one.name, one.counters) for one in await store.line_book.lines(account)]
            for account in ("default", "other")
        }
        assert seen == {
            "default": [("office", {"queued": 1, "sent_today": 1}), ("mine", {"queued": 1, "sent_today": 0} | UNSPENT)],
            "other": [("office", {"queued": 1, "sent_today": 0})],
        }
        assert (await store.lines())[0].counters == {
            "queued": 2, "sent_today": 1, "spent_today": 1, "spent_this_month": 1
        }  # fmt: skip
