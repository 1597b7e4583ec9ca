"""``simgate send``, ``list`` and ``cancel``."""

import sys
import time
import uuid
from argparse import Namespace

from gateway.cli.client import Client, Json, client_of
from gateway.cli.exits import Exit, Failure
from gateway.cli.lines import names_of_lines
from gateway.cli.output import local, note, say, short, show_fields, show_json, show_table

POLL_S = 0.5  # between two looks at a message that is waited for
LONGEST_WAIT_S = 30  # what one request may ask of ``Prefer: wait``
_WAITING = frozenset({"scheduled", "queued", "sending"})
_GOOD = frozenset({"sent", "delivered"})
_BAD = frozenset({"undelivered", "failed", "expired", "canceled", "rejected"})


def send(arguments: Namespace) -> int:
    """Send one message; with --wait until the network, or the phone, has it."""
    text = arguments.text
    if text is None or text == "-":
        text = sys.stdin.read().removesuffix("\n")
    client = client_of(arguments)
    draft = {
        "to": arguments.to,
        "text": text,
        "from": arguments.sender,
        "schedule_at": arguments.at,
        "ttl": arguments.ttl,
        "priority": arguments.priority,
        "encoding": arguments.encoding,
        "transliterate": arguments.transliterate or None,
        "flash": arguments.flash or None,
        "client_ref": arguments.client_ref,
    }
    body = {name: value for name, value in draft.items() if value is not None}
    if arguments.dry_run:
        return _preview(client, body, arguments.output)
    headers = {"Idempotency-Key": arguments.idempotency_key or str(uuid.uuid4())}
    if arguments.wait:
        headers["Prefer"] = f"wait={max(1, min(LONGEST_WAIT_S, int(arguments.wait)))}"
    deadline = time.monotonic() + (arguments.wait or 0)
    message = client.call(
        "POST", "/v1/messages", body, headers=headers, wait_s=min(LONGEST_WAIT_S, arguments.wait or 0)
    )
    if arguments.wait:
        message = _settled(client, message, deadline, arguments.until)
    if arguments.output == "json":
        show_json(message)
    else:
        _tell(message)
    return _exit_of(message, arguments)


def _settled(client: Client, message: Json, deadline: float, until: str) -> Json:
    """The message once it is where ``until`` says, or can get no further, or the time is over."""
    open_states = _WAITING if until == "sent" else _WAITING | {"sent"}
    while message["state"] in open_states and not message.get("report") and time.monotonic() < deadline:
        time.sleep(POLL_S)
        message = client.call("GET", f"/v1/messages/{message['id']}")
    return message


def _exit_of(message: Json, arguments: Namespace) -> Exit:
    state = message["state"]
    if state in _BAD:
        return Exit.FAILED
    if not arguments.wait or state == "delivered" or (state in _GOOD and arguments.until == "sent"):
        return Exit.OK
    note(f"simgate: after {arguments.wait:.0f} s the message is still {state}; simgate show {message['id']} tells more")
    return Exit.TIMED_OUT


def _tell(message: Json) -> None:
    parts = f" in {message['segments']} parts" if message["segments"] > 1 else ""
    say(f"{message['id']}  {message['state']}{parts}")
    if message.get("error"):
        note(f"{message['error']['code']}: {message['error']['message']}")


def _preview(client: Client, body: Json, output: str) -> int:
    text = {name: body[name] for name in ("text", "encoding", "transliterate") if name in body}
    preview = client.call("POST", "/v1/messages/preview", text)
    if output == "json":
        show_json(preview)
        return Exit.OK
    odd = "".join(str(sign) for sign in preview.get("non_gsm_characters") or ())
    show_fields(
        {
            "alphabet": preview["encoding"],
            "characters": preview.get("characters"),
            "parts": preview["segments"],
            "left": preview.get("units_left"),
            "why not gsm7": odd,
            "plain text": preview.get("suggested_text"),
        }
    )
    return Exit.OK


def list_(arguments: Namespace) -> int:
    """Messages that match, newest first."""
    client = client_of(arguments)
    query = {
        "state": ",".join(arguments.state) if arguments.state else None,
        "direction": arguments.direction,
        "to": arguments.to,
        "from": arguments.sender,
        "line": arguments.line,
        "q": arguments.q,
    }
    found = list(client.pages("/v1/messages", query, arguments.limit))
    if arguments.output == "json":
        show_json(found)
        return Exit.OK
    names = names_of_lines(client)
    columns = {
        "at": "AT", "id": "ID", "direction": "DIR", "state": "STATE", "from": "FROM", "to": "TO", "line": "LINE",
        "segments": "PARTS", "text": "TEXT",
    }  # fmt: skip
    show_table([_row(message, names) for message in found], columns)
    return Exit.OK


def _row(message: Json, names: dict[str, str]) -> Json:
    return message | {
        "at": local(message["created_at"]),
        "line": names.get(message.get("line") or "", message.get("line")),
        "text": short(message["text"]),
    }


def cancel(arguments: Namespace) -> int:
    """Cancel each; the first refusal decides the exit code, the others are tried all the same."""
    client = client_of(arguments)
    refused: Failure | None = None
    canceled = []
    for id_ in arguments.ids:
        try:
            message = client.call("POST", f"/v1/messages/{id_}/cancel")
        except Failure as failure:
            if failure.exit_code != Exit.REFUSED:
                raise
            refused = refused or Failure(failure.exit_code, f"{id_}: {failure}")
            continue
        canceled.append(message)
        if arguments.output == "table":
            say(f"{message['id']}  {message['state']}")
    if arguments.output == "json":
        show_json(canceled)
    if refused is not None:
        raise refused
    return Exit.OK
