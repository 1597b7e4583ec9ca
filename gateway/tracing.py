"""Live AT traffic, from the lines' connections to whoever reads along: in this process, bounded, and gone when read.

A line tells its ``Tap``; a reader listens to one line and gets what comes from then on. Nothing is kept while nobody
listens, and a reader who does not keep up loses lines, never memory: he is told how many.
"""

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.aio import Bell, Clock
from modem.at.masking import numbers

MOST_WAITING = 1000  # lines that a reader may be behind; a sweep of a full SIM is some hundred


class Direction(StrEnum):
    """Whose word it is."""

    OUT = "out"  # to the modem
    IN = "in"  # from the modem
    NOTE = "note"  # the gateway's own: the port was opened, the line is up, lines were left out


@dataclass(frozen=True, slots=True)
class Traced:
    """One line of the traffic, masked. since_ms: since the one before it on this line, None for the first."""

    at: datetime
    line: str
    direction: Direction
    text: str
    since_ms: int | None


class Reader:
    """One listener's share. Made by ``Traces.listening``."""

    def __init__(self, ended: bool) -> None:
        self._waiting: deque[Traced] = deque()
        self._lost = 0
        self._bell = Bell()
        self._ended = ended

    def take(self, traced: Traced) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            return
        if self._lost:
            self._note_lost(traced)
        self._waiting.append(traced)
        self._bell.ring()

    def _note_lost(self, traced: Traced) -> None:
        text = f"{self._lost} lines left out: the reader is too slow"
        self._waiting.append(Traced(traced.at, traced.line, Direction.NOTE, text, None))
        self._lost = 0

    def end(self) -> None:
        """There is nobody left who would tell anything."""
        self._ended = True
        self._bell.ring()

    async def follow(self, ping_s: float) -> AsyncGenerator[Traced | None]:
        """What comes, as it comes; None after so many seconds of silence. Ends when the gateway stops."""
        while True:
            self._bell.clear()
            while self._waiting:
                yield self._waiting.popleft()
            if self._ended:
                return
            if not self._bell.rung and not await self._bell.wait(ping_s):
                yield None


class Tap:
    """What one line tells into; ``modem.at.exchange.Listener`` for its modems."""

    def __init__(self, line: str, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._readers: tuple[Reader, ...] = ()
        self._before: float | None = None

    @property
    def listening(self) -> bool:
        return bool(self._readers)

    def heard(self, direction: str, line: str) -> None:
        if self._readers:
            self._tell(Direction(direction), line)

    def note(self, text: str) -> None:
        """What the gateway itself did with the modem, or found."""
        if self._readers:
            self._tell(Direction.NOTE, numbers(text))

    def _tell(self, direction: Direction, text: str) -> None:
        now = self._clock.monotonic()
        since = None if self._before is None else round((now - self._before) * 1000)
        self._before = now
        traced = Traced(self._clock.now(), self._line, direction, text, since)
        for reader in self._readers:
            reader.take(traced)

    def join(self, reader: Reader) -> None:
        self._readers += (reader,)

    def leave(self, reader: Reader) -> None:
        self._readers = tuple(one for one in self._readers if one is not reader)
        if not self._readers:
            self._before = None  # the next one's first line is not measured from here

    def end(self) -> None:
        for reader in self._readers:
            reader.end()


class Traces:
    """The taps of all lines, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._taps: dict[str, Tap] = {}
        self._ended = False

    def tap(self, line: str) -> Tap:
        """Always the same for a line."""
        return self._taps.setdefault(line, Tap(line, self._clock))

    @contextmanager
    def listening(self, line: str) -> Iterator[Reader]:
        """A reader of one line for as long as the block runs."""
        reader, tap = Reader(self._ended), self.tap(line)
        tap.join(reader)
        try:
            yield reader
        finally:
            tap.leave(reader)

    def end(self) -> None:
        """The gateway stops: readers get what waits for them, and then their end."""
        self._ended = True
        for tap in self._taps.values():
            tap.end()
