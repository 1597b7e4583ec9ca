"""Octets on their way to the host, and what is to happen later."""

import heapq
from collections import deque
from collections.abc import Callable, Iterator
from itertools import count, islice

from tests.support.manners.manner import Cut

Act = Callable[[], None]

_BETWEEN_S = {Cut.FRAMES: 0.0, Cut.LINES: 0.0008, Cut.BYTES: 0.00008, Cut.GLUED: 0.0}


class Wire:
    """A serial line keeps its order: every piece leaves some time after the one before."""

    def __init__(self, cut: Cut, clock: Callable[[], float]) -> None:
        self._cut, self._clock = cut, clock
        self._pieces: deque[tuple[float, bytes, Act | None]] = deque()
        self._last = 0.0
        self._later: list[tuple[float, int, Act]] = []
        self._order = count()

    def put(self, octets: bytes, *, after: float = 0.0, tail: int = 2, then: Act | None = None) -> None:
        """tail: how many octets at the end stay together, as nothing may be written between them."""
        self._last = max(self._last, self._clock()) + after
        pieces = self._cuts(octets, tail)
        for piece in pieces[:-1]:
            self._pieces.append((self._last, piece, None))
            self._last += _BETWEEN_S[self._cut]
        self._pieces.append((self._last, pieces[-1], then))

    def _cuts(self, octets: bytes, tail: int) -> list[bytes]:
        head, end = octets[: len(octets) - tail], octets[len(octets) - tail :]
        if self._cut is Cut.BYTES:
            return [bytes((octet,)) for octet in head] + [end]
        if self._cut is Cut.LINES:
            lines = octets.splitlines(keepends=True)
            if len(end) > len(lines[-1]):
                return [octets]
            return lines
        return [octets]

    def later(self, seconds: float, act: Act) -> None:
        heapq.heappush(self._later, (self._clock() + seconds, next(self._order), act))

    def clear(self) -> None:
        """Power is gone: what was on its way and what was to happen is not any more."""
        self._pieces.clear()
        self._later.clear()
        self._last = 0.0

    def drop(self) -> None:
        """What was on its way is not any more."""
        self._pieces.clear()
        self._last = 0.0

    @property
    def idle(self) -> bool:
        return not self._pieces

    def wait(self) -> float | None:
        """Seconds until something is due."""
        times = [piece[0] for piece in islice(self._pieces, 1)] + [act[0] for act in self._later[:1]]
        return max(0.0, min(times) - self._clock()) if times else None

    def due(self) -> Iterator[bytes]:
        """What is to be written now, a piece at a time; what follows a piece happens when the next is asked for."""
        while self._later and self._later[0][0] <= self._clock():
            heapq.heappop(self._later)[2]()
        while self._pieces and self._pieces[0][0] <= self._clock():
            _, octets, then = self._pieces.popleft()
            yield octets
            if then is not None:
                then()
