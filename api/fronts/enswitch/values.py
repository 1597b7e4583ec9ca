"""Parameters that are more than texts: each gives its value, and what is wrong with it by its name."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from api.fronts.enswitch.parameters import Parameters

LAST_SECOND = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
LARGEST = 10**18  # what is beyond no number of ours can be

_INTEGER = re.compile(r"[+-]?[0-9]+")

T = TypeVar("T")


def integer(text: str) -> int | None:
    """A written integer, LARGEST for any larger one; None for what is none."""
    if not _INTEGER.fullmatch(text):
        return None
    digits = text.lstrip("+-").lstrip("0") or "0"
    size = int(digits) if len(digits) < len(str(LARGEST)) else LARGEST
    return -size if text.startswith("-") else size


def moment(given: Parameters, name: str) -> tuple[datetime | None, dict[str, str]]:
    """A parameter in Unix seconds; None where it is absent."""
    text = given.text(name)
    if not text and name not in given.faults:
        return None, {}
    seconds = integer(text)
    if seconds is None or not 0 <= seconds < LAST_SECOND:
        return None, {name: "Must be a time in Unix seconds."}
    return datetime.fromtimestamp(seconds, UTC), {}


def switch(given: Parameters, name: str, values: Mapping[str, T]) -> tuple[T, dict[str, str]]:
    """A parameter that is one of a few words; the empty one is its default."""
    text = given.text(name)
    if name in given.faults or text not in values:
        return values[""], {name: f"One of {', '.join(word for word in values if word)}."}
    return values[text], {}
