"""What limits of a line cannot be together, and how hours are written. Pure."""

import re
from collections.abc import Iterator

from gateway.domain.line import Limits

HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"
_HOURS = re.compile(HOURS)

LEAST_RATE = 0.0005  # parts a minute: one in 33 hours; slower is a pause, and some day out of the calendar


def limit_faults(limits: Limits) -> Iterator[tuple[str, str]]:
    """Each field that cannot be so, and why."""
    if 0 < limits.rate_per_minute < LEAST_RATE:
        yield "rate_per_minute", f"0 for no limit, or at least {LEAST_RATE}"
    start, _, end = limits.hours.partition("-")
    if limits.hours and not _HOURS.fullmatch(limits.hours):
        yield "hours", 'as "08:00-20:00", or "" for any'
    elif limits.hours and start == end:
        yield "hours", 'they begin when they end; "" means any'
    if not limits.days or not set(limits.days) <= set(range(1, 8)) or len(set(limits.days)) < len(limits.days):
        yield "days", "weekdays from 1 (Monday) to 7, each once"
    for name in ("parts_per_day", "parts_per_month"):
        limit = getattr(limits, name)
        if limit and limits.parts_for_alerts > limit:
            yield "parts_for_alerts", f"not more than {name}"
    if limits.parts_for_alerts and not (limits.parts_per_day or limits.parts_per_month):
        yield "parts_for_alerts", "it is a part of parts_per_day or parts_per_month, and there is neither"
