"""What must hold in a soak, while it goes on and at its end; the simulator's ledger is the truth."""

import asyncio
import contextlib
import gc
import logging
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp.web_app import _cached_build_middleware

from gateway.domain.line import LineState
from modem.simulator.ledger import Entry
from tests.support import invariant, kept
from tests.support.soak.traffic import Traffic
from tests.support.soak.world import World

EXPECTED = frozenset(
    {
        "line in quarantine",
        "modem complains about its power",
        "sim refused",
        "storage stays nearly full",
    }
)
"""Errors that a person must see, and that the plan brings about."""
OURS = ("gateway.", "modem.", "api.")
THE_WORLD = "modem.simulator."
MORE_OBJECTS = 100  # of one class, in a quiet moment
CACHED = frozenset({"gateway.policy.parts.Plan", "gateway.policy.parts.PlannedPart"})  # up to 1024 of them
MORE_KIB = 96 * 1024  # the ledger and what is remembered for the checks; a month of leaks is more


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a quiet process holds. objects: by class, of ours."""

    tasks: Counter[str]
    descriptors: Counter[str]
    objects: Counter[str]
    kib: int

    def grown_since(self, before: "Footprint", when: str) -> Iterator[str]:
        for word, old, new in (("tasks", before.tasks, self.tasks), ("open", before.descriptors, self.descriptors)):
            if more := new - old:
                yield f"{when}, more {word}: {dict(more)}"
        for name, count in (self.objects - before.objects).items():
            if count > MORE_OBJECTS and name not in CACHED:
                yield f"{when}, {before.objects[name]} {name} have become {self.objects[name]}"
        if self.kib - before.kib > MORE_KIB:
            yield f"{when}, {self.kib - before.kib} KiB more memory"


def footprint() -> Footprint:
    _cached_build_middleware.cache_clear()  # aiohttp remembers the applications of gateways that have ended
    gc.collect()
    classes = (type(one) for one in gc.get_objects())
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in classes)
    objects = Counter(name for name in names if name.startswith(OURS) and not name.startswith(THE_WORLD))
    tasks = Counter(_named(task) for task in asyncio.all_tasks())
    return Footprint(tasks, Counter(_descriptors()), objects, _kib())


def _named(task: asyncio.Task[Any]) -> str:
    """Tasks without a name of their own by what they run."""
    name = task.get_name()
    runs = task.get_coro()
    return getattr(runs, "__qualname__", type(runs).__name__) if name.startswith("Task-") else name


def _descriptors() -> Iterator[str]:
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            target = str(descriptor.readlink())
            yield target.partition(":")[0] if target.startswith(("socket:", "pipe:")) else _plain(target)


def _plain(target: str) -> str:
    if target.startswith("/dev/pts"):
        return "pts"
    return "the listing" if target.startswith("/proc/") else target


def _kib() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


class _Errors(logging.Handler):
    """Keeps what needs a person."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.warnings: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        self.warnings[str(record.msg)] += 1
        if record.exc_info or (record.levelno >= logging.ERROR and record.msg not in EXPECTED):
            self.records.append(record)


