"""Asks the network now and then what is left on the SIM, where its line says by which code."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from gateway.aio import Clock
from gateway.line import Line
from gateway.metrics import Metrics
from gateway.policy.balance import PATTERN, amount_of
from gateway.store.contract import Store
from gateway.workers.disk import until_taken
from modem.errors import ModemError, TransportLost

AGAIN = timedelta(hours=1)  # after a question that came to nothing

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
            due = await self._due_in()
            if due <= 0:
                due = self._settings.every.total_seconds() if await self._ask() else AGAIN.total_seconds()
            await asyncio.sleep(due)

    async def _due_in(self) -> float:
        """Seconds until the next question."""
        lines = await until_taken(self._store.lines, self._line.who.name)
        record = next((line for line in lines if line.num == self._line.who.num), None)
        asked_at = None if record is None else record.status.balance_at
        if asked_at is None:
            return 0.0
        return (min(asked_at, self._clock.now()) + self._settings.every - self._clock.now()).total_seconds()

    async def _ask(self) -> bool:
        """Whether there was a number in the answer."""
        who, settings = self._line.who, self._settings
        try:
            said = await self._line.modem.ussd(settings.code)
        except TransportLost:
            raise
        except ModemError as error:
            logger.warning("balance not told", extra={"line": who.name, "error": str(error)})
            return False
        amount = amount_of(said.text, settings.pattern)
        if amount is None:
            logger.warning("no balance in the answer", extra={"line": who.name, "text": said.text})
            return False
        self._gauge.set(float(amount))
        await until_taken(
            lambda: self._store.line_balance(who.num, amount, self._clock.now(), below=settings.below), who.name
        )
        return True
