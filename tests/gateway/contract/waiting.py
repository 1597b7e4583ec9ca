"""What a store tells of a message that waits, and of the lines that may carry it."""

from datetime import datetime, timedelta

from gateway.domain.line import LineRecord, LineState, LineStatus, Rest, RestKind
from gateway.domain.message import Message, MessageError, SendWindow, State
from gateway.domain.route import LineRoute
from gateway.domain.sender import Strategy
from gateway.policy.waiting import MOST_AHEAD, Holds
from gateway.store.contract import Outcome, Store
from tests.gateway.contract.build import (
    HOUR,
    MINUTE,
    NOW,
    accept,
    batch_of,
    line_up,
    new_message,
    pause,
    put_on_air,
    send,
    take,
)
from tests.gateway.contract.senders import sender, to_store1, two_lines

REFUSAL = MessageError("sim_refused", "refused for this SIM", {"cms": 8})
NIGHT = SendWindow("20:00", "21:00", zone="Europe/London")  # NOW is 09:00 there


async def holds(store: Store, message: Message, now: datetime = NOW, account: str = "default") -> Holds:
    found = await store.queue.holds(account, message.id, now)
    assert found is not None
    return found


async def missed(store: Store, line: LineRecord, kind: str, error: MessageError = REFUSAL) -> Message:
    """The line's next message goes on the air and is not taken."""
    claim = await take(store, line)
    await put_on_air(store, claim)
    return await store.record(claim, 1, Outcome(kind, error=error, due_at=NOW + MINUTE), NOW, started_at=NOW)


