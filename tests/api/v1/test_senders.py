"""/v1/senders."""

import pytest

from gateway.domain.line import LineRecord

SENDER = {"value": "STORE1", "lines": ["office"]}


async def make(rig, key=None, **fields):
    return await rig.call("POST", "/v1/senders", json=SENDER | fields, **({"key": key} if key else {}))


async def test_a_sender_is_made_listed_used_and_removed(rig):
    line = (await rig.store.lines())[0]
    made = await make(rig, strategy="sticky")
    assert made.status == 201
    assert made.body | {"id": "", "created_at": ""} == {
        "id": "",
        "created_at": "",
        "value": "STORE1",
        "kind": "alias",
        "strategy": "sticky",
        "lines": [line.id],
    }
    assert (await rig.call("GET", "/v1/senders")).body["data"] == [made.body]
    sent = await rig.send(**{"from": "store1"})
    assert sent["from"] == "STORE1"
    assert (await rig.call("DELETE", f"/v1/senders/{made.body['id']}")).status == 204
    assert (await rig.call("DELETE", f"/v1/senders/{made.body['id']}")).code == "not_found"
    gone = (await rig.call("GET", f"/v1/messages/{sent['id']}")).body
    assert (gone["state"], gone["error"]["code"]) == ("rejected", "sender_deleted")
    refused = await rig.call("POST", "/v1/messages", json={"to": "+13105551212", "text": "x", "from": "STORE1"})
    assert refused.code == "invalid_sender"


@pytest.mark.parametrize(
    ("value", "kind"),
    [("(310) 555-7777", "number"), ("80888", "shortcode"), ("Shop & Co", "alias")],
)
async def test_the_kind_is_told_by_the_value(rig, value, kind):
    assert (await make(rig, value=value)).body["kind"] == kind


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": ""}, "value"),
        ({"value": "x" * 64}, "value"),
        ({"value": "a\nb"}, "value"),
        ({"value": "a\0b"}, "value"),
        ({"value": 5}, "value"),
        ({"lines": []}, "lines"),
        ({"lines": ["nowhere"]}, "lines"),
        ({"lines": "office"}, "lines"),
        ({"kind": "number"}, "value"),
        ({"kind": "word"}, "kind"),
        ({"value": "80888", "kind": "number"}, "kind"),
        ({"strategy": "random"}, "strategy"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_sender_that_could_not_be_written_is_refused(rig, fields, field):
    reply = await make(rig, **fields)
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("value", ["office", "OFFICE", "+13109060901", "3109060901", "00000", "auto", "store1"])
async def test_a_word_that_means_something_already_is_refused(rig, value):
    assert (await make(rig)).status == 201
    reply = await make(rig, value=value)
    assert (reply.status, reply.code) == (409, "conflict")


async def test_accounts_have_senders_of_their_own(rig):
    await rig.store.put_line(LineRecord(0, "", "theirs", accounts=("other",)))
    other = await rig.key("other")
    mine = (await make(rig)).body
    assert (await make(rig, lines=["theirs"], value="X")).status == 422
    theirs = await make(rig, key=other, lines=["theirs"])
    assert theirs.status == 201
    assert (await rig.call("GET", "/v1/senders", key=other)).body["data"] == [theirs.body]
    assert (await rig.call("DELETE", f"/v1/senders/{mine['id']}", key=other)).status == 404
