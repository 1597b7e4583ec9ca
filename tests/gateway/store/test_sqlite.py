"""The SQLite store keeps every promise of the contract, and some that are its own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from gateway.domain.access import AccountSettings
from gateway.store import open_store
from gateway.store.contract import Store

pytest.register_assert_rewrite("tests.gateway.contract")

from tests.gateway.contract.build import NOW  # noqa: E402 - only after the line above
from tests.gateway.store_contract import StoreContract  # noqa: E402


class Clock:
    """Stands still."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Store]]]:
    """Opens the same database; what is open before is closed."""
    opened = AsyncExitStack()

    async def open_again() -> Store:
        await opened.aclose()
        store = await open_store("sqlite", tmp_path, clock=Clock())
        opened.push_async_callback(store.close)
        return store

    async with opened:
        yield open_again


@pytest.fixture
async def store(stores: Callable[[], Awaitable[Store]]) -> Store:
    store = await stores()
    for account in ("default", "other"):
        await store.put_account(account, AccountSettings(), NOW)
    return store


@pytest.fixture
def reopen(stores: Callable[[], Awaitable[Store]]) -> Callable[[], Awaitable[Store]]:
    return stores


@pytest.fixture
async def open_elsewhere() -> AsyncIterator[Callable[[Path], Awaitable[Store]]]:
    async with AsyncExitStack() as opened:

        async def opener(folder: Path) -> Store:
            store = await open_store("sqlite", folder, clock=Clock())
            opened.push_async_callback(store.close)
            return store

        yield opener


class TestSqliteStore(StoreContract):
    """The contract, on SQLite."""
