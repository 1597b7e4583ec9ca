"""Keeps each line up: finds its port, opens it, runs a connection, and after any failure backs off and begins anew.

Each line is a bulkhead: what goes wrong there ends that line's subtree only, and is tried again for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import SystemRandom

from gateway.aio import Clock
from gateway.config import LineSettings
from gateway.domain.errors import Unavailable
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord, LineStatus
from gateway.limiter import Limiter
from gateway.line import LineFault, Who
from gateway.metrics import Metrics
from gateway.ports.names import Mark
from gateway.store.contract import Store
from gateway.tracing import Traces
from gateway.watch import Watch
from gateway.workers.asking import Answer, ask
from gateway.workers.backoff import LONGEST_WAIT_S, Recovery, Rung, afresh, climb, wait_after
from gateway.workers.balance import BalanceSettings
from gateway.workers.claims import Claims
from gateway.workers.connection import Connection, Intervals, Wanted, WrongModem, fault_in
from gateway.workers.finder import Finder, mark
from gateway.workers.pins import StoredPins
from gateway.workers.power import cycle_power
from gateway.workers.resting import Rest, Wake
from gateway.workers.seeking import Seeker, key_of
from gateway.workers.telling import Teller, reason_of, remedy_for
from gateway.workers.unlocking import Keyring
from modem.driver import Modem, ModemSettings
from modem.errors import ModemError, TransportLost

LOOK_S = 0.5  # how often an absent device is looked for: a stat, nothing more
SEARCH_S = 5.0  # how often all ports are searched, where none is configured
MISSING_S = 60.0  # a modem that is not on its bus for so long may need its power taken away

logger = logging.getLogger(__name__)
Open = Callable[[str, ModemSettings], Awaitable[Modem]]


class Supervisor:
    """All configured lines. ``run`` once per daemon.

    devices, sys: where ports are searched for, as of Finder. traces: who reads along with a modem.
    open_modem, intervals, modem_settings, jitter: for tests.
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
        traces: Traces | None = None,
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
        self.traces = traces or Traces(clock)

    async def run(self) -> None:
        """Ends only by cancellation: then no line claims any more, and what is on the air may finish."""
        records = {record.configured_name: record for record in await self.store.lines()}
        for settings in self.lines:
            record = records.setdefault(settings.name, records.get(settings.name) or await self._put(settings))
            if record.status.found_by not in (None, key_of(settings)):  # it is another modem that is meant now
                records[settings.name] = replace(record, status=_unknown(record.status))
            else:
                self.claims.remember(settings.name, record.status.imei, record.status.last_iccid)
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
            LineRecord(0, fresh, settings.name, settings.number, settings.aliases, accounts, limits=settings.limits)
        )

    async def _ask(self, device: str, *, on_usb: bool) -> Answer:
        return await ask(self.open_modem, device, self.modem_settings, on_usb=on_usb)


