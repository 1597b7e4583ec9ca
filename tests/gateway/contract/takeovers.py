"""A store's promises about what it notes when a line takes a message over from another."""

import pytest

from gateway.domain.line import LineState, LineStatus, Rest, RestKind
from gateway.domain.message import Message, MessageError, Takeover
from gateway.domain.sender import Strategy
from gateway.store.contract import Outcome, Store
from tests.gateway.contract.build import BOB, HOUR, MINUTE, NOW, accept, put_on_air, send, take
from tests.gateway.contract.senders import PATIENCE, sender, to_store1, two_lines

REFUSAL = MessageError("sim_refused", "refused for this SIM: Operator determined barring", {"cms": 8})


async def takeovers(store: Store, message: Message) -> tuple[Takeover, ...]:
    found = await store.message(None, message.id)
    assert found is not None
    return found.takeovers


class TakingOver:
    @pytest.mark.parametrize(("kind", "reason"), [("elsewhere", "refused"), ("retry", "failed")])
    async def test_a_try_that_failed_is_told_with_its_line_and_its_number(self, store: Store, kind: str, reason: str):
        office, home = await two_lines(store)
        message = await accept(store)
        claim = await take(store, office)
        await put_on_air(store, claim)
        await store.record(claim, 1, Outcome(kind, error=REFUSAL, due_at=NOW + MINUTE), NOW, started_at=NOW)
        await store.promote(NOW + MINUTE)
        await take(store, home, NOW + MINUTE)
        assert await takeovers(store, message) == (
            Takeover(NOW + MINUTE, office.id, home.id, reason, REFUSAL.message, {"cms": 8}),
        )

    async def test_the_same_line_again_takes_nothing_over(self, store: Store):
        office, _ = await two_lines(store)
        message = await accept(store)
        claim = await take(store, office)
        await store.record(claim, 1, Outcome("retry", error=REFUSAL, due_at=NOW + MINUTE), NOW, started_at=NOW)
        await store.promote(NOW + MINUTE)
        await send(store, await take(store, office, NOW + MINUTE))
        assert await takeovers(store, message) == ()

    @pytest.mark.parametrize("strategy", [Strategy.FIRST_UP, Strategy.STICKY])
    async def test_a_line_that_is_down_is_told_with_what_it_said(self, store: Store, strategy: Strategy):
        office, home = await two_lines(store)
        await accept(store, route="home", to=BOB)
        await send(store, await take(store, home))
        await store.senders.put(sender(home, office, strategy=strategy))
        await store.set_line_status(home.num, LineStatus(LineState.DOWN, "the modem does not answer"), NOW)
        message = await to_store1(store, to=BOB)
        await take(store, office)
        [told] = await takeovers(store, message)
        assert (told.line_before, told.line) == (home.id, office.id)
        assert (told.reason, told.text) == ("down", "the modem does not answer")

    async def test_one_that_was_waited_for_in_vain_is_told(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        message = await to_store1(store)
        assert await store.claim(office.num, NOW) is None
        await take(store, office, NOW + PATIENCE)
        [told] = await takeovers(store, message)
        assert (told.line_before, told.reason, told.text) == (home.id, "not_taken", "it did not take it for 45 seconds")

    async def test_hours_that_are_over_are_told(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office))
        store.line_book.rests(home.num, Rest(RestKind.HOURS, "it sends from 08:00 to 20:00 (UTC) only", NOW + HOUR))
        message = await to_store1(store)
        await take(store, office)
        [told] = await takeovers(store, message)
        assert (told.reason, told.text) == ("hours", "it sends from 08:00 to 20:00 (UTC) only")

    async def test_a_line_lost_before_it_sent_is_told(self, store: Store, reopen):
        office, home = await two_lines(store)
        message = await accept(store)
        await take(store, office)
        await store.set_line_status(office.num, LineStatus(LineState.DOWN, "the modem's port was lost"), NOW)
        await store.recover(NOW, office.num)
        await take(store, home)
        [told] = await takeovers(await reopen(), message)
        assert (told.line_before, told.reason, told.text) == (office.id, "down", "the modem's port was lost")

    async def test_whose_turn_it_is_takes_nothing_over(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office, home, strategy=Strategy.ROUND_ROBIN))
        messages = [await to_store1(store, str(n)) for n in range(2)]
        await take(store, office)
        await take(store, home)
        assert [await takeovers(store, message) for message in messages] == [(), ()]
