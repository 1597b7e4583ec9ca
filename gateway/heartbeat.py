"""The daemon's pulse: is the loop on time, does the writer answer, how much waits; told to systemd and to /metrics."""

import asyncio
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.aio import Clock
from gateway.domain.errors import Unavailable
from gateway.domain.line import LineRecord, LineState
from gateway.metrics import Metrics
from gateway.policy.signal import quality
from gateway.sdnotify import ServiceManager
from gateway.store.contract import Store

BEAT_S = 5.0  # a status line older than that looks stuck
LAG_S = 2.0  # a loop that is later than this is not well
WRITER_S = 10.0  # a commit on a dying card takes seconds; a dead writer takes for ever
DEAD_AFTER_S = 60.0  # a writer silent for so long will not come back: only a new process helps
QUEUES = (
    "waiting",
    "later",
    "sending",
    "unknown",
)  # of ``Store.counts``; the first two in messages, the others in parts

_log = logging.getLogger(__name__)


class WriterDead(RuntimeError):
    """The store's writer answers nothing any more."""


class Heartbeat:
    """Beats for as long as the daemon runs. lines: how many are configured; database: the file."""

    def __init__(
        self, store: Store, manager: ServiceManager, *, metrics: Metrics, clock: Clock, lines: int, database: Path
    ) -> None:
        self._store = store
        self._manager = manager
        self._metrics = metrics
        self._clock = clock
        self._lines = lines
        self._database = database
        self._wal = database.with_name(f"{database.name}-wal")
        self._every_s = min(BEAT_S, manager.watchdog_s / 2) if manager.watchdog_s else BEAT_S
        self._answered = clock.monotonic()

    async def run(self) -> None:
        """Ends by cancellation, or with WriterDead or StoreEnded."""
        while True:
            await self.beat(await self._sleep())

    async def beat(self, lag: float = 0.0) -> None:
        """One look; the watchdog hears of it only when loop and writer are alive. Raises WriterDead, StoreEnded.

        A sick modem is no reason for silence, a full disk neither: the writer then answers with a refusal, which a
        new process would not cure. lag: seconds that the loop was late.
        """
        self._metrics.event_loop_lag_seconds.set(lag)
        alive, commits = await self._ask_writer()
        words = [f"STATUS={await self._status() if commits else 'the database takes nothing'}"]
        if alive and lag <= LAG_S and self._manager.watchdog_s:
            words.append("WATCHDOG=1")
        self._manager.tell(*words)
        if lag > LAG_S:
            _log.warning("the event loop was late", extra={"ms": round(lag * 1000)})
        silent = self._clock.monotonic() - self._answered
        if not alive and silent > DEAD_AFTER_S:
            raise WriterDead(f"the database's writer has not answered for {silent:.0f} s")

    async def _sleep(self) -> float:
        """Wait for the next beat; how many seconds too late it came."""
        before = self._clock.monotonic()
        await asyncio.sleep(self._every_s)
        return max(0.0, self._clock.monotonic() - before - self._every_s)

    async def _ask_writer(self) -> tuple[bool, bool]:
        """Whether the writer answered at all, and whether it committed the probe."""
        try:
            async with asyncio.timeout(WRITER_S):
                commits = await self._store.healthy()
        except TimeoutError:
            return False, False
        self._answered = self._clock.monotonic()
        return True, commits

    async def _status(self) -> str:
        try:
            counts = await self._store.counts()
            lines = await self._store.lines()
        except Unavailable:
            return "the database cannot be read"
        self._show(counts, lines)
        up = sum(line.state is LineState.UP for line in lines)
        return f"{up}/{self._lines} lines up, {counts['waiting']} waiting"

    def _show(self, counts: Mapping[str, int], lines: Sequence[LineRecord]) -> None:
        """Set the gauges that nobody else knows the value of."""
        metrics = self._metrics
        for state in QUEUES:
            metrics.queue_messages.labels(state=state).set(counts[state])
        metrics.queue_oldest_age_seconds.set(counts["oldest_waiting_ms"] / 1000)
        metrics.webhook_pending.set(counts["deliveries_pending"])
        metrics.inbound_parts_pending.set(counts["inbound_parts"])
        metrics.db_wal_bytes.set(self._wal.stat().st_size if self._wal.exists() else 0)
        metrics.disk_free_bytes.set(shutil.disk_usage(self._database.parent).free)
        metrics.modem_info.clear()
        for line in lines:
            status = line.status
            metrics.modem_info.labels(
                line=line.configured_name,
                imei_tail=(status.imei or "")[-4:],
                model=status.model or "",
                firmware=status.revision or "",
                operator=status.operator or "",
                rat=status.technology or "",
            ).set(1)
            if (ratio := quality(status.signal_dbm, status.rsrp_dbm)) is not None:
                metrics.modem_signal_quality_ratio.labels(line=line.configured_name).set(ratio)
