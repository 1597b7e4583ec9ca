"""/v1/webhooks and /v1/deliveries."""

import asyncio
import base64
from datetime import timedelta

import pytest

from gateway.domain.event import instant
from gateway.store.contract import DeliveryResult

URL = "https://example.com/hook"


async def make(rig, **fields):
    reply = await rig.call("POST", "/v1/webhooks", json={"url": URL, **fields})
    assert reply.status == 201, reply.body
    return reply.body


async def test_only_the_address_is_needed_and_the_secret_is_shown_once(rig):
    made = await make(rig)
    assert (made["url"], made["format"], made["events"], made["lines"], made["enabled"]) == (
        URL,
        "native",
        [],
        [],
        True,
    )
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    got = await rig.call("GET", f"/v1/webhooks/{made['id']}")
    assert got.body == {name: value for name, value in made.items() if name != "secret"}
    assert "secret" not in (await rig.call("GET", "/v1/webhooks")).body["data"][0]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://example.com:99999/"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://example.com/" + "x" * 2048}, "url"),
        ({"url": "https://example.com/\r\nHost: x"}, "url"),
        ({"events": ["message.sent", "no.such"]}, "events"),
        ({"format": "xml"}, "format"),
        ({"options": {"clicks": "bots"}}, "options.clicks"),
        ({"options": {"colour": "red"}}, "options.colour"),
        ({"dlr": "yes"}, "dlr"),
        ({"lines": ["nowhere"]}, "lines"),
        ({"headers": {"Host": "x"}}, "headers"),
        ({"headers": {"webhook-id": "x"}}, "headers"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "headers"),
        ({"headers": {"X A": "a"}}, "headers"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
async def test_a_webhook_that_could_not_work_is_refused(rig, fields, field):
    reply = await rig.call("POST", "/v1/webhooks", json={"url": URL, **fields})
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, field)


async def test_a_change_touches_what_it_names_only(rig):
    made = await make(rig, name="a", headers={"X-A": "1"}, lines=["office"], events=["message.sent"])
    rig.clock.turn(1)
    reply = await rig.call("PATCH", f"/v1/webhooks/{made['id']}", json={"enabled": False, "events": []})
    assert reply.status == 200
    changed = {name for name, value in reply.body.items() if made[name] != value}
    assert changed == {"enabled", "events", "updated_at"}
    assert reply.body["lines"] == [(await rig.store.lines())[0].id]


async def test_each_format_can_be_had_and_its_options_are_changed_one_by_one(rig):
    for form in ("native", "messaging", "3cx", "sendsms"):
        assert (await make(rig, format=form))["format"] == form
    made = await make(rig, format="3cx", dlr=True, options={"send_dlr": True})
    whole = {"encode_message": True, "clicks": "human", "dlr_unknown": False, "send_dlr": True}
    assert (made["dlr"], made["routed_only"], made["options"]) == (True, False, whole)
    reply = await rig.call("PATCH", f"/v1/webhooks/{made['id']}", json={"options": {"clicks": "all"}})
    assert reply.body["options"] == whole | {"clicks": "all"}


async def test_a_name_is_given_once_whatever_its_case(rig):
    await make(rig, name="Desk")
    reply = await rig.call("POST", "/v1/webhooks", json={"url": URL, "name": "dESK"})
    assert (reply.status, reply.code) == (409, "conflict")
    other = await make(rig)
    reply = await rig.call("PATCH", f"/v1/webhooks/{other['id']}", json={"name": "desk"})
    assert (reply.status, reply.code) == (409, "conflict")


async def test_webhooks_come_in_pages_newest_first(rig):
    made = [(await make(rig))["id"] for _ in range(3)]
    first = (await rig.call("GET", "/v1/webhooks?limit=2")).body
    rest = (await rig.call("GET", f"/v1/webhooks?limit=2&cursor={first['next_cursor']}")).body
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)
    oldest = (await rig.call("GET", "/v1/webhooks?order=asc&limit=1")).body
    assert oldest["data"][0]["id"] == made[0]
    reply = await rig.call("GET", f"/v1/webhooks?order=asc&cursor={first['next_cursor']}")
    assert (reply.status, reply.code) == (400, "invalid_cursor")


