"""Placeholders in a text: ``{{name}}`` and ``{{name|default}}`` (native-v1 §7.7); anything else stands for itself."""

import re
from collections.abc import Mapping

from gateway.domain.errors import Fault, Rejected

NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_PLACEHOLDER = re.compile(r"\{\{[ \t]*([A-Za-z0-9_.-]{1,64})[ \t]*(?:\|([^{}]*))?\}\}", re.ASCII)


def names(text: str) -> tuple[str, ...]:
    """The variables that a text speaks of, each once, in their order."""
    return tuple(dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(text)))


def fill(text: str, variables: Mapping[str, str]) -> str:
    """The text with each placeholder replaced by its variable, else by its default; what is put in is not read again.

    A variable that is empty gives way to a default. Raises Rejected("invalid_request") that names every variable
    which has neither a value nor a default.
    """
    missing: dict[str, None] = {}

    def value(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        given = variables.get(name)
        if given or (given is not None and default is None):
            return given
        if default is None:
            missing[name] = None
            return ""
        return default.strip()

    filled = _PLACEHOLDER.sub(value, text)
    if missing:
        faults = tuple(Fault(f"vars.{name}", "invalid_request", "the text asks for it") for name in missing)
        raise Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=faults)
    return filled
