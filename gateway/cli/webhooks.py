"""``simgate webhooks``: the addresses that are told what happens."""

from argparse import Namespace
from urllib.parse import quote

from gateway.cli.client import client_of
from gateway.cli.exits import Exit
from gateway.cli.output import local, note, say, show_fields, show_json, show_table

MOST = 10_000  # endpoints a person wants listed


def list_(arguments: Namespace) -> int:
    hooks = list(client_of(arguments).pages("/v1/webhooks", {}, MOST))
    if arguments.output == "json":
        show_json(hooks)
        return Exit.OK
    rows = [
        hook
        | {
            "on": "on" if hook["enabled"] else f"off: {hook.get('disabled_reason') or 'by a person'}",
            "events": ", ".join(hook.get("events") or ("all",)),
        }
        for hook in hooks
    ]
    show_table(rows, {"id": "ID", "name": "NAME", "format": "FORMAT", "on": "STATE", "events": "EVENTS", "url": "URL"})
    return Exit.OK


def add(arguments: Namespace) -> int:
    body = {"url": arguments.address, "format": arguments.format_}
    if arguments.name:
        body["name"] = arguments.name
    if arguments.event:
        body["events"] = arguments.event
    hook = client_of(arguments).call("POST", "/v1/webhooks", body)
    if arguments.output == "json":
        show_json(hook)
    else:
        show_fields({"id": hook["id"], "url": hook["url"], "secret": hook["secret"]})
        note("Keep the secret: it checks the signatures and is not shown again.")
    return Exit.OK


def delete(arguments: Namespace) -> int:
    client_of(arguments).call("DELETE", f"/v1/webhooks/{quote(arguments.id)}")
    return Exit.OK


def test(arguments: Namespace) -> int:
    answer = client_of(arguments).call("POST", f"/v1/webhooks/{quote(arguments.id)}/test")
    if arguments.output == "json":
        show_json(answer)
    else:
        say(f"A test event is on its way; simgate webhooks deliveries {arguments.id} tells how it went.")
    return Exit.OK


def replay(arguments: Namespace) -> int:
    body = {"only": "all" if arguments.all else "failed", "since": arguments.since, "until": arguments.until}
    given = {name: value for name, value in body.items() if value is not None}
    answer = client_of(arguments).call("POST", f"/v1/webhooks/{quote(arguments.id)}/replay", given)
    if arguments.output == "json":
        show_json(answer)
    else:
        say("They are on their way again.")
    return Exit.OK


def deliveries(arguments: Namespace) -> int:
    query = {"webhook": arguments.id, "state": arguments.state}
    found = list(client_of(arguments).pages("/v1/deliveries", query, arguments.limit))
    if arguments.output == "json":
        show_json(found)
        return Exit.OK
    rows = [one | {"at": local(one.get("created_at")), "next": local(one.get("next_at"))} for one in found]
    show_table(
        rows,
        {
            "at": "AT", "id": "ID", "event_type": "EVENT", "state": "STATE", "attempts": "TRIES",
            "last_status": "STATUS", "next": "NEXT", "last_error": "WHY",
        },
    )  # fmt: skip
    return Exit.OK
