"""Stores in a temporary folder."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from gateway.domain.access import AccountSettings
from gateway.store import open_store
from gateway.store.contract import Store
from tests.gateway.contract.build import NOW


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def reopen(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Store]]]:
    """Opens the same database; what was open before is closed."""
    opened = AsyncExitStack()

    async def open_again() -> Store:
        await opened.aclose()
        store = await open_store("sqlite", tmp_path, clock=Clock())
        opened.push_async_callback(store.close)
        return store

    async with opened:
        yield open_again


@pytest.fixture
async def store(reopen: Callable[[], Awaitable[Store]]) -> Store:
    store = await reopen()
    for account in ("default", "other"):
        await store.put_account(account, AccountSettings(), NOW)
    return store


@pytest.fixture
async def open_elsewhere() -> AsyncIterator[Callable[[Path], Awaitable[Store]]]:
    """Opens what lies in another folder."""
    async with AsyncExitStack() as opened:

        async def opener(folder: Path) -> Store:
            store = await open_store("sqlite", folder, clock=Clock())
            opened.push_async_callback(store.close)
            return store

        yield opener
