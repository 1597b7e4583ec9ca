"""Lines, callers and people do anything in any order: counters agree with the rows, and nobody sleeps beside work."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from gateway.domain.errors import GatewayError
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.message import State
from gateway.domain.sender import Sender, Strategy
from gateway.store.contract import Claim, Outcome
from gateway.store.sqlite import SqliteStore
from gateway.store.transaction import Transaction
from tests.gateway.contract.build import MINUTE, NOW, batch_of, line_up, ms, new_message, pause
from tests.support.kept import OPEN_OF_BATCHES

PHONES = tuple(f"+4477009001{n:02d}" for n in range(6))
ACCOUNTS = ("default", "other")
WAITING = "SELECT route, account, COUNT(*) AS count FROM messages WHERE waiting = 1 GROUP BY route, account"
SEEDS = int(os.environ.get("SIMGATE_TRIALS", "8"))
STUCK = "SELECT id, state, waiting, route, account, avoid, due_at FROM messages WHERE waiting IS NOT NULL"
OUTCOMES = ("sent", "sent", "sent", "retry", "elsewhere", "elsewhere", "failed", "unknown")


@dataclass
class Worker:
    """What a line's dispatcher does, as far as the store can tell. asleep: it waits for its bell."""

    line: LineRecord
    store: SqliteStore
    asleep: bool = False
    claim: Claim | None = None

    @property
    def bell(self):
        return self.store.bells.line(self.line.num)

    async def look(self, now: datetime) -> None:
        self.wake()
        self.bell.clear()
        self.claim = await self.store.claim(self.line.num, now)
        if self.claim is None:
            self.asleep = True
            self.bell.waiting += 1

    def wake(self) -> None:
        if self.asleep:
            self.asleep = False
            self.bell.waiting -= 1


