"""Where a request comes from and which credential it carries; whether that one is good, services.access says."""

import base64
import binascii
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

ADDRESS = web.RequestKey("address", str)
"""``request[ADDRESS]``: the caller's address, seen through the proxies we trust."""


_KEY_PREFIX = "gsk_"
_LEFT_BY_PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host", "X-Forwarded-Proto")


class Proxies:
    """Those whose ``X-Forwarded-For`` is believed."""

    def __init__(self, networks: Sequence[IPv4Network | IPv6Network] = ()) -> None:
        self._networks = tuple(networks)

    def address(self, request: web.Request) -> str:
        """The nearest address on the request's way that is no proxy of ours."""
        peer = request.remote or ""
        if not self._networks or not self._trusted(peer):
            return peer
        hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", ()) for hop in line.split(",")]
        for hop in reversed(hops):
            if not self._trusted(hop):
                return hop if _is_address(hop) else peer
        return hops[0] if hops and _is_address(hops[0]) else peer

    def _trusted(self, text: str) -> bool:
        return _is_address(text) and any(ip_address(text) in network for network in self._networks)


def is_loopback(request: web.Request) -> bool:
    """True for a caller on this machine; one that came through a proxy we do not know is none."""
    if request[ADDRESS] == request.remote and any(name in request.headers for name in _LEFT_BY_PROXIES):
        return False
    address = request[ADDRESS]
    return _is_address(address) and ip_address(address).is_loopback


def bearer_or_basic(request: web.Request) -> str | None:
    """The key in ``Authorization``: as bearer token (RFC 6750 §2.1), or as Basic's user name (RFC 7617), as
    ``curl -u key:`` sends it. None when there is none."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return value.strip() or None
        case "basic":
            return _basic_user(value.strip())
        case _:
            return None


def is_key(text: str) -> bool:
    """Whether it is written as an API key is; a password that begins like one is taken for one."""
    return text.startswith(_KEY_PREFIX)


def basic(request: web.Request) -> tuple[str, str] | None:
    """User and password in ``Authorization: Basic`` (RFC 7617, UTF-8; the password may have colons in it).

    None when there is no such header, or none that can be read. An API key may come as the user, its password empty.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return decode_basic(value.strip()) if scheme.lower() == "basic" else None


def decode_basic(credentials: str) -> tuple[str, str] | None:
    """``base64(user:password)`` (RFC 7617 §2). None for what is no such thing, or has no colon."""
    try:
        user, colon, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (user, password) if colon else None


def _basic_user(value: str) -> str | None:
    try:
        user, _, _ = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return user or None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
