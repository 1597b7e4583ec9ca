"""One connection of one line: open port in, trouble out. Receiving, sending and watching live and end together."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from gateway.aio import Clock, together
from gateway.domain.errors import Unavailable
from gateway.limiter import Limiter
from gateway.line import Line, LineFault, NeedsSetUp, Remedy, Who
from gateway.metrics import Metrics
from gateway.policy.watchdog import Cure
from gateway.store.contract import Store
from gateway.watch import Watch
from gateway.workers.backoff import Rung
from gateway.workers.balance import BalanceKeeper, BalanceSettings
from gateway.workers.centre import CentreKeeper
from gateway.workers.commander import Commander
from gateway.workers.dispatcher import Dispatcher
from gateway.workers.pins import StoredPins
from gateway.workers.receiver import Receiver
from gateway.workers.showing import Report, Showing, TellAccounts, word_of
from gateway.workers.signal import SignalKeeper
from gateway.workers.storages import StorageKeeper
from gateway.workers.unlocking import Keyring, Unlocking
from modem.driver import Identity, Modem
from modem.errors import CommandRejected, CommandTimeout, ModemError, SimUnusable, TransportLost
from modem.events import (
    CallReceived,
    ModemEvent,
    PowerWarning,
    RegistrationChanged,
    Restarted,
    SimChanged,
    StorageFull,
)

SILENT = "the modem announces nothing of what comes in: only sweeps have found it"

logger = logging.getLogger(__name__)
Stepped = Callable[[Rung, str], Awaitable[None]]
"""Told of each rung of the ladder that a connection climbs by itself, and why."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Seconds between what a connection does by itself; tests shorten them."""

    check: float = 40.0  # is it still there? With its time-outs a silent modem is found within a minute
    sweep: float = 180.0  # notifications get lost
    sweep_again: float = 10.0  # after something had to stay in the SIM
    unregistered: float = 300.0  # without a network for so long: radio off and on
    time_outs: int = 3  # in a row: the port is opened anew
    set_ups: int = 3  # in quick succession over one port: likewise
    steady: float = 60.0  # up for so long, it has not come to nothing


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a line's port must lead to, as configured, and how to get in."""

    imei: str | None = None
    iccid: str | None = None
    pin: str | None = None

    def is_meant(self, sim: str) -> bool:
        """Whether the PIN is for this SIM; sim: its ICCID, or the IMEI where that cannot be read before the PIN."""
        return self.iccid is None or sim in (self.iccid, self.imei)


class WrongModem(LineFault):
    """Another modem or SIM answers than the line may use. strayed: it is another line's."""

    def __init__(self, reason: str, *, strayed: bool = False) -> None:
        super().__init__(reason, Remedy.WAIT)
        self.strayed = strayed


