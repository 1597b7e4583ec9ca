"""The order of the tests."""

import pytest

LONGEST = "test_a_month_of_trouble"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test first: begun last, it would go on alone when all others have ended."""
    items.sort(key=lambda item: not item.name.startswith(LONGEST))
