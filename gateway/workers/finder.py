"""Which port a line's modem is behind: the configured one, or a search by IMEI or ICCID over all that look like one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from gateway.config import LineSettings
from modem.driver import Identity

PATTERNS = ("serial/by-id/*", "serial/by-path/*", "ttyUSB*", "ttyACM*")
ASK_AGAIN_S = 60.0  # a modem that was still starting, or got another SIM
REMOTE = "://"  # pyserial's addresses, such as socket://host:port

logger = logging.getLogger(__name__)
Mark = tuple[object, ...]
Identify = Callable[[str], Awaitable[Identity | None]]


class Finder:
    """Shared by all lines, so that one port is asked once and by one of them at a time.

    identify: opens a port and says who answers, or None. devices: where the system keeps its device files.
    """

    def __init__(self, identify: Identify, devices: Path = Path("/dev")) -> None:
        self._identify = identify
        self._devices = devices
        self._turn = asyncio.Lock()
        self._known: dict[Mark, tuple[Identity | None, float]] = {}  # by the device's mark, with when it was asked
        self._taken: dict[str, str] = {}  # line → real path, which nobody can tell any more once it is unplugged

    def take(self, device: str, line: str) -> None:
        self._taken[line] = real(device)

    def give_back(self, line: str) -> None:
        self._taken.pop(line, None)

    def presence(self, settings: LineSettings) -> object:
        """Something that changes when the line's device, or any that may be its, comes, goes or is another; cheap."""
        if settings.device is not None:
            return mark(settings.device)
        return tuple(mark(path) for path in self._candidates())

    async def find(self, settings: LineSettings) -> str | None:
        """The device to open now, or None while there is none."""
        if settings.device is not None:
            return settings.device if mark(settings.device) is not None else None
        async with self._turn:
            return await self._search(settings)

    async def _search(self, settings: LineSettings) -> str | None:
        candidates = self._candidates()
        now = asyncio.get_running_loop().time()
        present = {found for path in candidates if (found := mark(path)) is not None}
        self._known = {
            found: known for found, known in self._known.items() if found in present and now - known[1] < ASK_AGAIN_S
        }
        for path in candidates:
            found = mark(path)
            if found is None or real(path) in self._taken.values():
                continue
            if found not in self._known:
                identity = await self._identify(path)
                self._known[found] = identity, now
                logger.info("port asked", extra={"device": path, "answers": identity is not None})
            if _is_wanted(settings, self._known[found][0]):
                return path
        return None

    def forget(self, device: str) -> None:
        """Ask it anew: what answered there was not who it had been."""
        self._known.pop(mark(device) or (), None)

    def _candidates(self) -> list[str]:
        """Stable names first; each port once."""
        paths = (str(path) for pattern in PATTERNS for path in sorted(self._devices.glob(pattern)))
        return _unique(paths)


def mark(device: str) -> Mark | None:
    """What tells a device file from the one that stood there before, or None while there is none."""
    if REMOTE in device:
        return (device,)
    try:
        found = Path(device).stat()
    except OSError:
        return None
    return (real(device), found.st_rdev, found.st_ino)


def real(device: str) -> str:
    return device if REMOTE in device else str(Path(device).resolve())


def _unique(paths: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    for path in paths:
        seen.setdefault(real(path), path)
    return list(seen.values())


def _is_wanted(settings: LineSettings, identity: Identity | None) -> bool:
    if identity is None:
        return False
    return (settings.imei is None or settings.imei == identity.imei) and (
        settings.iccid is None or settings.iccid == identity.iccid
    )
