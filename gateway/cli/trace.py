"""``simgate trace``: what goes between the gateway and one line's modem, live, with numbers and texts masked."""

import json
import sys
from argparse import Namespace
from datetime import datetime
from time import monotonic
from typing import Any
from urllib.parse import quote

from gateway.cli.client import client_of
from gateway.cli.exits import Exit
from gateway.cli.output import clean, note, say

ARROWS = {"out": ">", "in": "<", "note": "#"}


def trace(arguments: Namespace) -> int:
    """Until Ctrl-C, the end of --for, or that of the gateway; all three are exit 0."""
    path = f"/v1/lines/{quote(arguments.line, safe='')}/trace"
    show = _show_json if arguments.output == "json" else _show
    began = monotonic()
    try:
        for told in client_of(arguments).stream(path, at_most_s=arguments.seconds):
            show(told)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return Exit.OK
    if arguments.seconds is None or monotonic() - began < arguments.seconds:
        note("the gateway has stopped, or the key is no good any more")
    return Exit.OK


def _show(told: Any) -> None:
    """Time, milliseconds since the line before, line, whose word, what."""
    at = datetime.fromisoformat(told["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
    since = "" if told["since_ms"] is None else f"+{told['since_ms']}"
    say(f"{at} {since:>7}  {clean(told['line'])}  {ARROWS.get(told['direction'], '?')} {clean(told['text'])}")


def _show_json(told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=True) + "\n")
