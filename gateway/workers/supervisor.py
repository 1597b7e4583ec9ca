"""Keeps each line up: finds its port, opens it, runs a connection, and after any failure backs off and begins anew.

Each line is a bulkhead: what goes wrong there ends that line's subtree only, and is tried again for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import SystemRandom
from typing import Any

from gateway.aio import Clock, together
from gateway.budget import Budget
from gateway.config import LineSettings
from gateway.domain.errors import Unavailable
from gateway.domain.event import EventType
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.line import LineFault, Pace, Who
from gateway.metrics import Metrics
from gateway.store.contract import Store
from gateway.workers.backoff import Rung, rung_after, wait_after
from gateway.workers.balance import BalanceSettings
from gateway.workers.connection import Connection, Intervals, Wanted, WrongModem, fault_in
from gateway.workers.finder import Finder
from gateway.workers.pins import StoredPins
from gateway.workers.unlocking import Keyring
from modem.driver import Identity, Modem, ModemSettings
from modem.errors import ModemError, TransportLost

LOOK_S = 0.5  # how often an absent device is looked for: a stat, nothing more
QUARANTINE = 6  # failures in a row after which a port that comes and goes no longer shortens the wait

logger = logging.getLogger(__name__)
Open = Callable[[str, ModemSettings], Awaitable[Modem]]


class Supervisor:
    """All configured lines. ``run`` once per daemon.

    devices: where ports are searched for. open_modem, intervals, modem_settings, jitter: for tests.
    """

    def __init__(
        self,
        lines: Sequence[LineSettings],
        store: Store,
        clock: Clock,
        metrics: Metrics,
        *,
        open_modem: Open = Modem.open,
        devices: Path = Path("/dev"),
        intervals: Intervals | None = None,
        modem_settings: ModemSettings | None = None,
        jitter: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1),
    ) -> None:
        self.lines = tuple(lines)
        self.store = store
        self.clock = clock
        self.metrics = metrics
        self.open_modem = open_modem
        self.finder = Finder(self._identify, devices)
        self.intervals = intervals or Intervals()
        self.modem_settings = modem_settings or ModemSettings()
        self.jitter = jitter

    async def run(self) -> None:
        """Ends only by cancellation: then no line claims any more, and what is on the air may finish."""
        records = {record.name: record for record in await self.store.lines()}
        async with asyncio.TaskGroup() as group:
            for settings in self.lines:
                record = records.get(settings.name) or await self._put(settings)
                group.create_task(Keeper(self, settings, record).run(), name=f"line {settings.name}")
            await asyncio.Event().wait()  # with no lines there is nothing to do, which is no reason to end

    async def _put(self, settings: LineSettings) -> LineRecord:
        fresh = new_id("lin", int(self.clock.now().timestamp() * 1000))
        accounts = settings.accounts or ("default",)
        return await self.store.put_line(
            LineRecord(0, fresh, settings.name, settings.number, settings.aliases, accounts)
        )

    async def _identify(self, device: str) -> Identity | None:
        """Who answers at a port, or None."""
        try:
            modem = await self.open_modem(device, self.modem_settings)
        except ModemError:
            return None
        found: list[Identity] = []

        async def ask() -> None:
            found.append(await modem.identify())

        try:
            await together(ask(), base=modem.run())
        except ExceptionGroup as group:
            fault = fault_in(group)
            if not isinstance(fault, ModemError):
                raise
            logger.info("nobody answers", extra={"device": device, "reason": str(fault)})
        finally:
            await modem.close()
        return found[0] if found else None


class Keeper:
    """Keeps one line up."""

    def __init__(self, all_lines: Supervisor, settings: LineSettings, record: LineRecord) -> None:
        self._all = all_lines
        self._settings = settings
        self._who = Who(record.num, record.id, record.name)
        self._accounts = record.accounts
        self._pace = Pace(settings.rate_per_minute, all_lines.clock)
        self._budget = Budget(settings.parts_per_day, settings.parts_per_month)
        self._wanted = Wanted(settings.imei, settings.iccid, settings.pin)
        self._ring = Keyring()
        self._hurried = False
        self._status = record.status
        self._device: str | None = None
        self._failures = 0
        self._recoveries = record.status.recoveries
        self._rung = Rung.REOPEN
        self._up_since: float | None = None

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            fault = await self._try()
            if fault is None:
                await self._say(f"no modem: {self._missing()}")
                await self._rest(wait_after(1, 0.0) if self._settings.device else 5.0)
                continue
            self._count(fault)
            reason = _reason(fault)
            wait = wait_after(self._failures, self._all.jitter())
            logger.warning(
                "line lost",
                extra={"line": self._who.name, "reason": reason, "failures": self._failures, "wait_s": wait},
            )
            await self._say(reason)
            await self._rest(wait)

    async def _find(self) -> str | None:
        return await self._all.finder.find(self._settings)

    async def _try(self) -> BaseException | None:
        """Look for the modem, and one connection to its end; returns why it ended, or None where there is no modem."""
        self._up_since = None
        try:
            self._device = await self._find()
            if self._device is None:
                return None
            await self._connect(self._device)
        except Exception as error:  # the line supervisor's edge: whatever it is, it is this line's alone
            fault = fault_in(error)
            if isinstance(fault, WrongModem) and self._device is not None:
                self._all.finder.forget(self._device)
            elif not isinstance(fault, (LineFault, ModemError, Unavailable)):
                logger.exception("line broke", extra={"line": self._who.name})
                self._all.metrics.worker_failures.labels(worker="line").inc()
            return fault
        return TransportLost("the connection ended")

    async def _connect(self, device: str) -> None:
        self._all.finder.take(device, self._who.name)
        try:
            await self._serve(device)
        finally:
            self._all.finder.give_back(self._who.name)
            await self._settle()

    async def _serve(self, device: str) -> None:
        settings = replace(
            self._all.modem_settings,
            profile=self._settings.profile,
            baudrate=self._settings.baudrate,
            service_centre=self._settings.service_centre,
            roaming=self._settings.roaming,
        )
        modem = await self._all.open_modem(device, settings)
        try:
            connection = Connection(
                self._who,
                self._wanted,
                modem,
                self._pace,
                store=self._all.store,
                clock=self._all.clock,
                metrics=self._all.metrics,
                pins=StoredPins(self._all.store, self._all.clock, self._wanted.is_meant),
                ring=self._ring,
                report=self._report,
                intervals=self._all.intervals,
                tell=self._tell,
                budget=self._budget,
                balance=_balance_of(self._settings),
            )
            await connection.run(self._rung)
        finally:
            await modem.close()

    async def _settle(self) -> None:
        """What the dispatcher still held goes back, or becomes unknown, so that its queue moves on other lines."""
        try:
            found = await self._all.store.recover(self._all.clock.now(), line=self._who.num)
        except Unavailable as error:  # settled before the next connection claims
            logger.warning("not settled", extra={"line": self._who.name, "code": error.code})
        else:
            if found:
                logger.warning("parts settled", extra={"line": self._who.name, "parts": found})

    def _count(self, fault: BaseException) -> None:
        """What the failure says about the next try."""
        now = self._all.clock.monotonic()
        if self._up_since is not None and now - self._up_since >= self._all.intervals.steady:
            self._failures = 0
        self._failures += 1
        self._rung = rung_after(self._failures, reset=isinstance(fault, LineFault) and fault.reset)
        if isinstance(fault, TransportLost):
            self._all.metrics.modem_disconnects.labels(line=self._who.name).inc()

    async def _rest(self, seconds: float) -> None:
        """Wait, but not for a modem that has just been plugged in again."""
        before = self._all.finder.presence(self._settings)
        until = self._all.clock.monotonic() + seconds
        while (left := until - self._all.clock.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_S))
            told = self._all.store.commands.has_secret(self._who.num, self._all.clock.now())
            if told and not self._hurried:
                self._hurried = True
                return  # somebody has entered the PIN; where no modem takes it, this does not help twice
            self._hurried = told
            if self._failures < QUARANTINE and self._all.finder.presence(self._settings) != before:
                return

    def _missing(self) -> str:
        if self._settings.device is not None:
            return f"there is no {self._settings.device}"
        names = {"IMEI": self._settings.imei, "ICCID": self._settings.iccid}
        return "no port answers with " + " and ".join(f"{name} {value}" for name, value in names.items() if value)

    # -- telling

    async def _say(self, reason: str) -> None:
        """Down, and why; what the modem said of itself before stays."""
        if self._failures >= QUARANTINE:
            reason += "; it fails again and again: look at its power supply and its cable"
        await self._report(replace(self._status, state=LineState.DOWN, reason=reason, registration=None))

    async def _report(self, status: LineStatus) -> None:
        """Write the status where it changed."""
        was_up = self._status.state is LineState.UP
        is_up = status.state is LineState.UP
        status = replace(status, device=self._device, recoveries=self._recoveries, since=self._status.since)
        metrics, name = self._all.metrics, self._who.name
        metrics.modem_up.labels(line=name).set(is_up)
        for state in (LineState.UP, LineState.DOWN):
            metrics.modem_state.labels(line=name, state=state.value).set(state is status.state)
        if is_up and not was_up:
            self._up_since = self._all.clock.monotonic()
        if status == self._status:
            return
        if is_up is not was_up:
            status = replace(status, since=self._all.clock.now())
            logger.info("line changed", extra={"line": name, "state": status.state.value, "reason": status.reason})
        recovered = is_up and not was_up and self._failures > 0
        if recovered:
            self._recoveries += 1
            status = replace(status, recoveries=self._recoveries)
        try:
            await self._all.store.set_line_status(self._who.num, status, self._all.clock.now())
            self._status = status
            if recovered:
                await self._tell_recovered()
        except Unavailable as error:
            logger.warning("line status not written", extra={"line": name, "code": error.code})

    async def _tell_recovered(self) -> None:
        self._all.metrics.modem_recoveries.labels(line=self._who.name, step=self._rung.value).inc()
        data = {"line": self._who.id, "name": self._who.name, "step": self._rung.value, "failures": self._failures}
        await self._tell(EventType.MODEM_RECOVERED, data)

    async def _tell(self, kind: EventType, data: Mapping[str, Any]) -> None:
        """Everybody who may send from the line."""
        for account in self._accounts or [account.name for account in await self._all.store.accounts()]:
            await self._all.store.emit(account, kind, data, self._all.clock.now())


def _balance_of(settings: LineSettings) -> BalanceSettings | None:
    if not settings.balance_code:
        return None
    below = Decimal(str(settings.balance_below)) if settings.balance_below else None
    return BalanceSettings(
        settings.balance_code, settings.balance_pattern, below, timedelta(hours=settings.balance_every_h)
    )


def _reason(fault: BaseException) -> str:
    if isinstance(fault, LineFault):
        return fault.reason
    if isinstance(fault, TransportLost):
        return f"the modem's port was lost: {fault}"
    if isinstance(fault, ModemError):
        return f"the modem could not be used: {fault}"
    if isinstance(fault, Unavailable):
        return f"the database takes nothing: {fault}"
    return f"a fault of the program: {type(fault).__name__}"
