"""What the service manager is told (sd_notify(3)): datagrams to the socket it named, nothing without one."""

import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The other end of NOTIFY_SOCKET; outside systemd every call does nothing."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_s = _watchdog_seconds(environ)

    def tell(self, *lines: str) -> None:
        """Send assignments such as ``READY=1``. A manager that is gone is none of our business."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """WATCHDOG_USEC in seconds when it is meant for this process (sd_watchdog_enabled(3)), else None."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdigit() or environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 1_000_000 or None
