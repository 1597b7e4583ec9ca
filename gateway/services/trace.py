"""Reading along with one line's modem (operator.md, "simgate trace")."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import NotFound, QuotaExceeded
from gateway.domain.line import LineRecord
from gateway.store.contract import Store
from gateway.tracing import Direction, Traced, Traces
from modem.at.masking import numbers

SCOPE = "admin"  # masked as it is, it tells who writes and when
PING_S = 15.0  # of silence, after which a reader is told that there is nothing
MOST_READERS = 10  # in all
RETRY_S = 15.0


class Trace:
    """Live AT traffic, masked. Needs admin."""

    def __init__(self, store: Store, clock: Clock, traces: Traces) -> None:
        self._store = store
        self._clock = clock
        self._traces = traces
        self._open = 0

    @asynccontextmanager
    async def following(self, line: str, *, by: Principal) -> AsyncIterator[AsyncGenerator[Traced | None]]:
        """What goes over the wire of a line, by id or name, from now on; None now and then while nothing does.

        Ends when the gateway stops. Raises NotFound, QuotaExceeded("rate_limited") when too many read already.
        """
        by.need(SCOPE)
        record = await self._record(line)
        if self._open >= MOST_READERS:
            raise QuotaExceeded("rate_limited", f"at most {MOST_READERS} traces at once", retry_after=RETRY_S)
        self._open += 1
        try:
            with self._traces.listening(record.configured_name) as reader:
                reader.take(self._greeting(record))
                async with aclosing(reader.follow(PING_S)) as traffic:
                    yield traffic
        finally:
            self._open -= 1

    def end(self) -> None:
        """Nobody shall read any more: the gateway stops."""
        self._traces.end()

    def _greeting(self, record: LineRecord) -> Traced:
        """The first of all: whoever sees it misses nothing from now on."""
        state = f"{record.state.value}: {record.status.reason}" if record.status.reason else record.state.value
        text = numbers(f"reading along; the line is {state}")
        return Traced(self._clock.now(), record.configured_name, Direction.NOTE, text, None)  # as its tap says it

    async def _record(self, line: str) -> LineRecord:
        """Any line's: who has this scope looks after the whole gateway."""
        for record in await self._store.lines():
            if line in (record.id, record.name, record.configured_name):
                return record
        raise NotFound("there is no such line")
