"""Checks of what callers write beside messages: names, labels, references."""

import re
from collections.abc import Sequence

from gateway.domain.access import Principal
from gateway.domain.errors import Fault, Rejected

_UNPRINTABLE = re.compile("[\0-\x1f\x7f\u0080-\u009f\ud800-\udfff]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_line(text: str, longest: int, *, shortest: int = 0) -> bool:
    """A text of one line: no control characters, nothing that UTF-8 cannot carry, of so many characters."""
    return shortest <= len(text) <= longest and not _UNPRINTABLE.search(text)


def is_text(text: str, longest: int) -> bool:
    """A text that can be stored, of at most so many characters."""
    return len(text) <= longest and not _UNSTORABLE.search(text)


class Faults:
    """Collects what is wrong with a request, to be told at once."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def need(self, holds: bool, field: str, message: str, code: str = "invalid_request") -> None:
        if not holds:
            self._found.append(Fault(field, code, message))

    def check(self) -> None:
        """Raises Rejected that names every fault, with the first one's code."""
        if self._found:
            raise refusal(self._found)


def refusal(faults: Sequence[Fault]) -> Rejected:
    return Rejected(faults[0].code, f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))


def need_either(by: Principal, *scopes: str) -> None:
    """Raises NotPermitted when the caller has none of these scopes."""
    by.need(next((scope for scope in scopes if scope in by.scopes), scopes[0]))
