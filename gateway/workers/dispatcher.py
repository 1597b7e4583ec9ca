"""Claims and submits for one line: one part on the air, the next claim at hand, the last outcome on its way to disk.

Rules of a message in parts:

- A part is on the air only after its point of no return is on disk, and each outcome is on disk before the line ends.
- A part that was not sent stops the claim: what follows in it waits in the store for what the outcome decided.
- A part whose outcome is unknown is not sent again from here, and stops the claim as well. The parts behind it were
  never sent: they go on over this line, from the queue, once the line has answered again. Each part is still sent at
  most once, and if the doubtful one did arrive, the recipient has the whole message.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import TypeVar

from gateway.aio import Clock, finish
from gateway.domain.errors import Conflict, GatewayError
from gateway.domain.line import Rest
from gateway.domain.message import Message, MessageError, State
from gateway.line import Line, LineFault, NeedsSetUp, Remedy
from gateway.metrics import Metrics
from gateway.policy.outcome import Decision, Facts, Need, decide
from gateway.policy.watchdog import Ending, ending_of
from gateway.store.contract import Claim, ClaimedPart, Outcome, Store
from gateway.workers.disk import until_taken
from modem.errors import ModemError, TransportLost
from modem.pdu.dcs import DataCoding

STOP_WITHIN_S = 40.0  # for what is on the air at an orderly stop; the daemon waits 45 s for all lines
IDLE_S = 60.0  # a bell that was lost costs no more than this
STRIKES = 3  # failures in a row of a modem that looks sick
LONGEST_REST_S = 300.0  # the wall clock may be set meanwhile
AHEAD_S = 30.0  # what is claimed ahead goes back when a part is on the air for longer: a silent modem has three minutes

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class _Attempt:
    """One try of one part: what is known of it while it runs."""

    claim: Claim
    part: ClaimedPart
    started_at: datetime
    on_air_at: float | None = None  # monotonic; the point of no return is on disk

    @property
    def fields(self) -> dict[str, object]:
        return {"message_id": self.claim.message, "part": self.part.n, "parts": self.part.total}


class Dispatcher:
    """The sending half of one connection of one line."""

    def __init__(
        self,
        line: Line,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        *,
        jitter: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1),
        stop_within_s: float = STOP_WITHIN_S,
    ) -> None:
        self._line = line
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._jitter = jitter
        self._stop_within_s = stop_within_s
        self._bell = store.bells.line(line.who.num)
        self._alerts = store.bells.alert(line.who.num)
        self._family = line.modem.profile.cms_family
        self._ahead: asyncio.Task[Claim | None] | None = None  # the next one
        self._returning: asyncio.Task[None] | None = None  # what was claimed ahead, on its way back
        self._recording: asyncio.Task[None] | None = None  # the last outcome, on its way to disk
        self._busy = False  # the claim being sent was at hand when the one before it was done
        self._modem_strikes = 0
        self._between = False  # the parts of a message, one of which waits for the rate
        self._rest: Rest | None = None  # as it was told

    async def run(self) -> None:
        """Ends by cancellation, or by LineFault or TransportLost when the line must be looked after.

        Cancelled, it claims no more, lets what is on the air finish within ``stop_within_s``, and gives back the rest.
        """
        try:
            while True:
                self._limit()
                if not self._line.is_free_now:
                    self._pass_on()
                    await self._give_back()  # others may send it meanwhile
                await self._turn(self._line.limiter.rest)
                claim = await self._next()
                if claim is None:
                    await self._bell.wait(IDLE_S)
                else:
                    await self._send(claim)
        finally:
            self._say(None)
            await finish(self._wind_up(), at_most_s=self._stop_within_s)

    # -- turns

    async def _turn(self, rest_of: Callable[[], Rest | None]) -> None:
        """Returns when the next message, or the next part of one, may go. Alerts go meanwhile, but for the budget.

        Between the parts of a message also when it cannot go on as things are: a claim never waits for a network.
        """
        while True:
            if not self._between:
                await self._line.ready()
            elif not self._line.may_go_on:
                return
            self._limit()
            rest = rest_of()
            self._say(rest)
            if rest is None:
                return
            self._alerts.clear()  # before looking, so that no wake-up is lost
            if self._line.limiter.rest(alert=True) is None and (alert := await self._next(alerts_only=True)):
                await self._send(alert)
                continue
            await self._alerts.wait(min(self._line.limiter.seconds_left(rest), LONGEST_REST_S))

    def _limit(self) -> None:
        """Heed what users of the line changed."""
        limits = self._store.line_book.limits(self._line.who.num)
        if limits is not None and self._line.limiter.take(limits):
            self._line.changed.ring()

    def _say(self, rest: Rest | None) -> None:
        if rest != self._rest:
            self._rest = rest
            self._store.line_book.rests(self._line.who.num, rest)

    # -- claims

    async def _next(self, *, alerts_only: bool = False) -> Claim | None:
        self._busy = self._ahead is not None
        ahead = self._ahead or self._look_ahead(alerts_only=alerts_only)
        await asyncio.wait((ahead,))  # not awaited itself: a cancellation must not lose what it claims
        self._ahead = None
        return ahead.result()

    def _look_ahead(self, *, alerts_only: bool = False) -> asyncio.Task[Claim | None]:
        self._ahead = asyncio.create_task(self._take(alerts_only=alerts_only))  # owned: ``_wind_up`` waits for it
        return self._ahead

    async def _take(self, *, alerts_only: bool) -> Claim | None:
        if not alerts_only:
            self._bell.clear()  # before looking, so that no wake-up is lost
        return await self._persist(
            lambda: self._store.claim(self._line.who.num, self._clock.now(), alerts_only=alerts_only)
        )

    async def _give_back(self) -> None:
        while self._ahead is not None or self._returning is not None:
            self._let_go()
            if self._returning is not None:
                await asyncio.wait((self._returning,))  # cancelled here, it is waited for by ``_wind_up``
                returning, self._returning = self._returning, None
                returning.result()

    def _let_go(self) -> None:
        """What was claimed ahead goes back to the others."""
        if self._ahead is not None and (self._returning is None or self._returning.done()):
            ahead, self._ahead = self._ahead, None
            self._returning = asyncio.create_task(self._return(ahead))  # owned: ``_give_back`` waits for it

    async def _return(self, ahead: asyncio.Task[Claim | None]) -> None:
        if (claim := await ahead) is not None:
            await self._release(claim)

    def _pass_on(self) -> None:
        """It was woken for something that another line has to do."""
        if self._bell.rung:
            self._store.bells.pass_on(self._line.who.num)

    async def _release(self, claim: Claim) -> None:
        await self._persist(lambda: self._store.release(claim, self._clock.now()))

    async def _wind_up(self) -> None:
        # the claim that was being sent is not released here: ``Store.recover`` tells its parts apart
        self._pass_on()
        try:
            await self._recorded()
        finally:
            await self._give_back()

    # -- parts

    async def _send(self, claim: Claim) -> None:
        for index, part in enumerate(claim.parts):
            await self._until_rate_allows(claim)
            is_late = not claim.others_acknowledged and index == 0 and claim.expire_at <= self._clock.now()
            if is_late or not self._line.may_go_on:
                await self._recorded()
                await self._release(claim)
                return
            attempt = _Attempt(claim, part, self._clock.now())
            is_last = index + 1 == len(claim.parts)
            decision = await finish(self._put_on_air(attempt, is_last=is_last), at_most_s=self._stop_within_s)
            if decision is not None:
                await self._look_after(claim.message, decision)
                return

    async def _until_rate_allows(self, claim: Claim) -> None:
        """A message that has begun is finished, whatever the hour and the budget."""
        if claim.is_alert:
            return
        self._between = True
        try:
            await self._turn(self._line.limiter.rate_rest)
        finally:
            self._between = False

    async def _put_on_air(self, attempt: _Attempt, *, is_last: bool) -> Decision | None:
        """One part, to the end; None when the network took it. Its outcome is on disk, or on its way there."""

        async def point_of_no_return() -> None:
            await self._store.on_air(attempt.claim, attempt.part.n, self._clock.now())
            attempt.on_air_at = self._clock.monotonic()
            if is_last and not self._between and self._ahead is None and self._line.is_free_now:
                self._look_ahead()

        patience = asyncio.get_running_loop().call_later(AHEAD_S, self._let_go)
        try:
            reference = await self._line.submit(
                attempt.claim,
                attempt.part,
                before_ctrl_z=point_of_no_return,
                more_follow=not is_last or self._busy,  # a queue that has just given two in a row has a third
            )
        except ModemError as error:
            return await self._failed(attempt, error)
        except GatewayError as error:  # the point of no return is not on disk: nothing was sent
            logger.warning("not sent", extra=self._fields(attempt) | {"code": error.code})
            await self._recorded()
            await self._release(attempt.claim)
            return Decision("released", MessageError(error.code, str(error)))
        finally:
            patience.cancel()
        self._modem_strikes = 0
        if self._line.limiter.breaker.sent():
            self._line.changed.ring()
        self._line.watch.sent(Ending.WELL, attempt.claim.message)
        await self._recorded()
        self._recording = asyncio.create_task(  # owned: ``_recorded`` waits for it, before the next and at the end
            self._record(attempt, Outcome("sent", reference=reference))
        )
        return None

    async def _failed(self, attempt: _Attempt, error: ModemError) -> Decision:
        claim = attempt.claim
        sent_before = claim.others_acknowledged or attempt.part.n != claim.parts[0].n
        facts = Facts(attempt.on_air_at is not None, claim.tries, sent_before)
        decision = decide(error, facts, jitter=self._jitter(), family=self._family)
        fields = self._fields(attempt) | {"outcome": decision.kind, "code": decision.error.code}
        logger.warning("part not sent", extra=fields | {"error": str(error)})
        if decision.kind == "unknown":
            self._line.took_one()
        due_at = None if decision.delay is None else self._clock.now() + decision.delay
        await self._recorded()
        await self._record(attempt, Outcome(decision.kind, error=decision.error, due_at=due_at))
        return decision

    async def _record(self, attempt: _Attempt, outcome: Outcome) -> None:
        ended_at = self._clock.now()
        took = None if attempt.on_air_at is None else self._clock.monotonic() - attempt.on_air_at
        try:
            message = await self._persist(
                lambda: self._store.record(
                    attempt.claim, attempt.part.n, outcome, ended_at, started_at=attempt.started_at
                )
            )
        except Conflict as error:  # somebody settled the part meanwhile; what they wrote stands
            logger.error("outcome not written", extra=self._fields(attempt) | {"code": error.code})
            return
        self._count(attempt, outcome, message, took)

    async def _recorded(self) -> None:
        if self._recording is not None:
            recording, self._recording = self._recording, None
            await recording

    async def _persist(self, write: Callable[[], Awaitable[T]]) -> T:
        return await until_taken(write, self._line.who.name)

    # -- the line

    async def _look_after(self, message: str, decision: Decision) -> None:
        """What the line needs after a part that was not sent. Raises LineFault when it cannot go on as it is."""
        reason = decision.error.message
        if (trouble := self._line.watch.sent(ending_of(decision), message)) is not None:
            raise LineFault(trouble, Remedy.RADIO)
        match decision.need:
            case Need.SIM_STRIKE:
                if self._line.limiter.breaker.refused(decision.error):
                    logger.error("sim refused", extra={"line": self._line.who.name, "reason": reason})
                    self._line.changed.ring()
            case Need.MODEM_STRIKE:
                self._modem_strikes += 1
                if self._modem_strikes >= STRIKES:
                    self._line.watch.mistrust()
                    raise LineFault(f"{STRIKES} sends in a row failed: {reason}", Remedy.RESET)
            case Need.SWEEP:
                await self._line.modem.sweep()
            case Need.INITIALISE:
                raise NeedsSetUp(reason)
            case Need.PORT:
                raise TransportLost(reason)
            case Need.OUT:
                raise LineFault(reason)
            case Need.NOTHING:
                pass

    # -- telling

    def _fields(self, attempt: _Attempt) -> dict[str, object]:
        return {"line": self._line.who.name} | attempt.fields

    def _count(self, attempt: _Attempt, outcome: Outcome, message: Message, took: float | None) -> None:
        metrics, line = self._metrics, self._line.who.name
        if outcome.kind == "sent":
            coding = DataCoding(attempt.part.data_coding)
            metrics.message_parts_sent.labels(line=line, encoding=coding.alphabet.value).inc()
            if took is not None:
                metrics.submit_duration_seconds.labels(line=line).observe(took)
        code = message.error.code if message.error is not None else ""
        match message.state:
            case State.SENT | State.DELIVERED | State.UNDELIVERED:
                metrics.messages_sent.labels(line=line, code="").inc()
                waited = (self._clock.now() - attempt.claim.created_at).total_seconds()
                metrics.time_to_send_seconds.labels(line=line).observe(max(0.0, waited))
            case State.FAILED:
                metrics.messages_failed.labels(line=line, code=code).inc()
            case State.UNKNOWN:
                metrics.messages_unknown.labels(line=line, code=code).inc()
            case _:
                return
        logger.info("message left the line", extra=self._fields(attempt) | {"state": message.state.value, "code": code})
