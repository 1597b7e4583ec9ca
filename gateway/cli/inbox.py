"""``simgate inbox``: what phones sent."""

import time
from argparse import Namespace

from gateway.cli.client import Client, Json, client_of
from gateway.cli.exits import Exit
from gateway.cli.lines import names_of_lines
from gateway.cli.output import local, note, show_json, show_table

LONGEST_WAIT_S = 30  # what one request may ask


def inbox(arguments: Namespace) -> int:
    """Received messages, oldest first; with --wait until one comes or the time is over (exit 5)."""
    client = client_of(arguments)
    query = {"acked": "false" if arguments.new or arguments.ack else None, "after": arguments.after}
    found = _fetch(client, query, arguments.limit, arguments.wait or 0)
    if arguments.ack:
        found = [client.call("POST", f"/v1/inbound/{message['id']}/ack") or message for message in found]
    if arguments.output == "json":
        show_json(found)
    else:
        names = names_of_lines(client)
        show_table([_row(message, names) for message in found], {
            "at": "RECEIVED", "id": "ID", "from": "FROM", "line": "LINE", "handled": "HANDLED", "text": "TEXT",
        })  # fmt: skip
    if arguments.wait and not found:
        note(f"simgate: nothing came within {arguments.wait:.0f} s")
        return Exit.TIMED_OUT
    return Exit.OK


def _fetch(client: Client, query: Json, limit: int, wait_s: float) -> list[Json]:
    """Page after page; only the first may wait."""
    deadline = time.monotonic() + wait_s
    found: list[Json] = []
    while len(found) < limit:
        wait = 0 if found else max(0, min(LONGEST_WAIT_S, int(deadline - time.monotonic())))
        asked = query | {"limit": min(200, limit - len(found)), "wait": wait or None}
        page = client.call("GET", "/v1/inbound", query=asked, wait_s=wait)
        found += page["data"]
        if page["data"]:
            query = query | {"after": page["data"][-1]["id"]}
        if (not page["data"] and time.monotonic() >= deadline - 1) or (page["data"] and not page.get("has_more")):
            break
    return found


def _row(message: Json, names: dict[str, str]) -> Json:
    text = message["text"] or (f"({message['encoding']} data)" if message.get("data") else "")
    return message | {
        "at": local(message.get("received_at") or message["created_at"]),
        "line": names.get(message.get("line") or "", message.get("line")),
        "handled": "yes" if message.get("acked") else "",
        "text": text + (" (incomplete)" if message.get("incomplete") else ""),
    }
