"""The one task that owns the writing connection: what waits when it is free goes into one commit.

Group commit is worth a factor of fifty on a slow disk. An intention is a plain function over the open transaction; all
intentions of a commit run whole on the database's thread, in one hop, each behind its own savepoint. Nothing polls
and no timer collects: while one commit is on its way to the disk, the next one gathers by itself.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from types import TracebackType
from typing import Any, TypeVar

import aiosqlite

from gateway.domain.errors import GatewayError, Unavailable
from gateway.store.transaction import Effects, Memory, Transaction

T = TypeVar("T")
A = TypeVar("A")

log = logging.getLogger(__name__)

MOST = 2_000  # intentions in one commit: bounds how long a caller waits behind a crowd


async def on_thread(connection: aiosqlite.Connection, work: Callable[[], T]) -> T:
    """Run work whole on the connection's thread.

    aiosqlite offers single statements only: a transaction would cost a hop of two thread switches for each, and a
    cancelled caller could leave it open between two. Its own methods all go through ``_execute``; this is the one
    place that calls it from outside, and pyproject.toml pins the release line.
    """
    result: T = await connection._execute(work)  # type: ignore[no-untyped-call]  # aiosqlite leaves it untyped
    return result


@dataclass(slots=True)
class _Item:
    """Something that waits for a commit. merged: a function over many arguments at once, or None."""

    intention: Callable[[Transaction], Any]
    merged: Callable[[Transaction, list[Any]], list[Any]] | None
    argument: Any
    future: asyncio.Future[Any]


@dataclass(slots=True)
class _Attempt:
    """Runs a block for somebody else: what it raises is kept for him instead of going up."""

    error: BaseException | None = None

    def __enter__(self) -> "_Attempt":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return isinstance(error, Exception)


@dataclass(slots=True)
class _Committed:
    """What came of one group: a value or an error for each item, and whom to wake.

    changes: rows that the connection has changed so far; 0: nothing was committed.
    """

    results: list[tuple[Any, BaseException | None]]
    effects: Effects = field(default_factory=Effects)
    changes: int = 0


class Writer:
    """Takes intentions, returns after their commit.

    reload: reads ``memory`` again from the database, called on its thread when a whole commit failed.
    committed: called on the loop with the effects of each commit, and how many rows were changed so far.
    """

    def __init__(
        self,
        connection: aiosqlite.Connection,
        memory: Memory,
        *,
        reload: Callable[[sqlite3.Connection, Memory], None],
        committed: Callable[[Effects, int], None],
    ) -> None:
        self._connection = connection
        self._memory = memory
        self._reload = reload
        self._committed = committed
        self._items: list[_Item] = []
        self._taken: list[_Item] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._stale = False  # only the database's thread looks at it
        self._task = asyncio.create_task(self._run(), name="store writer")

    async def commit(self, intention: Callable[[Transaction], T]) -> T:
        """Returns after the commit that holds it; raises what it raised, or Unavailable, and nothing is written.

        A cancelled caller changes nothing: the intention then happens whole, or was not begun.
        """
        result: T = await self._put(intention, None, None)
        return result

    async def commit_merged(self, merged: Callable[[Transaction, list[A]], list[T]], argument: A) -> T:
        """Like ``commit``, but what waits for the same function is given to it together, in order.

        When the function raises for several, it is called again for each of them alone.
        """
        result: T = await self._put(lambda tx: merged(tx, [argument])[0], merged, argument)
        return result

    @property
    def has_failed(self) -> bool:
        """It has ended, and not because it was closed."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is not None

    async def close(self) -> None:
        """Commit what waits, then end."""
        self._closing = True
        self._wake.set()
        await self._task

    def _put(
        self, intention: Callable[[Transaction], Any], merged: Callable[[Transaction, list[Any]], Any] | None, item: Any
    ) -> asyncio.Future[Any]:
        if self._closing:
            raise Unavailable("unavailable", "the store is closing")
        future = asyncio.get_running_loop().create_future()
        self._items.append(_Item(intention, merged, item, future))
        self._wake.set()
        return future

    async def _run(self) -> None:
        try:
            while self._items or not self._closing:
                await self._wake.wait()
                self._wake.clear()
                while self._items:
                    await self._next()
        finally:  # a fault of the program must not leave anybody waiting
            self._closing = True
            for item in (*self._taken, *self._items):
                if not item.future.done():
                    item.future.set_exception(Unavailable("unavailable", "the store's writer has ended"))

    async def _next(self) -> None:
        taken, self._items = self._items[:MOST], self._items[MOST:]
        items = [item for item in taken if not item.future.cancelled()]
        if not items:
            return
        items.sort(key=lambda item: item.merged is None)  # stable: what merges stands together
        self._taken = items
        self._settle(items, await on_thread(self._connection, partial(self._group, items)))

    def _settle(self, items: list[_Item], outcome: _Committed) -> None:
        for item, (value, error) in zip(items, outcome.results, strict=True):
            if item.future.cancelled():
                continue
            if error is None:
                item.future.set_result(value)
            else:
                item.future.set_exception(error)
        self._committed(outcome.effects, outcome.changes)

    # ------------------------------------------------------------------------------------- on the database's thread

    def _group(self, items: list[_Item]) -> _Committed:
        connection = self._connection._conn
        try:
            if self._stale:
                self._reload(connection, self._memory)
                self._stale = False
            connection.execute("BEGIN IMMEDIATE")
            outcome = self._intentions(connection, items)
            connection.execute("COMMIT")
            outcome.changes = connection.total_changes
        except sqlite3.Error as error:
            return self._failed(connection, items, error)
        return outcome

    def _intentions(self, connection: sqlite3.Connection, items: list[_Item]) -> _Committed:
        outcome = _Committed([])
        for merged, run in groupby(items, key=lambda item: item.merged):
            group = list(run)
            alone = len(group) == len(items)  # then the transaction itself is the savepoint, which is cheaper
            if merged is not None and len(group) > 1:
                arguments = [item.argument for item in group]
                values, error = self._one(
                    connection, partial(_together, merged, arguments), outcome.effects, alone=alone
                )
                if error is None:
                    outcome.results.extend((value, None) for value in values)
                    continue
            alone = alone and len(group) == 1
            outcome.results.extend(
                self._one(connection, item.intention, outcome.effects, alone=alone) for item in group
            )
        return outcome

    def _one(
        self,
        connection: sqlite3.Connection,
        intention: Callable[[Transaction], Any],
        effects: Effects,
        *,
        alone: bool,
    ) -> tuple[Any, BaseException | None]:
        """One intention, all or nothing. Raises sqlite3.Error when the whole transaction is lost with it."""
        tx = Transaction(connection, self._memory)
        value = None
        if not alone:
            connection.execute("SAVEPOINT intention")
        with _Attempt() as attempt:
            value = intention(tx)
        if attempt.error is None:
            if not alone:
                connection.execute("RELEASE intention")
            self._keep(tx.effects, effects)
            return value, None
        if not connection.in_transaction:  # a full or failing disk rolls back everything
            raise attempt.error if isinstance(attempt.error, sqlite3.Error) else sqlite3.OperationalError("rolled back")
        if alone:
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
        else:
            connection.execute("ROLLBACK TO intention")
            connection.execute("RELEASE intention")
        if isinstance(attempt.error, sqlite3.Error) and not isinstance(attempt.error, sqlite3.IntegrityError):
            return None, unavailable(attempt.error)
        return None, attempt.error

    def _keep(self, made: Effects, effects: Effects) -> None:
        for change in made.remember:
            change(self._memory)
        if made.claimable:
            waiting = self._memory.waiting + made.claimable  # a new one: others may be looking at it; zeros are dropped
            self._memory.waiting = waiting
        soonest = self._memory.next_wake
        if made.wake is not None and (soonest is None or made.wake < soonest):
            self._memory.next_wake = made.wake
            made.janitor = True
        effects.add(made)

    def _failed(self, connection: sqlite3.Connection, items: Sequence[_Item], error: sqlite3.Error) -> _Committed:
        self._stale = True
        log.error("nothing was committed", extra={"intentions": len(items), "error": str(error)})
        if connection.in_transaction:
            with _Attempt():
                connection.execute("ROLLBACK")
        return _Committed([(None, unavailable(error)) for _ in items])


def _together(
    merged: Callable[[Transaction, list[Any]], list[Any]], arguments: list[Any], tx: Transaction
) -> list[Any]:
    return merged(tx, arguments)


def unavailable(error: sqlite3.Error) -> GatewayError:
    """The refusal that a failing database is told as."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low octet is the primary code
    if code == sqlite3.SQLITE_FULL:
        return Unavailable("storage_full", "there is no space left for the database")
    return Unavailable("unavailable", f"the database does not take it: {error}")
