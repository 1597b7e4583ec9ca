"""The medium below a directory: how long it takes to keep something, and whether it is a card or a stick."""

import os
import tempfile
import time
from pathlib import Path

ROUNDS = 15  # enough for a median; a slow memory card takes a second or two for them
PAGE = b"\xa5" * 4096  # octets: a page of the database


def fsync_seconds(directory: Path) -> list[float]:
    """Write a page and fsync it, again and again; the seconds that each took. Raises OSError."""
    times = []
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".doctor-") as file:
        for _ in range(ROUNDS):
            file.write(PAGE)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return times


def is_removable(sys: Path, device: int) -> bool:
    """Whether a block device (st_dev) is a memory card or a stick, by what the kernel says of it."""
    link = sys / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
    try:
        found = link.resolve(strict=True)
    except OSError:
        return False
    for folder in (found, found.parent):  # a partition is a folder in that of its disk
        if folder.name.startswith("mmcblk"):
            return True
        try:
            if (folder / "removable").read_text("ascii").strip() == "1":
                return True
        except OSError:
            continue
    return False
