"""Somebody follows what a started daemon does, over a stream that PyPI's httpx-sse reads."""

import asyncio
import json
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from httpx_sse import aconnect_sse

from tests.support.stage import Stage, staged

PATIENCE_S = 20.0


@asynccontextmanager
async def following(stage: Stage, after: int):
    headers = {"Authorization": f"Bearer {stage.key}"}
    async with (
        httpx.AsyncClient(base_url=stage.url, timeout=PATIENCE_S, headers=headers) as client,
        aconnect_sse(client, "GET", f"/v1/events/stream?after={after}") as source,
    ):
        yield source.aiter_sse()


async def test_a_message_and_its_answer_are_followed_as_they_happen(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, asyncio.timeout(PATIENCE_S):
        auth = {"Authorization": f"Bearer {stage.key}"}
        body = {"to": "+13105551212", "text": "hello"}
        async with stage.http.post("/v1/messages", json=body, headers=auth) as answer:
            message = await answer.json()
        async with following(stage, 0) as events:
            seen = [event async for event in _until(events, "message.delivered")]
            stage.bank.deliver(0, sender="+13105551212", text="hello back")
            came = [event async for event in _until(events, "message.received")][-1]
        told = [json.loads(event.data) for event in seen]
        states = [one["data"]["state"] for one in told if one["data"]["id"] == message["id"]]
        assert states == ["sent", "delivered"]
        assert [int(event.id) for event in seen] == sorted(int(event.id) for event in seen)
        inbound = json.loads(came.data)["data"]
        assert (inbound["text"], inbound["reply_to"]) == ("hello back", message["id"])
        assert inbound["thread"] == told[-1]["data"]["thread"]


async def test_the_stream_ends_in_order_when_the_daemon_stops(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage, asyncio.timeout(PATIENCE_S), following(stage, 0) as events:
        first = await anext(events)
        assert first.event == "line.up"
        stage.running.stop()
        async for event in events:
            assert int(event.id) > int(first.id)


async def _until(events, kind: str):
    async for event in events:
        yield event
        if event.event == kind:
            return
