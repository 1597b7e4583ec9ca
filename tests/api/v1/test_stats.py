"""How much was sent and received."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.access import AccountSettings
from gateway.services import stats as stats_service
from gateway.store import stats as stats_store
from gateway.store.contract import Arrival, Outcome

ALICE = "+13105551212"


@pytest.fixture
async def line(rig):
    return (await rig.store.lines())[0]


async def come(rig, line):
    pdu = f"{rig.clock.monotonic()}".encode()
    await rig.store.file_arrival(
        line.num,
        Arrival(pdu=pdu, place=None, announced=True, sender=ALICE, alphabet="gsm7", content=b"x"),
        rig.clock.now(),
    )


async def leave(rig, line):
    now = rig.clock.now()
    claim = await rig.store.claim(line.num, now)
    for part in claim.parts:
        await rig.store.on_air(claim, part.n, now)
        await rig.store.record(claim, part.n, Outcome("sent", reference=part.n), now, started_at=now)


async def stats(rig, query="", **more):
    reply = await rig.call("GET", f"/v1/stats{query}", **more)
    assert reply.status == 200, reply.body
    assert reply.body["complete"] is True
    return {group["key"]: group for group in reply.body["data"]}


def sent(messages, segments, **states):
    return {"messages": messages, "segments": segments, "states": states}


async def test_messages_are_counted_by_line(rig, line):
    await rig.send(text="x" * 200)
    await leave(rig, line)
    await come(rig, line)
    await rig.send()
    found = await stats(rig, "?group_by=line")
    assert found == {
        line.id: {"key": line.id, "sent": sent(1, 2, sent=1), "received": {"messages": 1, "segments": 1}},
        None: {"key": None, "sent": sent(1, 1, queued=1), "received": {"messages": 0, "segments": 0}},
    }


async def test_messages_are_counted_by_campaign(rig):
    for campaign in ("spring", "spring", None):
        await rig.send(campaign=campaign)
    found = await stats(rig, "?group_by=campaign")
    assert {key: group["sent"]["messages"] for key, group in found.items()} == {"spring": 2, None: 1}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/Los_Angeles", "No/Where"])
async def test_days_are_those_of_the_accounts_time_zone(rig, zone):
    settings = replace(AccountSettings(), timezone=zone)
    await rig.store.put_account("default", settings, rig.clock.now())
    expected = {}
    for _ in range(5):
        await rig.send()
        day = rig.clock.now().astimezone(stats_service._zone(zone)).date().isoformat()
        expected[day] = expected.get(day, 0) + 1
        rig.clock.turn(7 * 3600)
    found = await stats(rig)
    assert {key: group["sent"]["messages"] for key, group in found.items()} == expected
    assert list(found) == sorted(found, reverse=True)


async def test_only_the_time_that_was_asked_for_counts(rig):
    start = rig.clock.now()
    for _ in range(3):
        await rig.send()
        rig.clock.turn(86_400)
    since, until = start + timedelta(hours=12), start + timedelta(hours=36)

    def stamp(at: datetime) -> str:
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

    found = await stats(rig, f"?group_by=campaign&since={stamp(since)}&until={stamp(until)}")
    assert found[None]["sent"]["messages"] == 1


async def test_counting_goes_piece_by_piece(rig, monkeypatch):
    monkeypatch.setattr(stats_store, "PIECE", 2)
    for _ in range(5):
        await rig.send()
    assert (await stats(rig, "?group_by=line"))[None]["sent"]["messages"] == 5
    monkeypatch.setattr(stats_service, "MOST", 1 * stats_service.PIECE)
    reply = (await rig.call("GET", "/v1/stats?group_by=line")).body
    assert reply["complete"] is False
    assert reply["data"][0]["sent"]["messages"] == 2


async def test_accounts_count_their_own(rig):
    await rig.send()
    assert await stats(rig, key=await rig.key("other")) == {}


@pytest.mark.parametrize(
    "query",
    [
        "group_by=week",
        "since=yesterday",
        "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
        "since=2020-01-02T00:00:00Z",
    ],
)
async def test_an_odd_question_is_refused(rig, query):
    reply = await rig.call("GET", f"/v1/stats?{query}")
    assert (reply.status, reply.code) == (422, "invalid_request")
