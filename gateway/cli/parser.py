"""The command line: every verb with its arguments; ``handler`` names the module and function that does it."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from gateway.cli.exits import Exit
from gateway.domain.webhook import FORMATS

STATES = (
    "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "unknown", "expired", "canceled",
    "rejected", "received",
)  # fmt: skip

NOUNS = frozenset({"lines", "keys", "accounts", "webhooks"})
_HELP = frozenset({"-h", "--help"})

_EPILOG = """\
exit codes: 0 ok, 1 usage, 2 refused, 3 gateway unreachable, 4 credentials, 5 timed out waiting, 6 failed for good
start here: simgate demo      (simulated modems, nothing needed)
            simgate setup     (your own modem: configuration, first key, first SMS)
            simgate run --config FILE
something is wrong: simgate doctor, then simgate trace --line NAME"""


class Parser(argparse.ArgumentParser):
    """argparse, with our own exit code for wrong usage."""

    _intermixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Options may stand between the words of a verb: ``send NUMBER --from office TEXT``.

        argparse alone gives an optional word up at the first option that comes before it.
        """
        if self._intermixing or any(action.nargs == argparse.PARSER for action in self._actions):
            return super().parse_known_args(args, namespace)
        self._intermixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._intermixing = False

    def error(self, message: str) -> NoReturn:
        self.print_usage()
        self.exit(Exit.USAGE, f"{self.prog}: {message} (try {self.prog} --help)\n")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of one command; a noun without an action means its list, as in ``simgate lines``."""
    words = list(argv)
    if words and words[0] in NOUNS and (len(words) == 1 or (words[1].startswith("-") and words[1] not in _HELP)):
        words.insert(1, "list")
    return build_parser().parse_args(words)


def build_parser() -> Parser:
    """The whole tree of verbs."""
    parser = Parser(
        prog="simgate",
        description="An SMS gateway on your own SIM cards.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    _daemon_verbs(verbs)
    _message_verbs(verbs)
    _object_verbs(verbs)
    _access_verbs(verbs)
    _file_verbs(verbs)
    return parser


Verbs = Any  # argparse keeps the class of its sub-parsers private


def _verb(verbs: Verbs, name: str, handler: str, help_: str, *parents: Parser) -> Parser:
    verb: Parser = verbs.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", parents=parents)
    verb.set_defaults(handler=handler)
    return verb


def _group(verbs: Verbs, name: str, help_: str) -> Verbs:
    group = verbs.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.")
    return group.add_subparsers(metavar="ACTION", required=True, parser_class=Parser)


def _files() -> Parser:
    options = Parser(add_help=False)
    options.add_argument(
        "--config", type=Path, metavar="FILE", help="configuration (default: /etc/simgate/config.toml)"
    )
    options.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="state directory (default: the service's, or ./var)"
    )
    return options


def _output() -> Parser:
    options = Parser(add_help=False)
    options.add_argument(
        "-o", "--output", choices=("table", "json"), default="table", help="for people or for programs"
    )
    return options


def _remote() -> Parser:
    options = _output()
    options.add_argument("--url", help="the gateway (default: SIMGATE_URL, else http://127.0.0.1:8080)")
    options.add_argument("--key", help="API key (default: SIMGATE_KEY; other users of this machine see arguments)")
    options.add_argument("--key-file", metavar="FILE", help="file that holds the API key")
    return options


def _daemon_verbs(verbs: Verbs) -> None:
    _verb(verbs, "run", "running:run", "run the gateway until it is stopped", _files())
    demo = _verb(verbs, "demo", "running:demo", "show the gateway at work on simulated modems", _data_dir_only())
    demo.add_argument("--once", action="store_true", help="end after the tour; exit 0 only when all of it happened")
    demo.add_argument("--port", type=int, default=8080, help="TCP port (default: 8080, or a free one when it is taken)")
    _setup_verb(verbs)
    simulate = _verb(verbs, "simulate", "running:simulate", "serve simulated modems on pseudo-terminals")
    simulate.add_argument("--modems", type=_positive, metavar="N", help="how many (default: 2, or one of each manner)")
    simulate.add_argument(
        "--manner", action="append", metavar="NAME", help="what they are like, in turn; may be given again; list: which"
    )
    simulate.add_argument("--dir", type=Path, default=Path("var/modems"), help="where their device names appear")


def _setup_verb(verbs: Verbs) -> None:
    setup = _verb(
        verbs, "setup", "setup:setup", "make a modem ready: configuration, first key, first SMS", _files(), _output()
    )
    setup.add_argument("--yes", action="store_true", help="ask nothing, take every default")
    setup.add_argument("--device", metavar="PORT", help="the modem's port (default: all that look like one are asked)")
    setup.add_argument("--name", help="of the line (default: line1)")
    setup.add_argument("--number", help="of the SIM, as +13109060901 (default: what the SIM says)")
    setup.add_argument("--pin-file", type=Path, metavar="FILE", help="file that holds the SIM's PIN alone")
    setup.add_argument("--test-to", metavar="NUMBER", help="send one SMS there")


def _data_dir_only() -> Parser:
    options = Parser(add_help=False)
    options.add_argument(
        "--data-dir", type=Path, metavar="DIR", help="keep its database there (default: a temporary one)"
    )
    return options


def _message_verbs(verbs: Verbs) -> None:
    remote = _remote()
    send = _verb(verbs, "send", "messages:send", "send a message", remote)
    send.add_argument("to", help="recipient, as +13105551212")
    send.add_argument("text", nargs="?", help="the text; without it, or with -, standard input is read")
    send.add_argument("--from", dest="sender", help="line, number or alias to send from (default: any line)")
    send.add_argument("--wait", nargs="?", type=_seconds, const=60.0, metavar="S", help="wait until it is sent (60 s)")
    send.add_argument("--until", choices=("sent", "delivered"), default="sent", help="what --wait waits for")
    send.add_argument("--dry-run", action="store_true", help="only tell alphabet and parts, send nothing")
    send.add_argument("--at", metavar="TIME", help="not before, as 2026-11-21T08:00:00+01:00")
    send.add_argument("--ttl", type=_positive, metavar="S", help="give up after so many seconds (default: 3 days)")
    send.add_argument("--priority", type=int, choices=range(10), metavar="0-9", help="higher goes first (default: 5)")
    send.add_argument("--encoding", choices=("auto", "gsm7", "ucs2"), help="alphabet (default: auto)")
    send.add_argument("--transliterate", action="store_true", help="replace typographic characters by plain ones")
    send.add_argument("--flash", action="store_true", help="show at once, do not store (class 0)")
    send.add_argument("--client-ref", metavar="REF", help="your own word for it")
    send.add_argument("--idempotency-key", metavar="KEY", help="the same key again sends nothing twice")

    listing = _verb(verbs, "list", "messages:list_", "list messages, newest first", remote)
    listing.add_argument("--state", choices=STATES, action="append", help="only these; may be given again")
    listing.add_argument("--direction", choices=("in", "out"))
    listing.add_argument("--to")
    listing.add_argument("--from", dest="sender")
    listing.add_argument("--line")
    listing.add_argument("--text", dest="q", help="part of the text")
    listing.add_argument("--limit", type=_positive, default=20)

    show = _verb(verbs, "show", "show:show", "show a message and all that happened to it", remote)
    show.add_argument("id")
    cancel = _verb(verbs, "cancel", "messages:cancel", "cancel messages that are not being sent yet", remote)
    cancel.add_argument("ids", nargs="+", metavar="id")


def _object_verbs(verbs: Verbs) -> None:
    remote = _remote()
    inbox = _verb(verbs, "inbox", "inbox:inbox", "show received messages, oldest first", remote)
    inbox.add_argument("--after", metavar="ID", help="only those that came after this one")
    inbox.add_argument("--new", action="store_true", help="only those that were not marked as handled")
    inbox.add_argument("--ack", action="store_true", help="mark what is shown as handled")
    inbox.add_argument("--wait", type=_seconds, metavar="S", help="wait for one to come")
    inbox.add_argument("--limit", type=_positive, default=50)

    lines = _group(verbs, "lines", "the SIM cards and their modems")
    _verb(lines, "list", "lines:list_", "list the lines", remote)
    for name, help_ in (("pause", "let a line send nothing for now"), ("resume", "let a paused line send again")):
        _verb(lines, name, f"lines:{name}", help_, remote).add_argument("line", help="name or id")

    set_ = _verb(lines, "set", "line_set:set_", "change what a line may send, and what it is called", remote)
    set_.add_argument("line", help="name or id")
    set_.add_argument(
        "settings",
        nargs="+",
        metavar="KEY=VALUE",
        help="by the names of the configuration, such as burst=5 hours=08:00-20:00",
    )
    trace = _verb(verbs, "trace", "trace:trace", "show the AT traffic of a line's modem, live and masked", remote)
    trace.add_argument("--line", required=True, help="name or id")
    trace.add_argument("--for", dest="seconds", type=_seconds, metavar="S", help="end after so many seconds")

    ussd = _verb(verbs, "ussd", "lines:ussd", "send a USSD code over a line, such as *100#", remote)
    ussd.add_argument("line", help="name or id")
    ussd.add_argument("code", help="the code, or the reply that the network asked for")
    restart = _verb(lines, "restart", "lines:restart", "reboot the modem of a line", remote)
    restart.add_argument("line", help="name or id")

    centre = _verb(lines, "smsc", "sims:service_centre", "show a SIM's service centre, or put one there", remote)
    centre.add_argument("line", help="name or id")
    centre.add_argument("number", nargs="?", help="as +13123149810; needs a key with the scope admin")

    pin = _verb(lines, "pin", "sims:pin", "unlock a SIM with its PIN, read from standard input", remote)
    pin.add_argument("line", help="name or id")

    hooks = _group(verbs, "webhooks", "the addresses that are told what happens")
    _verb(hooks, "list", "webhooks:list_", "list them", remote)
    add = _verb(hooks, "add", "webhooks:add", "add one; its secret is shown this once", remote)
    add.add_argument("address", metavar="URL")
    add.add_argument("--name")
    add.add_argument("--event", action="append", metavar="TYPE", help="only these events, as message.received")
    add.add_argument("--format", dest="format_", choices=FORMATS, default=FORMATS[0])
    for name, help_ in (("delete", "remove one"), ("test", "send it a test event")):
        _verb(hooks, name, f"webhooks:{name}", help_, remote).add_argument("id")
    replay = _verb(hooks, "replay", "webhooks:replay", "deliver again what it missed", remote)
    replay.add_argument("id")
    replay.add_argument("--all", action="store_true", help="also what was delivered")
    replay.add_argument("--since", metavar="TIME")
    replay.add_argument("--until", metavar="TIME")
    tries = _verb(hooks, "deliveries", "webhooks:deliveries", "list what was delivered, or not", remote)
    tries.add_argument("id", nargs="?")
    tries.add_argument("--state", choices=("pending", "delivered", "dead"))
    tries.add_argument("--limit", type=_positive, default=20)


def _access_verbs(verbs: Verbs) -> None:
    local = (_files(), _output())
    keys = _group(verbs, "keys", "API keys")
    add = _verb(keys, "add", "access:keys_add", "make a key and print it, this once", *local)
    add.add_argument("--account", default="default")
    add.add_argument("--name", default="", help="your own word for it")
    _bounds(add)
    _verb(keys, "list", "access:keys_list", "list the keys, without their secrets", *local).add_argument("--account")
    _verb(keys, "revoke", "access:keys_revoke", "make a key useless, at once", *local).add_argument("id")

    accounts = _group(verbs, "accounts", "who may use the gateway, and how")
    for name, help_ in (("add", "make an account"), ("set", "change an account's settings")):
        verb = _verb(accounts, name, f"access:accounts_{name}", help_, *local)
        verb.add_argument("name")
        verb.add_argument(
            "settings", nargs="*", metavar="KEY=VALUE", help="as default_country=DE (config.example.toml)"
        )
    _verb(accounts, "list", "access:accounts_list", "list the accounts", *local)
    show = _verb(accounts, "show", "access:accounts_show", "show an account with all its settings and users", *local)
    show.add_argument("name")
    for name, help_ in (("suspend", "refuse all its keys"), ("resume", "let it work again")):
        _verb(accounts, name, f"access:accounts_{name}", help_, *local).add_argument("name")
    _login_verbs(accounts, local)


def _login_verbs(accounts: Verbs, local: tuple[Parser, ...]) -> None:
    logins = _group(accounts, "login", "users and passwords, for the APIs that carry those")
    add = _verb(logins, "add", "logins:add", "make a user; the password is read from standard input", *local)
    add.add_argument("--account", default="default")
    add.add_argument("user", help='the user name, as "shop" or "shop/till"')
    _bounds(add)
    _verb(logins, "list", "logins:list_", "list the users", *local).add_argument("--account")
    _verb(logins, "remove", "logins:remove", "let a user in no more, at once", *local).add_argument("user")


def _bounds(add: Parser) -> None:
    add.add_argument("--scopes", help="comma-separated (default: every scope but admin)")
    add.add_argument("--fronts", help="comma-separated: the APIs it opens, as v1,smssend (default: all)")
    add.add_argument("--ip", action="append", metavar="NETWORK", help="only from there; may be given again")


def _file_verbs(verbs: Verbs) -> None:
    _verb(verbs, "check-config", "files:check_config", "check the configuration and tell every fault", _files())
    doctor = _verb(verbs, "doctor", "doctor:doctor", "find out what is wrong, and what cures it", _files(), _output())
    doctor.add_argument("--bundle", type=Path, metavar="FILE", help="also write a zip for support, without secrets")
    _verb(verbs, "migrate", "files:migrate", "bring the database to this version", _files())
    backup = _verb(verbs, "backup", "files:backup", "copy the database, also while the gateway runs", _files())
    backup.add_argument("file", type=Path)
    restore = _verb(verbs, "restore", "files:restore", "put a copy in the database's place", _files())
    restore.add_argument("file", type=Path)
    restore.add_argument(
        "--force", action="store_true", help="also when there is a database already (it is kept aside)"
    )
    _verb(verbs, "version", "files:version", "print the version", _output())


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; seconds, more than 0 and at most 86400")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; a whole number, 1 or more")
    return value
