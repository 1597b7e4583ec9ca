"""The lines an account may send from, as they are now."""

from gateway.domain.access import Principal
from gateway.domain.errors import NotFound
from gateway.domain.line import LineRecord
from gateway.store.contract import Store


class Lines:
    """Looked at, paused and resumed; they are configured elsewhere."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, *, by: Principal) -> list[LineRecord]:
        """Needs lines:read."""
        by.need("lines:read")
        return [line for line in await self._store.lines() if line.serves(by.account.name)]

    async def get(self, line: str, *, by: Principal) -> LineRecord:
        """By id or name. Raises NotFound, also for a line of others. Needs lines:read."""
        by.need("lines:read")
        return await self._own(line, by)

    async def pause(self, line: str, *, paused: bool, by: Principal) -> LineRecord:
        """Stop or resume sending over it; receiving goes on. Raises NotFound. Needs lines:write."""
        by.need("lines:write")
        record = await self._own(line, by)
        await self._store.pause_line(record.num, paused=paused)
        return await self._own(line, by)

    async def _own(self, line: str, by: Principal) -> LineRecord:
        for record in await self._store.lines():
            if line in (record.id, record.name) and record.serves(by.account.name):
                return record
        raise NotFound("there is no such line")
