"""/v1/batches: for a list, a group or a campaign's subscribers; listed, paused, resumed, cancelled."""

import pytest

ALICE, BOB = "+13105551212", "+13105551213"
TWO = [{"to": ALICE}, {"to": BOB}]


async def post(rig, status=202, **body):
    reply = await rig.call("POST", "/v1/batches", json=body)
    assert reply.status == status, reply.body
    return reply.body


async def sent(rig, batch):
    listed = await rig.call("GET", f"/v1/messages?batch={batch}&order=asc")
    return [(message["to"], message["text"]) for message in listed.body["data"]]


async def test_a_batch_is_told_with_its_name_and_counts(rig):
    made = await post(rig, messages=TWO, text="x", name="spring", description="sale", client_ref="s1")
    batch = (await rig.call("GET", f"/v1/batches/{made['id']}")).body
    assert {name: batch[name] for name in ("name", "description", "client_ref", "size", "paused", "counts")} == {
        "name": "spring",
        "description": "sale",
        "client_ref": "s1",
        "size": 2,
        "paused": False,
        "counts": {"queued": 2},
    }


async def test_batches_are_listed_page_by_page_without_single_messages(rig):
    made = [(await post(rig, messages=[{"to": ALICE}], text=str(n)))["id"] for n in range(3)]
    await rig.send()
    first = (await rig.call("GET", "/v1/batches?limit=2")).body
    assert [batch["id"] for batch in first["data"]] == [made[2], made[1]]
    rest = (await rig.call("GET", f"/v1/batches?limit=2&cursor={first['next_cursor']}")).body
    assert ([batch["id"] for batch in rest["data"]], rest["has_more"]) == ([made[0]], False)
    ascending = (await rig.call("GET", "/v1/batches?order=asc")).body
    assert [batch["id"] for batch in ascending["data"]] == made
    assert (await rig.call("GET", f"/v1/batches?order=asc&cursor={first['next_cursor']}")).code == "invalid_cursor"


async def test_each_recipient_has_variables_of_his_own(rig):
    made = await post(
        rig,
        text="Hi {{name|there}} at {{phone}} of {{shop}}",
        vars={"shop": "Ours"},
        messages=[{"to": ALICE, "vars": {"name": "Ann"}}, {"to": BOB}, {"to": BOB, "text": "{{missing}}"}],
    )
    assert await sent(rig, made["id"]) == [
        (ALICE, f"Hi Ann at {ALICE} of Ours"),
        (BOB, f"Hi there at {BOB} of Ours"),
    ]
    assert [(one["index"], one["to"], one["code"]) for one in made["rejected"]] == [(2, BOB, "invalid_request")]


async def test_a_group_is_written_to_with_what_is_known_of_its_members(rig):
    ids = []
    for name, phone in (("Ann Lee", ALICE), ("Bob", BOB)):
        made = await rig.call("POST", "/v1/contacts", json={"name": name, "phone": phone})
        assert made.status == 201, made.body
        ids.append(made.body["id"])
    group = (await rig.call("POST", "/v1/groups", json={"name": "vip"})).body["id"]
    await rig.call("POST", f"/v1/groups/{group}/members", json={"contacts": ids})
    template = (await rig.call("POST", "/v1/templates", json={"name": "hi", "text": "Hi {{first}}"})).status
    assert template == 201
    made = await post(rig, group="VIP", template="hi")
    assert sorted(await sent(rig, made["id"])) == [(ALICE, "Hi Ann"), (BOB, "Hi Bob")]
    contact = await post(rig, messages=[{"to": {"contact": ids[0]}}, {"to": {"contact": "con_0"}}], text="x")
    assert contact["counts"] == {"accepted": 1, "rejected": 1}
    assert contact["rejected"][0] | {"message": ""} == {
        "index": 1,
        "to": "con_0",
        "code": "invalid_recipient",
        "message": "",
    }
    unknown = await rig.call("POST", "/v1/batches", json={"group": "nobody", "text": "x"})
    assert unknown.code == "not_found"


async def test_the_subscribers_of_a_campaign_are_written_to(rig):
    await rig.call("POST", "/v1/campaigns", json={"ref": "sale"})
    for phone in (ALICE, BOB):
        made = await rig.call("POST", "/v1/subscriptions", json={"phone": phone, "campaign": "sale"})
        assert made.status in (200, 201), made.body
    await rig.call("POST", "/v1/opt-outs", json={"phone": BOB})
    made = await post(rig, campaign_subscribers=True, campaign="sale", text="x")
    assert await sent(rig, made["id"]) == [(ALICE, "x")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x"}, "messages"),
        ({"messages": TWO, "group": "vip", "text": "x"}, "messages"),
        ({"messages": TWO, "campaign_subscribers": True, "campaign": "sale", "text": "x"}, "messages"),
        ({"campaign_subscribers": True, "text": "x"}, "campaign"),
        ({"messages": [], "text": "x"}, "messages"),
        ({"messages": [{"to": ALICE}] * 10_001, "text": "x"}, "messages"),
        ({"messages": [{"to": ALICE, "vars": {"a": 1}}], "text": "x"}, "messages.0.vars.a"),
    ],
)
async def test_who_gets_it_must_be_said_one_way(rig, body, field):
    reply = await rig.call("POST", "/v1/batches", json=body)
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, field)


async def test_a_batch_is_paused_resumed_and_cancelled(rig):
    line = (await rig.store.lines())[0]
    made = (await post(rig, messages=TWO, text="x"))["id"]
    paused = await rig.call("POST", f"/v1/batches/{made}/pause")
    assert (paused.status, paused.body["paused"], paused.body["counts"]) == (200, True, {"queued": 2})
    assert await rig.store.claim(line.num, rig.clock.now()) is None
    resumed = (await rig.call("POST", f"/v1/batches/{made}/resume")).body
    assert resumed["paused"] is False
    assert await rig.store.claim(line.num, rig.clock.now()) is not None
    cancelled = (await rig.call("POST", f"/v1/batches/{made}/cancel")).body
    assert cancelled["counts"] == {"sending": 1, "canceled": 1}


async def test_a_test_message_is_delivered_at_once_and_goes_nowhere(rig):
    body = await rig.send(test=True)
    assert (body["state"], body["test"], body["line"]) == ("delivered", True, None)
    line = (await rig.store.lines())[0]
    assert await rig.store.claim(line.num, rig.clock.now()) is None


async def test_a_preview_fills_a_template(rig):
    await rig.call("POST", "/v1/templates", json={"name": "hi", "text": "Hi {{name}}"})
    body = {"template": "hi", "vars": {"name": "Ann"}}
    preview = await rig.call("POST", "/v1/messages/preview", json=body)
    assert preview.body["parts"][0]["text"] == "Hi Ann"
    assert (await rig.call("POST", "/v1/messages/preview", json={"template": "hi"})).status == 422
    assert (await rig.call("POST", "/v1/messages/preview", json={})).code == "body_empty"
