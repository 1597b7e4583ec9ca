"""/v1/subscriptions."""

import pytest

from gateway.domain.campaign import Campaign
from gateway.store.contract import Arrival

PHONE = "+13105551212"


async def subscribe(rig, status=201, **fields):
    reply = await rig.call("POST", "/v1/subscriptions", json={"phone": PHONE, **fields})
    assert reply.status == status, reply.body
    return reply.body


async def hear(rig, text):
    line = (await rig.store.lines())[0]
    said = Arrival(text.encode(), None, True, sender=PHONE, alphabet="gsm7", content=text.encode())
    await rig.store.file_arrival(line.num, said, rig.clock.now())


@pytest.fixture
async def sale(rig):
    await rig.store.campaigns.add(Campaign(0, "cmp_1", "default", "sale", rig.clock.now()))


async def test_a_phone_is_subscribed_to_a_sender_or_a_campaign_once(rig, sale):
    ann = (await rig.call("POST", "/v1/contacts", json={"phone": PHONE})).body["id"]
    vip = (await rig.call("POST", "/v1/groups", json={"name": "vip"})).body["id"]
    made = await subscribe(rig, phone="(310) 555-1212", sender="3109060901", group="VIP")
    assert (made["phone"], made["sender"], made["campaign"]) == (PHONE, "+13109060901", None)
    assert (made["contact"], made["group"], made["authenticated"], made["source"]) == (ann, vip, False, "api")
    assert await subscribe(rig, 200, sender="+13109060901") == made
    assert (await subscribe(rig, campaign="sale", source="import"))["campaign"] == "sale"
    assert (await rig.call("GET", "/v1/groups/vip")).body["members"] == 1


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"sender": "00000", "campaign": "sale"}, 422, "invalid_request"),
        ({"sender": "nobody"}, 422, "invalid_sender"),
        ({"campaign": "winter"}, 422, "campaign_unknown"),
        ({"campaign": ""}, 422, "invalid_request"),
        ({"campaign": "a\nb"}, 422, "invalid_request"),
        ({"phone": "x", "campaign": "sale"}, 422, "invalid_recipient"),
        ({"campaign": "sale", "source": "keyword"}, 422, "invalid_request"),
    ],
)
async def test_what_is_no_subscription_is_refused(rig, sale, fields, status, code):
    reply = await rig.call("POST", "/v1/subscriptions", json={"phone": PHONE} | fields)
    assert (reply.status, reply.code) == (status, code)


async def test_who_was_stopped_is_subscribed_again_by_who_may(rig, sale):
    made = await subscribe(rig, campaign="sale")
    for _ in range(2):
        stopped = (await rig.call("DELETE", f"/v1/subscriptions/{made['id']}")).body
        assert (stopped["id"], stopped["state"]) == (made["id"], "stopped")
    writer = await rig.key(scopes=("contacts:write",))
    body = {"phone": PHONE, "campaign": "sale"}
    assert (await rig.call("POST", "/v1/subscriptions", key=writer, json=body)).code == "opted_out"
    assert (await subscribe(rig, campaign="sale"))["id"] == made["id"]


async def test_after_a_stop_of_his_own_only_his_start_brings_him_back(rig, sale):
    await subscribe(rig, campaign="sale")
    await hear(rig, "STOP")
    body = {"phone": PHONE, "campaign": "sale"}
    admin = await rig.key(scopes=("admin",))
    for key in (None, admin):
        assert (await rig.call("POST", "/v1/subscriptions", key=key, json=body)).code == "opted_out"
    await hear(rig, "START")
    [back] = (await rig.call("GET", "/v1/subscriptions")).body["data"]
    assert (back["state"], back["authenticated"]) == ("active", True)


async def test_subscriptions_are_listed_in_pages_and_narrowed(rig, sale):
    for phone in (PHONE, "+13105551213"):
        for target in ({"sender": "00000"}, {"campaign": "sale"}):
            await subscribe(rig, phone=phone, **target)
    first = (await rig.call("GET", "/v1/subscriptions?limit=3")).body
    rest = (await rig.call("GET", f"/v1/subscriptions?limit=3&cursor={first['next_cursor']}")).body
    assert len({one["id"] for one in first["data"] + rest["data"]}) == 4
    for query, count in (
        ("sender=00000", 2),
        ("campaign=sale", 2),
        ("phone=3105551212", 2),
        ("phone=3105551212&campaign=sale", 1),
        ("state=stopped", 0),
        ("campaign=none", 0),
    ):
        assert len((await rig.call("GET", f"/v1/subscriptions?{query}")).body["data"]) == count, query
    for wrong in ("state=lost", "phone=x", "sender=nobody", "sender=00000&campaign=sale"):
        assert (await rig.call("GET", f"/v1/subscriptions?{wrong}")).status == 422, wrong


async def test_another_account_sees_and_stops_nothing(rig, sale):
    made = await subscribe(rig, campaign="sale")
    stranger = await rig.key("other")
    assert (await rig.call("GET", "/v1/subscriptions", key=stranger)).body["data"] == []
    assert (await rig.call("DELETE", f"/v1/subscriptions/{made['id']}", key=stranger)).status == 404
    body = {"phone": PHONE, "campaign": "sale"}
    assert (await rig.call("POST", "/v1/subscriptions", key=stranger, json=body)).code == "campaign_unknown"
    assert (await rig.call("GET", "/v1/subscriptions")).body["data"] == [made]
