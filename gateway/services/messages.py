"""Outbound messages: accepted, looked up, cancelled, settled."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import Conflict, Fault, GatewayError, NoneAccepted, NotFound, Rejected
from gateway.domain.event import Event
from gateway.domain.ids import new_id, new_uuid
from gateway.domain.message import Attempt, Draft, Message, State
from gateway.metrics import Metrics
from gateway.policy.waiting import Waiting, why
from gateway.services.compose import Composer, check_service
from gateway.services.composing import BATCH_PRIORITY, PRIORITY, Composed, Composing
from gateway.services.line_campaigns import LineCampaigns
from gateway.services.links import Links
from gateway.services.media import MediaFiles
from gateway.services.memory import Memory, Remembered
from gateway.services.preparing import Call, Preparer
from gateway.services.previewing import Preview, preview_of
from gateway.services.room import Room
from gateway.store.contract import (
    BatchRecord,
    Enqueued,
    Idempotency,
    MessageFilter,
    NewBatch,
    NewMessage,
    Once,
    Store,
)

WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.SENDING})
VERDICTS = ("sent", "failed", "resend")


@dataclass(frozen=True, slots=True)
class History:
    """What happened to a message: the events it caused and every try of its parts."""

    events: Sequence[Event]
    attempts: Sequence[Attempt]


class Messages:
    """What goes out, and how it went."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        metrics: Metrics,
        links: Links,
        media: MediaFiles,
        memory: Memory,
        max_pending: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._composer = Composer(links)
        self._preparer = Preparer(store, media, memory)
        self._senders: Remembered[Mapping[str, str]] = memory.kind()
        self._line_campaigns = LineCampaigns(store, memory)
        self._room = Room(store, clock, max_pending)
        self._accepted: dict[tuple[str, str], Callable[[float], None]] = {}
        self._running: set[tuple[str, str]] = set()  # Idempotency-Keys whose first call still runs

    # ------------------------------------------------------------------------------------ going in

    async def enqueue(
        self, draft: Draft, *, by: Principal, front: str = "v1", idempotency: Idempotency | None = None
    ) -> Enqueued:
        """Accept one message; it is on disk when this returns. Needs messages:send.

        Raises Rejected, QuotaExceeded, Conflict, NotPermitted, Unavailable with the codes of native-v1 §2.
        """
        by.need("messages:send")
        call = Call(by)
        try:
            now = self._clock.now()
            composing = await self._composing(call, now, (draft,))
            message = await composing.one(draft)
            check_service(by, front)
            messages = await self._line_campaigns.assign((message,), by.account.name)
            batch = self._batch(messages, by, now, front, draft.client_ref, draft.campaign, idempotency)
            enqueued = await self._commit(batch, by, now)
            if call.files and not enqueued.messages:  # answered before, or all refused: nobody will look at them
                await self._preparer.release(call)
            return enqueued
        except GatewayError as refusal:
            await self._preparer.release(call)
            return await self._answered_before(idempotency, refusal)

    async def enqueue_batch(
        self,
        drafts: Sequence[Draft],
        *,
        by: Principal,
        front: str = "v1",
        atomic: bool = False,
        strict: bool = False,
        keep_refused: bool = False,
        need_one: bool = False,
        priority: int | None = None,
        client_ref: str | None = None,
        campaign: str | None = None,
        name: str | None = None,
        description: str | None = None,
        once: Once | None = None,
        idempotency: Idempotency | None = None,
    ) -> Enqueued:
        """Accept many in one commit; ``refused`` names by index those that were not. Needs messages:send.

        The same text to the same number is sent once. atomic: the first bad one refuses them all. strict: what no
        message can be made of (number, sender, text, shape) refuses them all, every such draft named (Malformed); what
        policy refuses (opt-out, destination, quota, campaign, duplicate) is told in ``refused``. keep_refused: the
        latter are stored as ``rejected``. need_one: raises NoneAccepted, and stores nothing, when policy refused all,
        and Rejected("recipient_missing") when there are no drafts. priority: instead of a batch's own 3. once: raises
        Conflict("duplicate") when the same was accepted a moment ago, whatever else runs at the same time.
        """
        by.need("messages:send")
        call = Call(by)
        try:
            now = self._clock.now()
            composing = await self._composing(call, now, drafts, BATCH_PRIORITY if priority is None else priority)
            composed = await composing.all(drafts, atomic=atomic, strict=strict)
            check_service(by, front)
            if idempotency is not None:
                render = idempotency.render
                idempotency = replace(idempotency, render=lambda enqueued: render(composed.whole(enqueued)))
            messages = await self._line_campaigns.assign(composed.messages, by.account.name)
            batch = self._batch(
                messages,
                by,
                now,
                front,
                client_ref,
                campaign,
                idempotency,
                atomic=atomic,
                keep_refused=keep_refused,
                need_one=need_one,
                name=name,
                description=description,
                listed=True,
                once=once,
            )
            enqueued = await self._commit_composed(composed, batch, by, now)
            if call.files and not enqueued.messages:  # answered before, or all refused: nobody will look at them
                await self._preparer.release(call)
            return enqueued
        except GatewayError as refusal:
            await self._preparer.release(call)
            return await self._answered_before(idempotency, refusal)

    async def faults(self, draft: Draft, *, by: Principal) -> tuple[Fault, ...]:
        """Everything that keeps a draft from being a message, in the order of the checks, where ``enqueue`` told the
        first; what policy says of the recipient is not asked. Needs messages:send."""
        by.need("messages:send")
        call = Call(by)
        try:
            composing = await self._composing(call, self._clock.now(), (draft,))
            return tuple(await composing.faults(draft))
        finally:
            await self._preparer.release(call)

    async def _composing(
        self, call: Call, now: datetime, drafts: Sequence[Draft], priority: int = PRIORITY
    ) -> Composing:
        if not self._preparer.knows_one_line(call.by.account.name):
            await self._preparer.look_up(drafts, call)
        return Composing(self._composer, self._preparer, call, await self._senders_of(call.by), now, priority)

    async def _commit_composed(self, composed: Composed, batch: NewBatch, by: Principal, now: datetime) -> Enqueued:
        """Where the batch needs one message, raises NoneAccepted with every refusal by its draft, and
        Rejected("recipient_missing") where there was no draft."""
        if batch.need_one and not composed.messages:
            if not composed.refused:
                raise Rejected("recipient_missing", "to: there is nobody to write to")
            raise NoneAccepted(composed.refused)
        try:
            return composed.whole(await self._commit(batch, by, now))
        except NoneAccepted as refusal:
            raise composed.none_accepted(refusal) from refusal

    async def _answered_before(self, idempotency: Idempotency | None, refusal: GatewayError) -> Enqueued:
        """What the first call with this key was answered, whatever has changed since. Raises the refusal otherwise."""
        answered = None
        try:
            if idempotency is not None:
                answered = await self._store.replay(idempotency, self._clock.now())
        except Rejected as mismatch:
            refusal = mismatch
        if answered is None:
            self._metrics.messages_rejected.labels(reason=refusal.code).inc()
            raise refusal
        return answered

    async def _senders_of(self, by: Principal) -> Mapping[str, str]:
        name = by.account.name
        known = self._senders.get(name)
        return known if known is not None else await self._senders.load(name, lambda: self._store.senders.words(name))

    def _batch(
        self,
        messages: tuple[NewMessage, ...],
        by: Principal,
        now: datetime,
        front: str,
        client_ref: str | None,
        campaign: str | None,
        idempotency: Idempotency | None,
        *,
        atomic: bool = True,
        keep_refused: bool = False,
        need_one: bool = False,
        name: str | None = None,
        description: str | None = None,
        listed: bool = False,
        once: Once | None = None,
    ) -> NewBatch:
        """Made at once and never replaced: that would cost the accept path as much again."""
        settings = by.account.settings
        return NewBatch(
            id=new_id("bat", int(now.timestamp() * 1000)),
            account=by.account.name,
            front=front,
            public_uuid=new_uuid(),
            messages=messages,
            client_ref=client_ref,
            campaign=campaign,
            idempotency=idempotency,
            segments_per_day=settings.segments_per_day,
            segments_per_month=settings.segments_per_month,
            duplicate_window_s=settings.duplicate_window_s,
            atomic=atomic,
            keep_refused=keep_refused,
            need_one=need_one,
            name=name,
            description=description,
            listed=listed,
            once=once,
        )

    async def _commit(self, batch: NewBatch, by: Principal, now: datetime) -> Enqueued:
        await self._room.take(len(batch.messages))
        running = batch.idempotency and (batch.idempotency.scope, batch.idempotency.key)
        if running:
            if running in self._running:
                raise Conflict("idempotency_in_flight", "the first request with this Idempotency-Key still runs")
            self._running.add(running)
        started = time.perf_counter()
        try:
            enqueued = await self._store.enqueue(batch, now)
        finally:
            if running:
                self._running.discard(running)
        if enqueued.replay is None:
            self._metrics.accept_duration_seconds.observe(time.perf_counter() - started)
            self._count(by.key_id, batch.front, len(enqueued.messages))
        return enqueued

    def _count(self, key: str, front: str, messages: int) -> None:
        """The labelled children are kept: looking one up costs more than counting."""
        count = self._accepted.get((key, front))
        if count is None:
            count = self._accepted[key, front] = self._metrics.messages_accepted.labels(key=key, source=front).inc
        count(messages)

    # ------------------------------------------------------------------------------------ how it went

    async def find(self, message: str, *, by: Principal) -> Message:
        """With its parts; by id or tracking id, outbound or inbound. Raises NotFound. Needs messages:read."""
        by.need("messages:read")
        found = await self._store.message(by.account.name, message)
        if found is None:
            raise NotFound("there is no such message")
        return found

    async def wait(self, message: str, seconds: float, *, by: Principal) -> Message:
        """As ``find``, once it left scheduled, queued and sending, or the seconds are over, or the gateway stops.

        Whoever may send may wait for what he sent: needs messages:send.
        """
        by.need("messages:send")
        deadline = self._clock.monotonic() + seconds
        watchers = self._store.bells.watchers
        with watchers.watching(message) as bell:
            while True:
                bell.clear()
                found = await self._store.message(by.account.name, message)
                if found is None:
                    raise NotFound("there is no such message")
                remaining = deadline - self._clock.monotonic()
                if found.state not in WAITING or remaining <= 0 or watchers.ended:
                    return found
                await bell.wait(remaining)

    async def wait_batch(self, batch: str, seconds: float, *, by: Principal) -> Sequence[Message]:
        """The batch's messages once all left scheduled, queued and sending, or the seconds are over, or the gateway
        stops. Raises NotFound. Needs messages:send."""
        by.need("messages:send")
        account = by.account.name
        deadline = self._clock.monotonic() + seconds
        watchers = self._store.bells.watchers
        with watchers.watching(batch) as bell:
            while True:
                bell.clear()
                found = await self._store.batch(account, batch)
                if found is None:
                    raise NotFound("there is no such batch")
                remaining = deadline - self._clock.monotonic()
                if not WAITING.intersection(found.counts) or remaining <= 0 or watchers.ended:
                    where = MessageFilter(account, batch=batch)
                    return await self._store.messages(where, limit=found.size, ascending=True)
                await bell.wait(remaining)

    async def list(
        self, where: MessageFilter, *, by: Principal, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> list[Message]:
        """Without parts, the caller's account only; its line may be named by id or name.

        cursor: ``num`` of the last one seen. Needs messages:read.
        """
        by.need("messages:read")
        own = replace(where, account=by.account.name)
        if where.line is not None:
            lines = [line.id for line in await self._store.lines() if where.line in (line.name, line.configured_name)]
            own = replace(own, line=lines[0] if lines else where.line)
        return await self._store.messages(own, limit=limit, cursor=cursor, ascending=ascending)

    async def history(self, message: str, *, by: Principal) -> History:
        """Raises NotFound. Needs messages:read."""
        found = await self.find(message, by=by)
        return History(await self._store.message_events(found.id), await self._store.attempts(found.id))

    async def waiting(self, message: str, *, by: Principal) -> Waiting:
        """Why it is not sent yet. Raises NotFound. Needs messages:read; lines are named to who may read lines."""
        by.need("messages:read")
        holds = await self._store.queue.holds(by.account.name, message, self._clock.now())
        if holds is None:
            raise NotFound("there is no such message")
        return why(holds, naming=by.may("lines:read"))

    async def batch(self, batch: str, *, by: Principal) -> BatchRecord:
        """Its counts per state. Raises NotFound. Needs messages:read."""
        by.need("messages:read")
        found = await self._store.batch(by.account.name, batch)
        if found is None:
            raise NotFound("there is no such batch")
        return found

    async def cancel(self, message: str, *, by: Principal) -> Message:
        """Raises NotFound, Conflict("not_cancelable") once it is being sent. Needs messages:send."""
        by.need("messages:send")
        return await self._store.cancel(by.account.name, message, self._clock.now())

    async def resolve(self, message: str, verdict: str, *, by: Principal) -> Message:
        """A person's word on an unknown outcome: "sent", "failed" or "resend". Needs messages:send.

        Raises NotFound, Conflict("not_unknown"), Rejected("invalid_request") for another word.
        """
        by.need("messages:send")
        if verdict not in VERDICTS:
            raise Rejected("invalid_request", "as: sent, failed or resend")
        return await self._store.resolve(by.account.name, message, verdict, self._clock.now())

    async def preview(self, draft: Draft, *, by: Principal) -> Preview:
        """What a draft's text would become; nothing is stored. Raises as ``enqueue`` does for the text.

        Where the account tracks clicks, short links stand in it as they will, with codes that lead nowhere.
        """
        by.need("messages:send")
        draft = await self._preparer.worded(draft, Call(by))
        planned = self._composer.write(draft, by.account.settings, self._clock.now()).plan
        return preview_of(planned, draft.text, suggest=draft.encoding == "auto")
