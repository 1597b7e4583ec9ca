"""/v1/templates."""

import pytest

from gateway.domain.access import AccountSettings


async def make(rig, name="Welcome", text="Hi {{first|there}}!", **more):
    reply = await rig.call("POST", "/v1/templates", json={"name": name, "text": text, **more})
    assert reply.status == 201, reply.body
    return reply.body


async def test_a_template_is_made_shown_changed_and_removed(rig):
    reply = await rig.call("POST", "/v1/templates", json={"name": "Welcome", "text": "Hi\r\n" + "é" * 160})
    made, path = reply.body, reply.headers["Location"]
    assert (made["text"], made["segments"], made["labels"]) == ("Hi\n" + "é" * 160, 2, [])
    shown = await rig.call("GET", path)
    assert (shown.body, shown.headers["ETag"]) == (made, reply.headers["ETag"])
    assert (await rig.call("GET", "/v1/templates/WELCOME")).body == made
    rig.clock.turn(1)
    changed = await rig.call("PATCH", path, json={"labels": ["a", "a", "b"]})
    assert changed.body == made | {"labels": ["a", "b"], "updated_at": changed.body["updated_at"]}
    assert (await rig.call("DELETE", path)).status == 204
    for method, more in (("GET", {}), ("PATCH", {"json": {}}), ("DELETE", {})):
        assert (await rig.call(method, path, **more)).status == 404


async def test_who_changes_an_old_view_is_told(rig):
    path = f"/v1/templates/{(await make(rig))['id']}"
    etag = (await rig.call("GET", path)).headers["ETag"]
    assert (await rig.call("PATCH", path, json={"text": "a"}, headers={"If-Match": etag})).status == 200
    reply = await rig.call("PATCH", path, json={"text": "b"}, headers={"If-Match": etag})
    assert (reply.status, reply.code) == (412, "precondition_failed")
    assert (await rig.call("PATCH", path, json={"text": "c"}, headers={"If-Match": "*"})).status == 200
    assert (await rig.call("GET", path)).body["text"] == "c"


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": ""}, "name", "invalid_request"),
        ({"name": "x" * 101}, "name", "invalid_request"),
        ({"name": "a\nb"}, "name", "invalid_request"),
        ({"text": ""}, "text", "body_empty"),
        ({"text": " \n"}, "text", "body_empty"),
        ({"text": "x" * 307}, "text", "body_too_long"),
        ({"text": "x" * 900_000}, "text", "body_too_long"),
        ({"text": "\0"}, "text", "invalid_request"),
        ({"labels": [""]}, "labels", "invalid_request"),
        ({"labels": ["x"] * 51}, "labels", "invalid_request"),
        ({"segments": 1}, "segments", "invalid_request"),
    ],
)
async def test_what_no_template_can_be_is_refused_by_its_field(rig, fields, field, code):
    await rig.store.put_account("default", AccountSettings(max_segments=2), rig.clock.now())
    reply = await rig.call("POST", "/v1/templates", json={"name": "a", "text": "b"} | fields)
    assert (reply.status, reply.code, reply.body["errors"][0]["field"]) == (422, code, field)
    assert (await rig.call("GET", "/v1/templates")).body["data"] == []


async def test_a_name_is_taken_once_whatever_its_case(rig):
    await make(rig)
    other = await make(rig, "other")
    taken = {"name": "WELCOME", "text": "x"}
    assert (await rig.call("POST", "/v1/templates", json=taken)).code == "conflict"
    assert (await rig.call("PATCH", f"/v1/templates/{other['id']}", json={"name": "welcome"})).code == "conflict"


async def test_templates_are_listed_in_pages(rig):
    for name in "abc":
        await make(rig, name)
    first = (await rig.call("GET", "/v1/templates?limit=2")).body
    assert [one["name"] for one in first["data"]] == ["c", "b"]
    rest = (await rig.call("GET", f"/v1/templates?limit=2&cursor={first['next_cursor']}")).body
    assert ([one["name"] for one in rest["data"]], rest["has_more"]) == (["a"], False)
    assert (await rig.call("GET", "/v1/templates?order=asc")).body["data"][0]["name"] == "a"


async def test_another_account_sees_and_changes_nothing(rig):
    made = await make(rig)
    stranger = await rig.key("other")
    for path in (f"/v1/templates/{made['id']}", "/v1/templates/welcome"):
        for method, more in (("GET", {}), ("PATCH", {"json": {"text": "x"}}), ("DELETE", {})):
            assert (await rig.call(method, path, key=stranger, **more)).status == 404
    assert (await rig.call("GET", "/v1/templates", key=stranger)).body["data"] == []
    assert (await rig.call("POST", "/v1/templates", key=stranger, json={"name": "Welcome", "text": "x"})).status == 201
    assert (await rig.call("GET", f"/v1/templates/{made['id']}")).body == made
