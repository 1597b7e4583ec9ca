"""Whatever happens in whatever order: the state table holds, the queue adds up, nothing goes out twice unasked."""

import random
import sqlite3
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.domain.errors import Conflict, Rejected
from gateway.domain.message import FINAL, FOLLOWS, MessageError, State, roll_up
from gateway.store.contract import Claim, MessageFilter, Outcome, Store
from tests.gateway.contract.build import ALICE, BOB, NOW, SECOND, accept, line_up, report

ERROR = MessageError("congestion", "busy", {"cms": 42})
STEPS = 150


class Walk:
    """A few lines, a clock, and one random thing after the other."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.dice = random.Random(seed)
        self.now: datetime = NOW
        self.lines: list[Any] = []
        self.claims: list[tuple[Claim, list[int]]] = []  # with the parts that were not recorded yet
        self.seen: dict[str, State] = {}

    async def run(self) -> None:
        self.lines = [await line_up(self.store, f"line{n}") for n in range(3)]
        steps = (
            self.accept,
            self.claim,
            self.claim,
            self.send,
            self.send,
            self.send,
            self.report,
            self.report,
            self.later,
            self.meddle,
            self.recover,
        )
        for _ in range(STEPS):
            await self.dice.choice(steps)()
            await self.look()

    async def accept(self) -> None:
        try:
            await accept(
                self.store,
                to=self.dice.choice((ALICE, BOB)),
                parts=self.dice.choice((1, 1, 3)),
                now=self.now,
                state=self.dice.choice((State.QUEUED, State.QUEUED, State.SCHEDULED)),
                due_at=self.now + 20 * SECOND,
                expire_at=self.now + timedelta(minutes=self.dice.choice((1, 30))),
                on_unknown=self.dice.choice(("hold", "resend")),
                delivery_report=self.dice.random() < 0.8,
                priority=self.dice.randrange(10),
            )
        except Rejected:
            for entry in await self.store.consent.opt_outs("default"):
                await self.store.consent.forget_opt_out("default", entry.id, "the next round", self.now)

    async def claim(self) -> None:
        claim = await self.store.claim(self.dice.choice(self.lines).num, self.now)
        if claim is not None:
            assert claim.expire_at > self.now
            self.claims.append((claim, [part.n for part in claim.parts]))

    async def send(self) -> None:
        if not self.claims:
            return
        claim, left = self.claims.pop(self.dice.randrange(len(self.claims)))
        kind = self.dice.choice(("sent", "sent", "sent", "retry", "elsewhere", "failed", "unknown", "release"))
        if kind == "release":
            await self.store.release(claim, self.now)
            return
        n = left.pop(0)
        if kind != "failed" or self.dice.random() < 0.5:
            await self.store.on_air(claim, n, self.now)
        sent = kind == "sent"
        outcome = Outcome(
            kind,
            reference=self.dice.randrange(4) if sent else None,
            error=None if sent else ERROR,
            due_at=self.now + 10 * SECOND,
        )
        await self.store.record(claim, n, outcome, self.now, started_at=self.now)
        if sent and left:
            self.claims.append((claim, left))

    async def report(self) -> None:
        """Mostly about something that was sent, with a clock that may be wrong; now and then about nothing."""
        sent = [message for message, state in self.seen.items() if state in {State.SENT, State.SENDING, State.UNKNOWN}]
        to, reference, at = BOB, self.dice.randrange(4), self.now
        if sent:
            message = await self.store.message(None, self.dice.choice(sent))
            assert message is not None
            part = self.dice.choice(message.parts)
            to, at = message.to, part.sent_at or self.now
            reference = reference if part.reference is None else part.reference
        status = self.dice.choice((0x00, 0x00, 0x01, 0x20, 0x41, 0x46))
        line = self.dice.choice(self.lines)
        await self.store.file_report(line.num, report(reference, status, to=to, at=at), self.now)

    async def later(self) -> None:
        self.now += timedelta(seconds=self.dice.choice((1, 15, 90, 400, 4000)))
        await self.store.promote(self.now)
        due = await self.store.next_due()
        assert due is None or due > self.now

    async def meddle(self) -> None:
        messages = await self.store.messages(MessageFilter(None, direction="out"), limit=20)
        if not messages:
            return
        message = self.dice.choice(messages).id
        try:
            match self.dice.randrange(4):
                case 0:
                    await self.store.cancel(None, message, self.now)
                case 1:
                    verdict = self.dice.choice(("sent", "failed", "resend"))
                    await self.store.resolve(None, message, verdict, self.now)
                case 2:
                    await self.store.consent.opt_out("default", BOB, "api", self.now)
                case _:
                    line = self.dice.choice(self.lines).num
                    await self.store.late_reference(line, self.dice.randrange(4), self.now)
        except Conflict:
            pass

    async def recover(self) -> None:
        if self.dice.random() < 0.3:
            await self.store.recover(self.now)
            self.claims.clear()

    async def look(self) -> None:
        """The state table: nobody saw a step that may not be."""
        for message in await self.store.messages(MessageFilter(None, direction="out"), limit=1000):
            before = self.seen.get(message.id, message.state)
            assert message.state is before or _reachable(before, message.state), (before, message.state)
            self.seen[message.id] = message.state


def _reachable(before: State, after: State) -> bool:
    """By one or two steps: one call may do both, as a report that came before its answer."""
    first = FOLLOWS.get(before, frozenset())
    return after in first or any(after in FOLLOWS.get(between, ()) for between in first)


@pytest.mark.parametrize("seed", range(12))
async def test_native_01_a_random_walk_breaks_no_rule(store: Store, seed: int):
    walk = Walk(store, seed)
    await walk.run()

    messages = [
        await store.message(None, message.id)
        for message in await store.messages(MessageFilter(None, direction="out"), limit=1000)
    ]
    for message in messages:
        parts = {part.state for part in message.parts}
        if message.state in FINAL:  # stays, whatever is learned of its other parts afterwards
            assert message.state in parts
        elif message.state not in {State.SCHEDULED, State.QUEUED}:
            assert message.state is roll_up(parts)
        told = [event.type.value for event in await store.message_events(message.id)]
        if message.state in FINAL:
            assert told.count(f"message.{message.state.value}") == 1
        sent = [attempt.part for attempt in await store.attempts(message.id) if attempt.outcome in {"sent", "unknown"}]
        assert len(sent) == len(set(sent)) or message.possible_duplicate
    await _the_queue_adds_up(store)

    await store.recover(walk.now)
    await store.promote(walk.now + timedelta(days=30))
    assert await store.next_due() is None
    for message in await store.messages(MessageFilter(None, direction="out"), limit=1000):
        assert message.state in FINAL or message.report is not None or not message.delivery_report


async def _the_queue_adds_up(store: Any) -> None:
    rows: list[sqlite3.Row] = await store._connections.writing.execute_fetchall(
        "SELECT route, account, COUNT(*) AS count FROM messages WHERE waiting = 1 GROUP BY route, account"
    )
    assert dict(store._memory.waiting) == {(row["route"], row["account"]): row["count"] for row in rows}
    stray = await store._connections.writing.execute_fetchall(
        "SELECT messages.id FROM messages WHERE messages.direction = 'out' AND messages.waiting IS NULL"
        " AND messages.state IN ('queued', 'scheduled')"
        " UNION ALL SELECT messages.id FROM messages JOIN parts ON parts.message = messages.num"
        " WHERE messages.waiting IS NULL AND messages.direction = 'out' AND parts.state = 'queued'"
        " UNION ALL SELECT messages.id FROM messages JOIN parts ON parts.message = messages.num"
        " WHERE messages.waiting IS NOT NULL AND parts.state = 'sending'"
    )
    assert list(stray) == []
