"""What bodies of every format are made with."""

import json
from collections.abc import Mapping
from typing import Any


def as_json(body: Mapping[str, Any]) -> bytes:
    """JSON without blanks, in the order given, UTF-8."""
    # a lone surrogate, which UTF-8 cannot carry, must not stop the delivery of everything around it
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def digits(number: object) -> str:
    """International numbers go without their plus; names stay as they are."""
    return str(number or "").removeprefix("+")
