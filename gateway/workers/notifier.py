"""Takes events from the outbox to webhooks: signed, a few at a time per endpoint, repeated until taken or given up.

At least once: a delivery is done only after its result is on disk, and its ``webhook-id`` is the same in every try.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from random import SystemRandom

import aiohttp

from gateway.aio import Clock, finish
from gateway.domain.errors import Unavailable
from gateway.domain.message import FOLLOWS
from gateway.metrics import Metrics
from gateway.store.contract import DeliveryResult, DueDelivery, Store
from gateway.workers.guard import Guard
from gateway.workers.post import open_session, post
from gateway.workers.renderers import FORMATS, Format
from gateway.workers.signing import headers
from gateway.workers.verdict import Answer, judge, superseded

PAGE = 100  # deliveries looked at in one read
LOOK_AGAIN_S = 1.0  # while what is in flight may hide what is due behind it
LONGEST_WAIT_S = 60.0  # the wall clock may be set meanwhile
HOLD_S = 5.0  # before a delivery is taken up again whose result the disk did not take

logger = logging.getLogger(__name__)


class Notifier:
    """Posts what is due. ``run`` once per daemon."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        *,
        guard: Guard,
        jitter: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1),
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._guard = guard
        self._jitter = jitter
        self._flying: dict[int, DueDelivery] = {}

    async def run(self) -> None:
        """Ends only by cancellation; what was in flight then is posted again, with the same id, at the next start."""
        bell = self._store.bells.notifier
        async with open_session(self._guard) as session, asyncio.TaskGroup() as attempts:
            while True:
                bell.clear()  # before looking, so that no wake-up is lost
                try:
                    await self._start_due(session, attempts)
                    wait = await self._until_next()
                except Unavailable as error:
                    logger.warning("deliveries cannot be read", extra={"code": error.code})
                    wait = HOLD_S
                await bell.wait(wait)

    async def _start_due(self, session: aiohttp.ClientSession, attempts: asyncio.TaskGroup) -> None:
        while True:
            flying = self._flying.values()
            open_now = Counter(due.webhook.id for due in flying)
            full = [due.webhook.id for due in flying if open_now[due.webhook.id] >= _format(due).parallel]
            found = await self._store.due_deliveries(self._clock.now(), PAGE, tuple(self._flying), tuple(set(full)))
            started = 0
            for due in found:
                if self._may_start(due, open_now):
                    open_now[due.webhook.id] += 1
                    self._flying[due.delivery.num] = due
                    attempts.create_task(self._attempt(session, due))
                    started += 1
            if len(found) < PAGE or not started:
                return

    def _may_start(self, due: DueDelivery, open_now: Counter[str]) -> bool:
        """At most so many per endpoint as its format allows, and one per endpoint and message."""
        if open_now[due.webhook.id] >= _format(due).parallel:
            return False
        message = due.event.message
        return message is None or not any(
            other.webhook.id == due.webhook.id and other.event.message == message for other in self._flying.values()
        )

    async def _until_next(self) -> float | None:
        """Seconds until there is something to do; None: only a bell can tell."""
        next_at = await self._store.next_delivery()
        if next_at is None:
            return None
        seconds = (next_at - self._clock.now()).total_seconds()
        return min(seconds, LONGEST_WAIT_S) if seconds > 0 else LOOK_AGAIN_S

    async def _attempt(self, session: aiohttp.ClientSession, due: DueDelivery) -> None:
        try:
            try:
                result = await self._deliver(session, due)
            except Exception:  # the webhook attempt's edge: one bad event or endpoint never stops the others
                logger.exception("webhook attempt broke", extra=_fields(due))
                self._metrics.worker_failures.labels(worker="notifier").inc()
                result = judge(due, _format(due), Answer(None, error="internal error"), self._clock.now(), 0.0)
            await self._record(due, result)
        finally:
            del self._flying[due.delivery.num]
            self._store.bells.notifier.ring()

    async def _deliver(self, session: aiohttp.ClientSession, due: DueDelivery) -> DeliveryResult:
        form = _format(due)
        unasked = due.event.type in form.asked and due.event.type not in due.webhook.events
        body = None if unasked else form.render(due)
        if body is None or await self._is_overtaken(due, form):
            return superseded()
        signed = headers(due.webhook, due.event.id, body, self._clock.now())
        answer = await post(session, due.webhook, body, signed, form.timeout_s)
        result = judge(due, form, answer, self._clock.now(), self._jitter())
        self._tell(due, result)
        return result

    async def _is_overtaken(self, due: DueDelivery, form: Format) -> bool:
        if due.event.type not in form.passing or due.delivery.attempts == 0 or due.event.message is None:
            return False
        message = await self._store.message(None, due.event.message)
        return message is None or message.state not in FOLLOWS

    async def _record(self, due: DueDelivery, result: DeliveryResult) -> None:
        try:
            await finish(self._store.record_delivery(due.delivery.num, result, self._clock.now()))
        except Unavailable as error:
            logger.warning("delivery result not written", extra=_fields(due) | {"code": error.code})
            await asyncio.sleep(HOLD_S)  # else it would be due again at once, and be posted without end

    def _tell(self, due: DueDelivery, result: DeliveryResult) -> None:
        outcome = "retry" if result.state == "pending" else str(result.state)
        self._metrics.webhook_attempts.labels(endpoint=due.webhook.id, outcome=outcome).inc()
        fields = _fields(due) | {"status": result.status, "outcome": outcome, "error": result.error}
        if result.disable is not None:
            self._metrics.webhook_endpoint_paused.labels(endpoint=due.webhook.id).set(1)
            logger.error("webhook endpoint switched off", extra=fields | {"reason": result.disable})
        elif result.error is not None:
            logger.warning("webhook not taken", extra=fields)
        else:
            logger.debug("webhook taken", extra=fields)


def _format(due: DueDelivery) -> Format:
    return FORMATS[due.webhook.format]


def _fields(due: DueDelivery) -> dict[str, object]:
    return {
        "endpoint": due.webhook.id,
        "delivery": due.delivery.id,
        "event_id": due.event.id,
        "event_type": due.event.type.value,
        "message_id": due.event.message,
        "attempt": due.delivery.attempts + 1,
    }
