"""The log of what happened, page by page and as a stream (native-v1 §7.10)."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from gateway.domain.access import Principal
from gateway.domain.errors import NotFound, QuotaExceeded
from gateway.domain.event import Event, EventType
from gateway.store.contract import Store

PAGE = 100  # events read at once
PING_S = 15.0  # of silence, after which a reader is told that there is nothing
MOST_STREAMS = 10  # of an account
MOST_STREAMS_IN_ALL = 50
RETRY_S = 15.0


class Events:
    """The account's own events. Needs events:read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: Counter[str] = Counter()  # streams by account

    async def after(self, seq: int, *, by: Principal, limit: int, types: Sequence[EventType] = ()) -> Sequence[Event]:
        """Oldest first, behind seq. types: only these; none: all."""
        by.need("events:read")
        return await self._store.event_log.after(by.account.name, seq, limit=limit, types=types)

    @asynccontextmanager
    async def following(self, after: int | None, *, by: Principal) -> AsyncIterator[AsyncIterator[Event | None]]:
        """Every event behind ``after`` (None: from now on) as it comes; None now and then while there is none.

        Ends when the gateway stops. Raises NotFound("event_gap") when the log does not reach back to ``after`` any
        more, QuotaExceeded("rate_limited") when there are too many streams already.
        """
        by.need("events:read")
        account = by.account.name
        if self._open[account] >= MOST_STREAMS or self._open.total() >= MOST_STREAMS_IN_ALL:
            raise QuotaExceeded("rate_limited", f"at most {MOST_STREAMS} streams an account", retry_after=RETRY_S)
        self._open[account] += 1
        try:
            async with aclosing(self._follow(account, await self._position(account, after))) as events:
                yield events
        finally:
            self._open[account] -= 1

    async def _position(self, account: str, after: int | None) -> int:
        if after is None:
            return await self._store.event_log.newest(account)
        if not await self._store.event_log.reaches(account, after):
            raise NotFound("the log does not reach back to there any more; read on from now", code="event_gap")
        return after

    async def _follow(self, account: str, position: int) -> AsyncGenerator[Event | None]:
        watchers = self._store.bells.watchers
        with watchers.watching(f"events:{account}") as bell:
            while not watchers.ended:
                bell.clear()  # before looking, so that no event is lost
                page = await self._store.event_log.after(account, position, limit=PAGE)
                for event in page:
                    position = event.seq
                    yield event
                if len(page) < PAGE and not await bell.wait(PING_S):
                    yield None
