"""What one key alone cannot say: files that must be readable, names that must exist once."""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.config.faults import ConfigFault
from gateway.config.settings import HttpSettings
from gateway.config.tables import AccountTable, File
from gateway.domain.line import LIMITS, Limits
from gateway.domain.number import is_country
from gateway.policy.limits import limit_faults
from modem.profiles import PROFILES

_OURS = ("/v1", "/docs")  # below these nothing else can be reached


def read_pins(file: File, folder: Path) -> tuple[list[str | None], list[ConfigFault]]:
    """The PIN of each line, read out of its file where it has one."""
    pins: list[str | None] = []
    faults: list[ConfigFault] = []
    for n, line in enumerate(file.lines, 1):
        pins.append(line.pin)
        if line.pin_file is None:
            continue
        key = f"lines[{n}].pin_file"
        if line.pin is not None:
            faults.append(ConfigFault(key, "pin is given too; keep one of the two"))
            continue
        try:
            pin = (folder / line.pin_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            faults.append(
                ConfigFault(key, f"{line.pin_file} cannot be read; a file that holds the PIN and nothing else")
            )
            continue
        if not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 8):
            faults.append(ConfigFault(key, f"{line.pin_file} does not hold a PIN; allowed are 4 to 8 digits"))
        pins[-1] = pin
    return pins, faults


def pattern_faults(file: File) -> Iterator[ConfigFault]:
    for n, line in enumerate(file.lines, 1):
        try:
            re.compile(line.balance_pattern)
        except re.error as error:
            yield ConfigFault(f"lines[{n}].balance_pattern", f"it is no regular expression: {error}")


def http_faults(http: HttpSettings, folder: Path) -> Iterator[ConfigFault]:
    if bool(http.tls_cert) != bool(http.tls_key):
        missing = "tls_key" if http.tls_cert else "tls_cert"
        yield ConfigFault(f"http.{missing}", "it is missing; HTTPS needs tls_cert and tls_key, HTTP neither")
    for key in ("tls_cert", "tls_key"):
        path = getattr(http, key)
        if path and not os.access(folder / path, os.R_OK):
            yield ConfigFault(f"http.{key}", f"{path} cannot be read; the name of a PEM file")


def network_faults(file: File) -> Iterator[ConfigFault]:
    for key, networks in (
        ("http.trusted_proxies", file.http.trusted_proxies),
        ("webhooks.allow_networks", file.webhooks.allow_networks),
    ):
        for network in networks:
            try:
                ip_network(network)
            except ValueError:
                yield ConfigFault(key, f'"{network}" is no network; an address or a CIDR block, as "10.0.0.0/8"')


def path_faults(file: File) -> Iterator[ConfigFault]:
    """Paths that two things would answer: who comes later is never reached."""
    if file.links.prefix == file.media.prefix:
        yield ConfigFault("media.prefix", f'"{file.media.prefix}" is also links.prefix; give each its own')
    for key, paths in (
        ("links.prefix", (file.links.prefix,)),
        ("media.prefix", (file.media.prefix,)),
        ("sendsms.paths", file.sendsms.paths),
        ("enswitch.prefixes", file.enswitch.prefixes),
    ):
        for path in dict.fromkeys(paths):
            if paths.count(path) > 1:
                yield ConfigFault(key, f'"{path}" is there twice')
            if f"{path}/".startswith(tuple(f"{ours}/" for ours in _OURS)):
                yield ConfigFault(key, f'"{path}" is taken by the gateway itself; any but {" and ".join(_OURS)}')


def modem_faults(file: File) -> Iterator[ConfigFault]:
    """Two lines that would drive one modem, or use one SIM."""
    owners: dict[tuple[str, str], str] = {}
    for n, line in enumerate(file.lines, 1):
        given = [key for key in ("device", "imei", "iccid") if getattr(line, key)]
        leads = {*given[:1], "iccid"} & set(given)  # what only has to be found at the port as well may be there twice
        for key in sorted(leads):
            value = getattr(line, key)
            if owners.setdefault((key, value), line.name) != line.name:
                what = "one SIM" if key == "iccid" else "one modem"
                owner = owners[key, value]
                yield ConfigFault(f"lines[{n}].{key}", f'"{value}" is also that of line "{owner}"; {what}, one line')


