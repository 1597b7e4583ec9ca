"""``store.commands`` on SQLite."""

from datetime import datetime

from gateway.domain.command import Command, CommandAnswer, CommandKind
from gateway.store import commands
from gateway.store.facets.facet import Connected, Facet
from gateway.store.transaction import Memory, to_ms


class SqliteCommands(Facet):
    """``contracts.commands.CommandStore`` on SQLite."""

    def __init__(self, store: Connected, memory: Memory) -> None:
        super().__init__(store)
        self._memory = memory

    async def order(
        self,
        account: str,
        line: str,
        kind: CommandKind,
        code: str | None,
        now: datetime,
        *,
        admin: bool,
        secret: str | None = None,
    ) -> Command:
        return await self._write(
            lambda tx: commands.order(tx, account, line, kind, code, to_ms(now), admin=admin, secret=secret)
        )

    async def find(self, account: str, command: str) -> Command | None:
        return await self._read(lambda tx: commands.find(tx, account, command))

    async def next(self, line: int, now: datetime, kind: CommandKind | None = None) -> Command | None:
        return await self._write(lambda tx: commands.take(tx, line, to_ms(now), kind))

    def has_secret(self, line: int, now: datetime) -> bool:
        return commands.waits_with_secret(self._memory, line, to_ms(now))

    async def next_restart(self, line: int, now: datetime) -> Command | None:
        return await self._write(lambda tx: commands.take(tx, line, to_ms(now), CommandKind.RESTART))

    async def settle(self, num: int, answer: CommandAnswer, now: datetime) -> None:
        await self._write(lambda tx: commands.settle(tx, num, answer, to_ms(now)))

    async def abandon(self, line: int, now: datetime) -> int:
        return await self._write(lambda tx: commands.abandon(tx, line, to_ms(now)))