@dataclass(slots=True)
class Evidence:
    """A context manager that listens to the log. violations: gets what did not hold."""

    world: World
    traffic: Traffic
    violations: list[str]
    notes: list[str] = field(default_factory=list)
    _errors: _Errors = field(default_factory=_Errors)
    _looked_at: int = 0  # entries of the ledger

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self._errors)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        logging.getLogger().removeHandler(self._errors)

    def of_loop(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The loop's exception handler."""
        self.violations.append(f"the loop tells of {context.get('message')}: {context.get('exception')!r}")

    # -- day by day

    def of_a_day(self) -> None:
        """Every PDU that the host let a modem forget since the last look is on disk; texts are kept for some days."""
        new = self.world.bank.ledger.entries[self._looked_at :]
        self._looked_at += len(new)
        filed = _filed(self.world.database)
        self.violations += [
            f"deleted and not on disk: {entry}"
            for entry in new
            if entry["kind"] == "deleted" and _is_deliver(entry) and entry["pdu"] not in filed
        ]
        self.notes.append(f"{self.world.clock.now():%d}: {_kib()} KiB")

    # -- at the end

    async def of_the_end(self) -> None:
        """While the gateway still runs and is quiet."""
        self.of_a_day()
        await self._of_lines()
        await self._outbound()
        await self._inbound()
        self._nothing_left()
        for record in self._errors.records:
            trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
            told = {key: value for key, value in vars(record).items() if key in ("line", "reason", "code", "error")}
            self.violations.append(f"the log says {record.name}: {record.getMessage()} {told} {trace}")
        self.notes.append(f"warnings {dict(self._errors.warnings)}")

    async def _of_lines(self) -> None:
        assert self.world.running is not None
        for line in await self.world.running.store.lines():
            if line.state is not LineState.UP:
                self.violations.append(f"{line.name} is {line.state.value}: {line.status.reason}")
            self.notes.append(f"{line.name} recovered {line.status.recoveries} times")

    async def _outbound(self) -> None:
        """What was accepted is in the ledger once, or has a final state with a reason."""
        messages = []
        for message, text in self.traffic.texts.items():
            found = await self.world.ask("GET", f"/v1/messages/{message}")
            messages.append(found | {"text": text})  # which may be too old to be kept
        answers = [answered for answered in self.traffic.answers if answered.to]
        self.violations += invariant.outbound(answers, messages, list(self.traffic.submitted()))
        states = Counter(message["state"] for message in messages)
        reasons = Counter(message["error"]["code"] for message in messages if message["error"])
        if strange := self.traffic.outcomes.keys() - {202, 503, 0}:
            self.violations.append(f"calls were answered {strange}")
        self.notes.append(f"outbound {dict(states)}, reasons {dict(reasons)}")

    async def _inbound(self) -> None:
        """What was sent to the lines has come once, whole, with one event that was acknowledged once."""
        sink = self.world.sink
        told = sink.told("message.received")
        self.violations += invariant.inbound(self.traffic.injected, told)
        twice = {key: count for key, count in sink.acknowledged.items() if count > 1}
        if twice:
            self.violations.append(f"acknowledged more than once: {[(sink.events[key], twice[key]) for key in twice]}")
        kept_ids = {message["id"] async for message in self.world.all("/v1/messages?direction=in")}
        if kept_ids != {message["id"] for message in told}:
            self.violations.append(f"{len(kept_ids)} messages came in, {len(told)} were told of")
        calls = sum(call["from"] is not None for call in sink.told("call.missed"))  # without: noise that says RING
        self.notes.append(f"missed calls {calls} of {self.traffic.calls}")
        if not 0 < calls <= self.traffic.calls:
            self.violations.append(f"{self.traffic.calls} calls, {calls} events")

    def _nothing_left(self) -> None:
        """Neither in the modems nor with the service centre; and no SIM has lost a try of its PIN."""
        pins = self.world.bank.ledger.of("pin")
        if not pins or not all(entry["accepted"] for entry in pins):
            self.violations.append(f"PINs were refused, or none was asked for: {pins}")
        ledger, network = self.world.bank.ledger, self.world.bank.network
        stored = Counter((entry["modem"], entry["storage"], entry["pdu"]) for entry in ledger.of("stored"))
        stored.subtract((entry["modem"], entry["storage"], entry["pdu"]) for entry in ledger.of("deleted"))
        if left := +stored:
            self.violations.append(f"left in the modems: {dict(left)}")
        for subscriber in network.subscribers:
            if subscriber.messages or subscriber.reports:
                self.violations.append(f"left with the service centre for modem {subscriber.index}")

    def of_database(self) -> None:
        """Of a gateway that has ended."""
        self.violations += kept.faults(self.world.database, hooks=1)
        with contextlib.closing(sqlite3.connect(self.world.database)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            open_now = connection.execute(OPEN_TOLD).fetchall()
        if sound != "ok":
            self.violations.append(f"integrity_check: {sound}")
        if open_now:
            self.violations.append(f"webhook deliveries left: {open_now}")


OPEN_TOLD = "SELECT state, COUNT(*) FROM deliveries WHERE state <> 'delivered' GROUP BY state"


def _filed(database: Path) -> set[str]:
    """Every PDU that is on disk. By another process: of SQLite's locks a process has only one set for a file."""
    command = [sys.executable, "-c", READ_FILED, str(database)]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


READ_FILED = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    for row in connection.execute("SELECT hex(pdu) FROM arrivals"):
        print(row[0])
"""


def _is_deliver(entry: Entry) -> bool:
    """TP-MTI behind the SMSC field (TS 23.040 §9.2.3.1)."""
    octets = bytes.fromhex(str(entry["pdu"]))
    return octets[octets[0] + 1] & 0b11 == 0
