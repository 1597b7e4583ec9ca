"""The machine as the checks see it: the one way to its trees and programs, so that tests can show them another one."""

import asyncio
import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.doctor.block import fsync_seconds
from gateway.ports.access import may_use
from gateway.ports.holders import processes

PROGRAM_S = 10.0  # seconds; what asks the system answers at once, or hangs
RESOLVE_S = 5.0  # seconds for a name, as a resolver's first try takes

Runner = Callable[[Sequence[str]], Awaitable[str | None]]
Resolver = Callable[[str], Awaitable[list[str]]]


async def run_program(command: Sequence[str]) -> str | None:
    """What a program prints, or None when it is not there, fails, or does not end in time."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(PROGRAM_S):
            output, _ = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return None
    return output.decode("utf-8", "replace") if process.returncode == 0 else None


async def resolve(name: str) -> list[str]:
    """The addresses of a host name. Raises OSError, TimeoutError."""
    async with asyncio.timeout(RESOLVE_S):
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def may_enter(directory: Path) -> bool:
    """Whether who runs this may see what is in a directory."""
    return os.access(directory, os.R_OK | os.X_OK)


def free_octets(path: Path) -> int:
    return shutil.disk_usage(path).free


def try_writing(directory: Path) -> None:
    """Make a file there and remove it. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".doctor-") as file:
        file.write(b"\0")
        file.flush()


@dataclass(frozen=True, slots=True)
class Host:
    """The trees of the kernel and the system, a runner of programs, and what is measured; every one can be replaced."""

    sys: Path = Path("/sys")
    proc: Path = Path("/proc")
    dev: Path = Path("/dev")
    run: Runner = run_program
    resolve: Resolver = resolve
    fsync: Callable[[Path], list[float]] = fsync_seconds
    free: Callable[[Path], int] = free_octets
    may_use: Callable[[Path], bool] = may_use
    may_enter: Callable[[Path], bool] = may_enter
    now: Callable[[], float] = time.time  # seconds of Unix time

    def text(self, path: Path) -> str | None:
        """A small file of /sys or /proc, without the blanks around it, or None."""
        try:
            return path.read_text("utf-8", "replace").strip()
        except OSError:
            return None

    def processes(self, name: str) -> list[int]:
        """The processes of a program by its name, as the kernel keeps it (15 characters)."""
        return processes(self.proc, name)
