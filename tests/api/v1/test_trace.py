"""/v1/lines/{id}/trace: who may read along, what he sees, and how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from httpx_sse import aconnect_sse

from api.v1 import events as api_events
from gateway.domain.access import SCOPES
from gateway.services import trace as trace_service
from tests.api.conftest import Rig

PATIENCE_S = 20.0
PATH = "/v1/lines/office/trace"


@asynccontextmanager
async def reading(rig: Rig, path: str = PATH, key: str | None = None) -> AsyncIterator[AsyncIterator]:
    headers = {"Authorization": f"Bearer {key or await rig.key(scopes=('admin',))}"}
    async with (
        httpx.AsyncClient(base_url=rig.url, timeout=PATIENCE_S) as client,
        aconnect_sse(client, "GET", path, headers=headers) as source,
    ):
        yield source.aiter_sse()


async def look(rig: Rig, path: str = PATH, **key: object) -> int:
    headers = {"Authorization": f"Bearer {await rig.key(**key)}"}
    async with rig.http.head(path, headers=headers) as response:
        return response.status


def tap(rig: Rig):
    return rig.gateway.trace._traces.tap("office")


async def test_what_goes_over_the_wire_is_read_by_name_and_by_id(rig: Rig) -> None:
    line = (await rig.call("GET", "/v1/lines")).body["data"][0]
    assert line["name"] == "office"
    for name in ("office", line["id"]):
        async with reading(rig, f"/v1/lines/{name}/trace") as source:
            tap(rig).heard("out", "AT+CSQ")
            tap(rig).heard("in", "+CSQ: 20,99")
            async with asyncio.timeout(PATIENCE_S):
                greeting, first, second = [json.loads((await anext(source)).data) for _ in range(3)]
            assert (greeting["direction"], greeting["text"]) == ("note", "reading along; the line is up")
        assert set(first) == {"at", "line", "direction", "text", "since_ms"}
        assert (first["direction"], first["text"]) == ("out", "AT+CSQ")
        assert second["since_ms"] >= 0
        assert (second["direction"], second["text"], second["line"]) == ("in", "+CSQ: 20,99", "office")


async def test_a_line_that_was_given_a_name_is_told_by_one_name(rig: Rig) -> None:
    """That of the configuration, as in the log."""
    assert (await rig.call("PATCH", PATH.removesuffix("/trace"), json={"name": "desk"})).status == 200
    async with reading(rig, "/v1/lines/desk/trace") as source:
        tap(rig).heard("out", "AT+CSQ")
        async with asyncio.timeout(PATIENCE_S):
            assert [json.loads((await anext(source)).data)["line"] for _ in range(2)] == ["office", "office"]


@pytest.mark.parametrize("scope", SCOPES)
async def test_it_wants_the_scope_admin(rig: Rig, scope: str) -> None:
    assert (await rig.call("GET", PATH, key="")).status == 401
    assert await look(rig, scopes=(scope,)) == (200 if scope == "admin" else 403)


async def test_a_line_that_is_not_there_is_404(rig: Rig) -> None:
    assert await look(rig, "/v1/lines/nowhere/trace", scopes=("admin",)) == 404


async def test_so_many_read_at_once_and_no_more(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_service, "MOST_READERS", 1)
    async with reading(rig):
        assert await look(rig, scopes=("admin",)) == 429


async def test_it_ends_in_order_when_the_gateway_stops(rig: Rig) -> None:
    async with reading(rig) as source:
        tap(rig).heard("out", "AT+CFUN=1")
        stopping = asyncio.ensure_future(rig.stop())
        async with asyncio.timeout(PATIENCE_S):
            assert [json.loads(event.data)["text"] async for event in source][1:] == ["AT+CFUN=1"]
        await stopping


async def test_a_key_that_is_revoked_reads_no_longer(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_service, "PING_S", 0.02)
    monkeypatch.setattr(api_events, "RECHECK_S", 0.0)
    key = await rig.key(scopes=("admin",))
    async with reading(rig, key=key) as source:
        await rig.store.revoke_key("default", key.split("_")[1], rig.clock.now())
        async with asyncio.timeout(PATIENCE_S):
            assert len([event async for event in source]) == 1


async def test_who_goes_away_leaves_nothing_behind(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_service, "PING_S", 0.02)
    async with reading(rig):
        assert tap(rig).listening
    async with asyncio.timeout(PATIENCE_S):
        while tap(rig).listening:
            await asyncio.sleep(0.01)
