"""The storages of a modem: which one receives, what lies in them, and taking it out safely.

A place is deleted only while it holds what was read there: another program, or the network, may have filled it anew.
Source: TS 27.005 §3.2.2, §4.1, §4.2, §3.5.4.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import dataclass

from modem.at import commands
from modem.at.answers import Use, parse_record_header, parse_storages, parse_storages_offered
from modem.at.commands import Command
from modem.at.dialogue import Record, Response
from modem.at.results import FinalResult
from modem.at.session import Session
from modem.driver.asking import is_busy
from modem.driver.inbox import is_empty, is_own
from modem.errors import CommandRejected, CommandTimeout
from modem.events import StoragePlace

log = logging.getLogger(__name__)

BROADCASTS = "BM"
_NOT_RECEIVING = frozenset({"SR", "BM"})
_KNOWN = frozenset({"SM", "ME", "MT", "SR", "TA", BROADCASTS})
_PROBED = ("ME", "SM", "MT", "TA")
_CONCRETE = frozenset({"SM", "ME"})
_MOST_PLACES = 300  # more are not walked through one by one
_BUSY_TIMES = 3  # a busy SIM is asked so often
_UNDELETABLE = 3  # refusals to delete, then the place is left alone


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in a place. pdu: hex digits, or whatever text the modem gave. stat, length: of its header."""

    place: StoragePlace
    pdu: str
    stat: int | None
    length: int | None


