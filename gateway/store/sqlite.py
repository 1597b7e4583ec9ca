"""The store on SQLite: WAL, synchronous=FULL, one writing connection with group commit, two that read.

This file only composes: each noun's intentions and SQL stand in a module of their own, plain functions over a
``Transaction``. Read ``writer.py`` for how they reach the disk, ``accept.py`` and ``sending.py`` for a message's way
out, ``inbound.py`` for its way in.
"""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

from gateway.aio import Clock
from gateway.domain.access import Account, AccountSettings, Key
from gateway.domain.errors import Unavailable
from gateway.domain.event import Event, EventType
from gateway.domain.line import LineRecord, LineStatus
from gateway.domain.message import Attempt, Message
from gateway.domain.webhook import Delivery, Webhook
from gateway.store import (
    accept,
    access,
    answers,
    assembling,
    calls,
    claiming,
    due,
    events,
    inbound,
    interventions,
    line_care,
    lines,
    pins,
    reading,
    reports,
    restored,
    sending,
    webhooks,
)
from gateway.store.checkpoints import Checkpoints
from gateway.store.connections import Connections, connect, copy, snapshot
from gateway.store.contract import (
    Arrival,
    BatchRecord,
    Bells,
    Claim,
    DeliveryResult,
    DueDelivery,
    Enqueued,
    Filed,
    Idempotency,
    MessageFilter,
    NewBatch,
    Outcome,
    Place,
    ReportArrival,
    StoreEnded,
)
from gateway.store.facets.access import SqliteAccess
from gateway.store.facets.batches import SqliteBatches
from gateway.store.facets.campaigns import SqliteCampaigns
from gateway.store.facets.commands import SqliteCommands
from gateway.store.facets.consent import SqliteConsent
from gateway.store.facets.endpoints import SqliteEndpoints
from gateway.store.facets.event_log import SqliteEventLog
from gateway.store.facets.inbox import SqliteInbox
from gateway.store.facets.line_book import SqliteLineBook
from gateway.store.facets.links import SqliteLinks
from gateway.store.facets.media import SqliteMedia
from gateway.store.facets.overdue import SqliteOverdue
from gateway.store.facets.people import SqlitePeople
from gateway.store.facets.queue import SqliteQueue
from gateway.store.facets.retention import SqliteRetention
from gateway.store.facets.routing import SqliteRouting
from gateway.store.facets.senders import SqliteSenders
from gateway.store.facets.signals import SqliteSignals
from gateway.store.facets.sims import SqliteSims
from gateway.store.facets.stats import SqliteStats
from gateway.store.facets.threads import SqliteThreads
from gateway.store.memory import fill
from gateway.store.ringing import Ringer
from gateway.store.transaction import Effects, Memory, Transaction, to_ms
from gateway.store.writer import Writer, on_thread, unavailable

T = TypeVar("T")

BEAT = "UPDATE probe SET beats = beats + 1 WHERE num = 1"


