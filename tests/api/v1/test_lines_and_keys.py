"""/v1/lines and /v1/keys."""

import pytest

from gateway.domain.line import LineRecord


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
        {"paused": True, "name": "x"},
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
