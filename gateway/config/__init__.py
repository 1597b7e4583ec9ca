"""The configuration file (TOML) → frozen settings, read once; every fault is told at once, by key.

What each key means, its default and its unit stand in ``config.example.toml``; a test holds the two equal.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from gateway.config.checks import (
    account_faults,
    http_faults,
    limits_faults,
    line_faults,
    modem_faults,
    network_faults,
    one_account_faults,
    path_faults,
    pattern_faults,
    power_faults,
    profile_faults,
    read_pins,
)
from gateway.config.faults import ConfigError, ConfigFault, explain
from gateway.config.routes import route_faults, route_of
from gateway.config.settings import (
    AccountEntry,
    HttpSettings,
    InboundSettings,
    LineSettings,
    LinkSettings,
    LogSettings,
    QueueSettings,
    ReadySettings,
    Settings,
    StoreSettings,
    WebhookSettings,
)
from gateway.config.tables import AccountTable, File, LineTable
from gateway.domain.access import AccountSettings

__all__ = [
    "AccountEntry",
    "ConfigError",
    "ConfigFault",
    "HttpSettings",
    "InboundSettings",
    "LineSettings",
    "LinkSettings",
    "LogSettings",
    "QueueSettings",
    "ReadySettings",
    "Settings",
    "StoreSettings",
    "WebhookSettings",
    "account_settings",
    "load",
    "parse",
    "state_directory",
]

SERVICE_CONFIG = Path("/etc/simgate/config.toml")
SERVICE_DATA = Path("/var/lib/simgate")
CHECKOUT_DATA = Path("var")


def load(config: Path | None = None, data_dir: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the configuration. config: the file; without one the service's, if it is there, else every default.

    Raises ConfigError with every fault of the file.
    """
    if config is None and SERVICE_CONFIG.exists():
        config = SERVICE_CONFIG
    if config is None:
        return Settings(data_dir=state_directory(data_dir, None, environ))
    try:
        text = config.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(str(config), (ConfigFault("file", f"it cannot be read: {reason}"),)) from error
    settings = parse(text, source=config, data_dir=state_directory(data_dir, config, environ))
    return replace(settings, source=config)


def parse(text: str, *, data_dir: Path, source: Path | None = None) -> Settings:
    """The settings that a TOML text says; paths in it count from the file's own folder. Raises ConfigError."""
    name = str(source or "the configuration")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(name, (ConfigFault("file", f"it is not TOML: {error}"),)) from error
    try:
        file = TypeAdapter(File).validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(name, tuple(explain(one, File) for one in error.errors())) from error
    folder = source.parent if source else Path()
    pins, faults = read_pins(file, folder)
    faults += [*http_faults(file.http, folder), *network_faults(file), *path_faults(file)]
    faults += [*line_faults(file), *pattern_faults(file), *modem_faults(file), *profile_faults(file)]
    faults += [*limits_faults(file), *power_faults(file), *account_faults(file), *route_faults(file)]
    if faults:
        raise ConfigError(name, tuple(faults))
    return Settings(
        data_dir=data_dir,
        http=replace(
            file.http, tls_cert=_beside(folder, file.http.tls_cert), tls_key=_beside(folder, file.http.tls_key)
        ),
        store=file.store,
        queue=file.queue,
        inbound=file.inbound,
        webhooks=file.webhooks,
        links=file.links,
        media=file.media,
        smssend=file.smssend,
        rest_sms=file.rest_sms,
        enswitch=file.enswitch,
        messaging=file.messaging,
        sendsms=file.sendsms,
        ready=file.ready,
        log=file.log,
        lines=tuple(_line(table, pin) for table, pin in zip(file.lines, pins, strict=True)),
        accounts=tuple(AccountEntry(table.name, _account(table)) for table in file.accounts),
        routes=tuple(route_of(table, file.operators) for table in file.routes),
        source=source,
    )


def account_settings(name: str, values: Mapping[str, Any]) -> AccountSettings:
    """The settings of one account from their names and values, checked as the file's are. Raises ConfigError."""
    try:
        table = TypeAdapter(AccountTable).validate_json(json.dumps({"name": name, **values}), strict=True)
    except ValidationError as error:
        faults = tuple(explain(one, AccountTable) for one in error.errors())
        raise ConfigError(f"account {name}", faults) from error
    faults = tuple(one_account_faults("", table))
    if faults:
        raise ConfigError(f"account {name}", faults)
    return _account(table)


def state_directory(data_dir: Path | None, config: Path | None, environ: Mapping[str, str]) -> Path:
    """Where the state lives: --data-dir, else systemd's STATE_DIRECTORY, else the service's own, else ``./var``."""
    if data_dir is not None:
        return data_dir
    if given := environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    if config == SERVICE_CONFIG and os.access(SERVICE_DATA, os.W_OK):
        return SERVICE_DATA
    return CHECKOUT_DATA


def _beside(folder: Path, path: str) -> str:
    return str(folder / path) if path else ""


def _line(table: LineTable, pin: str | None) -> LineSettings:
    values = {one.name: getattr(table, one.name) for one in fields(LineSettings)}
    return LineSettings(**values | {"pin": pin})


def _account(table: AccountTable) -> AccountSettings:
    values = asdict(table)
    del values["name"]
    return AccountSettings(**values)