class SqliteStore:
    """``contract.Store`` on one SQLite file. ``open`` makes it; ``close`` must be awaited, or the process hangs."""

    def __init__(self, connections: Connections, memory: Memory, clock: Clock) -> None:
        self.bells = Bells()
        self.access = SqliteAccess(self)
        self.people = SqlitePeople(self)
        self.consent = SqliteConsent(self)
        self._connections = connections
        self._memory = memory
        self._clock = clock
        self._part_timeout_ms = 86_400_000
        self._ringer = Ringer(self.bells, memory)
        self._checkpoints = Checkpoints(connections.searching)
        self._writer = Writer(connections.writing, memory, reload=fill, committed=self._committed)
        self.campaigns = SqliteCampaigns(self)
        self.event_log = SqliteEventLog(self)
        self.links = SqliteLinks(self)
        self.stats = SqliteStats(self)
        self.retention = SqliteRetention(self)
        self.threads = SqliteThreads(self)
        self.media = SqliteMedia(self)
        self.overdue = SqliteOverdue(self)
        self.commands = SqliteCommands(self, memory)
        self.inbox = SqliteInbox(self)
        self.endpoints = SqliteEndpoints(self, memory, clock)
        self.line_book = SqliteLineBook(self, memory, clock)
        self.senders = SqliteSenders(self)
        self.batches = SqliteBatches(self)
        self.routing = SqliteRouting(self, memory)
        self.queue = SqliteQueue(self)
        self.sims = SqliteSims(self)
        self.signals = SqliteSignals(self)

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> Self:
        """Open the file at path, made or migrated where needed. Raises SchemaTooNew, DatabaseDamaged, sqlite3.Error."""
        memory = Memory()
        connections = await Connections.open(path, memory)
        return cls(connections, memory, clock)

    async def write(self, intention: Callable[[Transaction], T]) -> T:
        """Run the intention on the writer; returns after its commit. For the facets; others call a noun's method."""
        return await self._writer.commit(intention)

    async def read(self, query: Callable[[Transaction], T], *, searching: bool = False) -> T:
        """Run query over one snapshot of what is committed. searching: it may take long, and holds nobody else up."""
        connection = self._connections.searching if searching else self._connections.reading

        def run() -> T:
            with snapshot(connection._conn):
                return query(Transaction(connection._conn, self._memory))

        try:
            return await on_thread(connection, run)
        except sqlite3.Error as error:
            raise unavailable(error) from error

    def _committed(self, effects: Effects, changes: int) -> None:
        self._ringer.ring(effects)
        self._checkpoints.committed(changes)

    # -- life

    async def close(self) -> None:
        async with AsyncExitStack() as stack:  # the last comes first, and each whatever becomes of the one before
            for part in (self._connections, self._checkpoints, self._writer):
                stack.push_async_callback(part.close)

    async def healthy(self) -> bool:
        try:
            return await self.write(lambda tx: tx.run(BEAT)) == 1
        except Unavailable:
            if self._writer.has_failed:
                raise StoreEnded("the store's writer has ended") from None
            return False

    async def backup(self, path: Path) -> None:
        """Raises FileExistsError; Unavailable when the copy cannot be made."""
        connection = await connect(self._connections.path)
        try:
            await on_thread(connection, lambda: copy(connection._conn, path))
        except sqlite3.Error as error:
            raise unavailable(error) from error
        finally:
            await connection.close()

    async def recover(self, now: datetime, line: int | None = None) -> int:
        return await self.write(lambda tx: sending.recover(tx, to_ms(now), line))

    async def doubt(self, now: datetime) -> int:
        return await self.write(lambda tx: restored.doubt(tx, to_ms(now)))

    # -- accounts and keys

    async def accounts(self) -> list[Account]:
        return await self.read(access.accounts)

    async def account(self, name: str) -> Account | None:
        return await self.read(lambda tx: access.account(tx, name))

    async def put_account(
        self, name: str, settings: AccountSettings, now: datetime, *, replace: bool = True
    ) -> Account:
        return await self.write(lambda tx: access.put_account(tx, name, settings, to_ms(now), replace=replace))

    async def suspend_account(self, name: str, at: datetime | None) -> None:
        await self.write(lambda tx: access.suspend_account(tx, name, at))

    async def add_key(self, key: Key) -> None:
        await self.write(lambda tx: access.add_key(tx, key))

    async def key(self, key_id: str) -> Key | None:
        return await self.read(lambda tx: access.find_key(tx, key_id))

    async def keys(self, account: str | None) -> list[Key]:
        return await self.read(lambda tx: access.keys(tx, account))

    async def revoke_key(self, account: str | None, key_id: str, now: datetime) -> bool:
        return await self.write(lambda tx: access.revoke_key(tx, account, key_id, to_ms(now)))

    async def key_used(self, uses: Mapping[str, datetime]) -> None:
        await self.write(lambda tx: access.key_used(tx, uses))

    # -- lines

    async def put_line(self, line: LineRecord) -> LineRecord:
        return await self.write(lambda tx: lines.put_line(tx, line, self._now()))

    async def retire_lines(self, names: Collection[str]) -> None:
        await self.write(lambda tx: lines.retire_lines(tx, names))

    async def lines(self) -> list[LineRecord]:
        waiting = self._memory.waiting
        return await self.read(lambda tx: lines.lines(tx, waiting, self._now()))

    async def set_line_status(self, num: int, status: LineStatus, now: datetime) -> None:
        await self.write(lambda tx: lines.set_line_status(tx, num, status, to_ms(now)))

    async def sent_over(self, num: int, now: datetime) -> tuple[int, int]:
        return await self.read(lambda tx: lines.sent_over(tx, num, to_ms(now)))

    async def line_balance(self, num: int, balance: Decimal, now: datetime, *, below: Decimal | None) -> None:
        await self.write(lambda tx: line_care.set_balance(tx, num, balance, to_ms(now), below))

    async def call_missed(self, num: int, caller: str | None, now: datetime) -> Event:
        return await self.write(lambda tx: calls.missed(tx, num, caller, to_ms(now)))

    # -- outbound

    async def enqueue(self, batch: NewBatch, now: datetime) -> Enqueued:
        return await self._writer.commit_merged(accept.enqueue, (batch, now))

    async def replay(self, idempotency: Idempotency, now: datetime) -> Enqueued | None:
        return await self.read(lambda tx: answers.replay(tx, idempotency, to_ms(now)))

    async def claim(self, line: int, now: datetime, *, alerts_only: bool = False) -> Claim | None:
        record = self._memory.lines.get(line)
        if record is None or record.paused or not claiming.queues(self._memory, self._memory.waiting, record):
            return None  # what comes into the queue from now on rings this line's bell after its commit
        return await self.write(lambda tx: claiming.claim(tx, line, to_ms(now), alerts_only=alerts_only))

    async def on_air(self, claim: Claim, n: int, now: datetime) -> None:
        await self.write(lambda tx: sending.on_air(tx, claim, n, to_ms(now)))

    async def record(self, claim: Claim, n: int, outcome: Outcome, now: datetime, *, started_at: datetime) -> Message:
        return await self.write(lambda tx: sending.record(tx, claim, n, outcome, to_ms(now), to_ms(started_at)))

    async def release(self, claim: Claim, now: datetime) -> None:
        await self.write(lambda tx: sending.release(tx, claim, to_ms(now)))

    async def late_reference(self, line: int, reference: int, now: datetime) -> Message | None:
        return await self.write(lambda tx: sending.late_reference(tx, line, reference, to_ms(now)))

    async def cancel(self, account: str | None, message: str, now: datetime) -> Message:
        return await self.write(lambda tx: interventions.cancel(tx, account, message, to_ms(now)))

    async def resolve(self, account: str | None, message: str, verdict: str, now: datetime) -> Message:
        return await self.write(lambda tx: interventions.resolve(tx, account, message, verdict, to_ms(now)))

    # -- what time brings

    async def promote(self, now: datetime) -> int:
        changed = 0
        while count := await self.write(lambda tx: due.promote(tx, to_ms(now))):  # in pieces: others want their turn
            changed += count
        return changed

    async def next_due(self) -> datetime | None:
        return await self.write(lambda tx: due.next_due(tx, self._part_timeout_ms))

    async def prune(self, now: datetime) -> int:
        dropped = 0
        while count := await self.write(lambda tx: due.prune(tx, to_ms(now))):
            dropped += count
        return dropped

    # -- inbound

    async def file_arrival(self, line: int, arrival: Arrival, now: datetime) -> Filed:
        return await self.write(lambda tx: inbound.file_arrival(tx, line, arrival, to_ms(now)))

    async def place_freed(self, line: int, place: Place, pdu: bytes) -> None:
        await self.write(lambda tx: inbound.place_freed(tx, line, place, pdu))

    async def expire_arrivals(self, now: datetime, older_than: datetime) -> int:
        self._part_timeout_ms = to_ms(now) - to_ms(older_than)
        shown = 0
        while True:
            count = await self.write(lambda tx: assembling.expire_arrivals(tx, to_ms(now), to_ms(older_than), due.MOST))
            shown += count
            if count < due.MOST:
                return shown

    async def file_report(self, line: int, report: ReportArrival, now: datetime) -> Message | None:
        return await self.write(lambda tx: reports.file_report(tx, line, report, to_ms(now)))

    async def inbound_after(self, account: str, after: str | None, limit: int, acked: bool | None) -> list[Message]:
        return await self.read(lambda tx: reading.inbound_after(tx, account, after, limit, acked))

    async def ack_inbound(self, account: str, message: str) -> Message:
        return await self.write(lambda tx: inbound.ack_inbound(tx, account, message))

    # -- reading

    async def message(self, account: str | None, message: str) -> Message | None:
        return await self.read(lambda tx: reading.message(tx, account, message))

    async def messages(
        self, where: MessageFilter, *, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> list[Message]:
        return await self.read(
            lambda tx: reading.messages(tx, where, limit=limit, cursor=cursor, ascending=ascending),
            searching=where.searches,
        )

    async def attempts(self, message: str) -> list[Attempt]:
        return await self.read(lambda tx: reading.attempts(tx, message))

    async def message_events(self, message: str) -> list[Event]:
        return await self.read(lambda tx: reading.message_events(tx, message))

    async def batch(self, account: str | None, batch: str) -> BatchRecord | None:
        return await self.read(lambda tx: reading.batch(tx, account, batch))

    async def events_after(self, account: str | None, seq: int, limit: int) -> list[Event]:
        return await self.read(lambda tx: reading.events_after(tx, account, seq, limit))

    async def counts(self) -> Mapping[str, int]:
        waiting = self._memory.waiting
        return await self.read(lambda tx: reading.counts(tx, waiting, self._now()), searching=True)

    # -- webhooks

    async def put_webhook(self, webhook: Webhook) -> Webhook:
        return await self.write(lambda tx: webhooks.put_webhook(tx, webhook, self._now()))

    async def webhooks(self, account: str | None) -> list[Webhook]:
        return await self.read(lambda tx: webhooks.webhooks(tx, account))

    async def delete_webhook(self, account: str, webhook: str) -> bool:
        return await self.write(lambda tx: webhooks.delete_webhook(tx, account, webhook))

    async def emit(
        self, account: str, kind: EventType, data: Mapping[str, Any], now: datetime, *, only_webhook: str | None = None
    ) -> Event:
        return await self.write(lambda tx: events.write(tx, kind, account, data, to_ms(now), only_webhook=only_webhook))

    async def due_deliveries(
        self, now: datetime, limit: int, busy: Sequence[int], full: Sequence[str] = ()
    ) -> list[DueDelivery]:
        known = self._memory.webhooks
        return await self.read(lambda tx: webhooks.due_deliveries(tx, known, to_ms(now), limit, busy, full))

    async def next_delivery(self) -> datetime | None:
        known = self._memory.webhooks
        return await self.read(lambda tx: webhooks.next_delivery(tx, known))

    async def record_delivery(self, num: int, result: DeliveryResult, now: datetime) -> None:
        await self.write(lambda tx: webhooks.record_delivery(tx, num, result, to_ms(now)))

    async def deliveries(
        self, account: str, *, webhook: str | None, state: str | None, limit: int, cursor: int | None = None
    ) -> list[Delivery]:
        return await self.read(lambda tx: webhooks.deliveries(tx, account, webhook, state, limit, cursor))

    async def replay_delivery(self, account: str, delivery: str, now: datetime) -> Delivery:
        return await self.write(lambda tx: webhooks.replay_delivery(tx, account, delivery, to_ms(now)))

    async def replay_webhook(
        self, account: str, webhook: str, now: datetime, *, since: datetime | None, until: datetime | None, failed: bool
    ) -> int:
        return await self.write(
            lambda tx: webhooks.replay_webhook(
                tx, account, webhook, to_ms(now), since=since, until=until, failed=failed
            )
        )

    # -- the SIM's PIN

    async def pin_may_try(self, sim: str, fingerprint: bytes) -> bool:
        return await self.read(lambda tx: pins.may_try(tx, sim, fingerprint))

    async def pin_trying(self, sim: str, fingerprint: bytes, now: datetime) -> None:
        await self.write(lambda tx: pins.trying(tx, sim, fingerprint, to_ms(now)))

    async def pin_settled(self, sim: str, fingerprint: bytes, *, accepted: bool) -> None:
        await self.write(lambda tx: pins.settled(tx, sim, fingerprint, accepted=accepted))

    def _now(self) -> int:
        return to_ms(self._clock.now())