def power_faults(file: File) -> Iterator[ConfigFault]:
    """One modem's trouble must not take another's power."""
    owners: dict[tuple[str, ...], str] = {}
    for n, line in enumerate(file.lines, 1):
        if line.power_cycle and owners.setdefault(line.power_cycle, line.name) != line.name:
            owner = owners[line.power_cycle]
            yield ConfigFault(f"lines[{n}].power_cycle", f'it is also that of line "{owner}"; one USB port, one line')


def profile_faults(file: File) -> Iterator[ConfigFault]:
    known = ("auto", *(profile.name for profile in PROFILES))
    for n, line in enumerate(file.lines, 1):
        if line.profile not in known:
            near = get_close_matches(line.profile, known, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known: {', '.join(known)}"
            yield ConfigFault(f"lines[{n}].profile", f'"{line.profile}" is no kind of modem; {hint}')


def line_faults(file: File) -> Iterator[ConfigFault]:
    owners: dict[str, str] = {}
    for n, line in enumerate(file.lines, 1):
        key = f"lines[{n}]"
        if not (line.device or line.imei or line.iccid):
            yield ConfigFault(key, f'line "{line.name}" says no modem; give device, imei or iccid')
        for value in dict.fromkeys((line.name, *((line.number,) if line.number else ()), *line.aliases)):
            if not value.strip() or not value.isprintable() or len(value) > 63:
                yield ConfigFault(f"{key}.aliases", f"{value!r} is no alias; 1 to 63 printable characters")
            elif owners.setdefault(value.casefold(), line.name) != line.name or (
                value == line.name and _twice(file, value)
            ):
                owner = owners[value.casefold()]
                yield ConfigFault(key, f'"{value}" is also a name, number or alias of line "{owner}"')


def limits_faults(file: File) -> Iterator[ConfigFault]:
    for n, line in enumerate(file.lines, 1):
        limits = Limits(**{name: getattr(line, name) for name in LIMITS})
        for name, text in limit_faults(limits):
            yield ConfigFault(f"lines[{n}].{name}", f"what is given is not allowed; allowed: {text}")
        yield from _zone_faults(f"lines[{n}].timezone", line.timezone)


def _zone_faults(key: str, timezone: str) -> Iterator[ConfigFault]:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield ConfigFault(key, f'"{timezone}" is no time zone; a name as "Europe/Berlin"')


def _twice(file: File, name: str) -> bool:
    return sum(line.name == name for line in file.lines) > 1


def account_faults(file: File) -> Iterator[ConfigFault]:
    names = [account.name for account in file.accounts]
    lines = {line.name for line in file.lines}
    for n, account in enumerate(file.accounts, 1):
        key = f"accounts[{n}]"
        if names.count(account.name) > 1:
            yield ConfigFault(f"{key}.name", f'"{account.name}" is there twice')
        if account.default_line is not None and account.default_line not in lines:
            yield ConfigFault(
                f"{key}.default_line", f'"{account.default_line}" is no line; the name of one of [[lines]]'
            )
        yield from one_account_faults(f"{key}.", account)


def one_account_faults(prefix: str, account: AccountTable) -> Iterator[ConfigFault]:
    yield from _zone_faults(f"{prefix}timezone", account.timezone)
    if not is_country(account.default_country):
        yield ConfigFault(
            f"{prefix}default_country", f'"{account.default_country}" is no country; as ISO 3166-1 has it, as "US"'
        )
    for key in ("destinations_allow", "destinations_deny"):
        for destination in getattr(account, key):
            if not destination.startswith("+") and not is_country(destination):
                yield ConfigFault(f"{prefix}{key}", f'"{destination}" is no country; as ISO 3166-1 has it, as "DE"')