async def test_changes_at_the_same_time_all_happen(rig):
    path = f"/v1/webhooks/{(await make(rig))['id']}"
    changes = [{"name": "a"}, {"description": "b"}, {"dlr": True}, {"enabled": False}, {"headers": {"X-A": "1"}}]
    await asyncio.gather(*(rig.call("PATCH", path, json=change) for change in changes))
    got = (await rig.call("GET", path)).body
    assert all(got[name] == value for change in changes for name, value in change.items())


async def test_who_changes_an_old_view_is_told(rig):
    made = await make(rig)
    path = f"/v1/webhooks/{made['id']}"
    etag = (await rig.call("GET", path)).headers["ETag"]
    rig.clock.turn(1)
    assert (await rig.call("PATCH", path, json={"name": "a"}, headers={"If-Match": etag})).status == 200
    reply = await rig.call("PATCH", path, json={"name": "b"}, headers={"If-Match": etag})
    assert (reply.status, reply.code) == (412, "precondition_failed")
    assert (await rig.call("PATCH", path, json={"name": "c"}, headers={"If-Match": "*"})).status == 200


async def test_a_removed_webhook_is_gone(rig):
    path = f"/v1/webhooks/{(await make(rig))['id']}"
    assert (await rig.call("DELETE", path)).status == 204
    for method in ("GET", "DELETE"):
        assert (await rig.call(method, path)).status == 404


async def test_a_rotated_secret_leaves_the_old_one_for_a_day(rig):
    made = await make(rig)
    reply = await rig.call("POST", f"/v1/webhooks/{made['id']}/rotate-secret")
    assert reply.body["secret"] != made["secret"]
    kept = (await rig.store.webhooks("default"))[0]
    assert (kept.secret, kept.previous_secret) == (reply.body["secret"], made["secret"])
    assert (kept.previous_secret_until - rig.clock.now()).total_seconds() == pytest.approx(86400, abs=1)


async def test_a_test_event_goes_to_that_endpoint_alone(rig):
    made = await make(rig)
    await make(rig)
    reply = await rig.call("POST", f"/v1/webhooks/{made['id']}/test")
    assert (reply.status, reply.body["type"]) == (202, "webhook.test")
    deliveries = (await rig.call("GET", "/v1/deliveries")).body["data"]
    assert [(one["webhook"], one["event_type"], one["state"]) for one in deliveries] == [
        (made["id"], "webhook.test", "pending")
    ]


async def test_deliveries_are_listed_in_pages_and_replayed(rig):
    made = await make(rig)
    for _ in range(3):
        await rig.call("POST", f"/v1/webhooks/{made['id']}/test")
    first = (await rig.call("GET", f"/v1/deliveries?webhook={made['id']}&state=pending&limit=2")).body
    cursor = first["next_cursor"]
    rest = (await rig.call("GET", f"/v1/deliveries?webhook={made['id']}&state=pending&limit=2&cursor={cursor}")).body
    ids = [one["id"] for one in first["data"] + rest["data"]]
    assert len(set(ids)) == 3
    assert (await rig.call("GET", "/v1/deliveries?state=lost")).status == 422


async def test_what_failed_or_all_is_delivered_again_when_asked(rig):
    made = await make(rig)
    for state in ("delivered", "dead"):
        await rig.call("POST", f"/v1/webhooks/{made['id']}/test")
        (due,) = await rig.store.due_deliveries(rig.clock.now(), 10, ())
        result = DeliveryResult(state, 200 if state == "delivered" else 500, None, None, None)
        await rig.store.record_delivery(due.delivery.num, result, rig.clock.now())
    dead, delivered = (await rig.call("GET", "/v1/deliveries")).body["data"]
    assert (dead["state"], delivered["state"]) == ("dead", "delivered")
    reply = await rig.call("POST", f"/v1/deliveries/{delivered['id']}/replay")
    assert (reply.status, reply.body["id"], reply.body["state"]) == (202, delivered["id"], "pending")
    path = f"/v1/webhooks/{made['id']}/replay"
    later = instant(rig.clock.now() + timedelta(hours=1))
    assert (await rig.call("POST", path, json={"since": later})).body == {"replayed": 0}
    assert (await rig.call("POST", path, json={"only": "failed"})).body == {"replayed": 1}
    assert (await rig.call("POST", path, json={"only": "all"})).status == 202
