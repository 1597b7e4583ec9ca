"""``store.line_book`` on SQLite."""

from collections.abc import Collection
from datetime import datetime

from gateway.aio import Clock
from gateway.domain.line import Limits, LineChange, LineRecord, Rest, StorageFill
from gateway.store import line_care, lines
from gateway.store.facets.facet import Connected, Facet
from gateway.store.transaction import Memory, to_ms


class SqliteLineBook(Facet):
    """Lines as one account sees and changes them."""

    def __init__(self, store: Connected, memory: Memory, clock: Clock) -> None:
        super().__init__(store)
        self._memory = memory
        self._clock = clock

    async def lines(self, account: str) -> list[LineRecord]:
        waiting, now = self._memory.waiting, to_ms(self._clock.now())
        return await self._read(lambda tx: lines.lines(tx, waiting, now, account))

    def limits(self, num: int) -> Limits | None:
        line = self._memory.lines.get(num)
        return None if line is None else line.limits

    def name(self, num: int) -> str | None:
        line = self._memory.lines.get(num)
        return None if line is None else line.name

    def rests(self, num: int, rest: Rest | None) -> None:
        others = {known: one for known, one in self._memory.rests.items() if known != num}
        self._memory.rests = others if rest is None else {**others, num: rest}

    async def unseen(self, now: datetime) -> None:
        await self._write(lambda tx: lines.unseen(tx, now))

    async def balance_asked(self, num: int, code: str, now: datetime) -> None:
        await self._write(lambda tx: line_care.note_question(tx, num, code, to_ms(now)))

    async def storages(self, num: int, low: Collection[StorageFill], undecided: Collection[str], now: datetime) -> None:
        await self._write(lambda tx: line_care.set_storages(tx, num, low, undecided, to_ms(now)))

    async def change(
        self, account: str, line: str, change: LineChange, *, admin: bool, expected: Collection[str] | None
    ) -> LineRecord:
        return await self._write(
            lambda tx: lines.change_line(tx, account, line, change, admin=admin, expected=expected)
        )