class Connection:
    """A line over one open modem. ``run`` once."""

    def __init__(
        self,
        who: Who,
        wanted: Wanted,
        modem: Modem,
        limiter: Limiter,
        *,
        store: Store,
        clock: Clock,
        metrics: Metrics,
        pins: StoredPins,
        ring: Keyring,
        report: Report,
        stepped: Stepped,
        intervals: Intervals,
        tell: TellAccounts,
        watch: Watch,
        objection: Callable[[Identity], str | None],
        balance: BalanceSettings | None = None,
    ) -> None:
        self._who = who
        self._wanted = wanted
        self._modem = modem
        self._limiter = limiter
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._unlocking = Unlocking(who, modem, store, clock, pin=wanted.pin, guard=pins, ring=ring)
        self._stepped = stepped
        self._intervals = intervals
        self._watched = watch
        self._objection = objection
        self._balance = balance
        self._showing = Showing(who, modem, limiter, metrics, report, tell)
        self._signal = SignalKeeper(who, store, clock, metrics)
        self._sweep_due = True
        self._left = False  # a message, by us, for the next sweep to find
        self._powerless = False
        self._lost_at: float | None = None

    async def run(self, rung: Rung, *, booting: bool = False) -> None:
        """Ends by cancellation, or raises an ExceptionGroup with what went wrong: LineFault, ModemError or worse.

        rung: what to do to the modem before it is set up. booting: it has just got its power, and needs its time.
        """
        if booting:
            self._modem.is_booting()
        await together(self._keep_serving(rung), base=self._modem.run())

    async def _keep_serving(self, rung: Rung) -> None:
        if rung in (Rung.CFUN, Rung.RESET):
            await self._see_whose_it_is()
        if rung is Rung.CFUN:
            await self._modem.cycle_radio()
        elif rung is Rung.RESET:
            await self._modem.reset()
        set_ups = 0
        while set_ups < self._intervals.set_ups:
            began = self._clock.monotonic()
            fault = await self._set_up_and_serve()
            steady = self._clock.monotonic() - began >= self._intervals.steady
            set_ups = 1 if steady else set_ups + 1
            logger.warning("setting up again", extra={"line": self._who.name, "reason": fault.reason})
            await self._showing.not_yet(self._modem.identity, f"being set up again: {fault.reason}")
            await self._stepped(Rung.RESYNC, fault.reason)
            await self._modem.resync()
        raise LineFault("the modem loses its settings again and again", Remedy.RESET)

    async def _set_up_and_serve(self) -> NeedsSetUp:
        """Returns why the modem needs another set-up; any other fault is raised."""
        try:
            identity = await self._unlocking.bring_up(self._admit)
        except SimUnusable as unusable:  # whoever is to do something about it sees in which modem
            seen = self._modem.identity
            if self._wanted.imei in (None, seen.imei) and self._wanted.iccid in (None, seen.iccid):
                await self._showing.not_yet(seen, str(unusable))
            raise
        self._check(identity)
        # whose SIM it is now stands with each part and each report: it is known before anything goes out or comes in
        self._limiter.breaker.is_in(identity.iccid)
        await self._showing.not_yet(identity, "being set up")
        # what a dispatcher before this one still held is settled before anybody claims for this line again
        await self._store.recover(self._clock.now(), line=self._who.num)
        today, this_month = await self._store.sent_over(self._who.num, self._clock.now())
        self._limiter.load(today=today, this_month=this_month)
        line = Line(self._who, self._modem, identity, self._limiter, self._clock, self._watched)
        await CentreKeeper(line, self._store, self._clock).settle()
        logger.info("set up", extra={"line": self._who.name, "model": identity.model, "revision": identity.revision})
        try:
            await self._serve(line)
        except BaseExceptionGroup as group:
            fault = fault_in(group)
            if not isinstance(fault, NeedsSetUp):
                raise
            return fault
        raise TransportLost("the modem says nothing more")

    async def _see_whose_it_is(self) -> None:
        """Before a rung is climbed: another line's modem may stand here by now. Raises WrongModem, TransportLost.

        One that does not tell is taken for the one that is meant: a deaf modem is what resets are for.
        """
        try:
            self._admit(await self._modem.identify())
        except TransportLost:
            raise
        except ModemError as error:
            logger.info("does not say who it is", extra={"line": self._who.name, "reason": str(error)})

    def _admit(self, identity: Identity) -> None:
        """Before anything is done to a SIM that may be another's; what it does not tell yet is checked later."""
        imei, iccid = identity.imei or self._wanted.imei, identity.iccid or self._wanted.iccid
        self._check(replace(identity, imei=imei, iccid=iccid))

    def _check(self, identity: Identity) -> None:
        for name, wanted, found in (
            ("IMEI", self._wanted.imei, identity.imei),
            ("ICCID", self._wanted.iccid, identity.iccid),
        ):
            if wanted is not None and wanted != found:
                raise WrongModem(f"the modem at this port has the {name} {found}, not {wanted}: it is not used")
        if (objection := self._objection(identity)) is not None:
            raise WrongModem(objection, strayed=True)

    async def _serve(self, line: Line) -> None:
        self._sweep_due = True
        self._watched.began()

        async def notice(event: ModemEvent) -> None:
            if isinstance(event, CallReceived):
                await self._missed(event.number)
            else:
                self._notice(event)
            line.changed.ring()

        also = []
        if self._balance is not None:
            also.append(BalanceKeeper(line, self._store, self._clock, self._metrics, self._balance).run())
        await together(
            Receiver(line, self._store, self._clock, self._metrics, notice).run(),
            Dispatcher(line, self._store, self._clock, self._metrics).run(),
            Commander(line, self._store, self._clock).run(),
            self._watch(line),
            *also,
        )

    def _notice(self, event: ModemEvent) -> None:
        """What a modem says unasked and is no message. Raises NeedsSetUp."""
        match event:
            case RegistrationChanged():
                logger.info("registration", extra={"line": self._who.name, "now": word_of(event.registration)})
            case StorageFull():
                logger.warning("storage full", extra={"line": self._who.name, "storage": event.storage})
                self._sweep_due = True
            case Restarted():
                raise NeedsSetUp("the modem restarted by itself" + self._suspicion())
            case SimChanged():
                raise NeedsSetUp(f"the SIM changed: {event.state}")
            case PowerWarning():
                self._powerless = True
                logger.error("modem complains about its power", extra={"line": self._who.name, "said": event.line})
            case _:
                logger.info("modem said", extra={"line": self._who.name, "said": type(event).__name__})

    async def _missed(self, caller: str | None) -> None:
        """The modem rings and nobody takes the call; whoever has to do with the caller is told."""
        logger.info("missed call", extra={"line": self._who.name, "from": caller or "withheld"})
        try:
            await self._store.call_missed(self._who.num, caller, self._clock.now())
        except Unavailable as error:
            logger.warning("missed call not told", extra={"line": self._who.name, "code": error.code})

    def _suspicion(self) -> str:
        return ": its power supply is too weak, it says" if self._powerless else ""

    # -- watching

    async def _watch(self, line: Line) -> None:
        """Sweep, check and tell, each when due. Raises LineFault when the modem stays silent."""
        check_at, sweep_at = self._clock.monotonic(), 0.0
        storages = StorageKeeper(self._who, self._modem, self._store, self._clock, self._metrics)
        while True:
            line.changed.clear()
            now = self._clock.monotonic()
            if line.left_in_sim:
                line.left_in_sim, self._left = False, True
                sweep_at = min(sweep_at, now + self._intervals.sweep_again)
            if now >= sweep_at:
                self._listen()
            if self._sweep_due or line.in_doubt or now >= sweep_at:
                self._sweep_due, line.in_doubt, sweep_at = False, False, now + self._intervals.sweep
                await self._patiently(self._modem.sweep)
                if await storages.looked():
                    sweep_at = now + self._intervals.sweep_again
            if now >= check_at:
                check_at = now + self._intervals.check
                if not line.on_air:  # a modem that is sending is there
                    await self._patiently(lambda: self._examine(line))
            await self._mind_registration()
            await self._showing.tell(line)
            await line.changed.wait(max(0.0, min(check_at, sweep_at) - self._clock.monotonic()))

    def _listen(self) -> None:
        """Raises NeedsSetUp or LineFault when the modem has announced nothing of what came in."""
        left, self._left = self._left, False
        if self._modem.capabilities.routing is None:  # it never does
            return
        match self._watched.swept(self._modem.since_announced, doubtful=left):
            case Cure.SET_UP:
                raise NeedsSetUp(SILENT)
            case Cure.PORT:
                raise LineFault(SILENT, Remedy.PORT)
            case Cure.RADIO:
                raise LineFault(SILENT, Remedy.RADIO)
            case Cure.RESET:
                raise LineFault(SILENT, Remedy.RESET)

    async def _patiently(self, command: Callable[[], Awaitable[object]]) -> None:
        for tries in range(1, self._intervals.time_outs + 1):
            try:
                await command()
                return
            except CommandRejected as error:
                logger.warning("refused", extra={"line": self._who.name, "error": str(error)})
                return
            except CommandTimeout as error:
                self._metrics.at_timeouts.labels(line=self._who.name, cmd=error.command.partition("=")[0]).inc()
                logger.warning("no answer", extra={"line": self._who.name, "command": error.command, "try": tries})
        raise LineFault("the modem does not answer")

    async def _examine(self, line: Line) -> None:
        line.health = await self._modem.check()
        await self._signal.heard(line.health, word_of(line.health.registration))
        metrics, name = self._metrics, self._who.name
        for use in line.health.storages:
            metrics.sim_storage_used.labels(line=name, store=use.storage).set(use.used)
            metrics.sim_storage_size.labels(line=name, store=use.storage).set(use.total)
            if use.total and use.used >= use.total:
                self._sweep_due = True

    async def _mind_registration(self) -> None:
        now = self._clock.monotonic()
        if self._modem.registration.registered:
            self._lost_at = None
            self._watched.registered()
        elif self._lost_at is None:
            self._lost_at = now
        elif now - self._lost_at >= self._intervals.unregistered:
            self._lost_at = now
            if self._watched.radio_is_vain():
                raise LineFault("the modem finds no network, even with its radio off and on", Remedy.RESET)
            logger.warning("radio off and on", extra={"line": self._who.name, "reason": "no network"})
            await self._stepped(Rung.CFUN, "no network")
            await self._patiently(self._modem.cycle_radio)


def fault_in(group: BaseException) -> BaseException:
    """The one that tells most out of what ``together`` raised: the program's fault, the line's, or the modem's."""
    if not isinstance(group, BaseExceptionGroup):
        return group
    leaves = [fault_in(error) for error in group.exceptions]
    return min(leaves, key=_rank)


def _rank(error: BaseException) -> int:
    if isinstance(error, NeedsSetUp):
        return 3
    if isinstance(error, LineFault):
        return 1
    return 2 if isinstance(error, ModemError) else 0
