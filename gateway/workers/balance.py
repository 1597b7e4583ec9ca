"""Asks the network now and then what is left on the SIM, where its line says by which code."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from gateway.aio import Clock
from gateway.line import Line
from gateway.metrics import Metrics
from gateway.policy.balance import AGAIN, PATTERN, amount_of, next_question
from gateway.store.contract import Store
from gateway.workers.disk import until_taken
from modem.errors import ModemError, TransportLost

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BalanceSettings:
    """code: asked by USSD. pattern: where the money stands in the answer. below: what is told as low; None: nothing."""

    code: str
    pattern: str = PATTERN
    below: Decimal | None = None
    every: timedelta = timedelta(hours=24)


class BalanceKeeper:
    """One line's, over one connection."""

    def __init__(self, line: Line, store: Store, clock: Clock, metrics: Metrics, settings: BalanceSettings) -> None:
        self._line = line
        self._store = store
        self._clock = clock
        self._gauge = metrics.line_balance.labels(line=line.who.name)
        self._settings = settings

    async def run(self) -> None:
        """At once where the last answer is older than the interval, as after a restart. Ends only by cancellation."""
        while True:
            await self._line.modem.wait_registered()
            if (due := await self._due_in()) > 0:
                await asyncio.sleep(due)
            else:
                await self._ask()

    async def _due_in(self) -> float:
        """Seconds until the next question."""
        lines = await until_taken(self._store.lines, self._line.who.name)
        record = next((line for line in lines if line.num == self._line.who.num), None)
        if record is None:
            return AGAIN.total_seconds()
        status, now = record.status, self._clock.now()
        answered, asked = (None if at is None else min(at, now) for at in (status.balance_at, status.balance_asked_at))
        misses = status.balance_misses if status.balance_code == self._settings.code else 0
        due = next_question(answered, asked, misses, self._settings.every)
        return 0.0 if due is None else (due - now).total_seconds()

    async def _ask(self) -> None:
        who, settings = self._line.who, self._settings
        # on disk before it is asked: the modem may go away over it, and the next connection is not to do the same
        book = self._store.line_book
        await until_taken(lambda: book.balance_asked(who.num, settings.code, self._clock.now()), who.name)
        try:
            said = await self._line.modem.ussd(settings.code)
        except TransportLost:
            raise
        except ModemError as error:
            logger.warning("balance not told", extra={"line": who.name, "error": str(error)})
            return
        amount = amount_of(said.text, settings.pattern)
        if amount is None:
            logger.warning("no balance in the answer", extra={"line": who.name, "text": said.text})
            return
        self._gauge.set(float(amount))
        await until_taken(
            lambda: self._store.line_balance(who.num, amount, self._clock.now(), below=settings.below), who.name
        )
