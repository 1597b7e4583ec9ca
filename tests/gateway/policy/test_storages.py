import pytest

from gateway.domain.line import StorageFill
from gateway.policy.storages import StorageLook, is_high, look


@pytest.mark.parametrize(
    ("used", "size", "high"),
    [(8, 10, True), (7, 10, False), (10, 10, True), (204, 255, True), (203, 255, False), (0, 0, False)],
)
def test_a_storage_is_nearly_full_from_four_places_in_five(used, size, high):
    assert is_high(used, size) is high


def test_one_look_does_not_tell_whether_it_is_stuck():
    found = look({StorageFill("SM", 9, 10): 0, StorageFill("SR", 1, 10): 0}, StorageLook())
    assert (found.low, found.undecided) == ((), {"SM"})


def test_what_is_as_full_at_the_next_look_and_gave_nothing_away_is_stuck():
    full = StorageFill("SM", 9, 10)
    found = look({full: 4}, look({full: 4}, StorageLook()))
    assert (found.low, found.undecided) == ((full,), frozenset())


def test_a_storage_that_the_network_fills_as_fast_as_it_is_emptied_is_not_stuck():
    full = StorageFill("SM", 10, 10)
    found = look({full: 10}, look({full: 0}, StorageLook()))
    assert (found.low, found.undecided) == ((), {"SM"})


def test_it_stays_low_until_it_has_room_again_and_is_new_when_it_fills_up_anew():
    full, fuller, roomy = StorageFill("SR", 8, 10), StorageFill("SR", 9, 10), StorageFill("SR", 3, 10)
    stuck = look({full: 0}, look({full: 0}, StorageLook()))
    stuck = look({fuller: 5}, stuck)
    assert stuck.low == (fuller,)
    freed = look({roomy: 11}, stuck)
    assert freed == StorageLook()
    assert look({full: 11}, freed).undecided == {"SR"}
