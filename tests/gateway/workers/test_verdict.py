from datetime import UTC, datetime, timedelta

import pytest

from gateway.workers.verdict import retry_after

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, timedelta(0)),
        ("", timedelta(0)),
        ("120", timedelta(minutes=2)),
        (" 5 ", timedelta(seconds=5)),
        ("86401", timedelta(hours=24)),
        ("9" * 400, timedelta(hours=24)),
        ("-5", timedelta(0)),
        ("1.5", timedelta(0)),
        ("soon", timedelta(0)),
        ("１２", timedelta(0)),
        ("Fri, 20 Nov 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Fri, 20 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Sat, 20 Nov 2027 12:10:00 GMT", timedelta(hours=24)),
        ("Fri, 20 Nov 2026 12:10:00 -0000", timedelta(minutes=10)),
        ("Fri, 99 Nov 2026 12:10:00 GMT", timedelta(0)),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_day(header, wait):
    assert retry_after(header, NOW) == wait
