"""docs/apis.md as something to run: its calls in their order, each with the answer that the page promises.

A call is a block ``sh`` that has ``curl`` in it, followed by a block ``http``: the status, then the body. Comments,
which readers do not see, tie calls together:

    <!-- MESSAGE = id -->                      $MESSAGE is that member of the JSON answer above (``data.0.id``)
    <!-- +13105551212 writes: Hello -->        an SMS comes in before the next call
"""

import asyncio
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_BLOCK = re.compile(
    r"^```sh\n(?P<command>(?:(?!^```).)*)^```\n+^```http\n(?P<status>\d{3})[^\n]*\n(?P<body>.*?)^```$"
    r"|^<!-- (?P<name>[A-Z_]+) = (?P<place>[\w.-]+) -->$"
    r"|^<!-- (?P<phone>\+\d+) writes: (?P<text>.*?) -->$",
    re.MULTILINE | re.DOTALL,
)
_LONGEST = 116  # characters of a line of an answer, where it can be broken
_MOST_LINES = 12  # of an answer that is no JSON
_TAKES_BODY = ("-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form", "-T")
_BY_STATE = (".state_at", ".counts", ".states")  # whose members are states: which, is a matter of moments
ELLIPSIS = "…"


@dataclass(slots=True)
class Call:
    """One command and its promised answer. start, end: where the answer stands in the page."""

    command: str
    status: int
    body: str
    start: int
    end: int
    bound: dict[str, str] = field(default_factory=dict)

    def requests(self) -> Iterator[tuple[str, str]]:
        """Method and path of what the command asks for."""
        words = shlex.split(self.command.replace("\\\n", " "))
        assert "curl" in words, self.command
        url = next(word for word in words if word.startswith("$URL"))
        method = next((words[n + 1] for n, word in enumerate(words) if word in ("-X", "--request")), "")
        if not method:
            posts = any(word in _TAKES_BODY for word in words) and not {"-G", "--get"} & {*words}
            method = "POST" if posts else "GET"
        yield method, url.removeprefix("$URL").partition("?")[0]


@dataclass(frozen=True, slots=True)
class Inbound:
    """An SMS that comes in."""

    sender: str
    text: str


def steps(page: str) -> list[Call | Inbound]:
    """Everything of the page that happens, in its order."""
    found: list[Call | Inbound] = []
    for hit in _BLOCK.finditer(page):
        if hit["command"] is not None:
            body = hit["body"]
            found.append(Call(hit["command"].strip(), int(hit["status"]), body, hit.start("status"), hit.end("body")))
        elif hit["name"] is not None:
            call = found[-1]
            assert isinstance(call, Call)
            call.bound[hit["name"]] = hit["place"]
        else:
            found.append(Inbound(hit["phone"], hit["text"]))
    return found


async def run(command: str, environ: Mapping[str, str]) -> tuple[int, str]:
    """Status and body of what the command got."""
    script = f"curl() {{ command curl -sS --max-time 20 -w '\\n%{{http_code}}' \"$@\"; }}\n{command}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", script),
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | dict(environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    body, _, status = out.decode().rpartition("\n")
    assert status.isdigit(), f"{command}\n{out.decode()}{err.decode()}"
    return int(status), body


def place(body: str, path: str) -> str:
    """The member of a JSON body that ``data.0.id`` means."""
    value = json.loads(body)
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return str(value)


def differences(told: str, real: str) -> list[str]:
    """What of the real body is not of the shape that the page tells."""
    try:
        known = json.loads(told)
    except ValueError:
        first = told.strip().partition("\n")[0].removesuffix(ELLIPSIS)
        return [] if real.startswith(first[:5]) and bool(real) == bool(first) else [f"{told!r} and not {real!r}"]
    try:
        return list(_unlike(known, json.loads(real), "body"))
    except ValueError:
        return [f"no JSON: {real!r}"]


def _unlike(told: Any, real: Any, where: str) -> Iterator[str]:
    if where.endswith(_BY_STATE):
        return
    match told, real:
        case (None, _) | (_, None):
            return
        case dict(), dict():
            for name in sorted(told.keys() ^ real.keys()):
                yield f"{where}.{name} is {'not there' if name in told else 'not on the page'}"
            for name in told.keys() & real.keys():
                yield from _unlike(told[name], real[name], f"{where}.{name}")
        case list(), list():
            if bool(told) != bool(real):
                yield f"{where} has {len(real)} elements and not {len(told)}"
            for one, other in zip(told, real, strict=False):
                yield from _unlike(one, other, f"{where}[]")
        case _:
            if type(told) is not type(real):
                yield f"{where} is {real!r}, of another type than {told!r}"


def answer(status: int, body: str) -> str:
    """The answer as the page shows it."""
    try:
        shown = _wrapped(json.loads(body))
    except ValueError:
        lines = body.splitlines()
        shown = "\n".join([*lines[:_MOST_LINES], *([ELLIPSIS] if len(lines) > _MOST_LINES else [])])
    return f"{status}\n{shown}\n" if shown else f"{status}\n"


def _wrapped(value: Any, indent: str = "") -> str:
    """JSON in as few lines as fit."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= _LONGEST or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + "  "
    if isinstance(value, list):
        pieces, ends = [_wrapped(one, inner) for one in value], "[]"
    else:
        pieces = [f"{json.dumps(name)}: {_wrapped(one, inner)}" for name, one in value.items()]
        ends = "{}"
    lines = [inner]
    for number, piece in enumerate(pieces):
        text = piece + ("," if number < len(pieces) - 1 else "")
        if lines[-1] != inner and ("\n" in piece or len(lines[-1]) + 1 + len(text) > _LONGEST):
            lines.append(inner)
        lines[-1] += text if lines[-1] == inner else f" {text}"
    return f"{ends[0]}\n" + "\n".join(lines) + f"\n{indent}{ends[1]}"
