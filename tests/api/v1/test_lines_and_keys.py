"""/v1/lines and /v1/keys."""

from datetime import timedelta

import pytest

from gateway.domain.event import instant
from gateway.domain.line import Limits, LineRecord, Rest, RestKind


async def test_a_line_is_shown_by_id_and_by_name(rig):
    (line,) = (await rig.call("GET", "/v1/lines")).body["data"]
    assert (line["name"], line["number"], line["state"], line["paused"]) == ("office", "+13109060901", "up", False)
    await rig.send()
    for name in (line["id"], "office"):
        assert (await rig.call("GET", f"/v1/lines/{name}")).body["queued"] == 1


async def test_a_line_can_be_paused_and_resumed(rig):
    reply = await rig.call("PATCH", "/v1/lines/office", json={"paused": True})
    assert (reply.status, reply.body["state"], reply.body["paused"]) == (200, "paused", True)
    assert (await rig.call("PATCH", "/v1/lines/office", json={"paused": False})).body["state"] == "up"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"paused": "yes"},
        {"paused": None},
        {"paused": True, "speed": 9},
        {"name": "two words"},
        {"name": "auto"},
        {"number": "013109060901"},
        {"limits": {"rate_per_minute": -1}},
        {"limits": {"rate_per_minute": 1e-12}},
        {"limits": {"burst": 0}},
        {"limits": {"hours": "8-20"}},
        {"limits": {"days": [1, 1]}},
        {"limits": {"days": []}},
        {"limits": {"timezone": "Mars/Base"}},
        {"limits": {"parts_for_alerts": 5}},
        {"limits": {"rate": 5}},
        {"paused": True, "limits": {"block_after": 0}},
        {"webhook": "none of that name"},
        {"campaign": "none of that reference"},
        {"aliases": ["auto"]},
        {"aliases": [""]},
        {"aliases": ["x" * 64]},
        {"aliases": ["a\nb"]},
        {"aliases": "front"},
        {"aliases": [f"a{n}" for n in range(21)]},
    ],
)
async def test_what_a_line_cannot_be_is_refused(rig, body):
    before = (await rig.call("GET", "/v1/lines/office")).body
    assert (await rig.call("PATCH", "/v1/lines/office", json=body)).status == 422
    assert (await rig.call("GET", "/v1/lines/office")).body == before


async def test_a_line_is_told_where_its_messages_go_and_what_else_it_answers_to(rig):
    await rig.call("POST", "/v1/webhooks", json={"url": "https://example.com/", "name": "Desk"})
    body = {"webhook": "desk", "aliases": ["front", "front"]}
    reply = await rig.call("PATCH", "/v1/lines/office", json=body)
    assert (reply.status, reply.body["webhook"], reply.body["aliases"]) == (200, "Desk", ["00000", "front"])
    await rig.send(**{"from": "front"})
    reply = await rig.call("PATCH", "/v1/lines/office", json={"webhook": None, "aliases": []})
    assert (reply.body["webhook"], reply.body["aliases"]) == (None, ["00000"])
    message = {"to": "+13105551212", "text": "hello", "from": "front"}
    assert (await rig.call("POST", "/v1/messages", json=message)).code == "invalid_sender"


async def test_a_line_shows_what_limits_it_and_what_is_left(rig):
    shown = (await rig.call("GET", "/v1/lines/office")).body
    assert shown["limits"] == {
        "rate_per_minute": 0.0, "burst": 1, "parts_per_day": 0, "parts_per_month": 0, "parts_for_alerts": 0,
        "hours": "", "days": [1, 2, 3, 4, 5, 6, 7], "timezone": "UTC", "block_after": 3, "block_for_s": 900,
    }  # fmt: skip
    assert (shown["overrides"], shown["rest"]) == ([], None)
    assert shown["quota_left"] == {"today": None, "this_month": None}


async def test_what_a_line_may_send_is_changed_and_taken_back(rig):
    limits = {
        "rate_per_minute": 6.5,
        "burst": 4,
        "parts_per_day": 9,
        "hours": "08:00-20:00",
        "timezone": "Europe/Berlin",
    }
    reply = await rig.call("PATCH", "/v1/lines/office", json={"limits": {**limits, "days": [1, 2]}, "name": "desk"})
    assert (reply.status, reply.body["name"]) == (200, "desk")
    assert reply.body["limits"] | limits == reply.body["limits"]
    assert reply.body["limits"]["days"] == [1, 2]
    assert set(reply.body["overrides"]) == {*limits, "days", "name"}
    assert reply.body["quota_left"] == {"today": 9, "this_month": None}
    for name in ("desk", "office"):
        assert (await rig.call("GET", f"/v1/lines/{name}")).body["id"] == reply.body["id"]
    await rig.send(**{"from": "desk"})
    back = {"limits": dict.fromkeys((*limits, "days")), "name": None}
    reply = await rig.call("PATCH", "/v1/lines/desk", json=back)
    assert (reply.body["name"], reply.body["overrides"], reply.body["limits"]["burst"]) == ("office", [], 1)


