"""Tells how one line is: its status on disk, its metrics, and what happened to it as events."""

import errno
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.event import EventType, instant
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.line import LineFault, Remedy, Who
from gateway.metrics import Metrics
from gateway.store.contract import Store
from gateway.tracing import Tap
from gateway.workers.backoff import Recovery, Rung
from modem.errors import ModemError, PortBusy, SimUnusable, TransportLost

_FOR_A_PERSON = frozenset({"pin", "pin-refused", "puk", "pin2", "network-locked"})
"""States of a SIM that no restart changes."""
_NOT_OURS = frozenset({errno.EBUSY, errno.EAGAIN, errno.EACCES, errno.EPERM})
"""Why a port does not open that is another program's, or forbidden to us: its modem is not sick."""

logger = logging.getLogger(__name__)


class Teller:
    """One line's, for as long as the daemon runs.

    device: where its modem is. recovery: what a status that says "up" has overcome. up_since: monotonic, of the modem:
    a line whose SIM only rests, as its budget is spent, says "down".
    proven: whether a line that has been up for so many seconds has really recovered. note: as of ``Seeker``.
    tap: told what becomes of the line.
    """

    def __init__(
        self,
        record: LineRecord,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        proven: Callable[[float], bool],
        note: Callable[[LineStatus], LineStatus],
        tap: Tap,
    ) -> None:
        self.device: str | None = None
        self.recovery = Recovery()
        self.up_since: float | None = None
        self._who = Who(record.num, record.id, record.configured_name)
        self._accounts = record.accounts
        self._status = record.status
        self._recoveries = record.status.recoveries
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._proven = proven
        self._note = note
        self._tap = tap
        self._fails = False  # since it last recovered
        self._alarmed = False  # its quarantine was told, its end not yet
        self._last_step: object = None
        metrics.modem_quarantined.labels(line=record.configured_name).set(0)

    @property
    def up_for(self) -> float:
        """Seconds; 0 while its modem is not up."""
        return 0.0 if self.up_since is None else self._clock.monotonic() - self.up_since

    async def down(self, reason: str) -> None:
        """It is down, and why; what the modem said of itself before stays."""
        await self.report(replace(self._status, state=LineState.DOWN, reason=reason, registration=None))

    async def parked(self, reason: str) -> None:
        """It is down, though its modem is not sick."""
        if reason != self._status.reason:
            logger.warning("line parked", extra={"line": self._who.name, "reason": reason})
        await self.down(reason)

    async def failed(self, reason: str, recovery: Recovery, wait_s: float) -> None:
        """A connection came to nothing; what is done in so many seconds. Told once while it is in quarantine."""
        self.recovery, self._fails = recovery, True
        due_at = self._clock.now() + timedelta(seconds=wait_s)
        enters = recovery.quarantined and not self._alarmed
        self._alarmed = self._alarmed or recovery.quarantined
        metrics, name = self._metrics, self._who.name
        metrics.modem_quarantined.labels(line=name).set(recovery.quarantined)
        metrics.modem_recoveries.labels(line=name, step=recovery.rung.value).inc()
        if enters:
            metrics.modem_recoveries.labels(line=name, step=Rung.QUARANTINE.value).inc()
            logger.error("line in quarantine", extra={"line": name, "reason": reason})
        await self.down(_with_advice(reason, due_at) if recovery.quarantined else reason)
        if enters or not recovery.quarantined:
            rung = Rung.QUARANTINE if enters else recovery.rung
            await self._tell_step(rung, reason, due_at, (rung, reason, recovery.steps))

    async def stepped(self, rung: Rung, reason: str) -> None:
        """A step is taken now. What is done again and again while there is no network or no modem is told once."""
        self._metrics.modem_recoveries.labels(line=self._who.name, step=rung.value).inc()
        if not self.recovery.quarantined:
            await self._tell_step(rung, reason, None, None if rung is Rung.RESYNC else (rung, reason))

    async def report(self, status: LineStatus) -> None:
        """Write the status where it changed."""
        was_up, was_well = self._status.state is LineState.UP, _is_well(self._status)
        is_up, is_well = status.state is LineState.UP, _is_well(status)
        status = replace(status, device=self.device, recoveries=self._recoveries, since=self._status.since)
        status = self._note(status)
        self._measure(status)
        if is_well and (not was_well or self.up_since is None):
            self.up_since, self._last_step = self._clock.monotonic(), None
        recovered = is_well and self._fails and (not self._alarmed or self._proven(self.up_for))
        if status == self._status and not recovered:
            return
        name = self._who.name
        if (status.state, status.reason) != (self._status.state, self._status.reason):
            self._tap.note(f"{status.state.value}: {status.reason}" if status.reason else status.state.value)
        if is_up is not was_up:
            status = replace(status, since=self._clock.now())
            logger.info("line changed", extra={"line": name, "state": status.state.value, "reason": status.reason})
        if recovered:
            status = replace(status, recoveries=self._recoveries + 1)
        try:
            await self._store.set_line_status(self._who.num, status, self._clock.now())
            self._status = status
            if recovered:
                await self._recovered()
        except Unavailable as error:
            logger.warning("line status not written", extra={"line": name, "code": error.code})

    async def tell(self, kind: EventType, data: Mapping[str, Any]) -> None:
        """To everybody who may send from the line. data: its name, if any, becomes that by which they call it now.

        Raises Unavailable.
        """
        if "name" in data and (called := self._store.line_book.name(self._who.num)) is not None:
            data = {**data, "name": called}
        for account in self._accounts or [account.name for account in await self._store.accounts()]:
            await self._store.emit(account, kind, data, self._clock.now())

    async def _recovered(self) -> None:
        """Raises Unavailable; then it is told with the next report."""
        step, failures = self.recovery.rung.value, self.recovery.failures
        data = {"line": self._who.id, "name": self._who.name, "step": step, "failures": failures}
        await self.tell(EventType.MODEM_RECOVERED, data)
        self._fails, self._alarmed = False, False
        self._recoveries += 1
        self._metrics.modem_quarantined.labels(line=self._who.name).set(0)

    async def _tell_step(self, rung: Rung, reason: str, due_at: datetime | None, which: object) -> None:
        """which: told once until the line is up; None: each time."""
        if which is not None and which == self._last_step:
            return
        self._last_step = which
        data = {
            "line": self._who.id,
            "name": self._who.name,
            "step": rung.value,
            "failures": self.recovery.failures,
            "reason": reason,
            "next_try_at": instant(due_at),
        }
        try:
            await self.tell(EventType.MODEM_RECOVERY, data)
        except Unavailable as error:
            logger.warning("recovery not told", extra={"line": self._who.name, "code": error.code})

    def _measure(self, status: LineStatus) -> None:
        metrics, name = self._metrics, self._who.name
        metrics.modem_up.labels(line=name).set(status.state is LineState.UP)
        for state in (LineState.UP, LineState.DOWN):
            metrics.modem_state.labels(line=name, state=state.value).set(state is status.state)


def _is_well(status: LineStatus) -> bool:
    """Whether the modem is up and in a network; the line may rest all the same."""
    return status.registration in ("home", "roaming", "unknown")


def _with_advice(reason: str, due_at: datetime) -> str:
    """The reason of a line in quarantine."""
    return (
        f"{reason}; it fails again and again, whatever is done: look at its power supply, its cable and its SIM "
        f"(the next try is at {due_at.astimezone(UTC):%H:%M:%S} UTC; `simgate lines restart` ends the wait)"
    )


def remedy_for(fault: BaseException) -> Remedy:
    """Where on the ladder the fault begins."""
    if isinstance(fault, LineFault):
        return fault.remedy
    if isinstance(fault, Unavailable) or (isinstance(fault, SimUnusable) and fault.state in _FOR_A_PERSON):
        return Remedy.WAIT
    if isinstance(fault, PortBusy):
        return Remedy.WAIT
    if isinstance(fault, TransportLost) and getattr(fault.__cause__, "errno", None) in _NOT_OURS:
        return Remedy.WAIT
    return Remedy.LADDER


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
