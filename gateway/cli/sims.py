"""``simgate lines smsc`` and ``pin``: what is on a line's SIM, and what its owner does to it."""

import sys
from argparse import Namespace
from getpass import getpass

from gateway.cli.client import Json, client_of
from gateway.cli.exits import Exit
from gateway.cli.lines import ended, exit_of, modem_of
from gateway.cli.output import say, show_json

LONGEST = 64  # octets of a line that is read as a PIN; what one may be, the gateway says


def service_centre(arguments: Namespace) -> int:
    client = client_of(arguments)
    path = f"/v1/modems/{modem_of(client, arguments.line)}/service-centre"
    if arguments.number is None:
        return _show(arguments, client.call("GET", path))
    done = ended(client, client.call("PUT", path, {"number": arguments.number})["id"])
    if arguments.output == "json":
        show_json(done)
    elif done["state"] == "done":
        say(f"the SIM of {arguments.line} has {done['code']}")
    return exit_of(done)


def _show(arguments: Namespace, centre: Json) -> int:
    if arguments.output == "json":
        show_json(centre)
    elif centre["number"] is None:
        say(f"the SIM of {arguments.line} has no service centre: simgate lines smsc {arguments.line} NUMBER")
    else:
        say(f"{centre['number']}  (since {centre['at']})")
    return Exit.OK


def pin(arguments: Namespace) -> int:
    """The PIN is no argument: those are to be seen in the list of processes."""
    client = client_of(arguments)
    path = f"/v1/modems/{modem_of(client, arguments.line)}/pin"
    entered = getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.buffer.readline(LONGEST).decode(errors="replace")
    done = ended(client, client.call("POST", path, {"pin": entered.rstrip("\r\n")})["id"])
    if arguments.output == "json":
        show_json(done)
    elif done["state"] == "done":
        say(f"the SIM of {arguments.line} is unlocked")
    return exit_of(done)
