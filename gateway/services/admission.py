"""What is remembered of a key or login that proved itself, and whether it opens the door just now."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from gateway.domain.access import Account, Key, Principal
from gateway.domain.errors import NotPermitted

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Known:
    """A key or login that stands. digest: its ``secret_hash``."""

    digest: bytes
    principal: Principal
    expires_at: datetime | None
    networks: tuple[Network, ...]
    suspended: bool

    def admit(self, address: str, now: datetime) -> None:
        """Raises NotPermitted: "auth_invalid" when it has expired, "ip_denied", "account_blocked"."""
        if self.expires_at is not None and now >= self.expires_at:
            raise not_known(self.principal.username)
        if self.networks and not _within(address, self.networks):
            raise NotPermitted("ip_denied", "this key may not be used from this address")
        if self.suspended:
            raise NotPermitted("account_blocked", "this account is suspended")


def known_of(key: Key, account: Account) -> Known:
    """What a key of that account opens."""
    return Known(
        digest=key.secret_hash,
        principal=Principal(account, key.id, frozenset(key.scopes), frozenset(key.fronts), key.username),
        expires_at=key.expires_at,
        networks=tuple(ip_network(network, strict=False) for network in key.ip_allow),
        suspended=account.suspended_at is not None,
    )


def not_known(username: str | None = None) -> NotPermitted:
    """The one answer to a wrong, unknown, expired or revoked credential."""
    what = "this key is not known" if username is None else "wrong user name or password"
    return NotPermitted("auth_invalid", what)


def _within(address: str, networks: tuple[Network, ...]) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False
