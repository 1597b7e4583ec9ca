"""The log of what happened: pages of it, and the stream with its gaps, its slow readers and its end."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import httpx
import pytest
from httpx_sse import aconnect_sse

from api.v1 import events as api_events
from gateway.domain.access import SCOPES
from gateway.domain.event import EventType
from gateway.services import events as event_service
from tests.api.conftest import Rig

PATIENCE_S = 20.0
DAY_S = 86_400


async def emit(rig: Rig, count: int = 1, account: str = "default", **data: object) -> list[int]:
    kind = EventType.LINE_UP
    return [(await rig.store.emit(account, kind, {"n": n, **data}, rig.clock.now())).seq for n in range(count)]


@asynccontextmanager
async def reading(rig: Rig, query: str = "", key: str | None = None, **headers: str):
    """The stream as PyPI's httpx-sse reads it; what happens from now on is in it."""
    key = key or await rig.key()
    async with httpx.AsyncClient(base_url=rig.url, timeout=PATIENCE_S) as client:
        own = {"Authorization": f"Bearer {key}"} | headers
        async with aconnect_sse(client, "GET", f"/v1/events/stream{query}", headers=own) as source:
            yield source.aiter_sse()


async def take(source, count: int):
    async with asyncio.timeout(PATIENCE_S):
        return [event async for _, event in azip(range(count), source)]


async def azip(numbers, events):
    for number in numbers:
        yield number, await anext(events)


async def look(rig: Rig, query: str, key: str | None = None) -> int:
    """Whether the stream would begin there."""
    headers = {"Authorization": f"Bearer {key or await rig.key()}"}
    async with rig.http.head(f"/v1/events/stream{query}", headers=headers) as response:
        return response.status


async def followed(rig: Rig, streams: int) -> None:
    """So many streams are being followed."""
    async with asyncio.timeout(PATIENCE_S):
        while rig.gateway.events._open.total() != streams:
            await asyncio.sleep(0.01)


# ------------------------------------------------------------------------------------------------------- pages


