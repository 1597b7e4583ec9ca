"""A store's promises about routes: which lines a message that names none may go over."""

import pytest

from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.message import Message, MessageError, State
from gateway.domain.route import LineRoute
from gateway.domain.sender import Strategy
from gateway.store.contract import Outcome, Store
from tests.gateway.contract.build import HOUR, MINUTE, NOW, accept, batch_of, line_up, new_message, send, take
from tests.gateway.contract.senders import sender, to_store1, two_lines

BERLIN = "+4930901820"
VIENNA = "+43140001"
TO_GERMANY = LineRoute("germany", prefixes=("+49",), lines=("home",))


async def to_berlin(store: Store, text: str = "hello", **changed) -> Message:
    return await accept(store, text, to=BERLIN, **changed)


async def taken_by(store: Store, *lines: LineRecord) -> list[str | None]:
    """What each of these lines gets when it asks, one after the other."""
    claims = [await store.claim(line.num, NOW) for line in lines]
    return [None if claim is None else claim.message for claim in claims]


class Routes:
    async def test_a_message_that_a_route_fits_goes_over_its_lines_only(self, store: Store):
        office, home = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        german, other = await to_berlin(store), await accept(store, to=VIENNA)
        assert await taken_by(store, office, office, home) == [other.id, None, german.id]

    async def test_one_that_no_route_fits_goes_over_any(self, store: Store):
        office, home = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        first, second = await accept(store, to=VIENNA), await accept(store, to=VIENNA)
        assert await taken_by(store, home, office) == [first.id, second.id]

    async def test_the_first_that_fits_is_taken(self, store: Store):
        office, home = await two_lines(store)
        berlin = LineRoute("berlin", prefixes=("+4930",), lines=("office",))
        await store.routing.put((berlin, TO_GERMANY))
        message = await to_berlin(store)
        assert await taken_by(store, home, office) == [None, message.id]

    async def test_routes_are_there_after_a_restart(self, store: Store, reopen):
        office, home = await two_lines(store)
        route = LineRoute("germany", ("AT",), ("+49",), ("+4930",), ("default",), ("auto",), ("home",), ())
        await store.routing.put((route, LineRoute("rest", strategy=Strategy.STICKY)))
        message = await to_berlin(store)
        again = await reopen()
        assert list(await again.routing.routes()) == [route, LineRoute("rest", strategy=Strategy.STICKY)]
        assert await taken_by(again, office, home) == [None, message.id]

    async def test_routes_made_later_hold_for_what_waits(self, store: Store):
        office, home = await two_lines(store)
        many = [new_message(to=f"+4930{n:07}", priority=n % 10) for n in range(2500)]
        await store.enqueue(batch_of(*many), NOW)
        other = await accept(store, to=VIENNA)
        await store.routing.put((TO_GERMANY,))
        assert [line.counters["queued"] for line in await store.lines()] == [1, 2501]
        assert await taken_by(store, office, office) == [other.id, None]
        assert (await take(store, home)).message == many[9].id, "and in the order they were in"

    async def test_routes_taken_away_leave_nothing_behind(self, store: Store, reopen):
        office, _ = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        message = await to_berlin(store)
        assert await store.claim(office.num, NOW) is None
        bell = store.bells.line(office.num)
        bell.clear()
        await store.routing.put(())
        assert bell.rung
        assert (await take(store, office)).message == message.id
        assert await (await reopen()).routing.routes() == ()

    async def test_other_lines_for_a_route_are_its_lines_at_once(self, store: Store):
        """Decisions: lines are resolved at the claim."""
        office, home = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        message = await to_berlin(store)
        await store.routing.put((LineRoute("germany", prefixes=("+49",), lines=("office",)),))
        assert await taken_by(store, home, office) == [None, message.id]

    async def test_a_line_that_comes_to_a_network_may_carry_what_waits_for_one(self, store: Store):
        office, home = await two_lines(store)
        await store.routing.put((LineRoute("on-net", prefixes=("+49",), networks=("26201",)),))
        message = await to_berlin(store)
        assert await taken_by(store, office, home) == [None, None]
        bell = store.bells.line(home.num)
        bell.clear()
        await store.set_line_status(home.num, LineStatus(LineState.UP, "", operator="26201"), NOW)
        assert bell.rung
        assert await taken_by(store, office, home) == [None, message.id]

    async def test_a_strategy_says_whose_turn_it_is(self, store: Store):
        office, home = await two_lines(store)
        first_up = LineRoute("germany", prefixes=("+49",), lines=("home", "office"), strategy=Strategy.FIRST_UP)
        await store.routing.put((first_up,))
        message = await to_berlin(store)
        assert await store.claim(office.num, NOW) is None
        assert store.bells.line(home.num).rung
        await store.set_line_status(home.num, LineStatus(LineState.DOWN, "unplugged"), NOW)
        assert await taken_by(store, office) == [message.id]

    async def test_of_a_sender_the_lines_of_the_route_come_first(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(office, home, strategy=Strategy.LEAST_LOADED))
        await store.routing.put((TO_GERMANY,))
        german, other = await to_store1(store, to=BERLIN), await to_store1(store, to=VIENNA)
        assert await taken_by(store, office, office) == [other.id, None]
        assert await taken_by(store, home) == [german.id]
        second = await to_store1(store, to=BERLIN)
        await store.set_line_status(home.num, LineStatus(LineState.DOWN, "unplugged"), NOW)
        assert await taken_by(store, office) == [second.id], "the sender's other line stands in"

    async def test_what_waits_for_a_deleted_sender_is_rejected_whatever_its_route(self, store: Store):
        office, _ = await two_lines(store)
        made = await store.senders.put(sender(office))
        await store.routing.put((TO_GERMANY,))
        waiting = await to_store1(store, to=BERLIN)
        later = await to_store1(store, to=BERLIN, state=State.SCHEDULED, due_at=NOW + HOUR)
        assert await store.senders.delete("default", made.id, NOW)
        for message in (waiting, later):
            found = await store.message(None, message.id)
            assert found is not None
            assert found.state is State.REJECTED

    async def test_who_names_a_line_means_that_line(self, store: Store):
        office, _ = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        message = await to_berlin(store, sender="office", route="office")
        assert (await take(store, office)).message == message.id

    async def test_a_message_that_falls_due_takes_the_route_of_that_time(self, store: Store):
        office, home = await two_lines(store)
        message = await to_berlin(store, state=State.SCHEDULED, due_at=NOW + MINUTE)
        await store.routing.put((TO_GERMANY,))
        await store.promote(NOW + MINUTE)
        assert await taken_by(store, office, home) == [None, message.id]

    async def test_a_batch_that_is_resumed_takes_the_routes_of_that_time(self, store: Store):
        office, home = await two_lines(store)
        accepted = await store.enqueue(batch_of(new_message(to=BERLIN), new_message(to=VIENNA)), NOW)
        await store.batches.pause("default", accepted.batch)
        await store.routing.put((TO_GERMANY,))
        await store.batches.resume("default", accepted.batch)
        assert await taken_by(store, office, office, home) == [accepted.messages[1].id, None, accepted.messages[0].id]

    @pytest.mark.parametrize("kind", ["released", "elsewhere"])
    async def test_a_message_that_comes_back_stays_on_its_route(self, store: Store, kind: str):
        office, home = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        message = await to_berlin(store)
        claim = await take(store, home)
        if kind == "released":
            await store.release(claim, NOW)
        else:
            error = MessageError("barred", "not here")
            outcome = Outcome("elsewhere", error=error, due_at=NOW + MINUTE)
            await store.record(claim, 1, outcome, NOW, started_at=NOW)
            assert await taken_by(store, office, home) == [None, None], "no other line of its route: it waits"
            await store.promote(NOW + MINUTE)
        assert await taken_by(store, office, home) == [None, message.id]

    async def test_a_message_begun_goes_on_over_its_line_although_a_route_changed(self, store: Store):
        office, home = await two_lines(store)
        message = await accept(store, to=BERLIN, parts=2)
        claim = await take(store, office)
        await send(store, claim, n=1)
        await store.release(claim, NOW)
        await store.routing.put((TO_GERMANY,))
        assert await taken_by(store, home, office) == [None, message.id]

    async def test_lines_of_the_route_are_rung_for_its_messages(self, store: Store):
        office, home = await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        for line in (office, home):
            store.bells.line(line.num).clear()
        await to_berlin(store)
        assert [store.bells.line(line.num).rung for line in (office, home)] == [False, True]

    async def test_who_asks_why_it_waits_is_told_the_lines_of_its_route(self, store: Store):
        await two_lines(store)
        await store.routing.put((TO_GERMANY,))
        scheduled = await to_berlin(store, state=State.SCHEDULED, due_at=NOW + MINUTE)
        for message in (await to_berlin(store), scheduled):
            found = await store.queue.holds("default", message.id, NOW)
            assert found is not None
            assert [one.line.name for one in found.candidates] == ["home"]

    async def test_a_line_of_another_account_is_none_of_a_routes(self, store: Store):
        home = await line_up(store, "home", accounts=("other",))
        await store.routing.put((TO_GERMANY,))
        await to_berlin(store)
        assert await store.claim(home.num, NOW) is None
