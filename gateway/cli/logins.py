"""``simgate accounts login``: users and passwords, through the running daemon, else on its database."""

import sys
from argparse import Namespace
from getpass import getpass

from gateway.cli.access import bounds
from gateway.cli.exits import Exit, Failure
from gateway.cli.local import administer
from gateway.cli.output import local, say, show_json, show_table

LONGEST = 1024  # octets of a line that is read as a password; what one may be, the gateway says


def add(arguments: Namespace) -> int:
    request = {"account": arguments.account, "username": arguments.user, "password": _password(), **bounds(arguments)}
    made = administer(arguments, "accounts.login.add", request)
    if arguments.output == "json":
        show_json(made)
    else:
        say(f"{made['username']}  {made['account']}")
    return Exit.OK


def list_(arguments: Namespace) -> int:
    logins = administer(arguments, "accounts.login.list", {"account": arguments.account})
    if arguments.output == "json":
        show_json(logins)
        return Exit.OK
    rows = [
        login
        | {
            "created": local(login["created_at"]),
            "used": local(login["last_used_at"]) or "never",
            "fronts": ",".join(login["fronts"]) or "all",
            "scopes": ",".join(login["scopes"]),
        }
        for login in logins
    ]
    columns = {
        "username": "USER", "account": "ACCOUNT", "created": "MADE", "used": "LAST USED", "fronts": "FRONTS",
        "scopes": "SCOPES",
    }  # fmt: skip
    show_table(rows, columns)
    return Exit.OK


def remove(arguments: Namespace) -> int:
    removed = administer(arguments, "accounts.login.remove", {"username": arguments.user})
    if arguments.output == "json":
        show_json(removed)
    return Exit.OK


def _password() -> str:
    """From a person twice and unseen; from a program the first line. Raises Failure."""
    if sys.stdin.isatty():
        try:
            first, second = getpass("Password: "), getpass("Once more: ")
        except EOFError:
            raise Failure(Exit.USAGE, "no password was given") from None
        if first != second:
            raise Failure(Exit.USAGE, "the two passwords are not the same")
        return first
    try:
        password = sys.stdin.buffer.readline(LONGEST).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Failure(Exit.USAGE, "the password on standard input is not UTF-8") from None
    if not password:
        raise Failure(Exit.USAGE, "no password came on standard input (printf '%s' … | simgate accounts login add …)")
    return password
