"""The log goes back into the database beside the writer, on a connection of another thread.

SQLite would do it inside the commit that makes the log long enough: that one message waits for thousands of pages
written all over the file, some milliseconds on an SSD and a second or more on a memory card. The writer's own limit
(``connections.MOST_PAGES``) stands behind, for a writer that never rests: the log begins anew only when all of it is
copied back.
"""

import asyncio
import logging
import sqlite3

import aiosqlite

from gateway.store.writer import on_thread

PAGES = 4_000  # of the log, 16 MB: a page that changed many times meanwhile is written once
FEWEST, MOST = 1_000, 8_000  # rows changed: some 2.8 pages each where lines send, a tenth of it in a batch
CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"  # waits for nobody, and nobody for it

logger = logging.getLogger(__name__)


class Checkpoints:
    """``committed`` after each commit; at most one checkpoint runs. connection: it may be slow on it meanwhile."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._every = FEWEST  # rows changed; SQLite tells the length of its log only in a checkpoint's answer
        self._done_at = 0
        self._left = 0  # pages of the log that are older than the last checkpoint
        self._running: asyncio.Task[None] | None = None

    def committed(self, changes: int) -> None:
        """changes: rows that the writing connection has changed since it was opened."""
        rows = changes - self._done_at
        if rows >= self._every and (self._running is None or self._running.done()):
            self._done_at = changes
            self._running = asyncio.create_task(self._checkpoint(rows), name="store checkpoint")  # owned: see ``close``

    async def close(self) -> None:
        """Wait for what runs."""
        if self._running is not None:
            await self._running

    async def _checkpoint(self, rows: int) -> None:
        try:
            _, pages, copied = await on_thread(self._connection, self._copy)
        except sqlite3.Error as error:  # nothing is lost: all of it stands in the log
            logger.warning("the log was not copied back", extra={"error": str(error)})
            return
        self._every = min(max(rows * PAGES // max(pages - self._left, 1), FEWEST), MOST)
        self._left = 0 if copied == pages else pages  # one that is copied whole begins anew

    def _copy(self) -> tuple[int, int, int]:
        busy, pages, copied = self._connection._conn.execute(CHECKPOINT).fetchone()
        return busy, pages, copied