class Storages:
    """One modem's storages. Jobs that need a storage selected exclude each other; sending goes on between them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._turn = asyncio.Lock()
        self._written: str | None = None
        self._held: dict[StoragePlace, bytes] = {}
        self._refusals: dict[StoragePlace, int] = {}
        self._walked: dict[str, int] = {}  # the count at which a walk was in vain
        self._candidates: list[str] = []
        self._writing: tuple[str, ...] = ()
        self._hidden = False  # a storage that is written to is read through MT only (Cinterion PLS8)
        self._left_out: set[str] = set()
        self.readable: tuple[str, ...] = ()
        self.home: str | None = None
        self.uses: dict[str, Use] = {}
        self.freed: Counter[str] = Counter()  # places emptied, by storage

    def forget(self) -> None:
        """The modem has restarted: what was found out about its storages may hold no longer."""
        self._walked.clear()

    @property
    def swept(self) -> tuple[str, ...]:
        """The storages to look into, broadcasts last; MT only where its parts cannot be read by themselves.

        Then in their place: what lies in ME would be found in MT once more, and filed twice.
        """
        all_in_mt = self._hidden and self.home == "MT"
        concrete = any(name in _CONCRETE for name in self.readable)
        left_out = _CONCRETE if all_in_mt else {"MT"} if concrete else set[str]()
        names = [name for name in self.readable if name in _KNOWN - left_out]
        return tuple(sorted((name for name in names if name not in self._left_out), key=BROADCASTS.__eq__))

    def leave_out(self, storage: str) -> bool:
        """Look no more into a storage that made the modem fall silent; False for one that messages may lie in."""
        if storage == BROADCASTS:
            self._left_out.add(storage)
        return storage in self._left_out

    # --- set-up

    async def prepare(self, preferred: tuple[str, ...]) -> None:
        """Find out what there is and have new messages stored in the largest. Raises CommandTimeout, TransportLost."""
        async with self._turn:
            reading, writing, receiving = await self._offered(preferred)
            self.readable = reading
            self._hidden = any(name in _CONCRETE and name not in reading for name in (*writing, *receiving))
            candidates = [name for name in preferred if name in receiving and name in reading] or [
                name for name in reading if name not in _NOT_RECEIVING
            ]
            if any(name in _CONCRETE for name in candidates):
                candidates = [name for name in candidates if name in _CONCRETE]
            self._candidates, self._writing = await self._by_size(candidates), writing
            self.home = await self._settle_home(self._candidates, writing)

    async def receive_elsewhere(self) -> bool:
        """Receive into the next best storage; whether there is one. Raises CommandTimeout, TransportLost."""
        async with self._turn:
            self._candidates = [name for name in self._candidates if name != self.home]
            if not self._candidates:
                return False
            self.home = await self._settle_home(self._candidates, self._writing)
            return True

    async def _offered(self, preferred: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
        response = await self._session.inquire(commands.STORAGES_OFFERED)
        lists = parse_storages_offered(response.lines[0]) if response.ok and response.lines else None
        if lists is not None:
            reading = lists[0]
            writing = lists[1] if len(lists) > 1 else reading
            return reading, writing, lists[2] if len(lists) > 2 else reading
        tried = dict.fromkeys((*preferred, *_PROBED))
        found = [name for name in tried if (await self._session.inquire(commands.select_storages(name))).ok]
        return tuple(found), tuple(found), tuple(found)

    async def _by_size(self, names: list[str]) -> list[str]:
        """The largest first."""
        if len(names) < 2:
            return names
        for name in names:
            response = await self._patiently(commands.select_storages(name))
            if response.ok:
                self._note(name, response)
        return sorted(names, key=lambda name: -(self.uses[name].total if name in self.uses else 0))

    async def _settle_home(self, candidates: list[str], writing: tuple[str, ...]) -> str | None:
        for name in candidates:
            written = name if name in writing or not writing else writing[0]
            for names in ((name, written, name), (name, written), (name,)):
                response = await self._session.inquire(commands.select_storages(*names))
                if response.ok:
                    self._note(name, response)
                    self._written = written if len(names) == 3 else None
                    return name
        response = await self._session.inquire(commands.STORAGES)
        uses = parse_storages(response.lines[0]) if response.ok and response.lines else ()
        return uses[-1].name if uses else None

    # --- reading

    async def read(self, place: StoragePlace) -> Stored | None:
        """What lies there, or None. Raises CommandRejected, CommandTimeout, TransportLost."""
        async with self._turn:
            return await self._read(place)

    async def _read(self, place: StoragePlace) -> Stored | None:
        for record in await self._look(place):
            if not is_empty(record.pdu):
                return _stored(place, record)
        return None

    async def _look(self, place: StoragePlace) -> tuple[Record, ...]:
        command = commands.read_message(place.index)
        response = await self._in(place.storage, command)
        if not response.ok and not _says_empty(response.final):
            raise response.final.rejection(command.name)
        return response.records

    async def listing(self, storage: str) -> list[Stored]:
        """All that lies in a storage. Raises CommandRejected, CommandTimeout, TransportLost."""
        async with self._turn:
            response = await self._in(storage, commands.LIST_MESSAGES)
            found = [
                _stored(StoragePlace(storage, index), record)
                for record in response.records
                if (index := parse_record_header(record.header).index) is not None and not is_empty(record.pdu)
            ]
            use = self.uses.get(storage)
            if found or (response.ok and (use is None or use.used == 0)):
                return found
            if not response.ok and (use is None or is_busy(response.final)):
                raise response.final.rejection(commands.LIST_MESSAGES.name)
            return await self._walk(storage, use)

    async def _walk(self, storage: str, use: Use | None) -> list[Stored]:
        """Read place by place: the listing is refused, or it disagrees with the counter.

        Once for each count, if it went to the end and found nothing that anybody waits for.
        """
        if use is None or use.used == 0 or self._walked.get(storage) == use.used:
            return []
        found: list[Stored] = []
        busy = False
        for index in range(min(use.total, _MOST_PLACES) + 1):
            try:
                if (stored := await self._read(StoragePlace(storage, index))) is not None:
                    found.append(stored)
            except CommandRejected as error:
                busy = busy or is_busy(error)
            if len(found) >= use.used:
                break
        if not busy and all(is_own(stored.pdu, stored.stat) for stored in found):
            self._walked[storage] = use.used
        return found

    def hold(self, place: StoragePlace, octets: bytes) -> None:
        """Remember what was read in a place, so that only that is deleted there."""
        self._held[place] = octets

    def undeletable(self, place: StoragePlace, octets: bytes) -> bool:
        """The modem has refused too often to delete this; it need not be told of again."""
        return self._refusals.get(place, 0) >= _UNDELETABLE and self._held.get(place) == octets

    # --- deleting

    async def delete(self, place: StoragePlace, octets: bytes) -> None:
        """Empty the place, if it still holds these octets. Raises CommandRejected, CommandTimeout, TransportLost."""
        async with self._turn:
            if self._held.get(place) != octets:
                return
            command = commands.delete_message(place.index)
            try:
                response = await self._in(place.storage, command, again=False)
            except CommandTimeout:  # its answer is lost, not necessarily the command
                if not await self._still_there(place, octets):
                    self._release(place)
                    return
                response = await self._in(place.storage, command, again=False)
            if not response.ok and not _says_no_such_place(response.final):
                self._refusals[place] = self._refusals.get(place, 0) + 1
                raise response.final.rejection(command.name)
            self._release(place)

    async def _still_there(self, place: StoragePlace, octets: bytes) -> bool:
        """Raises CommandTimeout where noise leaves that open: taken for deleted, it would be filed a second time."""
        for record in await self._look(place):
            pdu = record.pdu
            if pdu is None and parse_record_header(record.header).length:
                raise CommandTimeout(commands.read_message(place.index).name, 0.0)
            if pdu is None or is_empty(pdu):
                continue
            with contextlib.suppress(ValueError):
                return bytes.fromhex(pdu)[: len(octets)] == octets
            if pdu.encode("latin-1") == octets or octets.hex().upper() in pdu.upper():
                return True
            raise CommandTimeout(commands.read_message(place.index).name, 0.0)
        return False

    def _release(self, place: StoragePlace) -> None:
        self.freed[place.storage] += 1
        self._walked.pop(place.storage, None)
        self._held.pop(place, None)
        self._refusals.pop(place, None)

    # --- selecting

    async def _in(self, storage: str, command: Command, *, again: bool = True) -> Response:
        """The answer to a command about what lies there. Raises CommandRejected where it cannot be selected.

        It is selected right before, whatever was selected last and with nobody's command in between: a restart that
        nobody has seen yet selects another storage, and a place of the same number there is another's. What is read in
        one and deleted in the other would be lost. again: the command may be carried out twice.
        """
        selections = [commands.select_storages(storage)]
        if self._written and self.home:
            selections.append(commands.select_storages(storage, self._written, self.home))
        for selection in selections:
            selected, response = await self._behind(selection, command, again=again)
            if response is not None:
                self._note(storage, selected)
                return response
        raise selected.final.rejection(selection.name)

    async def _behind(self, selection: Command, command: Command, *, again: bool) -> tuple[Response, Response | None]:
        """Both answers; a SIM that is busy is asked again."""
        for _ in range(_BUSY_TIMES):
            try:
                selected, response = await self._session.execute_behind(selection, command)
            except CommandTimeout:
                if not again:
                    raise
                selected, response = await self._session.execute_behind(selection, command)
            if not is_busy((response or selected).final):
                break
            await asyncio.sleep(self._session.timing.poll)
        return selected, response

    def _note(self, storage: str, response: Response) -> None:
        uses = parse_storages(response.lines[0]) if response.lines else ()
        if uses:
            self.uses[storage] = uses[0]

    async def _patiently(self, command: Command) -> Response:
        """The answer; a SIM that is busy is asked again."""
        for _ in range(_BUSY_TIMES):
            response = await self._session.inquire(command)
            if not is_busy(response.final):
                return response
            await asyncio.sleep(self._session.timing.poll)
        return response

    async def refresh(self) -> tuple[Use, ...]:
        """How full the selected storages are: for reading, writing, receiving. Raises CommandTimeout, TransportLost."""
        async with self._turn:
            response = await self._session.inquire(commands.STORAGES)
            uses = parse_storages(response.lines[0]) if response.ok and response.lines else ()
            for use in uses:
                if use.name:
                    self.uses[use.name] = use
            return uses


def _stored(place: StoragePlace, record: Record) -> Stored:
    header = parse_record_header(record.header)
    return Stored(place, record.pdu or "", header.stat, header.length)


def _says_empty(final: FinalResult) -> bool:
    """The error numbers by which modems answer that nothing lies in the place to read."""
    return _says_no_such_place(final) or final.says("cms", 320, 500)


def _says_no_such_place(final: FinalResult) -> bool:
    return final.says("cms", 321) or final.says("cme", 21, 22)
