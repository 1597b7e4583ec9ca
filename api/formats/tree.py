"""What every reader returns and every writer takes."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

Tree: TypeAlias = "str | bool | int | float | UUID | Sequence[Tree] | Mapping[str, Tree] | None"

DEEPEST = 32
"""Levels that a request may nest."""


class NotReadable(ValueError):
    """The text is not of the format; the message is a sentence for the caller, without his text."""


def members(value: Mapping[str, Tree]) -> list[tuple[str, Tree]]:
    """Those that are there."""
    return [(name, member) for name, member in value.items() if member is not None]


def scalar(value: str | bool | int | float | UUID) -> str:
    """A scalar as text: Guids in their N form, booleans as .NET writes them in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.hex if isinstance(value, UUID) else str(value)


def check_depth(value: Tree) -> None:
    """Raises NotReadable for more than ``DEEPEST`` levels."""
    level: list[Tree] = [value]
    for _ in range(DEEPEST + 1):
        inner = [_inner(one) for one in level if isinstance(one, Mapping | Sequence) and not isinstance(one, str)]
        if not inner:
            return
        level = [one for many in inner for one in many]
    raise NotReadable(f"nested over {DEEPEST} levels deep")


def _inner(value: Mapping[str, Tree] | Sequence[Tree]) -> list[Tree]:
    return list(value.values()) if isinstance(value, Mapping) else list(value)
