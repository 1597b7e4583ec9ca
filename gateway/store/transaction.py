"""What an intention works with: the open transaction, what the store remembers, and who is to be woken after it."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, TypeAlias

from gateway.domain.ids import Tracking
from gateway.domain.line import LineRecord, Rest
from gateway.domain.message import ALERT
from gateway.domain.route import LineRoute
from gateway.domain.sender import Sender
from gateway.domain.webhook import Webhook

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
NEWEST = 2**63 - 1  # above every integer key: where a list begins that has no cursor yet
MOST_ROWS = 64  # in one statement: with its widest row well below SQLite's 32,766 parameters

Row: TypeAlias = sqlite3.Row
Parameters: TypeAlias = Mapping[str, Any] | Sequence[Any]
Queue: TypeAlias = tuple[str, str]
"""Where a message waits: its route and its account's name."""


def to_ms(at: datetime) -> int:
    """Whole milliseconds since 1970 UTC."""
    return (at - EPOCH) // _MILLISECOND


def to_ms_or_none(at: datetime | None) -> int | None:
    return None if at is None else (at - EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def from_ms_or_none(ms: int | None) -> datetime | None:
    return None if ms is None else EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True, slots=True)
class Secret:
    """What a command carries that is never on disk. line: its number; at: of the command, milliseconds."""

    line: int
    at: int
    value: str = field(repr=False)


@dataclass(slots=True)
class Memory:
    """What the one writer keeps at hand so that the hot paths need not read it: all of it can be read again.

    Only the database's thread changes it, between transactions or inside one; others may look. But for ``rests``, which
    lines say of themselves: always a new mapping.
    """

    lines: Mapping[int, LineRecord] = field(default_factory=dict)
    webhooks: tuple[Webhook, ...] = ()
    waiting: Counter[Queue] = field(default_factory=Counter)  # claimable messages
    message_num: int = 0  # the last one given out
    tracking: Tracking = field(default_factory=Tracking)  # this database's own
    senders: Mapping[Queue, Sender] = field(default_factory=dict)  # registered ones, by the queue of their messages
    routes: Mapping[str, LineRoute] = field(default_factory=dict)  # by name, in their order
    suspended: frozenset[str] = frozenset()  # accounts whose messages wait
    paused: frozenset[str] = frozenset()  # batches whose messages wait
    served: dict[tuple[int, str], int] = field(default_factory=dict)  # (line, account) → turn of its last claim
    turn: int = 0
    took_last: dict[Queue, int] = field(default_factory=dict)  # a sender's queue → the line that took its last message
    awaited: dict[int, int] = field(default_factory=dict)  # line → since when others leave it a message, milliseconds
    rests: Mapping[int, Rest] = field(default_factory=dict)  # line → why it begins nothing just now, as it says itself
    secrets: dict[int, Secret] = field(default_factory=dict)  # of commands that wait, by their numbers
    next_wake: int | None = None  # of a message: what the janitor was told last; None: nothing


@dataclass(slots=True)
class Effects:
    """What intentions leave behind beside their rows: bells to ring once they are on disk."""

    keys: set[str] = field(default_factory=set)
    claimable: Counter[Queue] = field(default_factory=Counter)  # by how much each queue grew, or shrank
    arrived: Counter[Queue] = field(default_factory=Counter)  # how many messages in it are worth a look
    notifier: bool = False
    janitor: bool = False
    access: bool = False
    wake: int | None = None  # when something falls due, at the soonest
    alerts: set[Queue] = field(default_factory=set)  # queues that an alert came into
    lines: set[int] = field(default_factory=set)  # lines that changed themselves
    commands: set[int] = field(default_factory=set)  # lines whose modem has something to do
    remember: list[Callable[[Memory], None]] = field(default_factory=list)

    def add(self, other: "Effects") -> None:
        self.keys |= other.keys
        self.claimable.update(other.claimable)
        self.arrived.update(other.arrived)
        self.notifier |= other.notifier
        self.janitor |= other.janitor
        self.access |= other.access
        self.lines |= other.lines
        self.commands |= other.commands
        self.alerts |= other.alerts


class Transaction:
    """The open transaction on the database's thread. SQL goes in as named constants with ``:name`` or ``?``."""

    __slots__ = ("_connection", "effects", "memory")

    def __init__(self, connection: sqlite3.Connection, memory: Memory) -> None:
        self._connection = connection
        self.memory = memory
        self.effects = Effects()

    def row(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row, or None."""
        found: Row | None = self._connection.execute(sql, parameters).fetchone()
        return found

    def rows(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """How many rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def insert_all(self, head: str, values: str, rows: Sequence[Sequence[Any]]) -> None:
        """Many rows with few statements. head: ``INSERT INTO … VALUES``; values: one row's ``(?, …)``.

        Each step of a statement lets go of the interpreter and has to win it back from a busy event loop, which
        costs more than the row itself: rows that go in together take one step. The statements come in sizes of
        powers of two, so that each is prepared once.
        """
        start = 0
        while start < len(rows):
            size = min(MOST_ROWS, 1 << (len(rows) - start).bit_length() - 1)
            together = rows[start : start + size]
            self._connection.execute(head + ", ".join([values] * size), list(chain.from_iterable(together)))
            start += size

    def insert(self, sql: str, parameters: Parameters) -> int:
        """The integer key the new row got (the statement ends in RETURNING it)."""
        return int(self._connection.execute(sql, parameters).fetchone()[0])

    def ring(self, *keys: str) -> None:
        """Wake who watches these keys, once this is on disk."""
        self.effects.keys.update(keys)

    def moved(self, queue: Queue, by: int, *, priority: int = 0) -> None:
        """So many messages became claimable there, or stopped being so. priority: of one that came."""
        self.effects.claimable[queue] += by
        if by > 0:
            self.effects.arrived[queue] += by
            if priority >= ALERT:
                self.effects.alerts.add(queue)

    def waiting(self, queue: Queue) -> int:
        """How many are claimable there, this intention's own moves included."""
        return self.memory.waiting[queue] + self.effects.claimable[queue]

    def wake_at(self, ms: int | None) -> None:
        """The janitor must look by then."""
        soonest = self.effects.wake
        if ms is not None and (soonest is None or ms < soonest):
            self.effects.wake = ms

    def remember(self, change: Callable[[Memory], None]) -> None:
        """Change what is kept at hand, once this intention is whole."""
        self.effects.remember.append(change)
