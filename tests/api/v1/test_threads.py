"""Conversations: what passed between a line and a peer, and answering from the same line."""

import sqlite3

import pytest

from gateway.domain.line import LineRecord
from gateway.domain.message import State
from gateway.domain.thread import thread_id
from gateway.store.contract import Arrival, Outcome
from gateway.store.migrate import migrate, migrations

ALICE, BOB = "+13105551212", "+13105551313"


@pytest.fixture
async def line(rig):
    return (await rig.store.lines())[0]


async def come(rig, line, text="hi", sender=ALICE):
    rig.clock.turn(1)
    pdu = f"{text} {rig.clock.monotonic()}".encode()
    arrival = Arrival(pdu=pdu, place=None, announced=True, sender=sender, alphabet="gsm7", content=text.encode())
    return (await rig.store.file_arrival(line.num, arrival, rig.clock.now())).message


async def leave(rig, line):
    """The next message goes out over the line."""
    rig.clock.turn(1)
    now = rig.clock.now()
    claim = await rig.store.claim(line.num, now)
    await rig.store.on_air(claim, 1, now)
    return await rig.store.record(claim, 1, Outcome("sent", reference=1), now, started_at=now)


async def threads(rig, query="", **more):
    return (await rig.call("GET", f"/v1/threads{query}", **more)).body["data"]


async def test_what_passes_between_a_line_and_a_peer_is_one_thread(rig, line):
    await rig.send(to=ALICE, text="first")
    out = await leave(rig, line)
    inbound = await come(rig, line, "second")
    [thread] = await threads(rig)
    assert thread == thread | {"line": line.id, "peer": ALICE, "last_text": "second", "unread": 1, "archived": False}
    assert thread["last_message"] == inbound.id
    path = f"/v1/threads/{thread['id']}"
    assert (await rig.call("GET", path)).body == thread
    messages = (await rig.call("GET", f"{path}/messages")).body["data"]
    assert [one["id"] for one in messages] == [inbound.id, out.id]
    assert {one["thread"] for one in messages} == {thread["id"]}
    assert (await rig.call("GET", f"/v1/messages?thread={thread['id']}")).body["data"] == messages
    reversed_ = (await rig.call("GET", f"{path}/messages?order=asc")).body["data"]
    assert reversed_ == messages[::-1]


async def test_events_name_the_thread(rig, line):
    await rig.send(to=ALICE)
    await leave(rig, line)
    await come(rig, line)
    told = await rig.store.events_after("default", 0, 20)
    assert {event.data["thread"] for event in told} == {thread_id("default", line.id, ALICE)}


