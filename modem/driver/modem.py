"""Modem: one AT modem as its user sees it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from modem.at import answers, commands
from modem.at.answers import Domain
from modem.at.session import PROBES, Session
from modem.driver.asking import Asking
from modem.driver.bringup import BringUp
from modem.driver.inbox import Inbox
from modem.driver.news import News
from modem.driver.receiving import Receiving
from modem.driver.storage import Storages
from modem.driver.values import Capabilities, Health, Identity, ModemSettings, PinGuard, Signal, StorageUse
from modem.errors import CommandRejected, CommandTimeout, ProtocolError, TransportLost
from modem.events import Incoming, ModemEvent, Registration, Restarted, StorageFull
from modem.profiles import GENERIC, Profile
from modem.transport import BAUDRATES, DEFAULT_BAUDRATE, Port, open_port

log = logging.getLogger(__name__)

_PROBES_AT_A_GUESS = 2  # calls at a speed that is not likely
_BRING_UPS = 5  # runs, when the modem restarts in the middle
_REGISTRATIONS = {Domain.CS: "+CREG", Domain.EPS: "+CEREG"}
_LINK_STATE_ERRORS = (98, 528)  # CMS: the link that AT+CMMS kept open was not what the modem thought


class Modem:
    """A modem behind one port. `open` it, let `run` run, `bring_up`, and take `events`.

    Every method that talks to the modem raises CommandTimeout or TransportLost beside what it says itself.
    """

    def __init__(self, port: Port, settings: ModemSettings) -> None:
        self._port = port
        self._settings = settings
        self._inbox = Inbox(on_room=self._read_on)
        self._news = News(self._inbox)
        self._session = Session(
            port,
            on_news=self._news.hear,
            on_late_reference=self._news.late_reference,
            timing=settings.timing,
            name=port.name,
        )
        self._news.session = self._session
        self._storages = Storages(self._session)
        self._receiving = Receiving(self._session, self._storages, self._inbox, self._news)
        self._identity = Identity()
        self._profile: Profile = GENERIC
        self._capabilities = Capabilities()
        self._domains = tuple(_REGISTRATIONS)
        self._more_messages_on = False
        self._started = False
        self._was_reset = False
        self._full: set[str] = set()

    @classmethod
    async def open(cls, device: str, settings: ModemSettings | None = None) -> "Modem":
        """Open a tty or a socket://host:port; nothing is said to the modem yet.

        Raises TransportLost, which names the program that holds the port if it can.
        """
        settings = settings or ModemSettings()
        port = await open_port(device, baudrate=settings.baudrate or DEFAULT_BAUDRATE, rtscts=settings.rtscts)
        return cls(port, settings)

    @property
    def identity(self) -> Identity:
        return self._identity

    @property
    def profile(self) -> Profile:
        return self._profile

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def registration(self) -> Registration:
        """What the network last said."""
        return self._news.registration

    async def run(self) -> None:
        """The pump. Ends only by raising TransportLost or by cancellation."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._session.run())
                tasks.create_task(self._receiving.run())
        except* TransportLost as lost:
            raise _first(lost) from None
        finally:
            self._inbox.close()
            self._news.registered.set()  # whoever waits for the network asks, and learns that the port is lost

    async def bring_up(self, *, pin: str | None = None, pin_guard: PinGuard | None = None) -> Identity:
        """Make the modem ready to send and receive, from whatever state it is in; `run` must be running.

        Raises ModemError: SimUnusable where a person is needed, CommandTimeout, CommandRejected, TransportLost.
        """
        news = self._news
        news.ready = False
        self._domains = tuple(_REGISTRATIONS)
        for attempt in range(1, _BRING_UPS + 1):
            news.restarted = False
            self._storages.forget()
            self._more_messages_on = False
            bring_up = BringUp(self._session, self._storages, self._settings)
            try:
                await self._first_answer()
                await bring_up.run(pin, pin_guard)
                news.use(bring_up.profile)
                await self._ask_registration()
            except CommandTimeout:
                if news.restarted and attempt < _BRING_UPS:
                    continue
                raise
            if not news.restarted:
                break
        else:
            raise ProtocolError(f"{self._session.name}: restarts again and again")
        self._identity, self._profile = bring_up.identity, bring_up.profile
        self._capabilities = replace(bring_up.capabilities, registration=bool(self._domains))
        self._receiving.use(self._profile, direct_acknowledged=self._capabilities.direct_acknowledged)
        self._inbox.forget(Restarted)  # whoever has not heard of it need not: it is up again
        news.ready = True
        news.sweep_wanted = False  # the caller's first sweep sees it all
        news.work.set()
        return self._identity

    async def identify(self) -> Identity:
        """Who answers at this port, as far as it tells without a PIN and without being set up; `run` must be running.

        Raises CommandTimeout when nobody does.
        """
        await self._first_answer()
        return await BringUp(self._session, self._storages, self._settings).identify()

    async def wait_registered(self) -> None:
        """Returns as soon as the network takes SMS from us."""
        while not self.registration.may_send:
            try:
                async with asyncio.timeout(self._settings.timing.registration):
                    await self._news.registered.wait()
            except TimeoutError:
                log.debug("%s: not registered, asking", self._session.name)
            if not self.registration.may_send:
                await self._ask_registration()

    def events(self) -> AsyncIterator[ModemEvent]:
        """What the modem says, for one consumer; ends when the modem is closed. A full queue holds up reading."""
        return aiter(self._inbox)

    # --- out

    async def submit(
        self,
        pdu: bytes,
        tpdu_length: int,
        *,
        before_ctrl_z: Callable[[], Awaitable[None]],
        more_follow: bool = False,
    ) -> int:
        """Send a TPDU and return the TP-MR that the modem gave it.

        pdu: with the service centre field; tpdu_length: octets without it. before_ctrl_z: awaited before the point of
        no return; what it raises takes the message back. more_follow: keep the link open for the next part.
        Raises CommandRejected, CommandTimeout, TransportLost; after the last two the message may be on its way if
        before_ctrl_z has returned, else it is not.
        """
        if self._news.restarted:  # it may be in text mode again, where a PDU would be sent as a text
            raise CommandTimeout(commands.send_message(tpdu_length).name, 0.0)
        if more_follow and not self._more_messages_on:
            await self._keep_link_open()
        try:
            return await self._session.submit(tpdu_length, pdu, before_ctrl_z)
        except CommandRejected as error:
            if self._more_messages_on and error.kind == "cms" and error.code in _LINK_STATE_ERRORS:
                await self._session.execute(commands.more_messages(0))
                self._more_messages_on = False
                self._capabilities = replace(self._capabilities, more_messages=None)
            raise

    async def _keep_link_open(self) -> None:
        mode = self._capabilities.more_messages
        if mode is None:
            return
        if (await self._session.execute(commands.more_messages(mode))).ok:
            self._more_messages_on = mode == 2  # mode 1 goes off by itself some seconds later
        else:
            self._capabilities = replace(self._capabilities, more_messages=None)

    # --- in

    async def acknowledge(self, incoming: Incoming) -> None:
        """The message is safe: empty its place, or confirm it to the network. Raises CommandRejected."""
        await self._receiving.acknowledge(incoming)

    async def refuse(self, incoming: Incoming) -> None:
        """The message could not be kept: it stays in its place, or with the network. Raises CommandRejected."""
        await self._receiving.refuse(incoming)

    async def sweep(self) -> int:
        """Look into every storage; what is there comes as events with announced=False. Returns how many."""
        return await self._receiving.sweep()

    # --- health

    async def check(self) -> Health:
        """See that the modem answers and still has its settings, and put back what it has lost."""
        asking = Asking(self._session)
        await self._session.require(commands.AT)
        line = await asking.line(commands.MESSAGE_FORMAT)
        if line is not None and answers.parse_numbers(line)[:1] == (1,):  # nobody but a restart sets text mode
            self._news.restart(line)
        await self._ask_registration()
        signal = await self._signal(asking)
        line = await asking.line(commands.OPERATOR)
        operator = answers.parse_operator(line) if line is not None else None
        await self._check_routing(asking)
        return Health(self.registration, signal, operator.operator if operator else None, await self._check_storages())

    async def _signal(self, asking: Asking) -> Signal:
        line = await asking.line(commands.SIGNAL)
        plain = answers.parse_signal(line) if line is not None else None
        signal = Signal() if plain is None else Signal(rssi_dbm=plain.dbm, ber=plain.ber if plain.ber != 99 else None)
        if self.registration.eps is None or self.registration.technology in ("gsm", None):
            return signal
        line = await asking.line(commands.EXTENDED_SIGNAL)
        full = answers.parse_signal(line) if line is not None else None
        if full is None:
            return signal
        return replace(signal, rsrp_dbm=full.rsrp_dbm, rsrq_db=full.rsrq_db, rscp_dbm=full.rscp_dbm)

    async def _check_routing(self, asking: Asking) -> None:
        """A modem that missed an acknowledgement stops announcing without a word (TS 27.005 §3.4.4)."""
        wanted, reported = self._capabilities.routing, self._capabilities.routing_reported
        if wanted is None or not reported:
            return
        line = await asking.line(commands.ROUTING)
        values = answers.parse_numbers(line) if line is not None else reported
        if values[1:4] != reported[1:4]:
            log.warning("%s: announcements were off: %s", self._session.name, line)
            await asking.optional(commands.set_routing(wanted))
            self._news.want_sweep()

    async def _check_storages(self) -> tuple[StorageUse, ...]:
        uses = {use.name: use for use in await self._storages.refresh() if use.name}
        full = {name for name, use in uses.items() if use.total and use.used >= use.total}
        for name in sorted(full - self._full):
            self._inbox.put(StorageFull(name))
        if full:
            self._news.want_sweep()
        self._full = full
        return tuple(StorageUse(name, use.used, use.total) for name, use in uses.items())

    async def resync(self) -> None:
        """Get back in step with the modem."""
        await self._session.resync()

    async def cycle_radio(self) -> None:
        """Take the modem out of the network and back, which cures deafness; settings are put back."""
        await self._say_hello()
        self._news.reboots_expected = True
        try:
            await self._session.execute(commands.set_function(4))
            await self._session.require(commands.set_function(1))
            await self._session.drain()
            asking = Asking(self._session)
            await asking.patiently(commands.PDU_MODE)
            await self._check_routing(asking)
            await self._ask_registration()
        finally:
            self._news.reboots_expected = False

    async def reset(self) -> None:
        """Reboot the modem; then bring it up again, which waits for it. Its port may go away and come back."""
        command = self._profile.reset
        if command is None:
            await self.cycle_radio()
            return
        await self._say_hello()
        self._news.restarted = True
        self._news.ready = False
        self._was_reset = True
        try:
            await self._session.require(commands.order(command, commands.Wait.RADIO))
        except CommandTimeout:
            log.info("%s: went away without a word", self._session.name)

    async def close(self) -> None:
        """Let go of the port. Never blocks, never raises."""
        self._inbox.close()
        await self._port.close()

    # --- inside

    def _read_on(self) -> None:
        self._session.admitted.set()

    async def _say_hello(self) -> None:
        """Get in step with a modem that nobody has talked to yet; one that is deaf is told all the same."""
        if not self._started:
            with contextlib.suppress(CommandTimeout):
                await self._session.start()
                self._started = True

    async def _first_answer(self) -> None:
        """Get in step, at whatever speed; a modem that was just reset has some time for it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._settings.timing.settle if self._was_reset else 0.0)
        while True:
            try:
                await self._find_speed()
            except CommandTimeout:
                if loop.time() >= deadline:
                    raise
                continue
            self._started, self._was_reset = True, False
            return

    async def _find_speed(self) -> None:
        """Get the first answer; a pseudo-terminal, a socket and USB know only one speed."""
        if self._settings.baudrate is not None or not self._port.has_speed:
            await self._session.start()
            return
        for baudrate in BAUDRATES:
            await self._port.set_baudrate(baudrate)
            try:
                await self._session.start(PROBES if baudrate == BAUDRATES[0] else _PROBES_AT_A_GUESS)
            except CommandTimeout:
                if baudrate == BAUDRATES[-1]:
                    raise
                continue
            return

    async def _ask_registration(self) -> None:
        for domain in self._domains:
            response = await self._session.execute(commands.registration(_REGISTRATIONS[domain]))
            found = [answer for line in response.lines if (answer := answers.parse_registration(line)) is not None]
            for answer in found if response.ok else ():
                self._news.note_registration(domain, answer.stat, answer.act)
            if not response.ok or not found:  # what cannot be asked does not hold up a message
                if not response.ok:
                    self._domains = tuple(known for known in self._domains if known is not domain)
                self._news.note_registration(domain, None, None)


def _first(group: BaseExceptionGroup[TransportLost]) -> TransportLost:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, TransportLost)
    return error
