"""The registry of campaigns, and what an operator says of them."""

from dataclasses import replace

import pytest

from gateway.domain.access import DEFAULT_SCOPES, AccountSettings

WHOLE = {
    "brand": "Acme",
    "use_case": "MIXED",
    "sub_use_cases": ["ACCOUNT_NOTIFICATION", "MARKETING"],
    "description": "News for those who asked for them",
    "message_flow": "A form at acme.example/news",
    "samples": ["Spring is here", "Last days!"],
    "opt_in": {"keywords": ["START"], "message": "Welcome"},
    "opt_out": {"keywords": ["STOP"], "message": "Good bye"},
    "help": {"keywords": ["HELP"], "message": "Call 555"},
    "embedded_link": True,
    "embedded_phone": False,
    "age_gated": True,
    "direct_lending": False,
    "number_pool": False,
    "auto_renewal": True,
    "lines": ["office"],
}


async def create(rig, ref="spring", **more):
    reply = await rig.call("POST", "/v1/campaigns", json={"ref": ref, **more})
    assert reply.status == 201, reply.body
    return reply


@pytest.fixture
async def admin(rig):
    return await rig.key(scopes=("admin",))


async def test_a_campaign_keeps_everything_that_is_said_of_it(rig):
    made = await create(rig, **WHOLE)
    line = (await rig.store.lines())[0]
    assert made.body == made.body | WHOLE | {"lines": [line.id], "line_count": 1, "approval": "N", "seq": 1}
    assert made.body["activated_at"] is None
    assert made.headers["Location"] == "/v1/campaigns/spring"
    assert (await rig.call("GET", "/v1/campaigns/spring")).body == made.body
    assert (await rig.call("GET", "/v1/campaigns")).body["data"] == [made.body]


async def test_a_change_leaves_the_rest_and_is_made_to_what_the_caller_knows(rig):
    made = await create(rig, **WHOLE)
    tag = made.headers["ETag"]
    changed = await rig.call("PATCH", "/v1/campaigns/spring", json={"brand": "New"}, headers={"If-Match": tag})
    assert changed.body == made.body | {"brand": "New", "seq": 2, "updated_at": changed.body["updated_at"]}
    for stale in (tag, '"x"', 'W/"2"', '"' + "9" * 400 + '"'):
        reply = await rig.call("PATCH", "/v1/campaigns/spring", json={"brand": "Other"}, headers={"If-Match": stale})
        assert (reply.status, reply.code) == (412, "precondition_failed")
    for fresh in ("*", f'"x", {changed.headers["ETag"]}'):
        reply = await rig.call("PATCH", "/v1/campaigns/spring", json={"brand": "New"}, headers={"If-Match": fresh})
        assert reply.body == changed.body


async def test_approving_and_suspending_are_an_operators(rig, admin):
    await create(rig)
    for verb in ("approve", "suspend"):
        reply = await rig.call("POST", f"/v1/campaigns/spring/{verb}")
        assert (reply.status, reply.code) == (403, "forbidden_scope")
    approved = await rig.call("POST", "/v1/campaigns/spring/approve", key=admin)
    assert approved.body["approval"] == "Y"
    assert approved.body["activated_at"] is not None
    rig.clock.turn(60)
    suspended = await rig.call("POST", "/v1/campaigns/spring/suspend", key=admin)
    assert suspended.body["approval"] == "N"
    again = await rig.call("POST", "/v1/campaigns/spring/approve", key=admin)
    assert again.body["activated_at"] == approved.body["activated_at"]


async def test_each_change_is_told_with_the_whole_campaign(rig, admin):
    made = await create(rig)
    approved = await rig.call("POST", "/v1/campaigns/spring/approve", key=admin)
    await rig.call("POST", "/v1/campaigns/spring/approve", key=admin)
    events = await rig.store.events_after("default", 0, 10)
    assert [(event.type.value, dict(event.data)) for event in events] == [
        ("campaign.updated", made.body),
        ("campaign.updated", approved.body),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ref"),
        ({"ref": ""}, "ref"),
        ({"ref": "a/b"}, "ref"),
        ({"ref": "x" * 65}, "ref"),
        ({"ref": "a", "samples": []}, "samples"),
        ({"ref": "a", "samples": ["x"] * 6}, "samples"),
        ({"ref": "a", "lines": ["nowhere"]}, "lines"),
        ({"ref": "a", "approval": "Y"}, "approval"),
        ({"ref": "a", "brand": "x" * 256}, "brand"),
        ({"ref": "a", "brand": "\x00"}, "brand"),
        ({"ref": "a", "help": {"keywords": "HELP"}}, "help.keywords"),
        ({"ref": "a", "age_gated": 1}, "age_gated"),
    ],
)
async def test_a_campaign_that_makes_no_sense_is_refused(rig, body, field):
    reply = await rig.call("POST", "/v1/campaigns", json=body)
    assert (reply.status, reply.code) == (422, "invalid_request")
    assert reply.body["errors"][0]["field"] == field
    assert await rig.store.campaigns.list("default") == []


