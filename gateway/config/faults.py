"""Faults of the configuration as sentences: the key, what was given, what is allowed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, get_args, get_type_hints

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_SECRET = frozenset({"pin"})


@dataclass(frozen=True, slots=True)
class ConfigFault:
    """One thing wrong. key: where, as ``http.port`` or ``lines[2].pin``; text: what was given, what is allowed."""

    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


class ConfigError(Exception):
    """The configuration cannot be used; every fault is in ``faults``."""

    def __init__(self, source: str, faults: tuple[ConfigFault, ...]) -> None:
        self.source = source
        self.faults = faults
        super().__init__("\n".join([f"{source} cannot be used:", *(f"  {fault}" for fault in faults)]))


def explain(error: ErrorDetails, root: type) -> ConfigFault:
    """What pydantic found, said with the key, what was given and what is allowed."""
    place = error["loc"]
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")
    owner, info = _described(root, place)
    if error["type"] in {"unexpected_keyword_argument", "extra_forbidden"}:
        return ConfigFault(key, _unknown(str(place[-1]), owner))
    if error["type"] in {"missing", "missing_argument", "missing_keyword_only_argument"}:
        return ConfigFault(key, f"it is missing; {_allowed(info)}")
    if place and place[-1] in _SECRET:
        return ConfigFault(key, f"what is given (not shown here) is not allowed; {_allowed(info)}")
    return ConfigFault(key, f"{_shown(error['input'])} is not allowed; {_allowed(info)}")


def _unknown(name: str, owner: type | None) -> str:
    known = [one.name for one in fields(owner)] if owner else []
    near = get_close_matches(name, known, n=1)
    return (
        f"there is no such key; did you mean {near[0]}?" if near else f"there is no such key; known: {', '.join(known)}"
    )


def _described(root: type, place: tuple[int | str, ...]) -> tuple[type | None, FieldInfo | None]:
    """The table that the last step of a place belongs to, and what its annotation says of it."""
    owner: type | None = root
    info: FieldInfo | None = None
    for step in place:
        if isinstance(step, int):
            continue
        if info is None and step != place[0]:
            break
        hint = get_type_hints(owner, include_extras=True).get(step) if owner else None
        if hint is None:
            return owner, None
        info = next((one for one in _metadata(hint) if isinstance(one, FieldInfo)), FieldInfo())
        inner = next((one for one in (hint, *get_args(hint)) if hasattr(one, "__dataclass_fields__")), None)
        if inner is not None:
            owner = inner
    return owner, info


def _metadata(hint: Any) -> Iterator[Any]:
    """Everything Annotated with, through optional types."""
    yield from getattr(hint, "__metadata__", ())
    for inner in get_args(hint):
        yield from getattr(inner, "__metadata__", ())


def _allowed(info: FieldInfo | None) -> str:
    return f"allowed: {info.description}" if info is not None and info.description else "allowed: a table of keys"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"
