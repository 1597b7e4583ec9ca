"""One daemon to a database: an advisory lock beside it, which the kernel drops when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyLocked(RuntimeError):
    """Another process holds the lock; ``pid`` is who, as far as it told."""

    def __init__(self, path: Path, pid: str) -> None:
        super().__init__(f"{path} is held by process {pid or 'unknown'}: stop it first, or use another --data-dir")
        self.path = path
        self.pid = pid


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at path for as long as the block runs. Raises AlreadyLocked, OSError."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyLocked(path, os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
