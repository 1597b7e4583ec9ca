"""A program at a terminal of its own, answered as a person would: only what stands on the screen is waited for."""

import asyncio
import contextlib
import fcntl
import os
import sys
import termios
from dataclasses import dataclass, field
from typing import Self

PATIENCE_S = 40.0


@dataclass(slots=True)
class Terminal:
    """``simgate …`` on a pseudo-terminal. screen: all that was shown; no more than ``PATIENCE_S`` is waited for it."""

    arguments: tuple[str, ...]
    screen: str = ""
    _master: int = -1
    _seen: int = 0
    _process: asyncio.subprocess.Process | None = None
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", *self.arguments),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)

    async def shows(self, text: str) -> str:
        """What has come since the last time, up to this text."""
        async with asyncio.timeout(PATIENCE_S):
            while (end := self.screen.find(text, self._seen)) < 0:
                self._more.clear()
                await self._more.wait()
        start, self._seen = self._seen, end + len(text)
        return self.screen[start : self._seen]

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    async def answer(self, question: str, text: str) -> None:
        """Wait for the question, then type the answer and Enter."""
        await self.shows(question)
        self.type(f"{text}\n")

    async def ended(self) -> int:
        """The exit status."""
        assert self._process is not None
        async with asyncio.timeout(PATIENCE_S):
            return await self._process.wait()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            self.screen += os.read(self._master, 65536).decode("utf-8", "replace").replace("\r\n", "\n")
            self._more.set()
            return
        asyncio.get_running_loop().remove_reader(self._master)
