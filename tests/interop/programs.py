"""Other people's programs, each in a process group of its own with its output in a file, awaited by what they did."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

PATIENCE_S = 30.0
"""How long one step of another program may take before the test has failed."""
LOOK_S = 0.02
"""How often a file or a process is looked at: neither of them tells."""

OUTSIDE = "+447700900123"
OWN = "+447700900000"  # of the SIM in the simulated modem

Found = TypeVar("Found")


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips where one of these programs is not installed; .ci/run installs them."""
    missing = [program for program in programs if found(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}, which .ci/run installs")


def found(program: str) -> str | None:
    """Where a program is; daemons lie in /usr/sbin, which is not in every user's path."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


async def until(holds: Callable[[], Found], what: str, seconds: float = PATIENCE_S) -> Found:
    """What `holds` gives once it is true. Fails with `what` when it never is."""
    try:
        async with asyncio.timeout(seconds):
            while not (value := holds()):
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {what}") from None
    return value


class Program:
    """A program that runs until the `async with` is left; then its whole group is ended by its number.

    output: what it wrote on both of its outputs up to now. grace: seconds to end politely in, before it is killed.
    """

    def __init__(self, *command: str | Path, directory: Path, grace: float = 10.0) -> None:
        self._command = (found(str(command[0])) or str(command[0]), *map(str, command[1:]))
        self._directory, self._grace = directory, grace
        self.log = directory / f"{Path(self._command[0]).name}.output"

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    async def __aenter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                env={**os.environ, "HOME": str(self._directory), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                start_new_session=True,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._signal(number):
                break
            try:
                async with asyncio.timeout(self._grace):
                    await self._process.wait()
                    while self._signal(0):
                        await asyncio.sleep(LOOK_S)
            except TimeoutError:
                continue
        await self._process.wait()

    def _signal(self, number: int) -> bool:
        """Is anybody of the group left to get it?"""
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return False
        return True

    async def until(self, holds: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
        """As the function; fails at once when the program has ended, and shows what it wrote."""

        def looked() -> Any:
            value = holds()
            assert value or self._process.returncode is None, f"it ended with {self._process.returncode}"
            return value

        try:
            return await until(looked, what, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._command[0]} wrote:\n{self.output[-4000:]}") from None

    async def ended(self, seconds: float = PATIENCE_S) -> str:
        """Its output once it has ended by itself, which it must do with 0."""
        try:
            async with asyncio.timeout(seconds):
                status = await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"{self._command} did not end within {seconds} s:\n{self.output}") from None
        assert status == 0, f"{self._command} ended with {status}:\n{self.output}"
        return self.output


async def run(*command: str | Path, directory: Path, seconds: float = PATIENCE_S) -> str:
    """What a program wrote that ends by itself."""
    async with Program(*command, directory=directory) as program:
        return await program.ended(seconds)
