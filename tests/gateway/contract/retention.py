"""A store's promises about letting go: texts first, then messages, opt-outs never."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.errors import Conflict
from gateway.domain.link import Click
from gateway.domain.message import State
from gateway.store import retention
from gateway.store.contract import MessageFilter, NewLink, Outcome, Place, Store
from tests.gateway.contract.build import (
    ALICE,
    HOUR,
    NOW,
    accept,
    arrival,
    batch_of,
    line_up,
    new_message,
    part,
    take,
)

SECRET = "the secret word"
DAY = timedelta(days=1)
LATE = NOW + 100 * DAY


async def all_of(store: Store, method: str, *arguments) -> int:
    """Every piece; how many there were."""
    after, pieces = 0, 0
    while after is not None:
        after = await getattr(store.retention, method)(*arguments, after)
        pieces += 1
    return pieces


async def erase(store: Store, until=LATE, account: str = "default") -> None:
    await all_of(store, "erase_left", account, until)
    await all_of(store, "erase_texts", account, until)


async def gone_out(store: Store, line, outcome: str = "sent", **changed):
    message = await accept(store, text=SECRET, **changed)
    claim = await take(store, line)
    for one in claim.parts:
        await store.on_air(claim, one.n, NOW)
        await store.record(claim, one.n, Outcome(outcome, reference=one.n), NOW, started_at=NOW)
    return message


async def everything(store: Store) -> str:
    """All that is on disk, as text."""
    tables = await store.read(lambda tx: tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table'"))
    found = []
    for table in tables:
        rows = await store.read(lambda tx, name=table["name"]: tx.rows(f"SELECT * FROM {name}"))
        found += [str(value) for row in rows for value in tuple(row)]
    return "\n".join(found)


class Retaining:
    async def test_what_messages_said_is_erased_everywhere_and_they_stay(self, store: Store):
        line = await line_up(store)
        out = await gone_out(store, line, delivery_report=False)
        filed = await store.file_arrival(line.num, arrival(SECRET), NOW)
        assert SECRET in await everything(store)
        await erase(store)
        assert SECRET not in await everything(store)
        for message in (out, filed.message):
            kept = await store.message("default", message.id)
            assert (kept.text, kept.state, kept.to) == ("", (await store.message(None, message.id)).state, message.to)
            assert kept.segments == message.segments
        events = await store.events_after("default", 0, 9)
        assert {event.data["text"] for event in events if "text" in event.data} == {""}

    async def test_a_clock_that_was_ahead_for_a_while_keeps_nothing_else(self, store: Store):
        ahead = LATE + 50 * DAY
        line = await line_up(store)
        await store.file_arrival(line.num, arrival("then"), ahead)
        await store.file_arrival(line.num, arrival(SECRET), NOW)
        await erase(store)
        found = await everything(store)
        assert SECRET not in found
        assert "then" in [message.text for message in await store.messages(MessageFilter("default"), limit=9)]
        await all_of(store, "drop_messages", "default", LATE)
        assert len(await store.messages(MessageFilter("default"), limit=9)) == 1
        await erase(store, ahead)
        assert [message.text for message in await store.messages(MessageFilter("default"), limit=9)] == [""]

    async def test_what_is_on_its_way_keeps_its_text_until_it_is_not(self, store: Store):
        line = await line_up(store)
        message = await accept(store, text=SECRET, expire_at=LATE + 5 * DAY)
        await erase(store)
        assert (await store.message(None, message.id)).text == SECRET
        await store.cancel("default", message.id, LATE)
        await erase(store)
        assert (await store.message(None, message.id)).text == ""
        assert await store.claim(line.num, LATE) is None

    async def test_only_what_is_old_enough_is_erased(self, store: Store):
        line = await line_up(store)
        old = await gone_out(store, line, delivery_report=False)
        new = (
            await store.enqueue(batch_of(new_message(SECRET, now=NOW + 2 * DAY), now=NOW + 2 * DAY), NOW + 2 * DAY)
        ).messages[0]
        await store.cancel("default", new.id, NOW + 2 * DAY)
        await erase(store, NOW + DAY)
        assert [(await store.message(None, one.id)).text for one in (old, new)] == ["", SECRET]

    async def test_the_work_is_done_in_pieces_and_once(self, store: Store, monkeypatch):
        monkeypatch.setattr(retention, "PIECE", 2)
        messages = [await accept(store, text=SECRET) for _ in range(5)]
        for message in messages:
            await store.cancel("default", message.id, NOW)
        assert await all_of(store, "erase_texts", "default", LATE) == 3
        assert await all_of(store, "erase_texts", "default", LATE) == 1
        assert await all_of(store, "drop_messages", "default", LATE) == 3
        assert await store.messages(MessageFilter("default"), limit=9) == []

    async def test_an_erased_message_is_not_sent_again(self, store: Store):
        line = await line_up(store)
        message = await gone_out(store, line, "unknown")
        await store.promote(NOW + 80 * HOUR)
        await erase(store)
        with pytest.raises(Conflict):
            await store.resolve("default", message.id, "resend", LATE)
        assert (await store.resolve("default", message.id, "failed", LATE)).state is State.FAILED

    async def test_a_message_goes_with_all_that_hangs_on_it(self, store: Store):
        line = await line_up(store)
        link = NewLink("lnk_1", "abc1234", "https://example.org/", NOW + 90 * DAY)
        out = await gone_out(store, line, delivery_report=False, links=(link,))
        await store.links.click(Click("abc1234", NOW, "human", "h"))
        await store.file_arrival(line.num, replace(arrival(SECRET), place=None), NOW)
        await store.consent.opt_out("default", ALICE, "api", NOW)
        await all_of(store, "drop_messages", "default", LATE)
        assert await store.messages(MessageFilter("default"), limit=9) == []
        assert await store.message("default", out.id) is None
        assert await store.threads.list("default", limit=9) == []
        counts = {
            table: (await store.read(lambda tx, name=table: tx.rows(f"SELECT COUNT(*) FROM {name}")))[0][0]
            for table in ("parts", "attempts", "links", "clicks", "arrivals", "batches", "retention_left", "opt_outs")
        }
        assert counts == dict.fromkeys(counts, 0) | {"opt_outs": 1}

    async def test_a_batch_stays_as_long_as_one_of_its_messages(self, store: Store):
        await line_up(store)
        two = (new_message(to=ALICE), new_message(to="+447700900002", expire_at=LATE + DAY))
        batch = await store.enqueue(batch_of(*two), NOW)
        await store.cancel("default", batch.messages[0].id, NOW)
        await all_of(store, "drop_messages", "default", LATE)
        assert (await store.batch("default", batch.batch)).counts == {"queued": 1}
        await store.cancel("default", batch.messages[1].id, LATE)
        await all_of(store, "drop_messages", "default", LATE)
        assert await store.batch("default", batch.batch) is None

    async def test_accounts_keep_for_as_long_as_each_wants(self, store: Store):
        line = await line_up(store, accounts=())
        own = await gone_out(store, line, delivery_report=False)
        await erase(store, account="other")
        await all_of(store, "drop_messages", "other", LATE)
        assert (await store.message("default", own.id)).text == SECRET

    async def test_a_thread_stays_as_long_as_its_newest_message(self, store: Store):
        line = await line_up(store)
        await gone_out(store, line, delivery_report=False)
        later = NOW + 5 * DAY
        await store.file_arrival(line.num, replace(arrival("hi", sender=ALICE), place=None), later)
        await all_of(store, "drop_messages", "default", NOW + DAY)
        [thread] = await store.threads.list("default", limit=9)
        assert thread.last_text == "hi"

    async def test_a_number_that_was_a_messages_is_never_anothers(self, store: Store, reopen):
        gone = await accept(store)
        await store.cancel("default", gone.id, NOW)
        await all_of(store, "drop_messages", "default", LATE)
        store = await reopen()
        assert (await accept(store)).num > gone.num

    async def test_what_outlives_its_days_in_the_queue_is_dropped_when_it_has_ended(self, store: Store):
        message = await accept(store, text=SECRET, expire_at=LATE + 5 * DAY)
        await all_of(store, "drop_messages", "default", LATE)
        assert (await store.message("default", message.id)).text == SECRET
        await store.cancel("default", message.id, LATE)
        await erase(store)
        assert (await store.message("default", message.id)).text == ""
        await all_of(store, "drop_messages", "default", LATE)
        assert await store.message("default", message.id) is None

    async def test_a_part_that_still_lies_in_the_modem_is_not_mixed_with_others(self, store: Store):
        line = await line_up(store)
        for n in (1, 2):
            await store.file_arrival(line.num, part(n, 2, "ab"[n - 1], place=Place("SM", n)), NOW)
        await store.place_freed(line.num, Place("SM", 1), b"a")
        await all_of(store, "drop_messages", "default", LATE)
        for n in (1, 2):
            later = part(n, 2, "cd"[n - 1], at=LATE)
            filed = await store.file_arrival(line.num, later, LATE)
        assert filed.message.text == "cd"
        again = await store.file_arrival(line.num, part(2, 2, "b", place=Place("SM", 2)), LATE)
        assert not again.new
