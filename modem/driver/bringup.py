"""From an open port to a modem that sends and receives: asks what there is, adapts, and takes nothing for granted.

All settings are per port, volatile and shared with other programs, so each is set every time. What is optional never
fails the bring-up.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from modem.at import answers, commands
from modem.at.answers import PinState, join_identity, parse_identity
from modem.at.session import Session
from modem.driver.asking import Asking
from modem.driver.centre import settle_centre
from modem.driver.kept import Kept, read_kept
from modem.driver.pin import settled_pin_state, unlock
from modem.driver.routing import choose_routings
from modem.driver.service import message_service, take_over_acknowledging
from modem.driver.storage import Storages
from modem.driver.values import Capabilities, Identity, ModemSettings, PinGuard
from modem.errors import CommandRejected, CommandTimeout, ProtocolError
from modem.profiles import GENERIC, Profile, Routing, profile_named, recognise

log = logging.getLogger(__name__)
Admit = Callable[[Identity], None]

_FULL_FUNCTION = 1
_PDU_MODE = (0,)
_DIRECT = 2  # <mt> of AT+CNMI: messages are handed over, not stored
_FEW = 3  # bare ERRORs to what not every modem knows


class BringUp:
    """One run through all the steps; afterwards identity, profile, capabilities and kept say what was found."""

    def __init__(self, session: Session, storages: Storages, settings: ModemSettings) -> None:
        self._session = session
        self._storages = storages
        self._settings = settings
        self._ask = Asking(session)
        self.identity = Identity()
        self.profile: Profile = GENERIC
        self.capabilities = Capabilities()
        self.kept = Kept()

    async def run(self, pin: str | None, guard: PinGuard | None, admit: Admit | None = None) -> None:
        """The modem answers AT already. Raises ModemError, and what admit raises."""
        await self._speak_plainly()
        self.kept = await read_kept(self._session)
        manufacturer, model, revision, imei = await self._identify()
        await self._all(self.profile.before_sim)
        await self._switch_on()
        self.identity = Identity(manufacturer, model, revision, imei)
        iccid = self._admitted(await self._card_identity(), admit)
        if iccid is None:
            iccid = self._admitted(await self._started_card_identity(), admit)
        await unlock(self._session, self.profile, iccid or imei or "unknown", pin, guard)
        await self._ask.first_accepted(commands.ERRORS_BY_NUMBER, commands.ERRORS_BY_WORD)  # some forget it at the PIN
        if iccid is None:
            iccid = self._admitted(await self._card_identity(), admit)
        imsi = answers.parse_imsi(await self._subscriber())
        await self._ask.first_accepted(commands.CHARACTER_SET_GSM, commands.CHARACTER_SET_IRA)
        await self._use_pdus()
        acknowledged = await self._choose_service()
        await self._storages.prepare(self.profile.storages)
        routing, reported = await self._route()
        if routing is not None and routing[1] == _DIRECT:
            acknowledged = await take_over_acknowledging(self._ask, routing) or acknowledged
        centre = await settle_centre(self._session, self._settings.service_centre)
        await self._watch_network()
        self.capabilities = Capabilities(
            routing=routing,
            routing_reported=reported,
            storages=self._storages.swept,
            home=self._storages.home,
            direct_acknowledged=acknowledged,
            more_messages=await self._more_messages(),
            service_centre=centre,
            registration=True,
        )
        number = next(filter(None, map(answers.parse_own_number, await self._ask.lines(commands.OWN_NUMBER))), None)
        self.identity = Identity(manufacturer, model, revision, imei, imsi, iccid, number)
        await self._all(self.profile.when_ready)

    # --- who it is

    async def identify(self) -> Identity:
        """Who the modem and its SIM are, as far as they tell without a PIN; nothing that lasts is changed."""
        await self._speak_plainly()
        manufacturer, model, revision, imei = await self._identify()
        return Identity(manufacturer, model, revision, imei, None, await self._card_identity(), None)

    async def recognise(self) -> Profile:
        """Which make of modem it is; nothing that lasts is changed. Raises CommandTimeout, TransportLost."""
        await self._speak_plainly()
        await self._identify()
        return self.profile

    async def _speak_plainly(self) -> None:
        if await self._ask.optional(commands.PLAIN_ANSWERS) is None:
            await self._ask.optional(commands.VERBOSE_RESULTS)
            await self._ask.optional(commands.NO_ECHO)
        await self._ask.first_accepted(commands.ERRORS_BY_NUMBER, commands.ERRORS_BY_WORD)

    async def _identify(self) -> tuple[str | None, str | None, str | None, str | None]:
        manufacturer = join_identity(await self._ask.lines(commands.MANUFACTURER, again=True))
        model = join_identity(await self._ask.lines(commands.MODEL, again=True))
        revision = join_identity(await self._ask.lines(commands.REVISION))
        imei = answers.parse_imei(await self._ask.lines(commands.SERIAL_NUMBER, again=True))
        if manufacturer is None or model is None:
            block = parse_identity(await self._ask.lines(commands.FULL_IDENTITY))
            manufacturer = manufacturer or block.manufacturer
            model = model or block.model
            revision = revision or block.revision
            imei = imei or block.imei
        chosen = self._settings.profile
        described = (manufacturer, model, revision)
        usb_id = self._settings.usb_id
        self.profile = recognise(*described, usb_id=usb_id) if chosen == "auto" else profile_named(chosen)
        self._session.pacing = self.profile.pacing
        log.info("%s: %s %s, profile %s", self._session.name, manufacturer, model, self.profile.name)
        return manufacturer, model, revision, imei

    async def _card_identity(self) -> str | None:
        for text in self.profile.card_identity:
            if (iccid := answers.parse_iccid(await self._ask.lines(commands.card_identity(text)))) is not None:
                return iccid
        return None

    def _admitted(self, iccid: str | None, admit: Admit | None) -> str | None:
        """The ICCID, once whoever has a say in it has taken it. Raises what admit raises."""
        self.identity = replace(self.identity, iccid=iccid)
        if admit is not None:
            admit(self.identity)
        return iccid

    async def _started_card_identity(self) -> str | None:
        """Not told yet is not never told: whose the SIM is must be known before its PIN is tried.

        Raises CommandTimeout when the SIM does not start.
        """
        state = await settled_pin_state(self._session)
        if state is PinState.WAIT:
            raise CommandTimeout(commands.PIN_STATE.name, self._session.timing.settle)
        return await self._card_identity() if state in (PinState.READY, PinState.PIN) else None

    async def _subscriber(self) -> tuple[str, ...]:
        try:
            return (await self._ask.patiently(commands.SUBSCRIBER_IDENTITY, _FEW)).lines
        except CommandTimeout:
            return ()

    # --- radio and network

    async def _switch_on(self) -> None:
        line = await self._ask.line(commands.FUNCTION)
        level = answers.parse_function(line) if line is not None else None
        if level is not None and level != _FULL_FUNCTION:
            await self._ask.optional(commands.set_function(_FULL_FUNCTION))
            await self._session.drain()

    async def _watch_network(self) -> None:
        for prefix in ("+CREG", "+CEREG"):
            await self._ask.first_accepted(
                commands.report_registration(prefix, 2), commands.report_registration(prefix, 1)
            )
        await self._ask.optional(commands.OPERATOR_AS_NUMBER)
        await self._ask.optional(commands.CALLER_NUMBERS)
        await self._ask.optional(commands.NEVER_ANSWER)

    # --- SMS

    async def _use_pdus(self) -> None:
        """The one setting nothing works without; it is refused until the SMS service has started."""
        response = await self._ask.patiently(commands.PDU_MODE)
        if not response.ok:
            raise response.final.rejection(commands.PDU_MODE.name)
        line = await self._ask.line(commands.MESSAGE_FORMAT)
        if line is None:
            await self._see_that_it_tells()
        if line is not None and answers.parse_numbers(line)[:1] not in ((), _PDU_MODE):
            raise CommandRejected(commands.PDU_MODE.name, "plain", None, line)
        await self._ask.patiently(commands.STORAGES, _FEW)

    async def _see_that_it_tells(self) -> None:
        """A diagnostic port answers OK to everything (Sierra MC8775). Raises ProtocolError."""
        for command in (commands.MESSAGE_FORMAT, commands.STORAGES, commands.ROUTING):
            response = await self._ask.optional(command)
            if response is None or response.lines:
                return
        raise ProtocolError(
            f"{self._session.name}: answers OK to every question about SMS and tells nothing; try another port of it"
        )

    async def _choose_service(self) -> bool:
        """Have the modem acknowledge to the network itself; returns whether it leaves that to us (TS 27.005 §3.2.1)."""
        service = await message_service(self._ask)
        if service:
            await self._ask.optional(commands.set_message_service(0))
            service = await message_service(self._ask)
        return bool(service) or self.profile.direct_needs_acknowledgement

    async def _route(self) -> tuple[Routing | None, tuple[int, ...]]:
        """Have new messages stored and announced; the setting, and as it reads back. None: nothing is announced."""
        offered = await self._ask.line(commands.ROUTING_OFFERED, again=True)
        ranges = answers.parse_ranges(offered) if offered is not None else ()
        stored = bool(self._storages.swept)
        for routing in choose_routings(self.profile, ranges, stored=stored, reports="SR" in self._storages.readable):
            if await self._ask.optional(commands.set_routing(routing), again=True) is None:
                continue
            line = await self._ask.line(commands.ROUTING, again=True)
            values = answers.parse_numbers(line) if line is not None else ()
            if not values or values[1:2] == routing[1:2]:
                return routing, values
        log.warning("%s: announces no messages; only sweeps will find them", self._session.name)
        return None, ()

    async def _more_messages(self) -> int | None:
        if not self.profile.more_messages:
            return None
        line = await self._ask.line(commands.MORE_MESSAGES_OFFERED)
        ranges = answers.parse_ranges(line) if line is not None else ()
        modes = ranges[0] if ranges else ()
        return max((mode for mode in modes if mode in (1, 2)), default=None)

    async def _all(self, lines: tuple[str, ...]) -> None:
        for text in lines:
            await self._ask.optional(commands.order(text))
