"""What a new key or login may open: never more than the key of who makes it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network

from gateway.domain.access import DEFAULT_SCOPES, SCOPES, Key, Principal
from gateway.domain.errors import Fault, NotPermitted, Rejected

MOST_FRONTS = 20
_FRONT = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class Grant:
    """Scopes, networks it opens from, fronts it opens, and until when; empty and None: everywhere, all, for ever."""

    scopes: Sequence[str] | None = None  # None: all of the maker's but admin
    ip_allow: Sequence[str] = ()
    fronts: Sequence[str] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A checked grant."""

    scopes: tuple[str, ...]
    ip_allow: tuple[str, ...]
    fronts: tuple[str, ...]
    expires_at: datetime | None


def given(grant: Grant, *, by: Principal, maker: Key | None, now: datetime) -> Given:
    """The grant as it will be kept: what its maker is bound to and it does not name, it is bound to as well.

    maker: the key that asks, None for the operator at the control socket. Raises Rejected that names every fault,
    NotPermitted("forbidden_scope") for more than the maker has.
    """
    scopes = grant.scopes
    if scopes is None:
        scopes = [scope for scope in DEFAULT_SCOPES if scope in by.scopes or "admin" in by.scopes]
    _check(scopes, grant, now)
    for scope in scopes:
        by.need(scope)
    if maker is None:
        return Given(tuple(scopes), tuple(grant.ip_allow), tuple(grant.fronts), grant.expires_at)
    _need(not maker.ip_allow or _inside(grant.ip_allow, maker.ip_allow), "ip_allow: wider than this key's own")
    _need(not maker.fronts or set(grant.fronts) <= set(maker.fronts), "fronts: more than this key opens")
    ends = maker.expires_at
    _need(ends is None or grant.expires_at is None or grant.expires_at <= ends, "expires_at: later than this key's own")
    return Given(
        scopes=tuple(scopes),
        ip_allow=tuple(grant.ip_allow or maker.ip_allow),
        fronts=tuple(grant.fronts or maker.fronts),
        expires_at=grant.expires_at or ends,
    )


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise NotPermitted("forbidden_scope", otherwise)


def _inside(networks: Sequence[str], bounds: Sequence[str]) -> bool:
    """Whether each of the networks lies within one of the bounds."""
    return all(any(_contains(bound, network) for bound in bounds) for network in networks)


def _contains(outer: str, inner: str) -> bool:
    around, network = ip_network(outer, strict=False), ip_network(inner, strict=False)
    if isinstance(around, IPv4Network) and isinstance(network, IPv4Network):
        return network.subnet_of(around)
    if isinstance(around, IPv6Network) and isinstance(network, IPv6Network):
        return network.subnet_of(around)
    return False


def _check(scopes: Sequence[str], grant: Grant, now: datetime) -> None:
    faults = [Fault("scopes", "invalid_request", f"no such scope: {scope}") for scope in scopes if scope not in SCOPES]
    for network in grant.ip_allow:
        try:
            ip_network(network, strict=False)
        except ValueError:
            faults.append(Fault("ip_allow", "invalid_request", f"not a network: {network}"))
    if len(grant.fronts) > MOST_FRONTS or not all(_FRONT.fullmatch(front) for front in grant.fronts):
        faults.append(Fault("fronts", "invalid_request", 'names of APIs, as "smssend"'))
    if grant.expires_at is not None and grant.expires_at <= now:
        faults.append(Fault("expires_at", "invalid_request", "already over"))
    if faults:
        raise Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))
