"""Following a short link."""

import pytest

from gateway.aio import SystemClock
from gateway.domain.access import SCOPES, AccountSettings, Principal
from gateway.domain.errors import Unavailable
from gateway.domain.line import LineRecord
from gateway.domain.message import Draft
from gateway.metrics import Metrics
from gateway.services import GatewaySettings, Visit, build_gateway
from gateway.services.links import _neighbourhood
from gateway.store import open_store

VISIT = Visit("203.0.113.1", "Mozilla/5.0", prefetch=False)


@pytest.fixture
async def store(tmp_path):
    store = await open_store("sqlite", tmp_path, clock=SystemClock())
    try:
        await store.put_account("default", AccountSettings(), SystemClock().now())
        await store.put_line(LineRecord(0, "", "office", number="+13109060901"))
        yield store
    finally:
        await store.close()


async def test_a_link_leads_on_although_the_visit_cannot_be_counted(store, monkeypatch):
    settings = GatewaySettings(public_url="https://sms.example")
    gateway = build_gateway(store, settings=settings, clock=SystemClock(), metrics=Metrics())
    alice = Principal(await store.account("default"), "AAAAAAAA", frozenset(SCOPES))
    draft = Draft("+13105551212", "https://example.com/x", track_clicks=True)
    code = (await gateway.messages.enqueue(draft, by=alice)).messages[0].text.rpartition("/")[2]
    counted = []

    async def full(click):
        counted.append(click)
        raise Unavailable("storage_full", "there is no space left for the database")

    monkeypatch.setattr(store.links, "click", full)
    assert (await gateway.links.follow(code, VISIT)).target == "https://example.com/x"
    assert len(counted) == 1


def test_of_an_ipv6_address_the_network_counts_which_one_visitor_has_to_himself():
    assert _neighbourhood("2001:db8::1") == _neighbourhood("2001:db8::ffff") != _neighbourhood("2001:db8:0:1::1")
    assert [_neighbourhood(one) for one in ("192.0.2.1", "unknown", "")] == ["192.0.2.1", "unknown", ""]