async def test_a_line_says_what_it_rests_for(rig):
    (line,) = await rig.store.lines()
    until = rig.clock.now() + timedelta(hours=1)
    rig.store.line_book.rests(line.num, Rest(RestKind.HOURS, "it sends from 08:00 to 20:00 (UTC) only", until))
    assert (await rig.call("GET", "/v1/lines/office")).body["rest"] == {
        "reason": "hours", "text": "it sends from 08:00 to 20:00 (UTC) only", "until": instant(until)
    }  # fmt: skip


async def test_how_much_is_left_of_a_line_that_others_use_is_not_told(rig):
    """How much they send is theirs to know."""
    limits = Limits(parts_per_day=9)
    accounts = ("default", "other")
    await rig.store.put_line(LineRecord(0, "", "shared", number="+13105550001", accounts=accounts, limits=limits))
    shared = (await rig.call("GET", "/v1/lines/shared")).body
    assert shared["quota_left"] == {"today": None, "this_month": None}


async def test_a_number_of_another_line_is_refused(rig):
    await rig.store.put_line(LineRecord(0, "", "second", number="+13105550001"))
    reply = await rig.call("PATCH", "/v1/lines/office", json={"number": "+13105550001"})
    assert (reply.status, reply.code) == (409, "conflict")


async def test_who_changes_an_old_view_of_a_line_is_told(rig):
    etag = (await rig.call("GET", "/v1/lines/office")).headers["ETag"]
    pause = {"json": {"paused": True}, "headers": {"If-Match": etag}}
    assert (await rig.call("PATCH", "/v1/lines/office", **pause)).headers["ETag"] != etag
    reply = await rig.call("PATCH", "/v1/lines/office", **pause)
    assert (reply.status, reply.code) == (412, "precondition_failed")


async def test_a_shared_line_is_changed_with_admin_only(rig):
    await rig.store.put_line(LineRecord(0, "", "shared", number="+13105550001", accounts=("default", "other")))
    reply = await rig.call("PATCH", "/v1/lines/shared", json={"paused": True})
    assert (reply.status, reply.code) == (403, "forbidden_scope")
    key = await rig.key("other", scopes=("admin",))
    assert (await rig.call("PATCH", "/v1/lines/shared", json={"paused": True}, key=key)).body["paused"] is True


async def test_lines_come_in_pages(rig):
    await rig.store.put_line(LineRecord(0, "", "second", number="+13105550001"))
    first = (await rig.call("GET", "/v1/lines?limit=1")).body
    rest = (await rig.call("GET", f"/v1/lines?limit=1&cursor={first['next_cursor']}")).body
    assert [line["name"] for line in first["data"] + rest["data"]] == ["second", "office"]
    assert rest["next_cursor"] is None


async def test_lines_of_others_do_not_exist(rig):
    await rig.store.put_line(LineRecord(0, "", "theirs", number="+13105550000", accounts=("other",)))
    key = await rig.key("other")
    assert [line["name"] for line in (await rig.call("GET", "/v1/lines", key=key)).body["data"]] == ["theirs"]
    for method, more in (("GET", {}), ("PATCH", {"json": {"paused": True}})):
        assert (await rig.call(method, "/v1/lines/office", key=key, **more)).status == 404
        assert (await rig.call(method, "/v1/lines/theirs", **more)).status == 404


async def test_a_made_key_opens_what_its_maker_may_give(rig):
    made = await rig.call("POST", "/v1/keys", json={"name": "cron", "scopes": ["messages:send"]})
    assert made.status == 201
    assert (
        await rig.call("POST", "/v1/messages", json={"to": "+13105551212", "text": "x"}, key=made.body["key"])
    ).status == 202
    assert (await rig.call("GET", "/v1/messages", key=made.body["key"])).code == "forbidden_scope"
    listed = (await rig.call("GET", "/v1/keys")).body["data"]
    assert made.body["key"] not in str(listed)
    assert {one["name"] for one in listed} == {"", "cron"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scopes": ["admin"]}, 403),
        ({"scopes": ["no:such"]}, 422),
        ({"ip_allow": ["here"]}, 422),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"account": "other"}, 422),
    ],
)
async def test_a_key_gives_nothing_its_maker_has_not(rig, body, status):
    assert (await rig.call("POST", "/v1/keys", json=body)).status == status


async def test_without_scopes_a_key_gets_its_makers_but_admin(rig):
    maker = await rig.key(scopes=("keys:write", "messages:read"))
    assert (await rig.call("POST", "/v1/keys", json={}, key=maker)).body["scopes"] == ["messages:read", "keys:write"]
    admin = await rig.key(scopes=("admin",))
    made = await rig.call("POST", "/v1/keys", json={}, key=admin)
    assert "admin" not in made.body["scopes"]
    assert "messages:send" in made.body["scopes"]


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(rig):
    made = (await rig.call("POST", "/v1/keys", json={})).body
    assert (await rig.call("GET", "/v1/lines", key=made["key"])).status == 200
    assert (await rig.call("DELETE", f"/v1/keys/{made['id']}")).status == 204
    assert (await rig.call("GET", "/v1/lines", key=made["key"])).code == "auth_invalid"
    assert (await rig.call("DELETE", "/v1/keys/AAAAAAAA")).status == 404
