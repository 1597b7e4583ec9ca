"""Modem: one AT modem as its user sees it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from modem.at import commands
from modem.at.answers import OfferedNetwork, ServiceCentre, parse_networks
from modem.at.session import Session
from modem.at.ussd import UssdAnswer
from modem.driver.asking import Asking, announces
from modem.driver.bringup import Admit, BringUp
from modem.driver.centre import read_centre, write_centre
from modem.driver.elsewhere import receive_elsewhere
from modem.driver.examination import Examination
from modem.driver.greeting import Greeting
from modem.driver.inbox import Inbox
from modem.driver.inspection import Inspection, inspect
from modem.driver.news import News
from modem.driver.receiving import Receiving
from modem.driver.storage import Storages
from modem.driver.ussd import UssdDialogue
from modem.driver.values import Capabilities, Health, Identity, ModemSettings, PinGuard, StorageUse
from modem.errors import CommandRejected, CommandTimeout, ProtocolError, SimUnusable, TransportLost
from modem.events import Incoming, ModemEvent, Registration, Restarted
from modem.profiles import GENERIC, Profile, profile_named
from modem.transport import DEFAULT_BAUDRATE, Port, open_port

log = logging.getLogger(__name__)

_BRING_UPS = 5  # runs, when the modem restarts in the middle
_LINK_STATE_ERRORS = (98, 528)  # CMS: the link that AT+CMMS kept open was not what the modem thought


class Modem:
    """A modem behind one port. `open` it, let `run` run, `bring_up`, and take `events`.

    Every method that talks to the modem raises CommandTimeout or TransportLost beside what it says itself.
    """

    def __init__(self, port: Port, settings: ModemSettings) -> None:
        self._port = port
        self._settings = settings
        self._inbox = Inbox(on_room=self._read_on)
        self._news = News(self._inbox, roaming=settings.roaming)
        self._session = Session(
            port,
            on_news=self._news.hear,
            on_late_reference=self._news.late_reference,
            timing=settings.timing,
            name=port.name,
            listener=settings.listener,
        )
        self._news.session = self._session
        self._storages = Storages(self._session)
        self._receiving = Receiving(
            self._session, self._storages, self._inbox, self._news, on_unstored=self._receive_elsewhere
        )
        self._identity = Identity()
        self._profile: Profile = GENERIC if settings.profile == "auto" else profile_named(settings.profile)
        self._capabilities = Capabilities()
        self._examination = Examination(self._session, self._storages, self._inbox, self._news)
        self._ussd = UssdDialogue(self._session, self._news)
        self._more_messages_on = False
        self._greeting = Greeting(port, self._session, settings)

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
        """As the bring-up has found it; also of a modem whose SIM was unusable, as far as that tells."""
        return self._identity

    @property
    def settings(self) -> ModemSettings:
        return self._settings

    @property
    def profile(self) -> Profile:
        return self._profile

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def since_announced(self) -> float:
        """Seconds since it last announced a message or handed one over."""
        return asyncio.get_running_loop().time() - self._news.announced_at

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
        except BaseExceptionGroup as group:  # no ``except*``: what is raised in one comes out wrapped, before 3.11.4
            lost, others = group.split(TransportLost)
            if lost is None or others is not None:
                raise
            raise _first(lost) from None
        finally:
            self._inbox.close()
            self._news.lose(TransportLost(f"{self._session.name}: the port is lost"))

    async def bring_up(
        self, *, pin: str | None = None, pin_guard: PinGuard | None = None, admit: Admit | None = None
    ) -> Identity:
        """Make the modem ready to send and receive, from whatever state it is in; `run` must be running.

        admit: told who answers before the PIN is entered or anything that lasts is done to modem and SIM, as far as
        they tell by then, and again when they tell more; what it raises ends the bring-up.
        Raises ModemError: SimUnusable where a person is needed, CommandTimeout, CommandRejected, TransportLost.
        """
        news = self._news
        news.ready = False
        self._examination.begin()
        for attempt in range(1, _BRING_UPS + 1):
            news.restarted = news.sim_started = False
            self._storages.forget()
            self._more_messages_on = False
            bring_up = BringUp(self._session, self._storages, self._settings)
            self._identity = Identity()
            try:
                await self._greeting.first_answer(hang_up=True)
                await bring_up.run(pin, pin_guard, admit)
                news.use(bring_up.profile)
                await self._examination.ask_registration()
                self._examination.use(bring_up.kept)
                if news.sim_started:  # by itself or behind the PIN; a restart may say no more than this
                    await self._examination.look_for_restart()
            except SimUnusable:
                self._identity = bring_up.identity
                raise
            except CommandTimeout:
                if news.restarted and attempt < _BRING_UPS:
                    continue
                raise
            if not news.restarted:
                break
        else:
            raise ProtocolError(f"{self._session.name}: restarts again and again")
        self._identity, self._profile = bring_up.identity, bring_up.profile
        self._capabilities = replace(bring_up.capabilities, registration=self._examination.registration_known)
        self._receiving.use(self._profile, direct_acknowledged=self._capabilities.direct_acknowledged)
        self._inbox.forget(Restarted)  # whoever has not heard of it need not: it is up again
        news.ready = True
        news.sweep_wanted = False  # the caller's first sweep sees it all
        news.work.set()
        return self._identity

    async def identify(self, answered: Callable[[], None] | None = None) -> Identity:
        """Who answers at this port, as far as it tells without a PIN and without being set up; `run` must be running.

        answered: called at the first answer. Raises CommandTimeout when nobody does.
        """
        await self._greeting.first_answer()
        if answered is not None:
            answered()
        return await BringUp(self._session, self._storages, self._settings).identify()

    async def announces(self) -> bool:
        """Whether this port knows of messages, so that they can be announced here; `run` must be running.

        One that is meant for data or for diagnosis refuses AT+CNMI?, is silent, or says OK and nothing else.
        """
        return await announces(self._session)

    async def inspect(self) -> Inspection:
        """How it is found, without setting it up and without a PIN being entered; `run` must be running."""
        await self._greeting.first_answer()
        return await inspect(self._session, BringUp(self._session, self._storages, self._settings), self._examination)

    async def round_trip(self) -> float:
        """How many seconds an AT takes to its OK. Raises CommandRejected."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await self._session.require(commands.AT)
        return loop.time() - begun

    async def wait_registered(self) -> None:
        """Returns as soon as the network takes SMS from us."""
        while not self.registration.may_send:
            try:
                async with asyncio.timeout(self._settings.timing.registration):
                    await self._news.registered.wait()
            except TimeoutError:
                log.debug("%s: not registered, asking", self._session.name)
            if not self.registration.may_send:
                await self._examination.ask_registration()

    @property
    def storage_uses(self) -> tuple[StorageUse, ...]:
        """How full each storage was when it was last looked into, by a sweep at the latest."""
        uses, freed = self._storages.uses, self._storages.freed
        return tuple(
            StorageUse(name, uses[name].used, uses[name].total, freed[name])
            for name in self._storages.swept
            if name in uses
        )

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
        self._need_pdu_mode(tpdu_length)
        if more_follow and not self._more_messages_on:
            await self._keep_link_open()

        async def unless_restarted() -> None:  # found out while this waited for its turn
            self._need_pdu_mode(tpdu_length)
            await before_ctrl_z()

        try:
            return await self._session.submit(tpdu_length, pdu, unless_restarted)
        except CommandRejected as error:
            if self._more_messages_on and error.kind == "cms" and error.code in _LINK_STATE_ERRORS:
                await self._session.execute(commands.more_messages(0))
                self._more_messages_on = False
                self._capabilities = replace(self._capabilities, more_messages=None)
            raise

    def _need_pdu_mode(self, tpdu_length: int) -> None:
        """Raises CommandTimeout when the modem has restarted: in text mode a PDU would be sent as a text."""
        if self._news.restarted:
            raise CommandTimeout(commands.send_message(tpdu_length).name, 0.0)

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
        self._need_settings(incoming)
        await self._receiving.acknowledge(incoming)
        self._need_settings(incoming)  # an OK that came behind the restart told of another storage

    def _need_settings(self, incoming: Incoming) -> None:
        """Raises CommandTimeout when the modem has restarted: what it would delete is not what was read."""
        if incoming.place is not None and not self._news.ready:
            raise CommandTimeout(commands.delete_message(incoming.place.index).name, 0.0)

    async def refuse(self, incoming: Incoming) -> None:
        """The message could not be kept: it stays in its place, or with the network. Raises CommandRejected."""
        await self._receiving.refuse(incoming)

    async def sweep(self) -> int:
        """Look into every storage; what is there comes as events with announced=False. Returns how many."""
        return await self._receiving.sweep()

    async def ussd(self, code: str) -> UssdAnswer:
        """Send a USSD code and return what the network answers. Raises ValueError, CommandRejected."""
        return await self._ussd.ask(code)

    async def service_centre(self) -> ServiceCentre | None:
        """What is on the SIM now; None where the modem does not tell."""
        return await read_centre(self._session)

    async def set_service_centre(self, number: str) -> None:
        """Put a number on the SIM: digits, international with a "+". Raises CommandRejected."""
        await write_centre(self._session, number)
        self._capabilities = replace(self._capabilities, service_centre=number)

    # --- health

    async def networks(self) -> tuple[OfferedNetwork, ...]:
        """The networks in reach. Nothing else is sent or received meanwhile, for half a minute and more.

        Raises CommandRejected.
        """
        response = await self._session.require(commands.NETWORKS_OFFERED)
        return tuple(network for line in response.lines for network in parse_networks(line))

    async def check(self) -> Health:
        """See that the modem answers and still has its settings, and put back what it has lost."""
        await self._session.require(commands.AT)
        await self._examination.look_for_restart()
        await self._examination.ask_registration()
        await self._examination.restore_routing(self._capabilities)
        return await self._examination.health(self._profile)

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
            await Asking(self._session).patiently(commands.PDU_MODE)
            await self._examination.restore_routing(self._capabilities)
            await self._examination.ask_registration()
        finally:
            self._news.reboots_expected = False

    async def reset(self) -> None:
        """Reboot the modem; then bring it up again, which waits for it. Its port may go away and come back."""
        await self._say_hello()
        command = (await self._known_profile()).reset
        if command is None:
            await self.cycle_radio()
            return
        self._news.restarted = True
        self._news.ready = False
        self._greeting.was_reset = True
        try:
            response = await self._session.execute(commands.order(command, commands.Wait.RADIO))
            if not response.ok and command != GENERIC.reset:  # a firmware without its vendor's command
                await self._session.require(commands.order(str(GENERIC.reset), commands.Wait.RADIO))
        except CommandTimeout:
            log.info("%s: went away without a word", self._session.name)

    def is_booting(self) -> None:
        """It has just got its power: the first answer may take as long as after a reset."""
        self._greeting.was_reset = True

    async def close(self) -> None:
        """Let go of the port. Never blocks, never raises."""
        self._inbox.close()
        await self._port.close()

    # --- inside

    def _read_on(self) -> None:
        self._session.admitted.set()

    async def _receive_elsewhere(self) -> None:
        self._capabilities = await receive_elsewhere(self._session, self._storages, self._capabilities)
        self._receiving.direct_acknowledged = self._capabilities.direct_acknowledged

    async def _say_hello(self) -> None:
        """Get in step with a modem that nobody has talked to yet; one that is deaf is told all the same."""
        if not self._greeting.answered:
            with contextlib.suppress(CommandTimeout):
                await self._greeting.first_answer()

    async def _known_profile(self) -> Profile:
        """The profile, asked for where the modem was not brought up over this port; a deaf one is GENERIC."""
        if self._profile is GENERIC and self._greeting.answered and not self._news.ready:
            with contextlib.suppress(CommandTimeout):
                self._profile = await BringUp(self._session, self._storages, self._settings).recognise()
        return self._profile


def _first(group: BaseExceptionGroup[TransportLost]) -> TransportLost:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, TransportLost)
    return error
