"""Takes the power from one modem's USB port for a moment, with the command that its line's configuration names."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Sequence

COMMAND_S = 60.0  # off, a pause, on: uhubctl takes five seconds
MOST_OUTPUT = 2048  # octets of it in the log
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

logger = logging.getLogger(__name__)


async def cycle_power(command: Sequence[str], line: str) -> bool:
    """Run it without a shell and wait for its end; whether it said that it had worked. Never raises.

    Its output is logged. What is not done in time is killed, with all that it has started.
    """
    fields: dict[str, object] = {"line": line, "command": command[0]}
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", _PATH), "SIMGATE_LINE": line},
        )
    except (OSError, ValueError) as error:  # not there, not executable, forbidden
        logger.error("power not cycled", extra=fields | {"reason": str(error)})
        return False
    output = bytearray()
    status: int | None = None
    try:
        async with asyncio.timeout(COMMAND_S):
            await _read(process, output)
            status = await process.wait()
    except TimeoutError:
        logger.error("power not cycled", extra=fields | {"reason": f"no end after {COMMAND_S:g} s"} | _said(output))
        return False
    finally:
        if status is None:  # while one of them lives, the group's number is nobody else's
            await _kill(process)
    if status != 0:
        logger.error("power not cycled", extra=fields | {"reason": f"it ended with {status}"} | _said(output))
        return False
    logger.warning("power cycled", extra=fields | _said(output))
    return True


async def _read(process: asyncio.subprocess.Process, output: bytearray) -> None:
    """All of it, so that it never waits for us; the beginning is kept."""
    assert process.stdout is not None
    while octets := await process.stdout.read(4096):
        output += octets[: MOST_OUTPUT - len(output)]


async def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # none of them is left; it runs as somebody else
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _said(output: bytearray) -> dict[str, object]:
    return {"output": output.decode("utf-8", "replace").strip()}
