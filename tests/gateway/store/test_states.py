"""The states of a message (native-v1 §3): what leads from each to the next, and that nothing else does."""

from collections.abc import Awaitable, Callable
from itertools import product

import pytest

from gateway.domain.message import FINAL, FOLLOWS, Message, State
from gateway.store import lifecycle
from gateway.store.contract import Outcome, Store
from gateway.store.lifecycle import IllegalTransition
from gateway.store.sqlite import SqliteStore
from tests.gateway.contract.build import ALICE, HOUR, MINUTE, NOW, accept, line_up, put_on_air, report, send, take

OUTBOUND = tuple(state for state in State if state is not State.RECEIVED)
LAPSED = NOW + 73 * HOUR
SET_STATE = "UPDATE messages SET state = ? WHERE id = ?"

Way = Callable[[Store], Awaitable[Message]]
"""Brings a new message to a state, through what really leads there."""


async def scheduled(store: Store) -> Message:
    return await accept(store, state=State.SCHEDULED, due_at=NOW + HOUR)


async def sending(store: Store, parts: int = 1) -> Message:
    line = await line_up(store)
    message = await accept(store, parts=parts)
    await take(store, line)
    return await of(store, message)


async def sent(store: Store) -> Message:
    line = await line_up(store)
    await accept(store)
    return await send(store, await take(store, line))


async def unknown(store: Store) -> Message:
    line = await line_up(store)
    await accept(store)
    claim = await take(store, line)
    await put_on_air(store, claim)
    return await store.record(claim, 1, Outcome("unknown"), NOW, started_at=NOW)


async def of(store: Store, message: Message) -> Message:
    found = await store.message(None, message.id)
    assert found is not None
    return found


def then(before: Callable[[Store], Awaitable[Message]], event: Callable[[Store, Message], Awaitable[object]]) -> Way:
    async def way(store: Store) -> Message:
        message = await before(store)
        await event(store, message)
        return await of(store, message)

    return way


def recorded(kind: str) -> Way:
    async def way(store: Store) -> Message:
        line = await line_up(store)
        await accept(store)
        claim = await take(store, line)
        await put_on_air(store, claim)
        due_at = NOW + MINUTE if kind == "retry" else None
        return await store.record(claim, 1, Outcome(kind, reference=7, due_at=due_at), NOW, started_at=NOW)

    return way


def reported(before: Callable[[Store], Awaitable[Message]], status: int) -> Way:
    return then(before, lambda store, _: store.file_report(1, report(status=status), NOW))


def resolved(verdict: str) -> Way:
    return then(unknown, lambda store, message: store.resolve(None, message.id, verdict, NOW))


async def part_lost_and_given_back(store: Store) -> Message:
    """A first part is unknown, the second failed; the first was to go out again, and its time is over."""
    line = await line_up(store)
    message = await accept(store, parts=2)
    claim = await take(store, line)
    await put_on_air(store, claim)
    await store.record(claim, 1, Outcome("unknown"), NOW, started_at=NOW)
    claim = await take(store, line)
    await store.record(claim, 2, Outcome("failed"), NOW, started_at=NOW)
    await store.resolve(None, message.id, "resend", NOW)
    await store.promote(LAPSED)
    return await of(store, message)


WAYS: dict[tuple[State, State], Way] = {
    (State.SCHEDULED, State.QUEUED): then(scheduled, lambda store, _: store.promote(NOW + HOUR)),
    (State.SCHEDULED, State.CANCELED): then(scheduled, lambda store, one: store.cancel(None, one.id, NOW)),
    (State.SCHEDULED, State.EXPIRED): then(scheduled, lambda store, _: store.promote(LAPSED)),
    (State.SCHEDULED, State.REJECTED): then(
        scheduled, lambda store, _: store.consent.opt_out("default", ALICE, "api", NOW)
    ),
    (State.SCHEDULED, State.UNKNOWN): then(scheduled, lambda store, _: store.doubt(NOW + HOUR)),
    (State.QUEUED, State.SENDING): sending,
    (State.QUEUED, State.CANCELED): then(accept, lambda store, one: store.cancel(None, one.id, NOW)),
    (State.QUEUED, State.EXPIRED): then(accept, lambda store, _: store.promote(LAPSED)),
    (State.QUEUED, State.REJECTED): then(accept, lambda store, _: store.consent.opt_out("default", ALICE, "api", NOW)),
    (State.QUEUED, State.UNKNOWN): then(accept, lambda store, _: store.doubt(NOW)),
    (State.QUEUED, State.FAILED): part_lost_and_given_back,
    (State.SENDING, State.QUEUED): recorded("retry"),
    (State.SENDING, State.SENT): recorded("sent"),
    (State.SENDING, State.UNKNOWN): recorded("unknown"),
    (State.SENDING, State.FAILED): recorded("failed"),
    (State.SENT, State.DELIVERED): reported(sent, 0x00),
    (State.SENT, State.UNDELIVERED): reported(sent, 0x41),
    (State.SENT, State.EXPIRED): reported(sent, 0x46),
    (State.UNKNOWN, State.SENT): resolved("sent"),
    (State.UNKNOWN, State.FAILED): resolved("failed"),
    (State.UNKNOWN, State.QUEUED): resolved("resend"),
    (State.UNKNOWN, State.DELIVERED): reported(unknown, 0x00),
    (State.UNKNOWN, State.UNDELIVERED): reported(unknown, 0x41),
    (State.UNKNOWN, State.EXPIRED): reported(unknown, 0x46),
}
OF_PARTS = {(State.SENDING, after) for after in (State.DELIVERED, State.UNDELIVERED, State.EXPIRED)}
"""When the last of several parts is settled by what is known of the others, as in the tests of reports."""


def test_native_01_every_transition_of_the_table_has_its_way() -> None:
    assert {(before, after) for before, follow in FOLLOWS.items() for after in follow} == WAYS.keys() | OF_PARTS


@pytest.mark.parametrize(("before", "after"), WAYS)
async def test_native_01_each_transition(store: SqliteStore, before: State, after: State) -> None:
    message = await WAYS[before, after](store)
    assert message.state is after
    assert {before, after} <= message.state_at.keys()
    assert (message.state in FINAL) == (after not in FOLLOWS)


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in product(OUTBOUND, OUTBOUND) if pair[0] != pair[1] and pair[1] not in FOLLOWS.get(pair[0], ())],
)
async def test_native_01_no_other_transition_is_written(store: SqliteStore, before: State, after: State) -> None:
    message = await accept(store)
    await store.write(lambda tx: tx.run(SET_STATE, (before.value, message.id)))
    with pytest.raises(IllegalTransition):
        await store.write(lambda tx: lifecycle.save(tx, lifecycle.load(tx, message.num), after, NOW))
    assert (await of(store, message)).state is before
