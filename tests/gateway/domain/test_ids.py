"""Identifiers that are handed out."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ids import Tracking

HALF = 2**39


@given(
    st.integers(0, HALF - 1),
    st.integers(0, 2**40 - 1),
    st.lists(st.integers(1, 2**40 - 1), min_size=2, max_size=50, unique=True),
)
def test_no_two_messages_have_the_same_tracking_id(half: int, summand: int, nums: list[int]) -> None:
    tracking = Tracking(2 * half + 1, summand)
    told = [tracking.outbound(num) for num in nums]
    assert len(set(told)) == len(nums)
    assert all(len(one) == 15 and one.startswith("smsmt") and one == one.lower() for one in told)
    assert tracking.inbound(nums[0]) == "smsmo" + told[0][5:]
