"""``simgate lines``: what each SIM and its modem are doing."""

from argparse import Namespace
from time import monotonic
from urllib.parse import quote

from gateway.cli.client import Client, Json, client_of
from gateway.cli.exits import Exit, Failure
from gateway.cli.output import local, say, show_json, show_table
from gateway.domain.command import PATIENCE_S


def list_(arguments: Namespace) -> int:
    client = client_of(arguments)
    lines = list(client.pages("/v1/lines", {}, 10_000))
    if arguments.output == "json":
        show_json(lines)
        return Exit.OK
    columns = {
        "name": "NAME", "state": "STATE", "number": "NUMBER", "operator": "OPERATOR", "signal": "SIGNAL",
        "registration": "REGISTRATION", "queued": "QUEUED", "sent_today": "SENT TODAY", "left": "LEFT", "reason": "WHY",
    }  # fmt: skip
    show_table([_row(line) for line in lines], columns)
    return Exit.OK


def _row(line: Json) -> Json:
    dbm = line.get("signal_dbm")
    return line | {
        "number": line.get("number") or line.get("msisdn"),
        "signal": "" if dbm is None else f"{dbm} dBm",
        "operator": " ".join(word for word in (line.get("operator"), line.get("technology")) if word),
        "reason": _why(line),
        "left": line["quota_left"]["today"],
    }


def _why(line: Json) -> str:
    """Why it sends nothing, where it does not; and what else needs a person."""
    found = []
    if line["state"] != "up":
        found.append(str(line.get("reason")))
    elif (rest := line.get("rest")) is not None:
        found.append(f"{rest['text']}, until {local(rest['until'])}")
    low = [f"{fill['storage']} nearly full: {fill['used']} of {fill['size']}" for fill in line.get("storages_low", ())]
    return "; ".join(found + low)


def pause(arguments: Namespace) -> int:
    return _set_paused(arguments, paused=True)


def resume(arguments: Namespace) -> int:
    return _set_paused(arguments, paused=False)


def ussd(arguments: Namespace) -> int:
    """Ask, wait for the network's answer, print it."""
    client = client_of(arguments)
    modem = modem_of(client, arguments.line)
    asked = client.call("POST", f"/v1/modems/{modem}/ussd", {"code": arguments.code})
    done = ended(client, asked["id"])
    if arguments.output == "json":
        show_json(done)
    elif done["state"] == "done":
        say(done["text"])
        if done["wants_reply"]:
            say(f"(it asks for a reply: simgate ussd {arguments.line} REPLY)")
    return exit_of(done)


def restart(arguments: Namespace) -> int:
    client = client_of(arguments)
    asked = client.call("POST", f"/v1/modems/{modem_of(client, arguments.line)}/restart")
    done = ended(client, asked["id"])
    if arguments.output == "json":
        show_json(done)
    elif done["state"] == "done":
        say(f"the modem of {arguments.line} is rebooting")
    return exit_of(done)


def modem_of(client: Client, line: str) -> str:
    """The id of the modem that a line's SIM was last seen in."""
    wanted = line_of(client, line)
    for modem in client.call("GET", "/v1/modems")["data"]:
        if modem["line"] == wanted["id"]:
            return quote(str(modem["id"]))
    raise Failure(Exit.REFUSED, f"{line} has not been seen in any modem yet: {wanted.get('reason')}")


def ended(client: Client, command: str) -> Json:
    """What came of a command once it has ended; as it stands after ``PATIENCE_S``."""
    path, end = f"/v1/commands/{quote(command)}", monotonic() + PATIENCE_S
    while True:
        found = client.call("GET", path, headers={"Prefer": "wait=30"}, wait_s=30)
        if found["ended_at"] is not None or monotonic() >= end:
            return found


def exit_of(command: Json) -> int:
    if command["error"] is not None:
        raise Failure(Exit.FAILED, command["error"]["message"])
    return Exit.OK if command["state"] == "done" else Exit.TIMED_OUT


def line_of(client: Client, line: str) -> Json:
    """By name, also the configuration's where users gave it another, or id. Raises Failure."""
    for known in client.pages("/v1/lines", {}, 10_000):
        if line in {known["id"], known["name"]}:
            return known
    try:
        if line:
            return client.call("GET", f"/v1/lines/{quote(line, safe='')}")
    except Failure as failure:
        if failure.exit_code is not Exit.REFUSED:
            raise
    raise Failure(Exit.REFUSED, f'there is no line "{line}" (simgate lines list)')


def _set_paused(arguments: Namespace, *, paused: bool) -> int:
    client = client_of(arguments)
    wanted = line_of(client, arguments.line)
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
