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

from gateway.aio import Clock
from gateway.budget import Budget
from gateway.config import LineSettings
from gateway.domain.errors import Unavailable
from gateway.domain.event import EventType
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.line import LineFault, Pace, Who
from gateway.metrics import Metrics
from gateway.store.contract import Store
from gateway.workers.asking import Answer, ask
from gateway.workers.backoff import Rung, rung_after, wait_after
from gateway.workers.balance import BalanceSettings
from gateway.workers.claims import Claims
from gateway.workers.connection import Connection, Intervals, Wanted, WrongModem, fault_in
from gateway.workers.finder import Finder
from gateway.workers.pins import StoredPins
from modem.driver import Identity, Modem, ModemSettings
from modem.errors import ModemError, TransportLost

PARKED_S, PARKED_LONGEST_S = 5.0, 60.0  # between two looks whether the SIM is another now, doubling
LOOK_S = 0.5  # how often an absent device is looked for: a stat, nothing more
QUARANTINE = 6  # failures in a row after which a port that comes and goes no longer shortens the wait

logger = logging.getLogger(__name__)
Open = Callable[[str, ModemSettings], Awaitable[Modem]]


class Supervisor:
    """All configured lines. ``run`` once per daemon.

    devices, sys: where ports are searched for, as of Finder. open_modem, intervals, modem_settings, jitter: for tests.
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
        sys: Path | None = None,
        intervals: Intervals | None = None,
        modem_settings: ModemSettings | None = None,
        jitter: Callable[[], float] = lambda: SystemRandom().uniform(-1, 1),
    ) -> None:
        self.lines = tuple(lines)
        self.store = store
        self.clock = clock
        self.metrics = metrics
        self.open_modem = open_modem
        self.finder = Finder(self._ask, devices, sys)
        self.claims = Claims(self.lines)
        self.intervals = intervals or Intervals()
        self.modem_settings = modem_settings or ModemSettings()
        self.jitter = jitter

    async def run(self) -> None:
        """Ends only by cancellation: then no line claims any more, and what is on the air may finish."""
        records = {record.name: record for record in await self.store.lines()}
        for settings in self.lines:
            record = records.setdefault(settings.name, records.get(settings.name) or await self._put(settings))
            if record.status.found_by not in (None, _key(settings)):  # it is another modem that is meant now
                records[settings.name] = replace(record, status=_unknown(record.status))
            else:
                self.claims.remember(record.name, record.status.imei, record.status.last_iccid)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.finder.watch(), name="ports")
            for settings in self.lines:
                record = records[settings.name]
                group.create_task(Keeper(self, settings, record).run(), name=f"line {settings.name}")
            await asyncio.Event().wait()  # with no lines there is nothing to do, which is no reason to end

    async def _put(self, settings: LineSettings) -> LineRecord:
        fresh = new_id("lin", int(self.clock.now().timestamp() * 1000))
        accounts = settings.accounts or ("default",)
        return await self.store.put_line(
            LineRecord(0, fresh, settings.name, settings.number, settings.aliases, accounts)
        )

    async def _ask(self, device: str, *, on_usb: bool) -> Answer:
        return await ask(self.open_modem, device, self.modem_settings, on_usb=on_usb)


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
        self._status = record.status
        self._device: str | None = None
        self._failures = 0
        self._recoveries = record.status.recoveries
        self._rung = Rung.REOPEN
        self._up_since: float | None = None
        self._strayed = False  # the configured port leads to another line's SIM
        self._parkings = 0  # in a row

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            fault = await self._try()
            if fault is None:
                await self._say(self._missing())
                await self._rest(wait_after(1, 0.0) if self._settings.device else 5.0)
                continue
            if isinstance(fault, WrongModem):  # nothing is broken, and no reset cures it
                reason = self._parked(fault)
                if reason != self._status.reason:
                    logger.warning("line parked", extra={"line": self._who.name, "reason": reason})
                await self._say(reason)
                await self._rest(min(PARKED_S * 2.0 ** min(self._parkings, 10), PARKED_LONGEST_S))
                self._parkings += 1
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
        """A line whose port leads to another line's SIM looks for its own behind the other ports."""
        sought = self._sought()
        if sought is not self._settings and (found := await self._all.finder.find(sought)) is not None:
            logger.warning("line follows its SIM", extra={"line": self._who.name, "device": found})
            return found
        return await self._all.finder.find(self._settings)

    def _sought(self) -> LineSettings:
        """What is looked for: as configured, or the line's own SIM wherever it is."""
        own = self._all.claims.last_sim(self._who.name) if self._strayed else None
        return self._settings if own is None else replace(self._settings, device=None, imei=None, iccid=own)

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
            self._strayed = isinstance(fault, WrongModem) and fault.strayed and self._settings.device is not None
            self._parkings = self._parkings if isinstance(fault, WrongModem) else 0
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
        try:
            modem = await self._all.open_modem(device, settings)
        except TransportLost as error:
            raise await self._all.finder.explained(device, error) from error
        try:
            connection = Connection(
                self._who,
                self._wanted,
                modem,
                self._pace,
                store=self._all.store,
                clock=self._all.clock,
                metrics=self._all.metrics,
                pins=StoredPins(self._all.store, self._all.clock, self._is_meant),
                report=self._report,
                intervals=self._all.intervals,
                tell=self._tell,
                budget=self._budget,
                objection=self._objection,
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
        sought = self._sought()
        before = self._all.finder.presence(sought)
        until = self._all.clock.monotonic() + seconds
        while (left := until - self._all.clock.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_S))
            if self._failures < QUARANTINE and self._all.finder.presence(sought) != before:
                return

    def _is_meant(self, sim: str) -> bool:
        """Whether the line's PIN is for this SIM; as of Wanted."""
        return self._wanted.is_meant(sim) and self._all.claims.is_free(self._who.name, sim)

    def _objection(self, found: Identity) -> str | None:
        """Why this line must not use a modem, though its configuration does not say so; None where it may."""
        claims, name = self._all.claims, self._who.name
        if (objection := claims.objection(name, found)) is not None:
            return objection
        shared = self._settings.device is not None and self._all.finder.ambiguity(self._settings.device) is not None
        if shared and claims.is_stranger(name, found):
            return f"neither the modem {found.imei} nor its SIM {found.iccid} is what this line was last up with"
        return None

    def _missing(self) -> str:
        user = self._all.claims.user_of(self._settings, self._all.finder.users)
        if user is not None:
            return f'the modem {self._settings.imei} is used by the line "{user}", whose SIM is in it'
        return f"no modem: {self._all.finder.why_missing(self._settings)}"

    def _parked(self, fault: WrongModem) -> str:
        """Why the line does nothing, and, where the name of its port is to blame, that."""
        trouble = self._all.finder.ambiguity(self._settings.device) if self._settings.device else None
        return fault.reason if trouble is None else f"{fault.reason}; {trouble}"

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
        status = replace(status, found_by=_key(self._settings))
        self._all.claims.remember(self._who.name, status.imei, status.iccid)
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


def _unknown(status: LineStatus) -> LineStatus:
    """What stays of a status when modem and SIM may be others."""
    return LineStatus(recoveries=status.recoveries, since=status.since)


def _key(settings: LineSettings) -> str | None:
    """What the configuration says of where the modem is."""
    return settings.device or settings.imei or settings.iccid


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
