"""Where webhooks may go: looked at when the socket is made, so that no name, redirect or spelling gets around it."""

import socket
from collections.abc import Sequence
from errno import EACCES
from typing import Any

from gateway.policy.reach import Network, Reach

AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]


class AddressBlocked(OSError):
    """The address is one that webhooks must not reach; the message says which setting would allow it."""


class Guard:
    """Decides about each address that a webhook's connection is about to be made to; arguments as of ``Reach``."""

    def __init__(self, allow_networks: Sequence[str | Network] = (), *, allow_private: bool = True) -> None:
        self._reach = Reach(allow_networks, allow_private=allow_private)

    def allows(self, address: str) -> bool:
        """address: numeric, IPv4 or IPv6, with or without a scope. Raises ValueError when it is neither."""
        return self._reach.allows(address)

    def __call__(self, address_info: AddressInfo) -> socket.socket:
        """The ``socket_factory`` of aiohttp's TCPConnector, asked for every connect, IP literals included.

        Raises AddressBlocked, an OSError, which aiohttp reports as a failed connect.
        """
        family, kind, protocol, _, address = address_info
        if not self._reach.allows(str(address[0])):
            setting = "allow_private" if self._reach.is_private(str(address[0])) else "allow_networks"
            raise AddressBlocked(EACCES, f"blocked address {address[0]}: webhooks.{setting} does not permit it")
        return socket.socket(family, kind, protocol)
