"""What the modem says unasked, sorted: announcements to fetch, the network's state, a restart, the rest."""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from modem.at.answers import (
    Domain,
    PinState,
    fields,
    parse_announcement,
    parse_direct_length,
    parse_pin_state,
    parse_registration,
    technology,
)
from modem.at.dialogue import Unsolicited
from modem.at.session import Session
from modem.driver.inbox import Inbox, incoming
from modem.errors import CommandTimeout, ModemError
from modem.events import (
    CallReceived,
    LateReference,
    PowerWarning,
    Registration,
    RegistrationChanged,
    Restarted,
    SimChanged,
    StorageFull,
)
from modem.profiles import GENERIC, Profile

log = logging.getLogger(__name__)

_MOST_ANNOUNCED = 200  # more than that are found by a sweep as fast


class News:
    """The reader of unsolicited lines; it never waits.

    ready: the modem is brought up, so that a restart is news and announcements are fetched.
    roaming: whether a network abroad is one to send over.
    restarted: it has rebooted since this was last cleared. sim_started: the SIM has, which may be all that a reboot
    says. announced: storage and index of what is to be fetched. announced_at: loop time of the last announcement.
    unstored: something was announced that it had no place for. told: how often the network has spoken in a domain.
    """

    def __init__(self, inbox: Inbox, *, roaming: bool = True) -> None:
        self.inbox = inbox
        self.session: Session | None = None
        self.ready = False
        self.restarted = False
        self.reboots_expected = False
        self.sim_started = False
        self.announced_at = float("-inf")
        self._unregistered = Registration(circuit=0, eps=0, home_only=not roaming)
        self.registration = self._unregistered
        self.registered = asyncio.Event()
        self.announced: dict[tuple[str | None, int], None] = {}
        self.sweep_wanted = False
        self.unstored = False
        self.told: Counter[Domain] = Counter()
        self.work = asyncio.Event()
        self._ussd: asyncio.Future[str] | None = None
        self._ringing: asyncio.TimerHandle | None = None
        self._rang_at = float("-inf")
        self.use(GENERIC)

    def use(self, profile: Profile) -> None:
        """Read the lines as this make of modem means them."""
        self._restarts = re.compile(profile.restarts)
        self._sms_ready = re.compile(profile.sms_ready)
        self._storage_full = re.compile(profile.storage_full)
        self._power = re.compile(profile.power)

    def hear(self, news: Unsolicited) -> None:
        line = news.line
        if line.startswith(("+CMTI:", "+CDSI:", "+CMT:", "+CDS:")):
            self.announced_at = asyncio.get_running_loop().time()
        if line.startswith(("+CMTI:", "+CDSI:")):
            self._announce(line)
        elif line.startswith(("+CMT:", "+CDS:")):
            self._take_direct(line, news.pdu)
        elif (answer := parse_registration(line)) is not None:
            self.told[answer.domain] += 1
            self.note_registration(answer.domain, answer.stat, answer.act)
        elif line.startswith(("RING", "+CRING:", "+CLIP:")):
            if "(" not in line:  # ZTE K3565-Z answers set commands as their test forms: "+CLIP: (0-1)" is no call
                self._ring(line)
        elif line.startswith("+CUSD:"):
            self._answer_ussd(line)
        elif line.startswith("+CPIN:"):
            self._sim_changed(line)
        else:
            self._hear_vendor(line)
        if self.inbox.full and self.session is not None and not self.session.busy:
            self.session.admitted.clear()

    def late_reference(self, reference: int) -> None:
        self.inbox.put(LateReference(reference))

    def want_sweep(self) -> None:
        self.sweep_wanted = True
        self.work.set()

    def note_registration(self, domain: Domain, stat: int | None, act: int | None) -> None:
        """Remember what the network said, asked or unasked."""
        now = self.registration
        if domain is Domain.CS:
            now = replace(now, circuit=stat)
        elif domain is Domain.PS:
            now = replace(now, packet=stat)
        else:
            now = replace(now, eps=stat)
        now = replace(now, untold=now.circuit is None and now.eps is None)
        if act is not None or not now.registered:
            now = replace(now, technology=technology(act) if now.registered else None)
        if now.may_send:
            self.registered.set()
        else:
            self.registered.clear()
        if now != self.registration:
            self.registration = now
            self.inbox.put(RegistrationChanged(now))

    def restart(self, line: str) -> None:
        """The modem has rebooted: nothing in flight will be answered, and every setting is gone."""
        if self.reboots_expected:
            return
        self.restarted = True
        if self.session is not None:
            self.session.interrupt()
        if self._ussd is not None and not self._ussd.done():
            self._ussd.set_exception(CommandTimeout("AT+CUSD", 0.0))
        if self.ready:
            self.ready = False
            self.registration = self._unregistered
            self.registered.clear()
            log.warning(
                "%s", f"the modem has restarted: {line}" if not self.session else f"{self.session.name}: restarted"
            )
            self.inbox.put(Restarted(line))

    @contextmanager
    def ussd(self) -> Iterator[asyncio.Future[str]]:
        """The line that answers the code sent inside; it fails when the modem restarts or is lost."""
        self._ussd = asyncio.get_running_loop().create_future()
        try:
            yield self._ussd
        finally:
            if not self._ussd.cancel() and not self._ussd.cancelled():
                self._ussd.exception()  # looked at, or asyncio complains of it
            self._ussd = None

    def lose(self, error: ModemError) -> None:
        """Nothing more will come: whoever waits for news learns why."""
        self.registered.set()  # he asks, and learns that the port is lost
        if self._ussd is not None and not self._ussd.done():
            self._ussd.set_exception(error)

    def _answer_ussd(self, line: str) -> None:
        if self._ussd is not None and not self._ussd.done():
            self._ussd.set_result(line)
        else:
            log.info("the network says something by USSD that nobody asked for")

    def _announce(self, line: str) -> None:
        announcement = parse_announcement(line)
        if announcement.mms:  # the modem keeps it for its own MMS commands; AT+CMGR would spoil it
            log.info("the modem announces an MMS push it has taken itself")
        elif announcement.index is None or len(self.announced) >= _MOST_ANNOUNCED:
            self.unstored = self.unstored or announcement.index is None
            self.want_sweep()
        else:
            name = announcement.storage
            self.announced[name if name and name.isalpha() else None, announcement.index] = None
            self.work.set()

    def _take_direct(self, line: str, pdu: str | None) -> None:
        if pdu is None:
            log.warning("a message was handed over without its PDU")
            self.want_sweep()
            return
        self.inbox.put(incoming(pdu, parse_direct_length(line), None, announced=True))

    def _ring(self, line: str) -> None:
        loop = asyncio.get_running_loop()
        fresh = loop.time() - self._rang_at > (self.session.timing.call if self.session else 8.0)
        self._rang_at = loop.time()
        if line.startswith("+CLIP:"):
            if fresh or self._ringing is not None:
                self._call(fields(line)[0] or None)
        elif fresh:
            self._ringing = loop.call_later(self.session.timing.caller if self.session else 1.0, self._call, None)

    def _call(self, number: str | None) -> None:
        if self._ringing is not None:
            self._ringing.cancel()
            self._ringing = None
        self.inbox.put(CallReceived(number))

    def _sim_changed(self, line: str) -> None:
        state = parse_pin_state(line)
        self.sim_started = self.sim_started or state is PinState.READY
        if not self.ready or self.reboots_expected:
            return
        if state is PinState.READY:  # it was ready before: the modem or its SIM has started anew
            self.ready = False
            self.restarted = True
            self.inbox.put(Restarted(line))
        else:
            self.inbox.put(SimChanged(state.value))

    def _hear_vendor(self, line: str) -> None:
        if self._restarts.fullmatch(line):
            self.restart(line)
        elif self._sms_ready.fullmatch(line):
            self.want_sweep()
        elif full := self._storage_full.fullmatch(line):
            self.inbox.put(StorageFull(next((name for name in full.groups() if name), None)))
            self.want_sweep()
        elif self._power.fullmatch(line):
            log.warning("the modem complains about its power supply")
            self.inbox.put(PowerWarning(line))
