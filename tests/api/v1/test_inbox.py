"""/v1/inbound and /v1/events."""

import asyncio

import pytest

from gateway.store.contract import Arrival


async def arrive(rig, text="hello", sender="+13105551212"):
    line = (await rig.store.lines())[0]
    arrival = Arrival(
        pdu=text.encode() + sender.encode(), place=None, announced=True, sender=sender, alphabet="gsm7",
        content=text.encode(),
    )  # fmt: skip
    filed = await rig.store.file_arrival(line.num, arrival, rig.clock.now())
    return filed.message.id


async def test_messages_come_oldest_first_from_behind_the_last_one_seen(rig):
    ids = [await arrive(rig, text) for text in ("one", "two", "three")]
    page = (await rig.call("GET", "/v1/inbound?limit=2")).body
    assert ([row["id"] for row in page["data"]], page["has_more"]) == (ids[:2], True)
    rest = (await rig.call("GET", f"/v1/inbound?after={ids[1]}")).body
    assert ([row["text"] for row in rest["data"]], rest["has_more"]) == (["three"], False)


async def test_who_waits_gets_the_next_one_when_it_comes(rig):
    last = await arrive(rig, "old")
    waiting = asyncio.create_task(rig.call("GET", f"/v1/inbound?after={last}&wait=30"))
    done, _ = await asyncio.wait([waiting], timeout=0.1)
    assert not done
    await arrive(rig, "new")
    assert [row["text"] for row in (await waiting).body["data"]] == ["new"]


async def test_who_waits_in_vain_gets_nothing_in_time(rig):
    waiting = asyncio.create_task(rig.call("GET", "/v1/inbound?wait=30"))
    async with asyncio.timeout(10):
        while not waiting.done():  # its patience begins when the request has arrived
            await asyncio.wait([waiting], timeout=0.05)
            rig.clock.turn(31)
            rig.store.bells.watchers.ring(["inbox:default"])
    assert (await waiting).body == {"data": [], "has_more": False}


async def test_a_handled_message_is_told_apart(rig):
    one, two = await arrive(rig, "one"), await arrive(rig, "two")
    for _ in range(2):
        reply = await rig.call("POST", f"/v1/inbound/{one}/ack")
        assert (reply.status, reply.body["acked"]) == (200, True)
    assert [row["id"] for row in (await rig.call("GET", "/v1/inbound?acked=false")).body["data"]] == [two]
    assert [row["id"] for row in (await rig.call("GET", "/v1/inbound?acked=true")).body["data"]] == [one]


@pytest.mark.parametrize("query", ["wait=31", "wait=-1", "limit=0", "acked=maybe", "cursor=x"])
async def test_an_odd_query_is_refused(rig, query):
    assert (await rig.call("GET", f"/v1/inbound?{query}")).status == 422


async def test_an_inbound_message_is_a_message(rig):
    one = await arrive(rig, "one")
    found = (await rig.call("GET", f"/v1/messages/{one}")).body
    assert (found["direction"], found["state"], found["from"]) == ("in", "received", "+13105551212")


async def test_the_log_is_read_from_behind_a_number(rig):
    await arrive(rig, "one")
    await arrive(rig, "two")
    first = (await rig.call("GET", "/v1/events?limit=1")).body
    assert first["has_more"]
    rest = (await rig.call("GET", f"/v1/events?after={first['data'][0]['seq']}")).body
    texts = [event["data"]["text"] for event in first["data"] + rest["data"] if event["type"] == "message.received"]
    assert texts == ["one", "two"]
