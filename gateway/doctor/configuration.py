"""The configuration file: whether it can be used, and whether it says anything."""

import os
from collections.abc import Iterator

from api.fronts import names
from gateway.config import Settings
from gateway.doctor.case import Case
from gateway.doctor.finding import Finding, fail, ok, skipped, warn


def valid(case: Case) -> Iterator[Finding]:
    """Every fault of the file is a finding of its own."""
    for fault in case.faults.faults if case.faults else ():
        cure = f"sudo simgate doctor{case.options}" if _is_anothers(case) else case.edit
        yield fail("config.valid", f"{case.config_name}, {fault.key}", fault.text, cure)
    if case.faults:
        return
    settings = case.settings
    unknown = list(_unknown_services(settings))
    for account, name in unknown:
        cause = f'there is no API "{name}", so nobody can use it'
        yield fail("config.valid", f"{case.config_name}, services of {account}", cause, case.edit)
    if unknown:
        return
    if settings.source is None:
        yield warn(
            "config.valid",
            "/etc/simgate/config.toml",
            "there is none, so every default holds and no line is known",
            "sudo install -D -m 640 config.example.toml /etc/simgate/config.toml",
        )
    elif not settings.lines:
        yield warn(
            "config.valid",
            case.config_name,
            "it names no line, so nothing can be sent or received",
            case.edit,
        )
    else:
        count = len(settings.lines)
        yield ok("config.valid", case.config_name, f"no fault; {count} line{'s' * (count != 1)}")


def _unknown_services(settings: Settings) -> Iterator[tuple[str, str]]:
    """The configuration itself knows no front, so it cannot tell."""
    known = {"v1", *names()}
    for account in settings.accounts:
        yield from ((account.name, name) for name in account.settings.services if name not in known)


def _is_anothers(case: Case) -> bool:
    source = case.settings.source
    return source is not None and source.exists() and not os.access(source, os.R_OK)


def gateway(case: Case) -> Iterator[Finding]:
    """Not a fault either way; it says what the other checks could see."""
    if case.closed:
        cause = "whether one runs cannot be seen, so no port is touched"
        yield skipped(
            "gateway.running", f"a gateway on {case.settings.data_dir}", cause, f"sudo simgate doctor{case.options}"
        )
        return
    running = f"process {case.running} runs" if case.running else "none runs, so ports and modems can be looked at"
    yield ok("gateway.running", f"a gateway on {case.settings.data_dir}", running)


CHECKS = (valid, gateway)