async def test_the_log_comes_by_pages_oldest_first(rig):
    seqs = await emit(rig, 5)
    seen, query = [], "?limit=2"
    while query:
        page = (await rig.call("GET", f"/v1/events{query}")).body
        seen += [event["seq"] for event in page["data"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["has_more"] else ""
    assert seen == seqs
    page = (await rig.call("GET", f"/v1/events?after={seqs[2]}")).body
    assert [event["seq"] for event in page["data"]] == seqs[3:]


async def test_types_narrow_the_log(rig):
    await emit(rig)
    await rig.call("POST", "/v1/campaigns", json={"ref": "spring"})
    for types, found in (
        ("campaign.updated", ["campaign.updated"]),
        ("line.up, campaign.updated", ["line.up", "campaign.updated"]),
        ("message.sent", []),
    ):
        page = (await rig.call("GET", "/v1/events", params={"type": types})).body
        assert [event["type"] for event in page["data"]] == found


@pytest.mark.parametrize("query", ["type=nothing", "type=line.up,", "after=-1", "after=x", "after=9223372036854775808"])
async def test_an_odd_question_is_refused(rig, query):
    assert (await rig.call("GET", f"/v1/events?{query}")).code == "invalid_request"


# ------------------------------------------------------------------------------------------------------ streams


async def test_native_08_each_event_comes_once_as_webhooks_have_it(rig, monkeypatch):
    await emit(rig, 2)
    monkeypatch.setattr(event_service, "PING_S", 0.02)
    async with reading(rig) as source:
        [seq] = await emit(rig, text="é\n")
        [event] = await take(source, 1)
        more = await emit(rig)
        assert [int(event.id) for event in await take(source, 1)] == more
    assert (event.id, event.event) == (str(seq), "line.up")
    told = (await rig.call("GET", f"/v1/events?after={seq - 1}")).body["data"][0]
    assert json.loads(event.data) == {name: told[name] for name in ("type", "timestamp", "data")}


@pytest.mark.parametrize("way", ["query", "header", "both"])
async def test_native_08_a_reader_resumes_where_he_was(rig, way):
    seqs = await emit(rig, 250)
    query = {"query": f"?after={seqs[0]}", "header": "", "both": "?after=0"}[way]
    headers = {} if way == "query" else {"Last-Event-ID": str(seqs[0])}
    async with reading(rig, query, **headers) as source:
        came = await take(source, 249)
        assert [int(event.id) for event in came] == seqs[1:]
        more = await emit(rig, 2)
        assert [int(event.id) for event in await take(source, 2)] == more


async def test_native_08_a_position_that_the_log_has_lost_is_gone(rig):
    old = await emit(rig, 3)
    rig.clock.turn(31 * DAY_S)
    await rig.store.prune(rig.clock.now())
    kept = await emit(rig)
    other = await rig.key("other")
    for after, status in ((0, 410), (old[1], 410), (old[2], 200), (kept[0], 200), (kept[0] + 1, 410)):
        assert await look(rig, f"?after={after}") == status, after
    reply = await rig.call("GET", "/v1/events/stream?after=0")
    assert (reply.status, reply.code) == (410, "event_gap")
    assert await look(rig, "?after=0", other) == 200


async def test_native_08_a_reader_who_takes_nothing_is_dropped(rig, monkeypatch):
    """Beside the 1 MiB that are kept for him only what the system's own buffers hold was ever made for him."""
    monkeypatch.setattr(api_events, "PATIENCE_S", 0.3)
    size, count = 100_000, 60
    await emit(rig, count, text="x" * size)
    host, _, port = rig.url.removeprefix("http://").partition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_connect(connection, (host, int(port)))
        key = await rig.key()
        head = f"GET /v1/events/stream?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n"
        await loop.sock_sendall(connection, head.encode())
        await followed(rig, 1)
        await followed(rig, 0)
        taken = 0
        try:
            while octets := await loop.sock_recv(connection, 65_536):
                taken += len(octets)
        except ConnectionError:
            pass
        assert taken < 2 * api_events.BUFFER < size * count
    finally:
        connection.close()


async def test_native_08_a_slow_reader_who_keeps_taking_is_served(rig, monkeypatch):
    """Behind by more than his buffer he is waited for, as long as he takes something."""
    monkeypatch.setattr(api_events, "BUFFER", 32_768)
    seqs = await emit(rig, 40, text="x" * 50_000)
    async with reading(rig, "?after=0") as source:
        assert [int(event.id) for event in await take(source, 40)] == seqs


async def test_native_08_silence_is_told_from_a_broken_line_by_pings(rig, monkeypatch):
    monkeypatch.setattr(event_service, "PING_S", 0.05)
    key = await rig.key()
    headers = {"Authorization": f"Bearer {key}"}
    async with rig.http.get("/v1/events/stream", headers=headers) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert response.headers["X-Request-Id"].startswith("req_")
        assert [await response.content.readline() for _ in range(3)] == [b": hello\n", b": ping\n", b": ping\n"]


async def test_native_08_the_stream_ends_in_order_when_the_gateway_stops(rig):
    async with reading(rig) as source:
        stopping = asyncio.ensure_future(rig.stop())
        async with asyncio.timeout(PATIENCE_S):
            assert [event async for event in source] == []
        await stopping


async def test_native_08_a_key_that_is_revoked_reads_no_longer(rig, monkeypatch):
    monkeypatch.setattr(event_service, "PING_S", 0.02)
    monkeypatch.setattr(api_events, "RECHECK_S", 0.0)
    key = await rig.key()
    async with reading(rig, key=key) as source:
        await rig.store.revoke_key("default", key.split("_")[1], rig.clock.now())
        async with asyncio.timeout(PATIENCE_S):
            assert [event async for event in source] == []


async def test_native_08_accounts_read_their_own_events(rig):
    other = await rig.key("other")
    async with reading(rig, key=other) as source:
        await emit(rig, 3)
        [seq] = await emit(rig, account="other")
        [event] = await take(source, 1)
        assert int(event.id) == seq


async def test_native_08_an_account_has_so_many_streams_and_no_more(rig, monkeypatch):
    monkeypatch.setattr(event_service, "MOST_STREAMS", 1)
    key = await rig.key()
    async with reading(rig, key=key):
        refused = await rig.call("GET", "/v1/events/stream", key=key)
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert await look(rig, "", await rig.key("other")) == 200


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9223372036854775808", "9" * 30, "²"])
async def test_native_08_an_odd_position_is_refused(rig, last):
    reply = await rig.call("GET", "/v1/events/stream", headers={"Last-Event-ID": last})
    assert (reply.status, reply.code) == (422, "invalid_request")


@pytest.mark.parametrize("scope", SCOPES)
async def test_native_08_a_stream_wants_a_key_with_its_scope(rig, scope):
    assert (await rig.call("GET", "/v1/events/stream", key="")).status == 401
    allowed = scope in ("events:read", "admin")
    assert await look(rig, "", await rig.key(scopes=(scope,))) == (200 if allowed else 403)
