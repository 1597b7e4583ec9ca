"""``store.senders``: what callers may write as "from"."""

from collections.abc import Collection, Mapping
from datetime import datetime

from gateway.domain.sender import Sender
from gateway.store import senders
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteSenders(Facet):
    """``contracts.senders.SenderStore`` on SQLite."""

    async def words(self, account: str) -> Mapping[str, str]:
        return await self._read(lambda tx: senders.words(tx.memory, account))

    async def list(self, account: str) -> list[Sender]:
        return await self._read(lambda tx: senders.registered(tx, account))

    async def put(self, sender: Sender) -> Sender:
        return await self._write(lambda tx: senders.put(tx, sender))

    async def delete(self, account: str, sender: str, now: datetime) -> bool:
        while (done := await self._write(lambda tx: senders.delete(tx, account, sender, to_ms(now)))) is None:
            pass  # in pieces: others want their turn
        return done

    async def last_lines(self, account: str, peers: Collection[str]) -> Mapping[str, str]:
        return await self._read(lambda tx: senders.last_lines(tx, account, peers))

    async def number(self, account: str, value: str, now: datetime) -> int:
        known = await self._read(lambda tx: senders.number(tx, account, value))
        if known is None:
            known = await self._write(lambda tx: senders.give_number(tx, account, value, to_ms(now)))
        return known
