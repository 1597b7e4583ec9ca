"""Tells how one line is: its status on disk, its metrics, and what happened to it as events."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.event import EventType
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.line import LineFault, Who
from gateway.metrics import Metrics
from gateway.store.contract import Store
from gateway.workers.backoff import Rung
from modem.errors import ModemError, TransportLost

logger = logging.getLogger(__name__)


class Teller:
    """One line's, for as long as the daemon runs.

    device: where its modem is. failures, rung: what a status that says "up" has overcome. up_since: monotonic.
    """

    def __init__(self, record: LineRecord, store: Store, clock: Clock, metrics: Metrics) -> None:
        self.device: str | None = None
        self.failures = 0
        self.rung = Rung.REOPEN
        self.up_since: float | None = None
        self._who = Who(record.num, record.id, record.name)
        self._accounts = record.accounts
        self._status = record.status
        self._recoveries = record.status.recoveries
        self._store = store
        self._clock = clock
        self._metrics = metrics

    async def down(self, reason: str) -> None:
        """It is down, and why; what the modem said of itself before stays."""
        await self.report(replace(self._status, state=LineState.DOWN, reason=reason, registration=None))

    async def report(self, status: LineStatus) -> None:
        """Write the status where it changed."""
        was_up = self._status.state is LineState.UP
        is_up = status.state is LineState.UP
        status = replace(status, device=self.device, recoveries=self._recoveries, since=self._status.since)
        self._measure(status)
        if is_up and not was_up:
            self.up_since = self._clock.monotonic()
        if status == self._status:
            return
        name = self._who.name
        if is_up is not was_up:
            status = replace(status, since=self._clock.now())
            logger.info("line changed", extra={"line": name, "state": status.state.value, "reason": status.reason})
        recovered = is_up and not was_up and self.failures > 0
        if recovered:
            self._recoveries += 1
            status = replace(status, recoveries=self._recoveries)
        try:
            await self._store.set_line_status(self._who.num, status, self._clock.now())
            self._status = status
            if recovered:
                await self._recovered()
        except Unavailable as error:
            logger.warning("line status not written", extra={"line": name, "code": error.code})

    async def tell(self, kind: EventType, data: Mapping[str, Any]) -> None:
        """To everybody who may send from the line. Raises Unavailable."""
        for account in self._accounts or [account.name for account in await self._store.accounts()]:
            await self._store.emit(account, kind, data, self._clock.now())

    async def _recovered(self) -> None:
        self._metrics.modem_recoveries.labels(line=self._who.name, step=self.rung.value).inc()
        data = {"line": self._who.id, "name": self._who.name, "step": self.rung.value, "failures": self.failures}
        await self.tell(EventType.MODEM_RECOVERED, data)

    def _measure(self, status: LineStatus) -> None:
        metrics, name = self._metrics, self._who.name
        metrics.modem_up.labels(line=name).set(status.state is LineState.UP)
        for state in (LineState.UP, LineState.DOWN):
            metrics.modem_state.labels(line=name, state=state.value).set(state is status.state)


def reason_of(fault: BaseException) -> str:
    """Why a connection ended, for a person."""
    if isinstance(fault, LineFault):
        return fault.reason
    if isinstance(fault, TransportLost):
        return f"the modem's port was lost: {fault}"
    if isinstance(fault, ModemError):
        return f"the modem could not be used: {fault}"
    if isinstance(fault, Unavailable):
        return f"the database takes nothing: {fault}"
    return f"a fault of the program: {type(fault).__name__}"
