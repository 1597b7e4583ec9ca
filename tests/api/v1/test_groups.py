"""/v1/groups and their members."""

import pytest


async def group(rig, name="VIP"):
    reply = await rig.call("POST", "/v1/groups", json={"name": name})
    assert reply.status == 201, reply.body
    return reply.body


async def contact(rig, n=0, **more):
    return (await rig.call("POST", "/v1/contacts", json={"phone": f"+1310555120{n}"}, **more)).body["id"]


async def test_a_group_is_made_renamed_and_removed(rig):
    reply = await rig.call("POST", "/v1/groups", json={"name": " VIP "})
    made, path = reply.body, reply.headers["Location"]
    assert (made["name"], made["members"]) == ("VIP", 0)
    assert (await rig.call("GET", path)).body == (await rig.call("GET", "/v1/groups/vip")).body == made
    assert (await rig.call("PATCH", path, json={"name": "vip"})).body == made | {"name": "vip"}
    assert (await rig.call("DELETE", path)).status == 204
    for method, more in (("GET", {}), ("PATCH", {"json": {"name": "x"}}), ("DELETE", {})):
        assert (await rig.call(method, path, **more)).status == 404


async def test_a_name_is_taken_once_whatever_its_case(rig):
    await group(rig)
    other = await group(rig, "other")
    assert (await rig.call("POST", "/v1/groups", json={"name": "vip"})).code == "conflict"
    assert (await rig.call("PATCH", f"/v1/groups/{other['id']}", json={"name": "Vip"})).code == "conflict"


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\tb", "a\0", None, 1, "x" * 1001])
async def test_what_is_no_name_is_refused(rig, name):
    reply = await rig.call("POST", "/v1/groups", json={"name": name})
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, "name")


async def test_members_are_put_in_listed_and_taken_out(rig):
    made = await group(rig)
    path = f"/v1/groups/{made['id']}/members"
    ids = [await contact(rig, n) for n in range(3)]
    for _ in range(2):
        assert (await rig.call("POST", path, json={"contacts": ids})).body["members"] == 3
    first = (await rig.call("GET", f"{path}?limit=2")).body
    assert [one["id"] for one in first["data"]] == ids[:0:-1]
    rest = (await rig.call("GET", f"{path}?limit=2&cursor={first['next_cursor']}")).body
    assert [one["id"] for one in rest["data"]] == ids[:1]
    assert (await rig.call("GET", "/v1/contacts?group=vip&order=asc")).body["data"][0]["id"] == ids[0]
    for _ in range(2):
        assert (await rig.call("DELETE", f"{path}/{ids[0]}")).status == 204
    assert (await rig.call("GET", f"/v1/groups/{made['id']}")).body["members"] == 2
    assert (await rig.call("GET", f"/v1/contacts/{ids[0]}")).status == 200, "a contact it remains"


async def test_who_is_no_contact_gets_into_no_group(rig):
    await group(rig)
    known = await contact(rig)
    reply = await rig.call("POST", "/v1/groups/vip/members", json={"contacts": [known, "con_none"]})
    assert (reply.status, reply.code) == (404, "not_found")
    assert (await rig.call("GET", "/v1/groups/vip")).body["members"] == 0
    assert (await rig.call("DELETE", "/v1/groups/vip/members/con_none")).status == 404
    assert (await rig.call("POST", "/v1/groups/vip/members", json={"contacts": []})).status == 422
    assert (await rig.call("POST", "/v1/groups/none/members", json={"contacts": [known]})).status == 404


async def test_groups_are_listed_in_pages(rig):
    for name in "abc":
        await group(rig, name)
    first = (await rig.call("GET", "/v1/groups?limit=2")).body
    assert [one["name"] for one in first["data"]] == ["c", "b"]
    rest = (await rig.call("GET", f"/v1/groups?limit=2&cursor={first['next_cursor']}")).body
    assert ([one["name"] for one in rest["data"]], rest["has_more"]) == (["a"], False)
    assert (await rig.call("GET", "/v1/groups?order=asc")).body["data"][0]["name"] == "a"


async def test_another_account_sees_and_changes_nothing(rig):
    made = await group(rig)
    member = await contact(rig)
    stranger = await rig.key("other")
    foreign = await contact(rig, key=stranger)
    one = f"/v1/groups/{made['id']}"
    for method, path, more in (
        ("GET", one, {}),
        ("GET", f"{one}/members", {}),
        ("PATCH", one, {"json": {"name": "x"}}),
        ("POST", f"{one}/members", {"json": {"contacts": [foreign]}}),
        ("DELETE", f"{one}/members/{member}", {}),
        ("DELETE", one, {}),
    ):
        assert (await rig.call(method, path, key=stranger, **more)).status == 404, (method, path)
    assert (await rig.call("POST", f"{one}/members", json={"contacts": [foreign]})).status == 404
    assert (await rig.call("GET", "/v1/groups", key=stranger)).body["data"] == []
    assert (await rig.call("GET", one)).body == made
    assert (await rig.call("POST", "/v1/groups", key=stranger, json={"name": "vip"})).status == 201
