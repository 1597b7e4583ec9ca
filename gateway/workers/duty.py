"""The edge around what is done with the database's own rows: a fault in one piece of it must not end the daemon."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from prometheus_client import Counter

from gateway.domain.errors import Unavailable
from gateway.store.contract import StoreEnded

T = TypeVar("T")

logger = logging.getLogger(__name__)


async def attempted(duty: str, work: Awaitable[T], failures: Counter) -> T | None:
    """What the work gave; None when it broke, which is then logged and counted.

    Raises Unavailable and StoreEnded: those say something of the disk and of the store, and not of the rows.
    """
    try:
        return await work
    except (Unavailable, StoreEnded):
        raise
    except Exception:  # the duties' edge: whatever lies in the database, the gateway runs
        logger.exception("a duty broke; the others go on", extra={"duty": duty})
        failures.inc()
        return None