@dataclass
class Play:
    """One run. pace: of what ends, beside what comes in. now: its time, which stands still but for ``pass_time``."""

    store: SqliteStore
    dice: Random
    workers: list[Worker]
    pace: int
    now: datetime = NOW
    batches: list[tuple[str, str]] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    paused: set[int] = field(default_factory=set)
    down: set[int] = field(default_factory=set)

    async def step(self) -> str:
        dice = self.dice
        busy = ("call", "call", *self.pace * ("end",), "release", "batch", "pass_time", "cancel", "resolve")
        what = dice.choice((*busy, *busy, "batch", "line", "status", "account", "opt_out", "opt_in"))
        try:
            await getattr(self, what)()
        except GatewayError as refusal:
            what += f" ({refusal.code})"
        await self.rest()
        return what

    async def rest(self) -> None:
        """Until nobody who is free has been rung for."""
        while free := [one for one in self.workers if self._is_free(one) and (one.bell.rung or not one.asleep)]:
            await self.dice.choice(free).look(self.now)

    def _is_free(self, worker: Worker) -> bool:
        return worker.claim is None and worker.line.num not in self.down

    # -- what happens

    async def call(self) -> None:
        account, route = self.dice.choice(ACCOUNTS), self.dice.choice(("auto", "line1", "line2", *Strategy))
        to = self.dice.sample(PHONES, self.dice.choice((1, 1, 2, 4)))
        parts = self.dice.choice((1, 1, 3))
        later = {"state": State.SCHEDULED, "due_at": self.now + MINUTE} if self.dice.random() < 0.2 else {}
        made = [
            new_message(to=phone, parts=parts, now=self.now, route=str(route), sender=str(route), **later)
            for phone in to
        ]
        done = await self.store.enqueue(batch_of(*made, account=account, now=self.now), self.now)
        self.batches.append((account, done.batch))
        self.messages += [(account, message.id) for message in done.messages]

    async def end(self) -> None:
        """A part of what a line has goes out, or does not."""
        worker = self._busy()
        claim = worker.claim
        assert claim is not None
        part, kind = claim.parts[0], self.dice.choice(OUTCOMES)
        await self.store.on_air(claim, part.n, self.now)
        due_at = self.now + timedelta(seconds=30) if kind in ("retry", "elsewhere") else None
        outcome = Outcome(kind, reference=self.dice.randrange(256) if kind == "sent" else None, due_at=due_at)
        await self.store.record(claim, part.n, outcome, self.now, started_at=self.now)
        left = claim.parts[1:] if kind == "sent" else ()
        worker.claim = None
        if left:
            await self.store.release(claim, self.now)

    async def release(self) -> None:
        worker = self._busy()
        assert worker.claim is not None
        await self.store.release(worker.claim, self.now)
        worker.claim = None

    def _busy(self) -> Worker:
        busy = [worker for worker in self.workers if worker.claim is not None]
        if not busy:
            raise GatewayError("nobody", "is busy")
        return self.dice.choice(busy)

    async def batch(self) -> None:
        if self.batches:
            account, batch = self.dice.choice(self.batches)
            match self.dice.choice(("pause", "pause", "resume", "cancel")):
                case "pause":
                    await self.store.batches.pause(account, batch)
                case "resume":
                    await self.store.batches.resume(account, batch)
                case "cancel":
                    await self.store.batches.cancel(account, batch, self.now)

    async def line(self) -> None:
        worker = self.dice.choice(self.workers)
        self.paused ^= {worker.line.num}
        await pause(self.store, worker.line, paused=worker.line.num in self.paused)

    async def status(self) -> None:
        """It loses its modem, with whatever it had, or has one again."""
        await self._plug(self.dice.choice(self.workers))

    async def _plug(self, worker: Worker) -> None:
        num = worker.line.num
        self.down ^= {num}
        if num in self.down:
            worker.wake()
            worker.claim = None
            await self.store.recover(self.now, line=num)
        state = LineState.DOWN if num in self.down else LineState.UP
        await self.store.set_line_status(num, LineStatus(state, ""), self.now)

    async def account(self) -> None:
        at = self.now if self.dice.random() < 0.5 else None
        await self.store.suspend_account(self.dice.choice(ACCOUNTS), at)

    async def opt_out(self) -> None:
        scope = self.dice.choice(("account", f"line:{self.workers[0].line.id}"))
        await self.store.consent.opt_out(
            self.dice.choice(ACCOUNTS), self.dice.choice(PHONES), "api", self.now, scope=scope
        )

    async def opt_in(self) -> None:
        account = self.dice.choice(ACCOUNTS)
        for entry in await self.store.consent.opt_outs(account, limit=3):
            await self.store.consent.forget_opt_out(account, entry.id, "why not", self.now)

    async def pass_time(self) -> None:
        """As long as a line sleeps at most: then all that are free look again."""
        self.now += MINUTE
        await self.store.promote(self.now)
        for worker in self.workers:
            worker.bell.ring()

    async def cancel(self) -> None:
        if self.messages:
            await self.store.cancel(*self.dice.choice(self.messages), self.now)

    async def resolve(self) -> None:
        if self.messages:
            await self.store.resolve(
                *self.dice.choice(self.messages), self.dice.choice(("sent", "failed", "resend")), self.now
            )

    async def report(self) -> None:
        await self.store.promote(self.now + MINUTE * 0)

    # -- what holds

    async def check(self) -> None:
        """Whom a sticky sender prefers may change while everybody sleeps: with the messages that went to a phone."""
        memory, rows, open_now = await self.store.write(self._counted)
        assert memory == rows
        assert open_now == []
        for worker in self.workers:
            if worker.asleep and self._is_free(worker):
                worker.claim = await self.store.claim(worker.line.num, self.now)
                if worker.claim is not None:
                    worker.wake()
                    message = await self.store.message(None, worker.claim.message)
                    assert message is not None
                    assert message.sender == Strategy.STICKY, f"{worker.line.name} sleeps beside {worker.claim}"

    @staticmethod
    def _counted(tx: Transaction):
        rows = {(row["route"], row["account"]): row["count"] for row in tx.rows(WAITING)}
        opened = [dict(row) for row in tx.rows(OPEN_OF_BATCHES) if row["open"] != row["open_now"]]
        return dict(+tx.memory.waiting), rows, opened

    async def wind_up(self) -> list[dict[str, object]]:
        """Everything is free and works but one line, which is gone for good: what still waits then for others."""
        gone = self.dice.choice(self.workers)
        for account in ACCOUNTS:
            await self.store.suspend_account(account, None)
        for account, batch in self.batches:
            await self.store.batches.resume(account, batch)
        for worker in self.workers:
            await pause(self.store, worker.line, paused=False)
            if (worker is gone) != (worker.line.num in self.down):
                await self._plug(worker)
        for _ in range(400):
            for worker in self.workers:
                while worker.claim is not None:
                    await self._send(worker.claim)
                    await worker.look(self.now)
            await self.pass_time()
            await self.rest()
            rows = await self.store.write(lambda tx: [dict(row) for row in tx.rows(STUCK)])
            stuck = [row for row in rows if row["route"] not in (gone.line.id, gone.line.name)]
            if not stuck and all(worker.claim is None for worker in self.workers):
                break
        return stuck

    async def _send(self, claim: Claim) -> None:
        for part in claim.parts:
            await self.store.on_air(claim, part.n, self.now)
            await self.store.record(claim, part.n, Outcome("sent", reference=1), self.now, started_at=self.now)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_whatever_happens_counters_agree_and_nothing_waits_beside_a_free_line(store: SqliteStore, seed: int):
    workers = []
    for n in range(3):
        line = await line_up(store, f"line{n}", number=f"+44770090{n:04d}", accounts=() if n else ("default",))
        workers.append(Worker(line, store))
    for account in ACCOUNTS:
        for strategy in Strategy:
            lines = tuple(worker.line.id for worker in workers)
            sender = Sender(0, new_id("snd", ms(NOW)), account, strategy.value, "code", strategy, lines, NOW)
            await store.senders.put(sender)
    play = Play(store, Random(seed), workers, pace=(3, 12)[seed % 2])
    done = Counter[str]()
    await play.rest()
    for _ in range(120):
        done[await play.step()] += 1
        await play.check()
    assert await play.wind_up() == []
    await play.check()
    assert done["call"], done
