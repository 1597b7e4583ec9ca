"""One step of a guided command, in a loop of its own."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.setup.configuration import undisturbed

T = TypeVar("T")


def work(step: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``, but Ctrl-C never meets a loop that is half made or half closed: that ends in a traceback."""
    runner = asyncio.Runner()
    try:
        with undisturbed():
            runner.get_loop()
        return runner.run(step)
    finally:
        with undisturbed():
            runner.close()
        step.close()  # where it was not begun
