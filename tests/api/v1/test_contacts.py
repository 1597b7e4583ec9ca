"""/v1/contacts: one by one, and out of a file."""

import io

import pytest

ANN = {
    "name": "Ann Lee",
    "phone": "(310) 555-1212",
    "email": "ann@example.com",
    "external_id": "e1",
    "tags": ["a", "b", "a"],
    "fields": {"city": "Rome"},
}


async def make(rig, **fields):
    reply = await rig.call("POST", "/v1/contacts", json=fields)
    assert reply.status == 201, reply.body
    return reply.body


async def load(rig, text, **more):
    octets = text.encode() if isinstance(text, str) else text
    headers = {"Content-Type": "text/csv"} | more
    return await rig.call("POST", "/v1/contacts/import", data=io.BytesIO(octets), headers=headers)


async def test_a_contact_is_made_shown_changed_and_removed(rig):
    reply = await rig.call("POST", "/v1/contacts", json=ANN)
    made, path = reply.body, reply.headers["Location"]
    assert (reply.status, path) == (201, f"/v1/contacts/{made['id']}")
    assert made["phone"] == "+13105551212"
    assert made["tags"] == ["a", "b"]
    assert (await rig.call("GET", path)).body == made
    rig.clock.turn(1)
    change = {"email": None, "external_id": "", "fields": {"city": "", "size": "9"}}
    changed = (await rig.call("PATCH", path, json=change)).body
    assert {name for name, value in changed.items() if made[name] != value} == {
        "email",
        "external_id",
        "fields",
        "updated_at",
    }
    assert (changed["email"], changed["external_id"], changed["fields"]) == (None, None, {"size": "9"})
    assert (await rig.call("DELETE", path)).status == 204
    for method in ("GET", "DELETE"):
        assert (await rig.call(method, path)).status == 404
    assert (await rig.call("PATCH", path, json={})).status == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "name"),
        ({"name": "", "phone": "  "}, "phone"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"phone": "12x"}, "phone"),
        ({"phone": "x" * 1001}, "phone"),
        ({"email": "ann"}, "email"),
        ({"email": "a@b@c"}, "email"),
        ({"email": "a b@c"}, "email"),
        ({"external_id": "x" * 129}, "external_id"),
        ({"name": "a", "tags": [""]}, "tags"),
        ({"name": "a", "tags": ["x" * 65]}, "tags"),
        ({"name": "a", "fields": {"a b": "x"}}, "fields"),
        ({"name": "a", "fields": {"a": "x" * 1001}}, "fields.a"),
        ({"name": "a", "fields": {"a": 1}}, "fields.a"),
        ({"name": "a", "num": 1}, "num"),
        ({"name": "a\0"}, "name"),
    ],
)
async def test_what_no_contact_can_be_is_refused_by_its_field(rig, fields, field):
    reply = await rig.call("POST", "/v1/contacts", json=fields)
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, field)
    assert (await rig.call("GET", "/v1/contacts")).body["data"] == []


async def test_a_lone_surrogate_is_no_text(rig):
    for body in (b'{"name": "\\ud800"}', b'{"name": "\xed\xa0\x80"}', b'{"name": "a", "fields": {"\\udfff": "x"}}'):
        reply = await rig.call("POST", "/v1/contacts", data=body, headers={"Content-Type": "application/json"})
        assert reply.status in (400, 422)


async def test_two_contacts_share_no_phone_and_no_external_id(rig):
    await make(rig, **ANN)
    for taken, field in (({"phone": "+1 310 555 1212"}, "phone"), ({"external_id": "e1"}, "external_id")):
        reply = await rig.call("POST", "/v1/contacts", json=taken)
        assert (reply.status, reply.code, reply.body["errors"][0]["field"]) == (409, "conflict", field)


async def test_contacts_are_listed_in_pages_from_either_end_and_narrowed(rig):
    made = [await make(rig, name=f"N{n}", phone=f"+1310555120{n}") for n in range(5)]
    first = (await rig.call("GET", "/v1/contacts?limit=2")).body
    assert [one["name"] for one in first["data"]] == ["N4", "N3"]
    rest = (await rig.call("GET", f"/v1/contacts?limit=9&cursor={first['next_cursor']}")).body
    assert [one["name"] for one in rest["data"]] == ["N2", "N1", "N0"]
    assert rest["next_cursor"] is None
    ascending = (await rig.call("GET", "/v1/contacts?limit=2&order=asc")).body
    assert [one["name"] for one in ascending["data"]] == ["N0", "N1"]
    more = (await rig.call("GET", f"/v1/contacts?limit=2&order=asc&cursor={ascending['next_cursor']}")).body
    assert [one["name"] for one in more["data"]] == ["N2", "N3"]
    assert (await rig.call("GET", f"/v1/contacts?limit=2&q=n&cursor={first['next_cursor']}")).status == 400
    assert (await rig.call("GET", "/v1/contacts?phone=3105551203")).body["data"] == [made[3]]
    assert (await rig.call("GET", "/v1/contacts?phone=abc")).status == 422
    assert (await rig.call("GET", "/v1/contacts?q=n3")).body["data"] == [made[3]]
    assert (await rig.call("GET", "/v1/contacts?group=none")).status == 404


