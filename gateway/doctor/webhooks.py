"""Webhooks as a dry run: what their names lead to, and whether the guard would let a request go there. None is sent."""

import sqlite3
from collections.abc import Iterable
from ipaddress import ip_address
from shlex import quote
from urllib.parse import urlsplit

from gateway.doctor.case import Case, reading
from gateway.doctor.finding import Finding, fail, ok, skipped, warn
from gateway.policy.reach import Reach

ENDPOINTS = "SELECT name, url, enabled, disabled_reason FROM webhooks ORDER BY num"


async def webhooks(case: Case) -> Iterable[Finding]:
    path = case.database
    if case.closed:
        return [skipped("webhooks.reach", str(path), "the state directory is closed to this user")]
    if not path.exists():
        return [skipped("webhooks.reach", str(path), "there is no database yet")]
    try:
        with reading(path) as connection:
            rows = connection.execute(ENDPOINTS).fetchall()
    except sqlite3.Error as error:
        return [skipped("webhooks.reach", str(path), f"the webhooks cannot be read: {error}")]
    found = [await _endpoint(case, str(name), str(url), bool(on), reason) for name, url, on, reason in rows]
    return found or [ok("webhooks.reach", str(path), "there are no webhooks")]


async def _endpoint(case: Case, name: str, url: str, enabled: bool, reason: str | None) -> Finding:
    """The host alone is told: paths and queries of webhooks often carry secrets."""
    host = urlsplit(url).hostname or ""
    looked_at = f"{name}: {host}" if name else host
    if not enabled:
        return warn("webhooks.reach", looked_at, f"it is off: {reason or 'by hand'}", "simgate webhooks list")
    try:
        addresses = [host] if _is_address(host) else await case.host.resolve(host)
    except (OSError, UnicodeError) as error:
        cause = f"its name leads nowhere: {error or 'no answer from the resolver'}"
        return fail("webhooks.reach", looked_at, cause, f"getent hosts {quote(host)}")
    settings = case.settings.webhooks
    reach = Reach(settings.allow_networks, allow_private=settings.allow_private)
    blocked = [address for address in addresses if not reach.allows(address)]
    if blocked:
        setting = "allow_private" if reach.is_private(blocked[0]) else "allow_networks"
        cause = f"{blocked[0]} is not permitted by webhooks.{setting}"
        return fail("webhooks.reach", looked_at, cause, case.edit)
    return ok("webhooks.reach", looked_at, f"{', '.join(addresses)} may be reached; no request was sent")


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


CHECKS = (webhooks,)