class HoldingBack:
    async def test_a_message_of_another_account_is_none(self, store: Store):
        message = await accept(store)
        assert await store.queue.holds("other", message.id, NOW) is None
        assert await store.queue.holds("default", "msg_none", NOW) is None

    async def test_a_tracking_id_is_as_good_as_an_id(self, store: Store):
        message = await accept(store)
        assert message.tracking_id is not None
        found = await store.queue.holds("default", message.tracking_id, NOW)
        assert found is not None
        assert found.message == await store.message("default", message.id)

    async def test_its_lines_are_those_that_may_carry_it_whatever_they_are_doing(self, store: Store):
        office = await line_up(store, "office")
        home = await line_up(store, "home")
        await line_up(store, "theirs", accounts=("other",))
        await pause(store, home)
        await store.set_line_status(office.num, LineStatus(LineState.DOWN, "gone"), NOW)
        found = await holds(store, await accept(store))
        states = {one.line.name: one.line.state for one in found.candidates}
        assert states == {"office": LineState.DOWN, "home": LineState.PAUSED}
        named = await holds(store, await accept(store, sender="home", route="home"))
        assert [one.line.name for one in named.candidates] == ["home"]
        await store.retire_lines(["office"])
        assert (await holds(store, named.message)).candidates == ()

    async def test_a_line_that_has_it_is_named_and_since_when_it_is_on_the_air(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        claim = await take(store, line)
        claimed = await holds(store, message)
        assert (claimed.taken_by, claimed.on_air_since, claimed.candidates) == ("office", None, ())
        await put_on_air(store, claim, now=NOW + MINUTE)
        assert (await holds(store, message)).on_air_since == NOW + MINUTE

    async def test_a_failure_tells_its_error_its_line_and_the_next_try(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        await missed(store, line, "retry")
        found = await holds(store, message)
        assert found.failure is not None
        assert (found.failure.error, found.failure.line, found.message.due_at) == (REFUSAL, "office", NOW + MINUTE)

    async def test_a_line_whose_sim_refused_it_is_avoided_for_the_others(self, store: Store):
        office, home = await two_lines(store)
        message = await accept(store)
        await store.set_line_status(home.num, LineStatus(LineState.DOWN, "gone"), NOW)
        await missed(store, office, "elsewhere")
        found = await holds(store, message)
        told = {one.line.name: (one.avoided, one.refusal) for one in found.candidates}
        assert told == {"office": (True, REFUSAL), "home": (False, None)}

    async def test_a_message_begun_goes_on_over_its_line_only(self, store: Store):
        office, _ = await two_lines(store)
        message = await accept(store, parts=2)
        claim = await take(store, office)
        await send(store, claim, n=1)
        await store.release(claim, NOW)
        found = await holds(store, message)
        assert [one.line.name for one in found.candidates] == ["office"]

    async def test_pauses_and_suspensions_are_told(self, store: Store):
        accepted = await store.enqueue(batch_of(new_message(), new_message(to="+447700900456")), NOW)
        message = accepted.messages[0]
        assert not (await holds(store, message)).batch_paused
        await store.batches.pause("default", accepted.batch)
        await store.suspend_account("default", NOW)
        found = await holds(store, message)
        assert (found.batch_paused, found.account_suspended) == (True, True)

    async def test_a_closed_window_tells_when_it_opens(self, store: Store):
        waiting = await accept(store, send_window=NIGHT, zones=("Europe/London",))
        assert (await holds(store, waiting)).window_opens == NOW + 11 * HOUR
        assert (await holds(store, waiting, NOW + 11 * HOUR)).window_opens is None

    async def test_what_its_lines_take_before_it_is_counted_of_its_own_account(self, store: Store):
        await line_up(store, "office", accounts=())
        await accept(store, "theirs", account="other")
        older = await accept(store)
        await accept(store, sender="office", route="office")
        message = await accept(store)
        assert (await holds(store, message)).ahead == 2
        await accept(store, priority=9)
        await accept(store, priority=1)
        assert (await holds(store, message)).ahead == 3
        assert (await holds(store, older)).ahead == 1

    async def test_more_than_enough_is_not_counted_to_the_end(self, store: Store):
        await line_up(store)
        many = [new_message(to=f"+4477009{n:05}") for n in range(MOST_AHEAD + 5)]
        accepted = await store.enqueue(batch_of(*many), NOW)
        assert (await holds(store, accepted.messages[-1])).ahead == MOST_AHEAD + 1

    async def test_a_line_leaves_the_next_message_of_a_sender_to_the_one_that_is_preferred(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office, strategy=Strategy.FIRST_UP))
        message = await to_store1(store)
        turns = {one.line.name: one.leaves_to for one in (await holds(store, message)).candidates}
        assert turns == {"office": "home", "home": None}
        assert await store.claim(office.num, NOW) is None  # from now on home is waited for
        patience = timedelta(seconds=46)
        found = await holds(store, message, NOW + patience)
        assert [one.leaves_to for one in found.candidates] == [None, None]

    async def test_looking_changes_nothing(self, store: Store):
        office, home = await two_lines(store)
        await store.senders.put(sender(home, office, strategy=Strategy.FIRST_UP))
        message = await to_store1(store)
        for _ in range(3):
            await holds(store, message)
        assert await store.claim(office.num, NOW + MINUTE) is None
        assert (await take(store, home, NOW + MINUTE)).message == message.id

    async def test_what_was_sent_is_held_back_by_nothing(self, store: Store):
        line = await line_up(store)
        message = await accept(store)
        await send(store, await take(store, line))
        found = await holds(store, message)
        assert (found.message.state, found.candidates) == (State.SENT, ())

    async def test_a_route_that_leads_to_no_line_is_named(self, store: Store):
        await two_lines(store)
        await store.routing.put((LineRoute("germany", prefixes=("+49",), networks=("26201",)),))
        message = await accept(store, to="+4930901820")
        found = await holds(store, message)
        assert (found.route, found.candidates) == ("germany", ())
        assert (await holds(store, await accept(store))).route is None

    async def test_what_a_line_rests_for_holds_an_alert_only_where_it_does(self, store: Store):
        line = await line_up(store)
        ordinary, alert = await accept(store), await accept(store, priority=8)
        for kind, seen in (
            (RestKind.RATE, None),
            (RestKind.HOURS, None),
            (RestKind.BUDGET, True),
            (RestKind.BLOCKED, True),
        ):
            rest = Rest(kind, "why", NOW + HOUR)
            store.line_book.rests(line.num, rest)
            assert [one.rest for one in (await holds(store, ordinary)).candidates] == [rest]
            assert [one.rest for one in (await holds(store, alert)).candidates] == [rest if seen else None]
