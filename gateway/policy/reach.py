"""Which addresses may be reached from here: what a webhook's URL, name or redirect leads to is held against it."""

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1
COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 §2.5.5.1, deprecated but still understood by kernels
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291 §2.4: whatever else exists is for special uses
PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


class Reach:
    """Decides about addresses.

    allow_networks: networks reachable although they are loopback, link-local or otherwise special.
    allow_private: whether RFC 1918 and ULA addresses are reachable (home servers are; a hosted gateway says no).
    """

    def __init__(self, allow_networks: Sequence[str | Network] = (), *, allow_private: bool = True) -> None:
        self._networks = tuple(ipaddress.ip_network(network) for network in allow_networks)
        self._allow_private = allow_private

    def allows(self, address: str) -> bool:
        """address: numeric, IPv4 or IPv6, with or without a scope. Raises ValueError when it is neither."""
        outer = ipaddress.ip_address(address.partition("%")[0])
        inner = _unwrapped(outer)
        if any(a.version == network.version and a in network for network in self._networks for a in (outer, inner)):
            return True
        if any(inner.version == network.version and inner in network for network in PRIVATE):
            return self._allow_private
        if isinstance(inner, ipaddress.IPv6Address) and inner not in GLOBAL_UNICAST:
            return False
        return inner.is_global and not inner.is_multicast

    def is_private(self, address: str) -> bool:
        """address: as for ``allows``."""
        inner = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
        return any(inner.version == network.version and inner in network for network in PRIVATE)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64 or (address in COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
