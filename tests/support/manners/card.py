"""The places of a modem where messages lie (TS 27.005 §3.2.2, §3.4)."""

from dataclasses import dataclass, field

UNREAD, READ, UNSENT, SENT = 0, 1, 2, 3


@dataclass(slots=True)
class Record:
    """One message. shown: the host has read these very octets, so that it may delete them."""

    status: int
    octets: bytes
    shown: bool = False


@dataclass(slots=True)
class Storage:
    capacity: int
    first: int
    records: dict[int, Record] = field(default_factory=dict)

    def put(self, record: Record) -> int | None:
        """The lowest free place takes it, so that places are soon used again; None when there is none."""
        free = (i for i in range(self.first, self.first + self.capacity) if i not in self.records)
        index = next(free, None)
        if index is not None:
            self.records[index] = record
        return index


class Card:
    """All storages. "MT" is SM and ME seen as one, the places of ME behind those of SM."""

    def __init__(self, storages: dict[str, tuple[int, int]]) -> None:
        self.storages = {name: Storage(capacity, first) for name, (capacity, first) in storages.items()}

    def _joined(self, name: str) -> list[tuple[Storage, int]]:
        if name != "MT":
            return [(self.storages[name], 0)]
        sim, equipment = self.storages["SM"], self.storages["ME"]
        return [(sim, 0), (equipment, sim.first + sim.capacity - equipment.first)]

    def records(self, name: str) -> dict[int, Record]:
        return {
            index + offset: record
            for storage, offset in self._joined(name)
            for index, record in sorted(storage.records.items())
        }

    def counts(self, name: str) -> tuple[int, int]:
        joined = self._joined(name)
        return sum(len(s.records) for s, _ in joined), sum(s.capacity for s, _ in joined)

    def remove(self, name: str, index: int) -> tuple[str, int, Record] | None:
        """The storage it really lay in, its place there and what lay there."""
        for storage, offset in self._joined(name):
            record = storage.records.pop(index - offset, None)
            if record is not None:
                real = next(known for known, other in self.storages.items() if other is storage)
                return real, index - offset, record
        return None

    def put(self, name: str, record: Record) -> tuple[str, int] | None:
        """Where it lies now; into MT means into SM first."""
        for real in ("SM", "ME") if name == "MT" else (name,):
            index = self.storages[real].put(record)
            if index is not None:
                return real, index
        return None
