"""What the modem has said and nobody has taken yet; and news turned into events."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable

from modem.errors import DecodeError
from modem.events import (
    DeliverReceived,
    Incoming,
    ModemEvent,
    RegistrationChanged,
    ReportReceived,
    StoragePlace,
    UndecodableReceived,
)
from modem.pdu.tpdu import Deliver, decode_incoming

_LIMIT = 256  # events; then nothing is read that nobody waits for
_EMPTY = re.compile(r"(?:00)?(?:FF)*", re.IGNORECASE)  # an erased record of a SIM
_PAGE = 88  # octets of a page of a cell broadcast (TS 23.041 §9.4.1.2)
_HEX = re.compile(r"[0-9A-F]+", re.IGNORECASE)
_LONGEST_CENTRE = 12  # octets of a service centre's address (TS 24.011 §8.2.5.1)
_SUBMIT = 1  # TP-MTI of what we have written ourselves
_STORED = (2, 3)  # <stat> of TS 27.005 §3.1: stored unsent, stored sent


class Inbox:
    """Events in their order, for one consumer. Nothing in it is ever dropped; only the newest registration counts.

    on_room: called when the consumer has made room in a full inbox.
    """

    def __init__(self, on_room: Callable[[], None] = lambda: None) -> None:
        self._on_room = on_room
        self._events: deque[ModemEvent] = deque()
        self._filled = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._closed = False

    @property
    def full(self) -> bool:
        return len(self._events) >= _LIMIT

    def put(self, event: ModemEvent) -> None:
        if isinstance(event, RegistrationChanged):
            self.forget(RegistrationChanged)
        self._events.append(event)
        self._filled.set()
        if self.full:
            self._roomy.clear()

    def forget(self, kind: type[ModemEvent]) -> None:
        """Drop what is no news any more."""
        self._events = deque(queued for queued in self._events if not isinstance(queued, kind))

    async def room(self) -> None:
        """Returns when the consumer has caught up."""
        await self._roomy.wait()

    def close(self) -> None:
        self._closed = True
        self._filled.set()
        self._roomy.set()

    def __aiter__(self) -> AsyncIterator[ModemEvent]:
        """Every event; ends when the inbox is closed and empty. A consumer cancelled while waiting may come back."""
        return self

    async def __anext__(self) -> ModemEvent:
        while not self._events:
            if self._closed:
                raise StopAsyncIteration
            self._filled.clear()
            await self._filled.wait()
        event = self._events.popleft()
        if not self._roomy.is_set() and not self.full:
            self._roomy.set()
            self._on_room()
        return event


def is_empty(pdu: str | None) -> bool:
    """Nothing lies in a place that reads like this."""
    return pdu is None or _EMPTY.fullmatch(pdu) is not None


def is_own(pdu: str, stat: int | None) -> bool:
    """A message that somebody has stored to send; it has not been received.

    The type decides, where it can be read: status reports are found under every <stat>, SUBMITs never under the air.
    """
    try:
        octets = bytes.fromhex(pdu)
        kind = octets[octets[0] + 1] & 0b11
    except (ValueError, IndexError):
        return stat in _STORED
    if kind == _SUBMIT:
        return True
    if stat not in _STORED:
        return False
    try:
        decode_incoming(octets)
    except DecodeError:
        return True
    return False


def is_broadcast(pdu: str, length: int | None) -> bool:
    """A page of a cell broadcast. Unlike a message it has no service centre field, so that the length above it counts
    the whole line (TS 27.005 §3.1, <pdu>); no message has as many octets as its TPDU.
    """
    return length == _PAGE and len(pdu) == 2 * _PAGE and re.fullmatch(r"[0-9A-Fa-f]*", pdu) is not None


def incoming(pdu: str, length: int | None, place: StoragePlace | None, *, announced: bool) -> Incoming:
    """What a PDU line is. length: octets of the TPDU as announced; what stands behind it is filling."""
    octets = _octets_on(pdu, length)
    if octets is None:
        return UndecodableReceived(pdu.encode("latin-1"), DecodeError("PDU", 0, "no hex digits"), place, announced)
    if length and octets and len(octets) > (whole := 1 + octets[0] + length):
        octets = octets[:whole]
    try:
        message = decode_incoming(octets)
    except DecodeError as error:
        return UndecodableReceived(octets, error, place, announced)
    if isinstance(message, Deliver):
        return DeliverReceived(octets, message, place, announced)
    return ReportReceived(octets, message, place, announced)


def _octets_on(line: str, length: int | None) -> bytes | None:
    try:
        return bytes.fromhex(line)
    except ValueError:
        return _amid_noise(line, length)


def _amid_noise(line: str, length: int | None) -> bytes | None:
    """The PDU on a line with noise: what is as long as was announced and decodes, if there is only one such piece."""
    found: set[bytes] = set()
    for run in _HEX.findall(line) if length else ():
        for centre in range(_LONGEST_CENTRE + 1):
            digits = 2 * (1 + centre + (length or 0))
            found.update(
                bytes.fromhex(piece)
                for piece in (run[:digits], run[-digits:])
                if len(piece) == digits and int(piece[:2], 16) == centre
            )
    whole = [octets for octets in found if _decodes(octets)]
    return whole[0] if len(whole) == 1 else None


def _decodes(octets: bytes) -> bool:
    try:
        decode_incoming(octets)
    except DecodeError:
        return False
    return True


def octets_of(event: Incoming) -> bytes:
    """What was read in the event's place."""
    return event.raw if isinstance(event, UndecodableReceived) else event.pdu
