"""Send windows: when of the day a message may go out (native-v1 §7.1). Pure: the zones come with the question."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import lru_cache

from gateway.domain.message import SendWindow

_DAY = timedelta(days=1)
_AHEAD = range(-1, 9)  # days looked at: one that began yesterday may still be open, and each weekday comes again

Span = tuple[datetime, datetime]


@lru_cache(maxsize=1024)
def next_open(window: SendWindow, zones: tuple[tzinfo, ...], at: datetime) -> datetime:
    """The moment from ``at`` on, itself included, when the window is open; aware UTC.

    zones: the window must be open in all of them at once. Where they are so far apart that it never is, the first
    counts. A window whose end is not after its start goes on until the next day.
    """
    return _next(_spans_of_all(window, zones, at), at) or _next(_spans(window, zones[0], at), at) or at


def _next(spans: Sequence[Span], at: datetime) -> datetime | None:
    return next((max(start, at) for start, end in spans if end > at), None)


def _spans_of_all(window: SendWindow, zones: Sequence[tzinfo], at: datetime) -> list[Span]:
    common = _spans(window, zones[0], at)
    days = [at + day * _DAY for day in _AHEAD]
    alike = {tuple(zone.utcoffset(day) for day in days): zone for zone in reversed(zones)}  # a country has many names
    for zone in alike.values():
        common = _intersection(common, _spans(window, zone, at))
    return common


def _intersection(ours: Sequence[Span], theirs: Sequence[Span]) -> list[Span]:
    found = ((max(a, c), min(b, d)) for a, b in ours for c, d in theirs)
    return sorted(span for span in found if span[0] < span[1])


def _spans(window: SendWindow, zone: tzinfo, at: datetime) -> list[Span]:
    """When it is open around that moment, in order."""
    first, last = time_of(window.start), time_of(window.end)
    today = at.astimezone(zone).date()
    spans = []
    for days in _AHEAD:
        day = today + days * _DAY
        if day.isoweekday() in window.days:
            end = datetime.combine(day if last > first else day + _DAY, last, zone)
            spans.append((datetime.combine(day, first, zone).astimezone(UTC), end.astimezone(UTC)))
    return spans


def time_of(text: str) -> time:
    """``HH:MM``. Raises ValueError."""
    return time.fromisoformat(text)
