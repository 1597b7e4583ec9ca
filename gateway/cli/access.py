"""``simgate keys`` and ``accounts``: through the running daemon, else on its database."""

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from gateway.cli.apis import known_apis
from gateway.cli.exits import Exit, Failure
from gateway.cli.local import administer
from gateway.cli.output import local, say, show_fields, show_json, show_table
from gateway.domain.access import AccountSettings


def keys_add(arguments: Namespace) -> int:
    """The key alone on standard output, so that a script can keep it."""
    request = {
        "account": arguments.account,
        "name": arguments.name,
        **bounds(arguments),
    }
    made = administer(arguments, "keys.add", request)
    if arguments.output == "json":
        show_json(made)
    else:
        say(made["key"])
    return Exit.OK


def bounds(arguments: Namespace) -> dict[str, Any]:
    """What a new key or login may open."""
    return {
        "scopes": words(arguments.scopes) if arguments.scopes else None,
        "fronts": known_apis(words(arguments.fronts or "")),
        "ip_allow": arguments.ip or [],
    }


def words(text: str) -> list[str]:
    """Comma between them."""
    return [word.strip() for word in text.split(",") if word.strip()]


def keys_list(arguments: Namespace) -> int:
    keys = administer(arguments, "keys.list", {"account": arguments.account})
    rows = [
        key
        | {
            "created": local(key["created_at"]),
            "used": local(key["last_used_at"]) or "never",
            "state": "revoked" if key["revoked_at"] else "",
            "fronts": ",".join(key["fronts"]) or "all",
            "scopes": ",".join(key["scopes"]),
        }
        for key in keys
    ]
    columns = {
        "id": "ID", "account": "ACCOUNT", "name": "NAME", "created": "MADE", "used": "LAST USED", "state": "STATE",
        "fronts": "FRONTS", "scopes": "SCOPES",
    }  # fmt: skip
    return _show(arguments, keys, rows, columns)


def keys_revoke(arguments: Namespace) -> int:
    revoked = administer(arguments, "keys.revoke", {"key": arguments.id})
    if arguments.output == "json":
        show_json(revoked)
    return Exit.OK


def accounts_add(arguments: Namespace) -> int:
    return _account_command(arguments, "accounts.add", settings=_settings(arguments.settings))


def accounts_set(arguments: Namespace) -> int:
    if not arguments.settings:
        raise Failure(Exit.USAGE, "nothing to set; give KEY=VALUE, as default_country=DE")
    return _account_command(arguments, "accounts.set", settings=_settings(arguments.settings))


def accounts_suspend(arguments: Namespace) -> int:
    return _account_command(arguments, "accounts.suspend")


def accounts_resume(arguments: Namespace) -> int:
    return _account_command(arguments, "accounts.resume")


def accounts_list(arguments: Namespace) -> int:
    accounts = administer(arguments, "accounts.list", {})
    rows = [
        account
        | {
            "created": local(account["created_at"]),
            "state": "suspended" if account["suspended_at"] else "",
            "settings": _changed(account["settings"]),
        }
        for account in accounts
    ]
    return _show(
        arguments, accounts, rows, {"name": "NAME", "created": "MADE", "state": "STATE", "settings": "SETTINGS"}
    )


def accounts_show(arguments: Namespace) -> int:
    account = administer(arguments, "accounts.show", {"name": arguments.name})
    if arguments.output == "json":
        show_json(account)
        return Exit.OK
    about = {
        "name": account["name"],
        "id": account["id"],
        "number": account["num"],
        "licensee id": account["licensee_id"],
        "made": local(account["created_at"]),
        "suspended": local(account["suspended_at"]),
        "users": ", ".join(login["username"] for login in account["logins"]),
    }
    show_fields(about | {name: _written(value) for name, value in account["settings"].items()})
    return Exit.OK


def _account_command(arguments: Namespace, command: str, **request: Any) -> int:
    account = administer(arguments, command, {"name": arguments.name, **request})
    if arguments.output == "json":
        show_json(account)
    else:
        state = "  suspended" if account["suspended_at"] else ""
        say(f"{account['name']}{state}  {_changed(account['settings'])}".rstrip())
    return Exit.OK


def _settings(pairs: Sequence[str]) -> dict[str, Any]:
    """KEY=VALUE, each value read as its setting wants it: true, a number, a text, words with commas, or nothing."""
    known = {one.name: one.type for one in fields(AccountSettings)}
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise Failure(Exit.USAGE, f'"{pair}" is not KEY=VALUE, as default_country=DE')
        if known.get(name) is str:
            settings[name] = value
        elif known.get(name) == str | None:
            settings[name] = value or None
        elif known.get(name) == tuple[str, ...] and not value.startswith("["):
            settings[name] = known_apis(words(value)) if name == "services" else words(value)
        else:
            settings[name] = _literal(value)
    return settings


def _literal(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value  # the gateway says what is allowed instead


def _changed(settings: Mapping[str, Any]) -> str:
    """Only what is not the default."""
    usual = {one.name: _written(one.default) for one in fields(AccountSettings)}
    written = {name: _written(value) for name, value in settings.items()}
    return " ".join(f"{name}={value}" for name, value in written.items() if value != usual.get(name))


def _written(value: Any) -> str:
    """As ``accounts set`` takes it."""
    if isinstance(value, list | tuple):
        return ",".join(value)
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _show(arguments: Namespace, found: Any, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> int:
    if arguments.output == "json":
        show_json(found)
    else:
        show_table(rows, columns)
    return Exit.OK
