"""Send windows of messages that wait: a message is not sent outside its own, however long it waited for a line."""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.domain.message import State
from gateway.policy.windows import next_open
from gateway.store.lifecycle import Standing
from gateway.store.rows import extra_of, window_of
from gateway.store.transaction import from_ms, to_ms


def opens_at(standing: Standing, now: int) -> int | None:
    """When its window opens next, in milliseconds; None where it is open, or where there is none to heed.

    A message that went out in part goes on whatever the hour: half of it is worth nothing.
    """
    if standing.row["extra"] is None or standing.state not in {State.SCHEDULED, State.QUEUED}:
        return None
    extra = extra_of(standing.row)
    window = window_of(extra)
    if window is None:
        return None
    zones = tuple(zone for name in extra["zones"] if (zone := _zone(name)) is not None)
    opens = to_ms(next_open(window, zones, from_ms(now))) if zones else now
    return opens if opens > now else None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    """None for one that the system knew when the message was accepted and does not know any more: it must not stop the
    line for all that wait behind it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return None
