"""Names of ports: which look like a modem's, and what tells one device file from the next under its name."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

PATTERNS = ("serial/by-id/*", "serial/by-path/*", "ttyUSB*", "ttyACM*")
"""Below /dev, stable names first. Real UARTs are not among them: something else may hang on those."""

REMOTE = "://"  # pyserial's addresses, such as socket://host:port
_LINKS = 8  # symbolic links, one after the other; udev makes one

Mark = tuple[object, ...]


def candidates(devices: Path) -> list[str]:
    """Every port that may be a modem's, once, under the most stable of its names."""
    return unique(path for pattern in PATTERNS for path in _matching(devices, pattern))


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


def kernel_name(device: str, devices: Path) -> str:
    """What /sys calls a port: the name that stands right below /dev, behind udev's links."""
    path = Path(device)
    with contextlib.suppress(OSError):  # unplugged while we look
        for _ in range(_LINKS):
            if path.parent == devices or not path.is_symlink():
                break
            path = Path(os.path.normpath(path.parent / path.readlink()))
    return path.name


def unique(paths: Iterable[str]) -> list[str]:
    """One name of each port, the first."""
    seen: dict[str, str] = {}
    for path in paths:
        seen.setdefault(real(path), path)
    return list(seen.values())


def _matching(devices: Path, pattern: str) -> list[str]:
    try:
        return sorted(map(str, devices.glob(pattern)))
    except OSError:  # a directory that goes with the last port in it
        return []
