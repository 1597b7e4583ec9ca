"""What commands print: tables for people, JSON for programs; never a control character from outside."""

import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def clean(value: Any, *, keep_lines: bool = False) -> str:
    """The text without C0, C1 and direction controls: what an SMS says must not drive a terminal."""
    text = "" if value is None else str(value)
    return (_CONTROL_BUT_LINES if keep_lines else _CONTROL).sub(" ", text)


def say(text: str) -> None:
    """One sentence or line on standard output."""
    sys.stdout.write(f"{clean(text, keep_lines=True)}\n")


def note(text: str) -> None:
    """A remark for the person, on standard error: programs that read standard output never see it."""
    sys.stderr.write(f"{clean(text, keep_lines=True)}\n")


def show_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=True, indent=2) + "\n")


def show_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    """rows under headings. columns: key in a row → heading; the last column may be as long as it likes."""
    lines = [list(columns.values())] + [[clean(row.get(key)) for key in columns] for row in rows]
    widths = [max(_width(line[n]) for line in lines) for n in range(len(columns))]
    for line in lines:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def show_fields(fields: Mapping[str, Any]) -> None:
    """One object: a name and a value a line; empty ones are left out."""
    shown = {name: value for name, value in fields.items() if value not in (None, "", [], {})}
    width = max(map(len, shown), default=0)
    for name, value in shown.items():
        sys.stdout.write(f"{name:<{width}}  {clean(value)}\n")


def local(instant: str | None) -> str:
    """An RFC 3339 instant as this machine's time of day, to the second."""
    if not instant:
        return ""
    return datetime.fromisoformat(instant).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def short(text: str, width: int = 60) -> str:
    """The beginning of a text, on one line."""
    line = clean(text)
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _width(text: str) -> int:
    """Columns on a screen: East Asian wide characters and emoji take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
