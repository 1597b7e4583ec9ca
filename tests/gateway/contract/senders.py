"""A store's promises about senders, the lines behind them, and accounts and batches whose messages wait."""

import asyncio
from datetime import timedelta

import pytest

from gateway.domain.errors import Conflict, QuotaExceeded
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.message import Message, MessageError, State
from gateway.domain.sender import Sender, Strategy
from gateway.store.contract import Outcome, Store
from tests.gateway.contract.build import (
    ALICE,
    BOB,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    accept,
    line_up,
    ms,
    pause,
    send,
    take,
    told,
)

PATIENCE = timedelta(seconds=45)


def sender(*lines: LineRecord, value: str = "STORE1", strategy: Strategy = Strategy.FIRST_UP, account: str = "default"):
    ids = tuple(line.id for line in lines)
    return Sender(0, new_id("snd", ms(NOW)), account, value, "alias", strategy, ids, NOW)


async def two_lines(store: Store) -> tuple[LineRecord, LineRecord]:
    return await line_up(store, "office"), await line_up(store, "home", number="+447700900222")


async def to_store1(store: Store, text: str = "hello", **changed) -> Message:
    return await accept(store, text, sender="STORE1", route="STORE1", **changed)


class Senders:
    async def test_a_sender_reads_back_after_a_restart_and_can_be_written(self, store: Store, reopen):
        office, home = await two_lines(store)
        made = await store.senders.put(sender(office, home))
        again = await reopen()
        assert await again.senders.list("default") == [made]
        assert (await again.senders.words("default"))["store1"] == "STORE1"
        assert await again.senders.list("other") == []
        assert "store1" not in await again.senders.words("other")

    async def test_a_value_is_taken_once_whatever_its_case(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office))
        for value in ("store1", "Office", "+447700900222", home.id.lower(), "auto"):
            with pytest.raises(Conflict):
                await store.senders.put(sender(office, value=value))
        await store.senders.put(sender(office, value="store1", account="other"))

    async def test_an_account_has_a_thousand_at_most(self, store: Store):
        office, _ = await two_lines(store)
        many = [sender(office, value=f"S{n}") for n in range(1000)]
        await asyncio.gather(*(store.senders.put(one) for one in many))
        with pytest.raises(QuotaExceeded):
            await store.senders.put(sender(office))
        await store.senders.put(sender(office, account="other"))

    async def test_a_values_number_stays_with_it(self, store: Store, reopen):
        office, _ = await two_lines(store)
        made = await store.senders.put(sender(office))
        own = await store.senders.number("default", "office", NOW)
        assert await store.senders.number("default", "store1", NOW) == made.num != own
        assert await store.senders.number("other", "office", NOW) not in {own, made.num}
        await store.senders.delete("default", made.id, NOW)
        again = await reopen()
        assert await again.senders.number("default", "OFFICE", NOW) == own
        assert (await again.senders.put(sender(office))).num == made.num

    async def test_the_first_line_that_is_up_takes_all(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        await to_store1(store, "one")
        await to_store1(store, "two")
        assert await store.claim(office.num, NOW) is None
        await send(store, await take(store, home))
        assert await store.claim(office.num, NOW) is None

    @pytest.mark.parametrize("gone", ["down", "paused"])
    async def test_the_next_line_stands_in_for_one_that_is_not_up(self, store: Store, gone: str):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        message = await to_store1(store)
        assert await store.claim(office.num, NOW) is None
        bell = store.bells.line(office.num)
        bell.clear()
        if gone == "down":
            await store.set_line_status(home.num, LineStatus(LineState.DOWN, "unplugged"), NOW)
        else:
            await pause(store, home)
        assert bell.rung
        assert (await take(store, office)).message == message.id

    async def test_a_line_that_hangs_although_it_looks_up_is_not_waited_for_twice(self, store: Store):
        """Promise 6."""
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        await to_store1(store, "one")
        await to_store1(store, "two")
        assert await store.claim(office.num, NOW) is None
        assert await store.claim(office.num, NOW + PATIENCE - SECOND) is None
        await send(store, await take(store, office, NOW + PATIENCE))
        await send(store, await take(store, office, NOW + PATIENCE), 8)
        await to_store1(store, "three", now=NOW + MINUTE)
        await send(store, await take(store, home, NOW + MINUTE), 9)
        await to_store1(store, "four", now=NOW + MINUTE)
        assert await store.claim(office.num, NOW + MINUTE) is None, "it is back, and first again"

    async def test_who_is_preferred_is_woken_for_what_others_leave_to_him(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        await to_store1(store)
        bell = store.bells.line(home.num)
        bell.clear()
        await store.claim(office.num, NOW)
        assert bell.rung

    async def test_lines_take_turns(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office, home, strategy=Strategy.ROUND_ROBIN))
        for n in range(4):
            await to_store1(store, str(n))
        taken = []
        for n in range(4):
            for line in (home, office) if n % 2 else (office, home):
                if claim := await store.claim(line.num, NOW):
                    taken.append(line.name)
                    await send(store, claim, n)
                    break
        assert taken == ["office", "home", "office", "home"]

    async def test_a_busy_line_does_not_keep_its_turn(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office, home, strategy=Strategy.ROUND_ROBIN))
        for n in range(3):
            await to_store1(store, str(n))
        await take(store, office)
        await send(store, await take(store, home))
        await send(store, await take(store, home), 8)

    async def test_who_left_its_turn_to_a_line_is_woken_when_that_takes_something_else(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office, home, strategy=Strategy.ROUND_ROBIN))
        await to_store1(store)
        await send(store, await take(store, office))
        second = await to_store1(store)
        urgent = await accept(store, route=home.id, priority=9)
        assert await store.claim(office.num, NOW) is None
        store.bells.line(office.num).clear()
        assert (await take(store, home)).message == urgent.id
        assert store.bells.line(office.num).rung
        assert (await take(store, office)).message == second.id

    async def test_the_least_loaded_line_is_whichever_asks(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office, home, strategy=Strategy.LEAST_LOADED))
        for n in range(3):
            await to_store1(store, str(n))
        for n, line in enumerate((home, home, office)):
            await send(store, await take(store, line), n)

    async def test_a_recipient_hears_from_the_line_that_wrote_to_him_before(self, store: Store):
        office, home = await two_lines(store)
        await accept(store, route="home", to=BOB)
        await send(store, await take(store, home))
        await store.senders.put(sender(office, home, strategy=Strategy.STICKY))
        to_bob = await to_store1(store, to=BOB)
        to_alice = await to_store1(store, to=ALICE)
        assert (await take(store, office)).message == to_alice.id, "the one before it is the other's"
        assert await store.claim(office.num, NOW) is None
        assert (await take(store, home)).message == to_bob.id

    async def test_a_message_that_its_line_refused_goes_to_another_of_the_sender(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        message = await to_store1(store)
        claim = await take(store, home)
        refused = Outcome("elsewhere", error=MessageError("barred", "not here"), due_at=NOW + HOUR)
        await store.record(claim, 1, refused, NOW, started_at=NOW)
        assert (await take(store, office)).message == message.id

    async def test_a_sender_is_for_its_account_only(self, store: Store):
        office, _ = await two_lines(store)
        await store.senders.put(sender(office))
        await to_store1(store, account="other")
        assert await store.claim(office.num, NOW) is None

    async def test_a_sender_registered_later_helps_what_waits(self, store: Store):
        office, home = await two_lines(store)
        message = await to_store1(store)
        assert await store.claim(home.num, NOW) is None
        await store.senders.put(sender(home))
        assert store.bells.line(home.num).rung
        assert [line.counters["queued"] for line in await store.lines()] == [0, 1]
        assert (await take(store, home)).message == message.id
        assert await store.claim(office.num, NOW) is None

    async def test_what_waits_for_a_deleted_sender_is_rejected_with_that_reason(self, store: Store):
        office, _ = await two_lines(store)
        made = await store.senders.put(sender(office))
        waiting = [await to_store1(store, str(n)) for n in range(3)]
        later = await to_store1(store, state=State.SCHEDULED, due_at=NOW + HOUR)
        other = await accept(store, route="office")
        assert not await store.senders.delete("other", made.id, NOW)
        assert await store.senders.delete("default", made.id, NOW)
        assert not await store.senders.delete("default", made.id, NOW)
        for message in (*waiting, later):
            found = await store.message(None, message.id)
            assert found is not None
            assert (found.state, found.error and found.error.code) == (State.REJECTED, "sender_deleted")
            assert await told(store, message.id) == ["message.rejected"]
        assert "store1" not in await store.senders.words("default")
        assert (await take(store, office)).message == other.id

    async def test_lines_that_serve_a_sender_are_rung_for_its_messages(self, store: Store):
        office, home = await two_lines(store)
        strange = await line_up(store, "strange", number="+447700900333")
        await store.senders.put(sender(office, home))
        for line in (office, home, strange):
            store.bells.line(line.num).clear()
        await to_store1(store)
        assert [store.bells.line(line.num).rung for line in (office, home, strange)] == [True, True, False]


class Suspended:
    async def test_messages_of_a_suspended_account_wait_until_it_is_resumed(self, store: Store, reopen):
        line = await line_up(store, accounts=())
        held = await accept(store, priority=9)
        other = await accept(store, account="other")
        await store.suspend_account("default", NOW)
        assert (await take(store, line)).message == other.id
        assert await store.claim(line.num, NOW) is None
        again = await reopen()
        assert await again.claim(line.num, NOW) is None
        bell = again.bells.line(line.num)
        bell.clear()
        await again.suspend_account("default", None)
        assert bell.rung
        assert (await take(again, line)).message == held.id

    async def test_they_expire_all_the_same(self, store: Store):
        await line_up(store)
        held = await accept(store, expire_at=NOW + HOUR)
        await store.suspend_account("default", NOW)
        await store.promote(NOW + HOUR)
        assert (await store.message(None, held.id)).state is State.EXPIRED
