"""What is remembered of keys, and that it is forgotten in time."""

import asyncio

import pytest

from gateway.aio import Bell, SystemClock
from gateway.domain.access import AccountSettings
from gateway.domain.errors import NotPermitted
from gateway.metrics import Metrics
from gateway.services.access import Access, new_key
from gateway.services.memory import Memory
from gateway.store import open_store


@pytest.fixture
async def store(tmp_path):
    store = await open_store("sqlite", tmp_path, clock=SystemClock())
    try:
        await store.put_account("default", AccountSettings(), SystemClock().now())
        yield store
    finally:
        await store.close()


async def test_nothing_read_before_a_change_is_remembered_after_it():
    """The read began before somebody revoked the key and came back after the bell was already cleared."""
    bell = Bell()
    memory = Memory(bell)
    first, second = memory.kind(), memory.kind()
    reading, change = asyncio.Event(), asyncio.Event()

    async def slow():
        reading.set()
        await change.wait()
        return "stale"

    async def quick():
        return "fresh"

    pending = asyncio.create_task(first.load("a", slow))
    await reading.wait()
    bell.ring()
    assert await second.load("b", quick) == "fresh"  # clears the bell
    change.set()
    assert await pending == "stale"
    assert first.get("a") is None
    assert second.get("b") == "fresh"
    bell.ring()
    assert second.get("b") is None


async def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr("gateway.services.memory.AT_MOST", 10)
    kind = Memory(Bell()).kind()

    async def value():
        return 1

    for n in range(100):
        await kind.load(str(n), value)
        assert len(kind.values) <= 10


async def test_a_thousand_wrong_keys_leave_nothing_behind(store):
    access = Access(store, SystemClock(), metrics=Metrics(), rate=10)
    for n in range(100):
        with pytest.raises(NotPermitted):
            await access.authenticate(f"gsk_{n:08d}_" + "a" * 32, address="127.0.0.1")
    assert not access._known.values
    assert not access._uses


@pytest.mark.parametrize("secret", ["", "gsk_", "_", "gsk_\ud800_x", "x" * 100_000, "gsk_AAAAAAAA"])
async def test_odd_secrets_are_refused_like_any_other(store, secret):
    access = Access(store, SystemClock(), metrics=Metrics(), rate=0)
    with pytest.raises(NotPermitted):
        await access.authenticate(secret, address="127.0.0.1")


async def test_failures_are_counted_by_reason(store):
    metrics = Metrics()
    access = Access(store, SystemClock(), metrics=metrics, rate=0)
    for secret in (None, "gsk_AAAAAAAA_x"):
        with pytest.raises(NotPermitted):
            await access.authenticate(secret, address="127.0.0.1")
    rendered = metrics.render().decode()
    assert 'simgate_auth_failures_total{reason="auth_missing"} 1.0' in rendered
    assert 'simgate_auth_failures_total{reason="auth_invalid"} 1.0' in rendered


def test_a_key_shows_its_kind_and_keeps_no_secret():
    key, plain = new_key("default", now=SystemClock().now())
    prefix, key_id, secret = plain.split("_")
    assert (prefix, len(key_id), len(secret)) == ("gsk", 8, 32)
    assert key_id.isalnum()
    assert secret.isalnum()
    assert key_id == key.id
    assert secret not in repr(key)
    assert "admin" not in key.scopes
