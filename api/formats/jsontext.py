"""JSON (RFC 8259), and JSONL: a JSON document a line."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic_core import from_json

from api.formats.tree import DEEPEST, NotReadable, Tree, check_depth, members

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def read_json(text: str) -> Tree:
    """One document; of a member given twice the last one counts. NaN, lone surrogates and deep nesting are none."""
    try:
        value: Tree = from_json(text.encode("utf-8"), allow_inf_nan=False)
    except ValueError as error:
        raise NotReadable(str(error)) from None
    if text.count("{") + text.count("[") > DEEPEST:  # else it cannot be so deep
        check_depth(value)
    return value


def read_lines(text: str) -> Tree:
    """One document, which may span lines; or else a list of those on each line, blank ones left out."""
    try:
        return read_json(text)
    except NotReadable:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [read_json(line) for line in lines]


def write_json(value: Tree) -> str:
    """Without blanks; non-ASCII characters as they are."""
    return _encode(_plain(value))


def write_lines(value: Tree) -> str:
    """A line for each value of a list, else one; each with its end."""
    values = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return "".join(write_json(one) + "\n" for one in values)


def _plain(value: Tree) -> object:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, Mapping):
        return {name: member if isinstance(member, str | bool) else _plain(member) for name, member in members(value)}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return value