async def test_a_thread_is_answered_from_its_line(rig, line):
    home = await rig.store.put_line(LineRecord(0, "", "home", number="+13109060902"))
    await come(rig, home, sender=BOB)
    [thread] = await threads(rig)
    path = f"/v1/threads/{thread['id']}/messages"
    reply = await rig.call("POST", path, json={"text": "yes", "client_ref": "r"}, headers={"Idempotency-Key": "k"})
    assert reply.status == 202
    assert reply.body["thread"] == thread["id"]
    assert (reply.body["to"], reply.body["from"], reply.body["client_ref"]) == (BOB, home.id, "r")
    assert [one["id"] for one in (await rig.call("GET", path)).body["data"]][:1] == [reply.body["id"]]
    assert await rig.store.claim(line.num, rig.clock.now()) is None
    await leave(rig, home)
    assert (await threads(rig))[0]["last_text"] == "yes"
    again = await rig.call("POST", path, json={"text": "yes", "client_ref": "r"}, headers={"Idempotency-Key": "k"})
    assert (again.body["id"], again.headers["Idempotency-Replayed"]) == (reply.body["id"], "true")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "x", "from": "office"}, "from"),
        ({"text": "x", "to": ALICE}, "to"),
        ({"text": ""}, "text"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_refused(rig, line, body, field):
    await come(rig, line)
    [thread] = await threads(rig)
    reply = await rig.call("POST", f"/v1/threads/{thread['id']}/messages", json=body)
    assert reply.status == 422
    assert reply.body["errors"][0]["field"] == field


async def test_an_alphanumeric_peer_has_a_thread_that_nobody_can_answer(rig, line):
    await come(rig, line, sender="Bank AG")
    [thread] = await threads(rig)
    assert thread["peer"] == "Bank AG"
    reply = await rig.call("POST", f"/v1/threads/{thread['id']}/messages", json={"text": "x"})
    assert (reply.status, reply.code) == (422, "invalid_recipient")


async def test_reading_and_archiving_a_thread(rig, line):
    await come(rig, line)
    await come(rig, line)
    [thread] = await threads(rig)
    assert thread["unread"] == 2
    path = f"/v1/threads/{thread['id']}"
    for body, unread, archived in (
        ({"read": True}, 0, False),
        ({"read": False}, 1, False),
        ({"archived": True}, 1, True),
        ({}, 1, True),
    ):
        changed = (await rig.call("PATCH", path, json=body)).body
        assert (changed["unread"], changed["archived"]) == (unread, archived)
    assert await threads(rig, "?archived=false") == []
    assert len(await threads(rig, "?archived=true")) == len(await threads(rig)) == 1
    await rig.send(to=ALICE)
    await leave(rig, line)
    assert (await threads(rig))[0]["archived"] is True
    await come(rig, line)
    assert (await threads(rig))[0]["archived"] is False


async def test_threads_come_by_pages_the_last_active_first(rig, line):
    peers = [f"+1310555{n:04}" for n in range(1200, 1205)]
    for peer in peers:
        await come(rig, line, sender=peer)
    await come(rig, line, sender=peers[1])
    seen, query = [], "?limit=2"
    while query:
        page = (await rig.call("GET", f"/v1/threads{query}")).body
        seen += [thread["peer"] for thread in page["data"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["has_more"] else ""
    assert seen == [peers[1], peers[4], peers[3], peers[2], peers[0]]


async def test_a_message_joins_its_thread_when_a_line_takes_it(rig, line):
    sent = await rig.send(to=ALICE)
    assert sent["thread"] is None
    assert await threads(rig) == []
    assert (await leave(rig, line)).state is State.SENT
    found = (await rig.call("GET", f"/v1/messages/{sent['id']}")).body
    assert found["thread"] == (await threads(rig))[0]["id"]


async def test_threads_of_accounts_that_share_a_line_are_apart(rig, line):
    shared = await rig.store.put_line(LineRecord(0, "", "shared", number="+13109060903", accounts=()))
    other = await rig.key("other")
    await rig.send(to=ALICE, **{"from": "shared"})
    await leave(rig, shared)
    body = {"to": ALICE, "text": "x", "from": "shared"}
    assert (await rig.call("POST", "/v1/messages", json=body, key=other)).status == 202
    await leave(rig, shared)
    [own], [foreign] = await threads(rig), await threads(rig, key=other)
    assert own["id"] != foreign["id"]
    for method, path, more in (
        ("GET", "", {}),
        ("GET", "/messages", {}),
        ("PATCH", "", {"json": {"read": True}}),
        ("POST", "/messages", {"json": {"text": "x"}}),
    ):
        assert (await rig.call(method, f"/v1/threads/{own['id']}{path}", key=other, **more)).status == 404
    assert (await rig.call("GET", f"/v1/messages?thread={own['id']}", key=other)).body["data"] == []
    assert len((await rig.call("GET", f"/v1/threads/{own['id']}/messages")).body["data"]) == 1


def test_messages_of_before_have_their_threads_after_the_migration(tmp_path):
    path = tmp_path / "simgate.db"
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        known = migrations()
        first = min(number for number, script in known.items() if "CREATE TABLE threads" in script)
        migrate(connection, path, {number: script for number, script in known.items() if number < first})
        for n, (direction, sender, to) in enumerate((("out", "auto", ALICE), ("in", ALICE, "x"), ("out", "auto", BOB))):
            connection.execute(
                "INSERT INTO messages (id, account, direction, state, priority, sender, recipient, body, encoding,"
                " segments, created_at, front, line)"
                " VALUES (?, 'default', ?, 'sent', 5, ?, ?, '', 'gsm7', 1, ?, '', 'lin_1')",
                (f"m{n}", direction, sender, to, n),
            )
        migrate(connection, path)
        found = connection.execute("SELECT id, peer, last_message FROM threads ORDER BY activity").fetchall()
        assert found == [(thread_id("default", "lin_1", ALICE), ALICE, 2), (thread_id("default", "lin_1", BOB), BOB, 3)]
    finally:
        connection.close()
