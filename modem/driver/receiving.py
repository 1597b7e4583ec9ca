"""Messages out of the modem: fetched when announced, found by sweeps, acknowledged when the caller has them safe."""

import contextlib
import logging
from collections.abc import Awaitable, Callable

from modem.at import commands
from modem.at.session import Session
from modem.driver.inbox import Inbox, incoming, is_broadcast, is_own, octets_of
from modem.driver.news import News
from modem.driver.storage import BROADCASTS, Storages, Stored
from modem.errors import CommandRejected, CommandTimeout, ModemError, TransportLost
from modem.events import Incoming, StoragePlace
from modem.profiles import GENERIC, Profile

log = logging.getLogger(__name__)

_NOT_EXPECTED = 340  # CMS: no +CNMA acknowledgement expected


def _is_page(stored: Stored) -> bool:
    """Elsewhere a message may look like one: without its service centre field, or with what noise has left of it."""
    return stored.place.storage == BROADCASTS and is_broadcast(stored.pdu, stored.length)


class Receiving:
    """One modem's incoming side.

    direct_acknowledged: the network waits for our AT+CNMA for what came without a place.
    on_unstored: awaited when the modem has announced what it could not store.
    """

    def __init__(
        self,
        session: Session,
        storages: Storages,
        inbox: Inbox,
        news: News,
        on_unstored: Callable[[], Awaitable[None]],
    ) -> None:
        self._session = session
        self._storages = storages
        self._inbox = inbox
        self._news = news
        self._on_unstored = on_unstored
        self._acknowledgements = GENERIC.acknowledgements
        self._refusals = GENERIC.refusals
        self.direct_acknowledged = False

    def use(self, profile: Profile, *, direct_acknowledged: bool) -> None:
        self._acknowledgements = profile.acknowledgements
        self._refusals = profile.refusals
        self.direct_acknowledged = direct_acknowledged

    async def run(self) -> None:
        """Fetch what is announced, for ever. Raises TransportLost."""
        news = self._news
        while True:
            await news.work.wait()
            news.work.clear()
            while news.ready and (news.announced or news.sweep_wanted):
                await self._inbox.room()
                if news.announced:
                    storage, index = next(iter(news.announced))
                    del news.announced[storage, index]
                    await self._fetch(storage, index)
                else:
                    news.sweep_wanted = False
                    with contextlib.suppress(CommandRejected):
                        await self._guarded_sweep()

    async def _fetch(self, storage: str | None, index: int) -> None:
        """Read one announced place; when nothing is there, the announcement was wrong about the place: look around."""
        name = storage or self._storages.home
        if name is None or (self._storages.readable and name not in self._storages.readable):
            self._news.want_sweep()
            return
        place = StoragePlace(name, index)
        stored: Stored | None = None
        try:
            stored = await self._storages.read(place)
        except TransportLost:
            raise
        except ModemError as error:
            log.info("%s: %s index %d was not read: %s", self._session.name, name, index, error)
        if stored is None or not self._emit(stored, announced=True):
            self._news.want_sweep()

    async def _guarded_sweep(self) -> None:
        unstored, self._news.unstored = self._news.unstored, False
        try:
            if not await self.sweep() and unstored:
                await self._on_unstored()
        except (TransportLost, CommandRejected):
            raise
        except ModemError as error:
            log.warning("%s: the sweep was broken off: %s", self._session.name, error)

    async def sweep(self) -> int:
        """Look into every storage; returns how many messages were found. Raises CommandTimeout, TransportLost.

        What waited for room is read once more: its place may have been emptied and filled anew since it was listed.
        """
        found = 0
        waited = False
        seen: set[tuple[int, str]] = set()
        for storage in self._storages.swept:
            try:
                listed = await self._storages.listing(storage)
            except CommandRejected as error:
                log.info("%s: storage %s cannot be listed: %s", self._session.name, storage, error)
                continue
            except CommandTimeout:
                if not self._storages.leave_out(storage):
                    raise
                log.warning("%s: storage %s is not looked into any more", self._session.name, storage)
                await self._session.resync()
                continue
            fresh = {key: stored for stored in listed if (key := (stored.place.index, stored.pdu)) not in seen}
            seen |= fresh.keys()  # two names for one storage
            pages = self._hold_pages([stored for stored in fresh.values() if _is_page(stored)])
            for stored in fresh.values():
                if stored.place in pages:
                    continue
                if self._inbox.full:
                    await self._inbox.room()
                    waited = True
                newest = await self._once_more(stored.place) if waited else stored
                found += newest is not None and self._emit(newest, announced=False)
            await self._drop(pages)
        return found

    async def _once_more(self, place: StoragePlace) -> Stored | None:
        try:
            return await self._storages.read(place)
        except CommandRejected:  # how some say that it is empty now
            return None

    def _hold_pages(self, pages: list[Stored]) -> dict[StoragePlace, bytes]:
        """Have only these deleted where they lie: until their turn comes another sweep may have emptied the place, and
        a message may have filled it."""
        held = {page.place: bytes.fromhex(page.pdu) for page in pages}
        for place, octets in held.items():
            self._storages.hold(place, octets)
        return held

    async def _drop(self, pages: dict[StoragePlace, bytes]) -> None:
        """Pages of cell broadcasts are no messages to anybody, and nobody else would free their places.

        Behind the messages, which would be old news by then.
        """
        for place, octets in pages.items():
            if not self._storages.undeletable(place, octets):
                with contextlib.suppress(CommandRejected):
                    await self._storages.delete(place, octets)

    def _emit(self, stored: Stored, *, announced: bool) -> bool:
        if is_own(stored.pdu, stored.stat):
            return False
        event = incoming(stored.pdu, stored.length, stored.place, announced=announced)
        octets = octets_of(event)
        if self._storages.undeletable(stored.place, octets):
            return False
        self._storages.hold(stored.place, octets)
        self._inbox.put(event)
        return True

    # --- what became of it

    async def acknowledge(self, event: Incoming) -> None:
        """It is safe: take it out of the modem. Raises CommandRejected, CommandTimeout, TransportLost."""
        if event.place is not None:
            await self._storages.delete(event.place, octets_of(event))
        elif self.direct_acknowledged:
            self._acknowledgements = await self._say(self._acknowledgements)

    async def refuse(self, event: Incoming) -> None:
        """It could not be kept: leave it in its place, or have the network keep it. Raises as `acknowledge`."""
        if event.place is None and self.direct_acknowledged:
            self._refusals = await self._say(self._refusals)

    async def _say(self, forms: tuple[str, ...]) -> tuple[str, ...]:
        """Say one of these; returns them with the one first that the modem understood."""
        rejection: CommandRejected | None = None
        for form in forms:
            response = await self._session.execute(commands.acknowledge(form))
            if response.ok or response.final.says("cms", _NOT_EXPECTED):
                return (form, *(other for other in forms if other != form))
            rejection = rejection or response.final.rejection(form)
        if rejection is not None:
            raise rejection
        return forms