async def test_a_ref_is_taken_once_in_an_account(rig):
    await create(rig)
    reply = await rig.call("POST", "/v1/campaigns", json={"ref": "spring"})
    assert (reply.status, reply.code) == (409, "conflict")
    other = await rig.key("other")
    assert (await rig.call("POST", "/v1/campaigns", json={"ref": "spring"}, key=other)).status == 201


async def test_another_accounts_campaign_is_an_unknown_one(rig):
    await create(rig)
    other = await rig.key("other", (*DEFAULT_SCOPES, "admin"))
    assert (await rig.call("GET", "/v1/campaigns", key=other)).body["data"] == []
    asked = (("GET", "", {}), ("PATCH", "", {"json": {}}), ("DELETE", "", {}), ("POST", "/approve", {}))
    for method, verb, more in (*asked, ("POST", "/suspend", {})):
        foreign = await rig.call(method, f"/v1/campaigns/spring{verb}", key=other, **more)
        unknown = await rig.call(method, f"/v1/campaigns/nothing{verb}", key=other, **more)
        assert foreign.status == unknown.status == 404
        assert foreign.body["detail"] == unknown.body["detail"]


async def test_a_campaign_is_removed(rig):
    await create(rig)
    assert (await rig.call("DELETE", "/v1/campaigns/spring")).status == 204
    assert (await rig.call("DELETE", "/v1/campaigns/spring")).status == 404
    assert (await rig.call("GET", "/v1/campaigns")).body["data"] == []


class TestEnforcement:
    """An account that checks its campaigns sends within approved ones, to their subscribers."""

    @pytest.fixture
    async def line(self, rig):
        settings = replace(AccountSettings(), campaign_check=True)
        await rig.store.put_account("default", settings, rig.clock.now())
        return (await rig.store.lines())[0]

    async def approved(self, rig, admin, **more):
        await create(rig, **more)
        await rig.call("POST", "/v1/campaigns/spring/approve", key=admin)
        await rig.store.consent.subscribe("default", "+13105551212", "campaign", "spring", "api", rig.clock.now())

    async def refusal(self, rig, **more):
        reply = await rig.call("POST", "/v1/messages", json={"to": "+13105551212", "text": "hello", **more})
        return reply.status, reply.code

    async def test_each_refusal_has_its_code(self, rig, line, admin):
        await create(rig)
        assert await self.refusal(rig) == (422, "campaign_required")
        assert await self.refusal(rig, campaign="winter") == (422, "campaign_unknown")
        assert await self.refusal(rig, campaign="spring") == (403, "campaign_not_approved")
        await rig.call("POST", "/v1/campaigns/spring/approve", key=admin)
        assert await self.refusal(rig, campaign="spring") == (403, "not_subscribed")
        await rig.store.consent.subscribe("default", "+13105551212", "campaign", "spring", "api", rig.clock.now())
        assert (await rig.send(campaign="spring"))["campaign"] == "spring"

    async def test_a_message_is_of_the_campaign_of_its_line(self, rig, line, admin):
        assert await self.refusal(rig, **{"from": "office"}) == (422, "campaign_required")
        await self.approved(rig, admin, lines=["office"])
        for sender in ("office", line.number, line.id, "00000"):
            assert (await rig.send(**{"from": sender}))["campaign"] == "spring"
        assert await self.refusal(rig) == (422, "campaign_required")
        body = {"messages": [{"to": "+13105551212"}], "text": "hello", "from": "office"}
        assert (await rig.call("POST", "/v1/batches", json=body)).status == 202
        await rig.call("PATCH", "/v1/campaigns/spring", json={"lines": []})
        assert await self.refusal(rig, **{"from": "office"}) == (422, "campaign_required")

    @pytest.mark.parametrize("verb", ["suspend", "delete"])
    async def test_what_waits_of_a_suspended_campaign_is_rejected_when_its_turn_comes(self, rig, line, admin, verb):
        await self.approved(rig, admin)
        sent = await rig.send(campaign="spring")
        path = "/v1/campaigns/spring"
        await (
            rig.call("DELETE", path, key=admin) if verb == "delete" else rig.call("POST", f"{path}/suspend", key=admin)
        )
        assert await rig.store.claim(line.num, rig.clock.now()) is None
        found = (await rig.call("GET", f"/v1/messages/{sent['id']}")).body
        assert (found["state"], found["error"]["code"]) == ("rejected", "campaign_not_approved")

    async def test_without_the_check_a_campaign_is_but_a_word(self, rig, admin):
        await create(rig, lines=["office"])
        sent = await rig.send(**{"from": "office"})
        assert sent["campaign"] == "spring"
        line = (await rig.store.lines())[0]
        assert (await rig.store.claim(line.num, rig.clock.now())).message == sent["id"]
