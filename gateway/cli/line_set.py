"""``simgate lines set``: what a line may send, and what it is called, by the names of the configuration."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from gateway.cli.client import Json, client_of
from gateway.cli.exits import Exit, Failure
from gateway.cli.lines import line_of
from gateway.cli.output import say, show_fields, show_json


def _whole(text: str) -> int:
    return int(text)


def _weekdays(text: str) -> list[int]:
    return [int(day) for day in text.split(",")]


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


LIMITS: Mapping[str, Callable[[str], Any]] = {
    "rate_per_minute": float,
    "burst": _whole,
    "parts_per_day": _whole,
    "parts_per_month": _whole,
    "parts_for_alerts": _whole,
    "hours": str,
    "days": _weekdays,
    "timezone": str,
    "block_after": _whole,
    "block_for_s": _whole,
}
OTHERS: Mapping[str, Callable[[str], Any]] = {
    "name": str,
    "number": str,
    "webhook": str,
    "campaign": str,
    "aliases": _words,
}


def set_(arguments: Namespace) -> int:
    """Each KEY=VALUE; KEY= alone goes back to what the configuration says, or takes it away."""
    body = body_of(arguments.settings)
    client = client_of(arguments)
    wanted = line_of(client, arguments.line)
    line = client.call("PATCH", f"/v1/lines/{quote(wanted['id'])}", body)
    if arguments.output == "json":
        show_json(line)
    else:
        say(f"{line['name']}  {line['state']}")
        show_fields({name: _shown(value) for name, value in line["limits"].items()})
        if line["overrides"]:
            say(f"set here, not in the configuration: {', '.join(line['overrides'])}")
    return Exit.OK


def body_of(settings: list[str]) -> Json:
    """What the API is asked for. Raises Failure for a key or a value that is none."""
    body: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        read = LIMITS.get(key) or OTHERS.get(key)
        if not equals or read is None:
            raise Failure(Exit.USAGE, f'"{setting}" is not KEY=VALUE; keys: {", ".join([*OTHERS, *LIMITS])}')
        try:
            value = read(text) if text else [] if key == "aliases" else None
        except ValueError:
            raise Failure(Exit.USAGE, f'{key}: "{text}" is not allowed') from None
        if key in LIMITS:
            body.setdefault("limits", {})[key] = value
        else:
            body[key] = value
    return body


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
