from datetime import UTC, datetime, timedelta, timezone

import pytest

from gateway.budget import Budget

NOON = datetime(2026, 12, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def sent(budget: Budget, count: int, now: datetime) -> None:
    for _ in range(count):
        budget.took_one(now)


def test_without_a_limit_nothing_is_ever_spent():
    budget = Budget()
    sent(budget, 10_000, NOON)
    assert budget.spent(NOON) is None


def test_a_day_is_spent_until_midnight():
    budget = Budget(per_day=3)
    sent(budget, 2, NOON)
    assert budget.spent(NOON) is None
    sent(budget, 1, NOON)
    assert "3 parts of today" in (budget.spent(NOON) or "")
    assert budget.until(NOON) == datetime(2026, 12, 31, tzinfo=UTC)
    assert budget.spent(NOON + DAY) is None


def test_a_month_is_spent_until_the_first_whatever_the_days_leave():
    budget = Budget(per_day=3, per_month=5)
    sent(budget, 3, NOON)
    sent(budget, 2, NOON + DAY)
    assert "this month" in (budget.spent(NOON + DAY) or "")
    assert budget.until(NOON + DAY) == datetime(2027, 1, 1, tzinfo=UTC)
    assert budget.spent(NOON + 2 * DAY) is None


def test_what_was_sent_before_the_start_counts():
    budget = Budget(per_day=3, per_month=100)
    budget.load(NOON, today=3, this_month=50)
    assert budget.spent(NOON) is not None
    assert budget.spent(NOON + DAY) is None


@pytest.mark.parametrize("day", [1, 28, 31])
def test_the_next_month_is_found_from_every_day(day: int):
    budget = Budget(per_month=1)
    now = datetime(2027, 1, day, 23, 59, tzinfo=UTC)
    sent(budget, 1, now)
    assert budget.until(now) == datetime(2027, 2, 1, tzinfo=UTC)


def test_alerts_may_use_what_is_kept_for_them():
    budget = Budget(per_day=3, for_alerts=1)
    sent(budget, 2, NOON)
    assert "2 parts of today that are not kept for alerts" in (budget.spent(NOON) or "")
    assert budget.spent(NOON, alert=True) is None
    sent(budget, 1, NOON)
    assert "3 parts of today (" in (budget.spent(NOON, alert=True) or "")
    assert budget.spent(NOON + DAY) is None


def test_what_is_kept_for_alerts_is_kept_of_the_month_as_well():
    budget = Budget(per_month=10, for_alerts=4)
    sent(budget, 6, NOON)
    assert "this month" in (budget.spent(NOON) or "")
    assert budget.until(NOON) == datetime(2027, 1, 1, tzinfo=UTC)
    assert budget.spent(NOON, alert=True) is None


def test_a_budget_that_is_changed_counts_on():
    budget = Budget(per_day=3)
    sent(budget, 3, NOON)
    budget.set(5, 0)
    assert budget.spent(NOON) is None
    budget.set(2, 0)
    assert budget.spent(NOON) is not None


def test_the_day_is_that_of_utc_whatever_zone_the_clock_tells():
    late = datetime(2026, 12, 30, 23, 30, tzinfo=UTC)
    budget = Budget(per_day=1)
    budget.load(late.astimezone(timezone(timedelta(hours=2))), today=1, this_month=1)
    assert budget.spent(late) is not None
