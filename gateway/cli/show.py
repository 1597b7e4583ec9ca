"""``simgate show``: one message and its timeline, each try with its line, code and milliseconds."""

from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gateway.cli.client import Client, Json, client_of
from gateway.cli.exits import Exit
from gateway.cli.lines import names_of_lines
from gateway.cli.output import clean, local, say, short, show_fields, show_json, show_table

_WAITING = frozenset({"scheduled", "queued", "sending"})


def show(arguments: Namespace) -> int:
    """What it is, why it waits, its parts where there are several, and each step."""
    client = client_of(arguments)
    message = client.call("GET", f"/v1/messages/{quote(arguments.id)}")
    history = client.call("GET", f"/v1/messages/{quote(arguments.id)}/events")
    waiting = _waiting(client, message)
    if arguments.output == "json":
        show_json(message | {"waiting": waiting, "events": history["data"], "attempts": history["attempts"]})
        return Exit.OK
    names = names_of_lines(client)
    _show_message(message, waiting, names)
    if len(message["parts"]) > 1:
        say("")
        columns = {
            "n": "PART",
            "state": "STATE",
            "attempts": "TRIES",
            "tp_mr": "TP-MR",
            "tp_st": "TP-ST",
            "text": "TEXT",
        }
        show_table([part | {"text": short(part["text"])} for part in message["parts"]], columns)
    say("")
    steps = sorted(timeline(message, history, names), key=lambda step: step["when"])
    show_table(steps, {"at": "AT", "what": "WHAT", "part": "PART", "line": "LINE", "code": "CODE", "ms": "MS"})
    return Exit.OK


def _waiting(client: Client, message: Json) -> Json:
    """Why it is not sent yet; None when it is, or was since it was looked at."""
    if message["state"] not in _WAITING:
        return None
    waiting = client.call("GET", f"/v1/messages/{quote(message['id'])}/waiting")
    return None if waiting["reason"] == "not_waiting" else waiting


def waiting_fields(waiting: Json, names: Mapping[str, str]) -> dict[str, str]:
    """The sentence, and below it one for each line it waits for."""
    if waiting is None:
        return {}
    lines = {f"  {clean(names.get(line['line'], line['line']))}": line["text"] for line in waiting["lines"]}
    return {"waiting": waiting["text"], **lines}


def _show_message(message: Json, waiting: Json, names: Mapping[str, str]) -> None:
    error = message.get("error")
    show_fields(
        {
            "id": message["id"],
            "state": message["state"],
            **waiting_fields(waiting, names),
            "from": message["from"],
            "to": message["to"],
            "line": names.get(message.get("line") or "", message.get("line")),
            "alphabet": f"{message['encoding']}, {message['segments']} part{'s' * (message['segments'] != 1)}",
            "error": error and f"{error['message']} ({code_of(error)})",
            "next try": local(message.get("next_attempt_at")) if message["state"] in _WAITING else "",
            "report": message.get("report"),
            "text": message["text"],
        }
    )


def timeline(message: Json, history: Json, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Each state when it was reached, each try when it began, and what else happened."""
    for state, at in message["state_at"].items():
        yield _step(at, state)
    for attempt in history["attempts"]:
        yield _step(
            attempt["started_at"],
            f"  try: {attempt['outcome'] or 'on its way'}",
            part=attempt["part"],
            line=names.get(attempt["line"], attempt["line"]),
            code=code_of(attempt["error"]),
            ms=_milliseconds(attempt["started_at"], attempt["ended_at"]),
        )
    for takeover in message.get("takeovers", []):
        code = ", ".join(f"{name.upper()} {number}" for name, number in takeover["cause"].items())
        before = clean(names.get(takeover["from"], takeover["from"]))
        line = names.get(takeover["to"], takeover["to"])
        yield _step(takeover["at"], f"taken over from {before}: {takeover['text']}", line=line, code=code)
    for event in history["data"]:
        if event["type"].removeprefix("message.") not in message["state_at"]:
            yield _step(event["timestamp"], f"event {event['type']}")


def code_of(error: Json) -> str:
    """The raw number where there is one, else our word: ``CMS 38``, ``TP-ST 70``, ``submit_outcome_unknown``."""
    if not error:
        return ""
    raw = [f"{name.upper().replace('_', '-')} {number}" for name, number in (error.get("cause") or {}).items()]
    return ", ".join(raw) or str(error["code"])


def _step(at: str, what: str, **more: Any) -> dict[str, Any]:
    when = datetime.fromisoformat(at)
    return {"when": when, "at": when.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], "what": what, **more}


def _milliseconds(start: str, end: str | None) -> int | None:
    if end is None:
        return None
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() * 1000)
