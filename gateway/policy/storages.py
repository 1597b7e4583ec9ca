"""When a storage of a modem counts as nearly full; it is emptied all the time, so one that stays full is stuck."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.line import StorageFill

HIGH = 0.8
"""Of its places. Above it there is little room for what the network has kept back, and a full one receives nothing."""


def is_high(used: int, size: int) -> bool:
    """used, size: in messages. A storage without a place holds nothing back."""
    return size > 0 and used >= HIGH * size


@dataclass(frozen=True, slots=True)
class StorageLook:
    """What one look at all storages has shown.

    low: those that are nearly full, and nothing has left them since the look before.
    undecided: nearly full for the first time, or being emptied, as when the network fills the places that become free:
    the next look tells. freed: of those that are nearly full, how many messages were taken out so far.
    """

    low: tuple[StorageFill, ...] = ()
    undecided: frozenset[str] = frozenset()
    freed: Mapping[str, int] = field(default_factory=dict)


def look(fills: Mapping[StorageFill, int], before: StorageLook) -> StorageLook:
    """Judge how full the storages are at the beginning of a sweep.

    fills: each with how many messages were taken out of it so far; before: the look of the sweep before.
    """
    high = {fill: freed for fill, freed in fills.items() if is_high(fill.used, fill.size)}
    known = {fill.storage for fill in before.low}
    low = tuple(
        fill for fill, freed in high.items() if fill.storage in known or before.freed.get(fill.storage) == freed
    )
    undecided = frozenset(fill.storage for fill in high) - {fill.storage for fill in low}
    return StorageLook(low, undecided, {fill.storage: freed for fill, freed in high.items()})