class Keeper:
    """Keeps one line up."""

    def __init__(self, all_lines: Supervisor, settings: LineSettings, record: LineRecord) -> None:
        self._all = all_lines
        self._settings = settings
        self._who = Who(record.num, record.id, record.configured_name)
        self._limiter = _limiter_of(record, all_lines.clock)
        self._wanted = Wanted(settings.imei, settings.iccid, settings.pin)
        self._ring = Keyring()
        self._tap = all_lines.traces.tap(record.configured_name)
        self._seeker = Seeker(settings, all_lines.finder, all_lines.claims)
        self._watch = Watch(all_lines.clock)
        self._teller = Teller(
            record,
            all_lines.store,
            all_lines.clock,
            all_lines.metrics,
            lambda up_for: self._watch.is_proven(up_for, all_lines.intervals.steady),
            self._seeker.note,
            self._tap,
        )
        self._rest = Rest(record.num, settings.name, self._seeker.presence, all_lines.store, all_lines.clock)
        self._recovery = Recovery()
        self._booting = False  # it got its power back, or restarts: its first answer takes time
        self._mark: Mark | None = None  # of the port that was opened last
        self._restarting = False  # its port has gone because of our reset
        self._missing_since: float | None = None
        self._power_due = 0.0
        self._power_wait = MISSING_S

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            fault = await self._try()
            if fault is None:
                await self._await_modem()
            elif isinstance(fault, WrongModem):  # nothing is broken, and no reset cures it
                await self._park(fault)
            elif self._is_restart(fault):
                self._restarting = self._booting = True
                await self._teller.down("the modem restarts")
                await self._rest.for_modem(wait_after(1, 0.0), LOOK_S)
            else:
                await self._recover_from(fault)

    async def _await_modem(self) -> None:
        """It is not there. Where its power may be switched, that is tried now and then."""
        now = self._all.clock.monotonic()
        if self._missing_since is None:
            self._missing_since, self._power_wait = now, MISSING_S
            self._power_due = now + MISSING_S
        reason = self._seeker.missing()
        await self._teller.down(reason)
        await self._rest.for_modem(wait_after(1, 0.0) if self._settings.device else SEARCH_S, LOOK_S)
        if self._seeker.is_in_use():  # it is there, and another line's connection hangs on it
            self._power_due = max(self._power_due, now + MISSING_S)
        elif self._settings.power_cycle and now >= self._power_due:
            self._power_wait = min(2 * self._power_wait, LONGEST_WAIT_S)
            await self._teller.stepped(Rung.USB, reason)
            self._booting = await cycle_power(self._settings.power_cycle, self._who.name)
            self._power_due = self._all.clock.monotonic() + self._power_wait

    async def _park(self, fault: WrongModem) -> None:
        reason, wait = self._seeker.parked(fault)
        await self._teller.parked(reason)
        await self._rest.for_modem(wait, LOOK_S)

    def _is_restart(self, fault: BaseException) -> bool:
        """The modem leaves its port as we have reset it: that is no failure, once."""
        reset = self._recovery.rung is Rung.RESET and not self._restarting
        return reset and isinstance(fault, TransportLost) and self._teller.up_since is None

    async def _recover_from(self, fault: BaseException) -> None:
        """Tell it, wait, and do what is done without a connection."""
        self._count(fault)
        recovery, reason = self._recovery, reason_of(fault)
        wait = wait_after(recovery.failures, self._all.jitter())
        step, name = recovery.rung.value, self._who.name
        logger.warning(
            "line lost",
            extra={"line": name, "reason": reason, "failures": recovery.failures, "step": step, "wait_s": wait},
        )
        await self._teller.failed(reason, recovery, wait)
        match await self._rest.after_failure(wait, LOOK_S, patient=recovery.patient):
            case Wake.OVER if recovery.rung is Rung.USB:
                self._booting = await cycle_power(self._settings.power_cycle, name)
            case Wake.PLUGGED if recovery.rung is Rung.USB:  # if it was another's port, this one's turn comes again
                self._recovery = replace(recovery, rung=Rung.REOPEN, steps=recovery.steps - 1)
            case Wake.OVER | Wake.PLUGGED | Wake.ENTERED:
                pass
            case Wake.RESTART:
                self._recovery = afresh(Rung.RESET)
            case Wake.RESUMED:
                self._recovery = afresh(Rung.REOPEN)
        self._teller.recovery = self._recovery

    async def _try(self) -> BaseException | None:
        """Look for the modem, and one connection to its end; returns why it ended, or None where there is no modem."""
        teller = self._teller
        teller.up_since = None
        try:
            teller.device = await self._seeker.find()
            if teller.device is None:
                return None
            self._missing_since = None
            await self._connect(teller.device)
        except Exception as error:  # the line supervisor's edge: whatever it is, it is this line's alone
            fault = fault_in(error)
            self._seeker.ended(fault, teller.device)
            if not isinstance(fault, (LineFault, ModemError, Unavailable)):
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
            usb_id=self._all.finder.usb_id(device),
            listener=self._tap,
        )
        self._tap.note(f"opening {device}")
        try:
            modem = await self._all.open_modem(device, settings)
        except TransportLost as error:
            raise await self._all.finder.explained(device, error) from error
        booting, self._booting = self._booting or self._mark not in (None, mark(device)), False
        self._mark = mark(device)
        rung = Rung.REOPEN if self._restarting else self._recovery.rung
        try:
            connection = Connection(
                self._who,
                self._wanted,
                modem,
                self._limiter,
                store=self._all.store,
                clock=self._all.clock,
                metrics=self._all.metrics,
                pins=StoredPins(self._all.store, self._all.clock, self._seeker.is_meant),
                report=self._teller.report,
                stepped=self._teller.stepped,
                ring=self._ring,
                intervals=self._all.intervals,
                tell=self._teller.tell,
                watch=self._watch,
                objection=self._seeker.objection,
                balance=_balance_of(self._settings),
            )
            await connection.run(rung, booting=booting)
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
        self._restarting = False
        if self._watch.is_proven(self._teller.up_for, self._all.intervals.steady):
            self._recovery = Recovery()
        self._recovery = climb(self._recovery, remedy_for(fault), power=bool(self._settings.power_cycle))
        if isinstance(fault, TransportLost):
            self._all.metrics.modem_disconnects.labels(line=self._who.name).inc()


def _limiter_of(record: LineRecord, clock: Clock) -> Limiter:
    """With the breaker as it was when the gateway ended."""
    limiter = Limiter(clock, record.limits, sim=record.status.iccid or record.status.last_iccid)
    if record.status.blocked_until is not None:
        limiter.breaker.restore(
            "sends nothing for a while: its SIM was refused again and again", record.status.blocked_until
        )
    return limiter


def _unknown(status: LineStatus) -> LineStatus:
    """What stays of a status when modem and SIM may be others."""
    return LineStatus(recoveries=status.recoveries, since=status.since)


def _balance_of(settings: LineSettings) -> BalanceSettings | None:
    if not settings.balance_code:
        return None
    below = Decimal(str(settings.balance_below)) if settings.balance_below else None
    return BalanceSettings(
        settings.balance_code, settings.balance_pattern, below, timedelta(hours=settings.balance_every_h)
    )
