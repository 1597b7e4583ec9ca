"""``simgate lines``: what each SIM and its modem are doing."""

from argparse import Namespace
from urllib.parse import quote

from gateway.cli.client import Client, Json, client_of
from gateway.cli.exits import Exit, Failure
from gateway.cli.output import say, show_json, show_table


def list_(arguments: Namespace) -> int:
    client = client_of(arguments)
    lines = list(client.pages("/v1/lines", {}, 10_000))
    if arguments.output == "json":
        show_json(lines)
        return Exit.OK
    columns = {
        "name": "NAME", "state": "STATE", "number": "NUMBER", "operator": "OPERATOR", "signal": "SIGNAL",
        "registration": "REGISTRATION", "queued": "QUEUED", "sent_today": "SENT TODAY", "reason": "WHY",
    }  # fmt: skip
    show_table([_row(line) for line in lines], columns)
    return Exit.OK


def _row(line: Json) -> Json:
    dbm = line.get("signal_dbm")
    return line | {
        "number": line.get("number") or line.get("msisdn"),
        "signal": "" if dbm is None else f"{dbm} dBm",
        "reason": "" if line["state"] == "up" else line.get("reason"),
    }


def pause(arguments: Namespace) -> int:
    return _set_paused(arguments, paused=True)


def resume(arguments: Namespace) -> int:
    return _set_paused(arguments, paused=False)


def _set_paused(arguments: Namespace, *, paused: bool) -> int:
    client = client_of(arguments)
    wanted = next(
        (line for line in client.pages("/v1/lines", {}, 10_000) if arguments.line in {line["id"], line["name"]}), None
    )
    if wanted is None:
        raise Failure(Exit.REFUSED, f'there is no line "{arguments.line}" (simgate lines list)')
    line = client.call("PATCH", f"/v1/lines/{quote(wanted['id'])}", {"paused": paused})
    if arguments.output == "json":
        show_json(line)
    else:
        say(f"{line['name']}  {line['state']}")
    return Exit.OK


def names_of_lines(client: Client) -> dict[str, str]:
    """Line id → name; empty when the key may not read lines."""
    try:
        return {line["id"]: line["name"] for line in client.pages("/v1/lines", {}, 10_000)}
    except Failure as failure:
        if failure.exit_code != Exit.CREDENTIALS:
            raise
        return {}
