import pytest

from modem.driver.routing import choose_routings
from modem.profiles import GENERIC

EVERYTHING = ((0, 1, 2), (0, 1, 2, 3), (0, 2), (0, 1, 2), (0, 1))


@pytest.mark.parametrize(
    ("offered", "reports", "best"),
    [
        (EVERYTHING, True, (2, 1, 0, 2, 0)),
        (EVERYTHING, False, (2, 1, 0, 1, 0)),
        (((0, 1, 2, 3), (0, 1), (0, 2, 3), (0, 2), (1,)), False, (2, 1, 0, 2, 1)),
        (((2,), (0, 1, 3), (0, 2), (0, 1), (0,)), True, (2, 1, 0, 1, 0)),
        (((0, 1), (0, 1), (0,), (0,), (0,)), True, (1, 1, 0, 0, 0)),
        ((), True, (2, 1, 0, 2, 0)),
        (((0, 1, 2), (0, 1), (0,), (0, 1)), True, (2, 1, 0, 1)),
        (((0, 1), (0, 1)), True, (1, 1)),
        (((3,), (0, 2), (0,), (0, 1), (0, 1)), False, (3, 2, 0, 1, 0)),
    ],
)
def test_the_best_of_what_is_offered_comes_first(
    offered: tuple[tuple[int, ...], ...], reports: bool, best: tuple[int, ...]
) -> None:
    assert choose_routings(GENERIC, offered, stored=True, reports=reports)[0] == best


def test_without_storages_messages_are_handed_over() -> None:
    choices = choose_routings(GENERIC, EVERYTHING, stored=False, reports=False)
    assert choices[0][:2] == (2, 2)
    assert all(choice[1] == 2 for choice in choose_routings(GENERIC, (), stored=False, reports=False))


def test_nothing_is_tried_twice() -> None:
    choices = choose_routings(GENERIC, EVERYTHING, stored=True, reports=True)
    assert len(choices) == len(set(choices))
