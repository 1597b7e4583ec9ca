"""Message storages of a modem or a SIM (TS 27.005 §3.1): slots with a status and a PDU."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum


class Status(IntEnum):
    """<stat> in PDU mode."""

    UNREAD = 0
    READ = 1
    UNSENT = 2
    SENT = 3


STATUS_TEXTS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT")


@dataclass(slots=True)
class Stored:
    """One slot: the PDU with its SMSC field, and the octets of its TPDU."""

    status: Status
    pdu: bytes

    broadcast: bool = False  # a page of a cell broadcast, which has no SMSC field (TS 23.041 §9.4.1.2)

    @property
    def tpdu_octets(self) -> int:
        """What <length> counts (TS 27.005 §3.1)."""
        return len(self.pdu) if self.broadcast else len(self.pdu) - 1 - self.pdu[0]


@dataclass(slots=True)
class Storage:
    """Slots `first` to `first + size - 1`; a new message takes the lowest free one."""

    name: str
    size: int
    first: int = 1
    slots: dict[int, Stored] = field(default_factory=dict)
    blocked: Callable[[], bool] = lambda: False  # a fault: behaves as full whatever is in it

    @property
    def used(self) -> int:
        return self.size if self.blocked() else len(self.slots)

    @property
    def full(self) -> bool:
        return self.used >= self.size

    def put(self, pdu: bytes, status: Status) -> int | None:
        """The index it was stored at, or None when there is no place."""
        if self.full:
            return None
        index = self.first
        while index in self.slots:
            index += 1
        self.slots[index] = Stored(status, pdu, broadcast=self.name == "BM")
        return index

    def holds(self, index: int) -> bool:
        """Is it an index of this storage at all?"""
        return self.first <= index < self.first + self.size

    def listed(self, status: Status | None = None) -> Iterator[tuple[int, Stored]]:
        """What is stored, by index; only of one status when it is given."""
        for index in sorted(self.slots):
            stored = self.slots[index]
            if status is None or stored.status == status:
                yield index, stored

    def delete(self, index: int) -> Stored | None:
        return self.slots.pop(index, None)

    def get(self, index: int) -> Stored | None:
        return self.slots.get(index)


@dataclass(frozen=True, slots=True)
class BothStorages:
    """ "MT": two storages seen as one; the second one's indices follow the first one's (TS 27.005 §3.1)."""

    name: str
    low: Storage
    high: Storage

    @property
    def size(self) -> int:
        return self.low.size + self.high.size

    @property
    def used(self) -> int:
        return self.low.used + self.high.used

    @property
    def full(self) -> bool:
        return self.low.full and self.high.full

    def _home(self, index: int) -> tuple[Storage, int]:
        beyond = self.low.first + self.low.size
        return (self.low, index) if index < beyond else (self.high, index - beyond + self.high.first)

    def put(self, pdu: bytes, status: Status) -> int | None:
        index = self.low.put(pdu, status)
        if index is not None:
            return index
        index = self.high.put(pdu, status)
        return None if index is None else index - self.high.first + self.low.first + self.low.size

    def holds(self, index: int) -> bool:
        return self.low.first <= index < self.low.first + self.size

    def listed(self, status: Status | None = None) -> Iterator[tuple[int, Stored]]:
        yield from self.low.listed(status)
        for index, stored in self.high.listed(status):
            yield index - self.high.first + self.low.first + self.low.size, stored

    def get(self, index: int) -> Stored | None:
        home, index = self._home(index)
        return home.get(index)

    def delete(self, index: int) -> Stored | None:
        home, index = self._home(index)
        return home.delete(index)


AnyStorage = Storage | BothStorages
