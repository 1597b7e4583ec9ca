"""The services over a real store, without a modem or a socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.aio import SystemClock
from gateway.domain.access import SCOPES, AccountSettings, Principal
from gateway.domain.line import LineRecord
from gateway.metrics import Metrics
from gateway.services import Gateway, GatewaySettings, build_gateway
from gateway.store import open_store
from gateway.store.contract import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store("sqlite", tmp_path, clock=SystemClock())
    try:
        await store.put_account("default", AccountSettings(), SystemClock().now())
        await store.put_line(LineRecord(0, "", "office", number="+13109060901"))
        yield store
    finally:
        await store.close()


@pytest.fixture
def gateway(store: Store) -> Gateway:
    return build_gateway(store, settings=GatewaySettings(), clock=SystemClock(), metrics=Metrics())


@pytest.fixture
async def alice(store: Store) -> Principal:
    account = await store.account("default")
    assert account is not None
    return Principal(account, "AAAAAAAA", frozenset(SCOPES))
