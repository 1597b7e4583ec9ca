"""How much was sent and received (native-v1 §7.10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Slice:
    """Messages alike. key: line id or campaign ref, None for those that have none; slot: which quarter of an hour since
    1970 they were accepted in, where days are asked for."""

    direction: str
    state: str
    messages: int
    segments: int
    key: str | None = None
    slot: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One day, line or campaign. states: of what went out."""

    key: str | None
    states: Mapping[str, int]
    sent_segments: int
    received: int
    received_segments: int

    @property
    def sent(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class Report:
    """complete: False when there was more than one look may count; then the oldest is missing."""

    since: datetime
    until: datetime
    complete: bool
    groups: tuple[Group, ...]
