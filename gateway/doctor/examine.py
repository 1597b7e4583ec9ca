"""All checks, one after the other; one that breaks is a finding itself and stops nobody."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from importlib import import_module
from inspect import isawaitable
from pathlib import Path
from typing import Any

from gateway.doctor.finding import Finding, Verdict, fail, skipped
from gateway.doctor.host import Host

Found = Iterable[Finding] | Awaitable[Iterable[Finding]]
Check = Callable[[Any], Found]

GROUPS = ("configuration", "files", "storage", "clock", "usb", "ports", "modems", "http", "webhooks")
"""Modules beside this one, each with CHECKS; loaded only when the packages that they need are known to be there."""

logger = logging.getLogger(__name__)


async def examine(host: Host, config: Path | None, data_dir: Path | None) -> AsyncIterator[Finding]:
    """What is found, as it is found. config, data_dir: as of ``gateway.config.load``."""
    whole = True
    for check in _checks("system"):
        for finding in await perform("system", check, host):
            whole = whole and not (finding.check == "system.packages" and finding.verdict is Verdict.FAIL)
            yield finding
    if not whole:
        yield skipped("configuration", "everything else", "without its packages the gateway cannot read anything")
        return
    cases: list[Any] = []

    def read(_: Host) -> Iterable[Finding]:
        cases.append(import_module("gateway.doctor.case").read_case(host, config, data_dir))
        return ()

    for finding in await perform("configuration", read, host):
        yield finding
    for case in cases:
        for group in GROUPS:
            for check in _checks(group):
                for finding in await perform(group, check, case):
                    yield finding


def _checks(group: str) -> tuple[Check, ...]:
    checks: tuple[Check, ...] = import_module(f"gateway.doctor.{group}").CHECKS
    return checks


async def perform(group: str, check: Check, what: object) -> list[Finding]:
    """What one check finds; when it breaks, that."""
    try:
        found = check(what)
        return list(await found if isawaitable(found) else found)
    except Exception as error:  # the doctor's edge: it is asked when things are broken, and tells of the others, too
        logger.exception("a check broke", extra={"group": group})
        name = f"{group}.{check.__name__.strip('_')}"
        return [
            fail(
                name,
                "the check itself",
                f"it broke with {type(error).__name__}: {error}; nothing is known of what it looks at",
                "simgate doctor --bundle doctor.zip",
            )
        ]
