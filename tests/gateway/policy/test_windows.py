"""When a send window is open."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.message import SendWindow
from gateway.policy.windows import next_open

LONDON, BERLIN, NEW_YORK, HONOLULU = (
    ZoneInfo(name) for name in ("Europe/London", "Europe/Berlin", "America/New_York", "Pacific/Honolulu")
)
DAY = SendWindow("08:00", "21:00")


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)  # 20 November is a Friday


@pytest.mark.parametrize(
    ("window", "zones", "now", "opens"),
    [
        (DAY, (LONDON,), at(20, 8), at(20, 8)),
        (DAY, (LONDON,), at(20, 20, 59), at(20, 20, 59)),
        (DAY, (LONDON,), at(20, 21), at(21, 8)),
        (DAY, (LONDON,), at(20, 7, 59), at(20, 8)),
        (DAY, (BERLIN,), at(20, 6), at(20, 7)),
        (SendWindow("08:00", "21:00", days=(1, 2, 3, 4, 5)), (LONDON,), at(20, 21), at(23, 8)),
        (SendWindow("22:00", "06:00"), (LONDON,), at(20, 5), at(20, 5)),
        (SendWindow("22:00", "06:00"), (LONDON,), at(20, 6), at(20, 22)),
        (SendWindow("22:00", "06:00", days=(5,)), (LONDON,), at(21, 5), at(21, 5)),
        (SendWindow("22:00", "06:00", days=(6,)), (LONDON,), at(21, 5), at(21, 22)),
        (SendWindow("00:00", "00:00"), (LONDON,), at(20, 23, 59), at(20, 23, 59)),
        (DAY, (NEW_YORK, HONOLULU), at(20, 13), at(20, 18)),
        (DAY, (NEW_YORK, HONOLULU), at(21, 2), at(21, 18)),
        (SendWindow("08:00", "10:00"), (NEW_YORK, HONOLULU), at(20, 12), at(20, 13)),
        (DAY, (LONDON,), at(24, 21, month=10), at(25, 8, month=10)),
        (DAY, (BERLIN,), at(28, 21, month=3), at(29, 6, month=3)),
    ],
)
def test_the_next_opening(window, zones, now, opens):
    assert next_open(window, zones, now) == opens
