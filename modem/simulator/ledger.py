"""What really happened, one entry after another: in memory, and as JSON lines in a file."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from modem.simulator.surroundings import Now, machine_time

Entry = dict[str, object]
Predicate = Callable[[Sequence[Entry]], bool]

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Ledger:
    """Append-only. Entries have seq (from 1), at (ISO 8601, UTC), kind and what belongs to the kind:

    submitted   modem number imsi mr to text report concat{ref,total,seq} since pdu   the network has taken a SUBMIT, on
                its way since the Ctrl-Z
    stored      modem storage index pdu      a DELIVER or STATUS-REPORT went into a storage
    deleted     modem storage index pdu      the host deleted it: it has acknowledged the message
    acknowledged  modem by pdu               a routed PDU (+CMT, +CDS) was acknowledged, by "host" (+CNMA) or "modem"
    refused, not_acknowledged  modem pdu     +CNMA=2, or no +CNMA in time
    kept        modem why pdu                the service centre keeps it: full, absent, ...
    report      modem mr pdu                 a status report was sent to a modem; report_dropped: nobody wanted it
    phone_received  phone from text          a whole message reached a phone outside
    pin         modem accepted pin_tries puk_tries
    unplugged, plugged, rebooted  modem

    Lines are written once per turn of the event loop.
    """

    def __init__(self, path: Path | None = None, now: Now = machine_time) -> None:
        self._now = now
        self.entries: list[Entry] = []
        self.counts: Counter[str] = Counter()  # entries of each kind
        self._fd = None if path is None else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._unwritten: list[Entry] = []
        self._waiting: list[tuple[Predicate, asyncio.Future[None]]] = []
        self._turn_due = False

    def record(self, kind: str, **fields: object) -> None:
        entry: Entry = {"seq": len(self.entries) + 1, "at": self._now().isoformat(), "kind": kind, **fields}
        self.entries.append(entry)
        self.counts[kind] += 1
        if self._fd is not None:
            self._unwritten.append(entry)
        if not self._turn_due:
            self._turn_due = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_due = False
        self.flush()
        if self._waiting:
            still: list[tuple[Predicate, asyncio.Future[None]]] = []
            for predicate, future in self._waiting:
                if future.done():
                    continue
                if predicate(self.entries):
                    future.set_result(None)
                else:
                    still.append((predicate, future))
            self._waiting = still

    def flush(self) -> None:
        """Write to the file what is not there yet."""
        if self._unwritten and self._fd is not None:
            lines, self._unwritten = "\n".join(map(_encode, self._unwritten)) + "\n", []
            os.write(self._fd, lines.encode())

    def of(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry["kind"] == kind]

    @property
    def submitted(self) -> list[Entry]:
        """What the network has taken."""
        return self.of("submitted")

    async def wait_for(self, predicate: Predicate, timeout: float = 10.0) -> None:
        """Return once `predicate` of all entries holds. timeout: seconds. Raises TimeoutError."""
        if predicate(self.entries):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((predicate, future))
        async with asyncio.timeout(timeout):
            await future

    async def wait_for_count(self, kind: str, count: int, timeout: float = 10.0) -> None:
        """Return once there are `count` entries of a kind; cheap however long the ledger is. Raises TimeoutError."""
        await self.wait_for(lambda _: self.counts[kind] >= count, timeout)

    def close(self) -> None:
        self.flush()
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
