"""How a modem is: registration, signal, storages; and settings that it has lost without a word."""

import logging
from collections import Counter
from typing import Any

from modem.at import answers, commands
from modem.at.answers import Domain, SignalAnswer
from modem.at.commands import Command
from modem.at.session import Session
from modem.driver.asking import Asking, is_busy
from modem.driver.inbox import Inbox
from modem.driver.kept import Kept, sign_of_restart
from modem.driver.news import News
from modem.driver.storage import Storages
from modem.driver.values import Capabilities, Health, Signal, StorageUse
from modem.events import StorageFull
from modem.profiles import GENERIC, Profile

log = logging.getLogger(__name__)

_REGISTRATIONS = {Domain.CS: "+CREG", Domain.EPS: "+CEREG"}
_UNKNOWN_BER = 99
_REFUSALS = 3  # of a command that a firmware may not know; SIM7600 refuses AT+CPSI? while it starts


class Examination:
    """One modem's state of health; `begin` it anew at every bring-up."""

    def __init__(self, session: Session, storages: Storages, inbox: Inbox, news: News) -> None:
        self._session = session
        self._storages = storages
        self._inbox = inbox
        self._news = news
        self._ask = Asking(session)
        self._domains = tuple(_REGISTRATIONS)
        self._full: set[str] = set()
        self._kept = Kept()
        self._refusals: Counter[str] = Counter()  # of vendors' commands, which not every firmware knows

    def begin(self) -> None:
        self._domains = tuple(_REGISTRATIONS)
        self._full = set()
        self._refusals.clear()

    def use(self, kept: Kept) -> None:
        """The settings as they were when the bring-up began."""
        self._kept = kept

    @property
    def registration_known(self) -> bool:
        """The modem can be asked for its registration."""
        return bool(self._domains)

    async def look_for_restart(self) -> None:
        """Whether it has lost its settings without a word; everything is told as if it had said so."""
        if (sign := await sign_of_restart(self._session, self._kept)) is not None:
            self._news.restart(sign)

    async def ask_registration(self) -> None:
        """Learn where the modem is registered; what cannot be asked does not hold up a message.

        What the network says right behind the answer is newer than it; a SIM that is busy says nothing about it.
        """
        for domain in self._domains:
            told = self._news.told[domain]
            response = await self._session.inquire(commands.registration(_REGISTRATIONS[domain]))
            found = [answer for line in response.lines if (answer := answers.parse_registration(line)) is not None]
            if is_busy(response.final) or (response.ok and self._news.told[domain] != told):
                continue
            for answer in found if response.ok else ():
                self._news.note_registration(domain, answer.stat, answer.act)
            if not response.ok:
                self._domains = tuple(known for known in self._domains if known is not domain)
            if not response.ok or not found:
                self._news.note_registration(domain, None, None)

    async def restore_routing(self, capabilities: Capabilities) -> None:
        """A modem that missed an acknowledgement stops announcing without a word (TS 27.005 §3.4.4)."""
        wanted, reported = capabilities.routing, capabilities.routing_reported
        if wanted is None or not reported:
            return
        line = await self._ask.line(commands.ROUTING)
        values = answers.parse_numbers(line) if line is not None else reported
        if values[1:4] != reported[1:4]:
            log.warning("%s: announcements were off: %s", self._session.name, line)
            await self._ask.optional(commands.set_routing(wanted))
            self._news.want_sweep()

    async def health(self, profile: Profile = GENERIC) -> Health:
        """profile: what else may be asked of the signal. Raises CommandTimeout, TransportLost."""
        signal, technology = await self._signal(profile)
        line = await self._ask.line(commands.OPERATOR)
        operator = answers.parse_operator(line) if line is not None else None
        name = operator.operator if operator is not None else None
        registration = self._news.registration
        if name is not None and technology is None:
            technology = registration.technology or answers.technology(operator.act if operator is not None else None)
        return Health(registration, signal, name, await self._storage_uses(), technology)

    async def _signal(self, profile: Profile) -> tuple[Signal, str | None]:
        """All that the modem tells, the vendor's word first; and by which technology, if it says so."""
        found: list[SignalAnswer] = []
        plain = await self._heard(commands.SIGNAL)
        for text in profile.signal:
            if self._refusals[text] < _REFUSALS:
                found += await self._vendor(text)
        technology = next((answer.technology for answer in found if answer.technology), None)
        if not any(answer.rsrp_dbm is not None for answer in found) and (
            technology or self._news.registration.technology
        ) not in ("gsm", None):
            found += await self._heard(commands.EXTENDED_SIGNAL)
        found += plain

        def first(name: str) -> Any:
            return next((value for answer in found if (value := getattr(answer, name)) is not None), None)

        ber = first("ber")
        signal = Signal(
            rssi_dbm=next((answer.dbm for answer in (*plain, *found) if answer.dbm is not None), None),
            ber=ber if ber != _UNKNOWN_BER else None,
            **{name: first(name) for name in ("rsrp_dbm", "rsrq_db", "rscp_dbm", "sinr_db", "ecno_db")},
        )
        return signal, technology

    async def _heard(self, command: Command) -> list[SignalAnswer]:
        line = await self._ask.line(command)
        answer = answers.parse_signal(line) if line is not None else None
        return [answer] if answer is not None else []

    async def _vendor(self, text: str) -> list[SignalAnswer]:
        response = await self._ask.optional(commands.vendor_signal(text))
        if response is None:
            self._refusals[text] += 1
            return []
        read = (answers.parse_signal(line) for line in response.lines)
        return [answer for answer in read if answer is not None]

    async def _storage_uses(self) -> tuple[StorageUse, ...]:
        uses = {use.name: use for use in await self._storages.refresh() if use.name}
        full = {name for name, use in uses.items() if use.total and use.used >= use.total}
        for name in sorted(full - self._full):
            self._inbox.put(StorageFull(name))
        if full:
            self._news.want_sweep()
        self._full = full
        return tuple(StorageUse(name, use.used, use.total) for name, use in uses.items())
