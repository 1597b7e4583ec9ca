"""What a line's worker does while the disk takes nothing: wait. Its modem is well, and must not be reset for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.domain.errors import Unavailable

LONGEST_PAUSE_S = 30.0  # between tries

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def until_taken(write: Callable[[], Awaitable[T]], line: str) -> T:
    """Until the disk takes it: nothing else would be better to do for a worker that cannot write. line: for the log."""
    pause = 1.0
    while True:
        try:
            return await write()
        except Unavailable as error:
            logger.warning("the disk does not take it", extra={"line": line, "code": error.code})
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
