"""How much an account sent and received, by day, line or campaign (native-v1 §7.10)."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, Rejected
from gateway.domain.stats import Group, Report, Slice
from gateway.store.contract import Store
from gateway.store.stats import PIECE, SLOT_MS

USUAL = timedelta(days=30)
LONGEST = timedelta(days=400)
MOST = 1_000_000  # messages that one look counts


class Stats:
    """Counted when asked for, so that sending pays nothing for it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def report(
        self, group_by: str, *, by: Principal, since: datetime | None = None, until: datetime | None = None
    ) -> Report:
        """Messages accepted or received within a time, the last 30 days if none is given. Needs messages:read.

        group_by: "day" (in the account's time zone), "line" or "campaign". Raises Rejected("invalid_request") for more
        than 400 days, or an end before the start.
        """
        by.need("messages:read")
        until = until or self._clock.now() + timedelta(milliseconds=1)  # what was accepted just now is in it
        since = since or until - USUAL
        if not since <= until <= since + LONGEST:
            message = f"since: before until, and at most {LONGEST.days} days"
            raise Rejected("invalid_request", message, faults=(Fault("since", "invalid_request", message),))
        tally = _Tally(group_by, _zone(by.account.settings.timezone))
        before: int | None = None
        for _ in range(MOST // PIECE):
            piece = await self._store.stats.piece(by.account.name, group_by, since, until, before)
            tally.add(piece.slices)
            before = piece.before
            if before is None:
                break
        return Report(since, until, before is None, tally.groups())


@dataclass(slots=True)
class _Tally:
    group_by: str
    zone: ZoneInfo
    states: dict[str | None, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    others: dict[str | None, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, slices: tuple[Slice, ...]) -> None:
        for one in slices:
            key = one.key if one.slot is None else self._day(one.slot)
            if one.direction == "out":
                self.states[key][one.state] += one.messages
                self.others[key]["sent_segments"] += one.segments
            else:
                self.others[key]["received"] += one.messages
                self.others[key]["received_segments"] += one.segments

    def groups(self) -> tuple[Group, ...]:
        """The newest day first; lines and campaigns by their names, what has none last."""
        found = sorted(self.others, key=lambda key: (key is None, key), reverse=self.group_by == "day")
        return tuple(
            Group(
                key,
                dict(sorted(self.states[key].items())),
                self.others[key]["sent_segments"],
                self.others[key]["received"],
                self.others[key]["received_segments"],
            )
            for key in found
        )

    def _day(self, slot: int) -> str:
        return datetime.fromtimestamp(slot * SLOT_MS / 1000, UTC).astimezone(self.zone).date().isoformat()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # a zone that this system does not know any more
        return ZoneInfo("UTC")