async def test_a_file_is_read_by_its_header(rig):
    await make(rig, phone="+13105551200", name="Old", email="old@example.com")
    text = (
        "﻿Name,Phone,E-Mail,Group,Tags,Home Town,email\r\n"
        'Ann,(310) 555-1212,,VIP,"a; b",Rome,\r\n'
        "\r\n"
        '"Bob\nthe builder",310-555-1213,,vip,,,bob@example.com\r\n'
        "Changed,+13105551200,,,,,\r\n"
    )
    reply = await load(rig, text.replace("E-Mail", "extra"))
    assert (reply.status, reply.body["created"], reply.body["updated"]) == (200, 1, 1)
    assert reply.body["faults"] == [{"line": 4, "message": "name: at most 200 characters on one line"}]
    [ann] = (await rig.call("GET", "/v1/contacts?q=ann")).body["data"]
    assert (ann["tags"], ann["fields"], ann["phone"]) == (["a", "b"], {"Home_Town": "Rome"}, "+13105551212")
    [changed] = (await rig.call("GET", "/v1/contacts?phone=3105551200")).body["data"]
    assert (changed["name"], changed["email"]) == ("Changed", "old@example.com")
    assert (await rig.call("GET", "/v1/groups/vip")).body["members"] == 1


async def test_each_bad_row_is_named_by_its_line_and_the_others_are_written(rig):
    text = (
        "name;phone;email;external_id\nA;+13105551201;;e1\n;12x;;\nC;;nobody;\nD;+13105551201;;e2\n;;;\nE;1;2;3;4\nF;;;"
    )
    reply = await load(rig, text)
    assert (reply.body["created"], reply.body["updated"]) == (2, 1)
    assert [fault["line"] for fault in reply.body["faults"]] == [3, 4, 7]
    assert [one["name"] for one in (await rig.call("GET", "/v1/contacts?order=asc")).body["data"]] == ["D", "F"]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\n\n",
        b"\xff\xfename\n",
        b"name,name\nA,B\n",
        b"name,\nA,B\n",
        b"na\0me\nA\n",
        b'name\n"A',
        b'name\n"A"B\n',
        b"name\n" + b"x" * 200_000 + b"\n",
        b"caf\xc3\xa9,name\nA,B\n",
        b"name\n" + b"A\n" * 10_001,
    ],
)
async def test_what_is_no_such_file_is_refused_whole(rig, octets):
    reply = await load(rig, octets)
    assert (reply.status, reply.code) == (422, "invalid_request")
    assert (await rig.call("GET", "/v1/contacts")).body["data"] == []


async def test_a_file_has_its_media_type_and_a_bound(rig):
    reply = await rig.call("POST", "/v1/contacts/import", json={"name": "x"})
    assert (reply.status, reply.code) == (415, "unsupported_media_type")
    assert (await load(rig, "name\n" + "x" * 1024 * 1024)).status == 413
    assert (await load(rig, "name\nA\n", **{"Content-Type": "text/csv; charset=utf-8"})).status == 200


async def test_another_account_sees_and_changes_nothing(rig):
    made = await make(rig, **ANN)
    stranger = await rig.key("other")
    path = f"/v1/contacts/{made['id']}"
    for method, more in (("GET", {}), ("PATCH", {"json": {"name": "x"}}), ("DELETE", {})):
        reply = await rig.call(method, path, key=stranger, **more)
        absent = await rig.call(method, path[:-3] + "000", key=stranger, **more)
        assert (reply.status, reply.body["detail"]) == (404, absent.body["detail"])
    for query in ("", "?q=ann", "?phone=3105551212"):
        assert (await rig.call("GET", f"/v1/contacts{query}", key=stranger)).body["data"] == []
    assert (await rig.call("POST", "/v1/contacts", key=stranger, json=ANN)).status == 201
    assert (await rig.call("GET", path)).body == made


async def test_reading_and_writing_need_their_scopes(rig):
    reader, writer = await rig.key(scopes=("contacts:read",)), await rig.key(scopes=("contacts:write",))
    assert (await rig.call("POST", "/v1/contacts", key=reader, json=ANN)).code == "forbidden_scope"
    assert (await rig.call("GET", "/v1/contacts", key=writer)).code == "forbidden_scope"
    assert (await rig.call("POST", "/v1/contacts", key=writer, json=ANN)).status == 201
