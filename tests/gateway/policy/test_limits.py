import pytest

from gateway.domain.line import Limits
from gateway.policy.limits import limit_faults


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"rate_per_minute": 1e-12}, "rate_per_minute"),
        ({"hours": "8-20"}, "hours"),
        ({"hours": "08:00-24:00"}, "hours"),
        ({"hours": "08:00-08:00"}, "hours"),
        ({"days": ()}, "days"),
        ({"days": (1, 1)}, "days"),
        ({"days": (0,)}, "days"),
        ({"parts_for_alerts": 1}, "parts_for_alerts"),
        ({"parts_per_day": 5, "parts_for_alerts": 6}, "parts_for_alerts"),
        ({"parts_per_day": 50, "parts_per_month": 5, "parts_for_alerts": 6}, "parts_for_alerts"),
    ],
)
def test_what_cannot_be_together_is_named(limits, field):
    assert [name for name, _ in limit_faults(Limits(**limits))] == [field]


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"rate_per_minute": 0.0005},
        {"hours": "22:00-06:00", "days": (6, 7)},
        {"parts_per_month": 5, "parts_for_alerts": 5},
    ],
)
def test_what_can_be_is_no_fault(limits):
    assert list(limit_faults(Limits(**limits))) == []
