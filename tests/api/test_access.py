"""Who may do what: credentials, scopes, accounts, rates; every route of /v1 in each matrix."""

import base64
import json
import re
from datetime import timedelta

import pytest

from api.v1.front import V1
from api.v1.operation import Operation
from gateway.domain.access import SCOPES
from gateway.services import GatewaySettings
from gateway.store.contract import Arrival

BODIES = {
    "SendMessage": {"to": "+13105551212", "text": "x"},
    "SendBatch": {"messages": [{"to": "+13105551212"}], "text": "x"},
    "PreviewMessage": {"text": "x"},
    "Resolve": {"as": "sent"},
    "CreateWebhook": {"url": "https://example.com"},
    "PatchLine": {"paused": False},
    "CreateAccount": {"name": "branch"},
    "CreateLogin": {"username": "alice", "password": "correct horse"},
    "CreateSender": {"value": "STORE1", "lines": ["office"]},
}
"""A body for each model that is not content with ``{}``."""


def operations(rig):
    return [one for one in V1(rig.gateway, rig.metrics).operations if isinstance(one, Operation)]


def request_of(operation, id_="x_1"):
    more = {} if operation.body is None else {"json": BODIES.get(operation.body.__name__, {})}
    return operation.method, re.sub(r"\{\w+\}", id_, operation.path), more


async def test_every_route_wants_a_key(rig):
    for operation in operations(rig):
        method, path, more = request_of(operation)
        for key, code in (("", "auth_missing"), ("gsk_AAAAAAAA_" + "a" * 32, "auth_invalid")):
            reply = await rig.call(method, path, key=key, **more)
            assert (reply.status, reply.code) == (401, code), (method, path)
            assert reply.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_opens_its_routes_and_no_other(rig, scope):
    key = await rig.key(scopes=(scope,))
    for operation in operations(rig):
        method, path, more = request_of(operation)
        reply = await rig.call(method, path, key=key, **more)
        if scope in (operation.scope, "admin"):
            assert reply.status != 403, (method, path, reply.body)
        else:
            assert (reply.status, reply.code) == (403, "forbidden_scope"), (method, path)


@pytest.fixture
def settings():
    """With a public address: files are kept."""
    return GatewaySettings(rate_per_key=0, public_url="https://sms.example")


async def things_of_default(rig):
    """One id of every kind in the default account."""
    message = await rig.send()
    line = (await rig.store.lines())[0]
    arrival = Arrival(pdu=b"x", place=None, announced=True, sender="+13105551212", alphabet="gsm7", content=b"x")
    inbound = (await rig.store.file_arrival(line.num, arrival, rig.clock.now())).message.id
    webhook = (await rig.call("POST", "/v1/webhooks", json={"url": "https://example.com"})).body["id"]
    await rig.call("POST", f"/v1/webhooks/{webhook}/test")
    delivery = (await rig.call("GET", "/v1/deliveries")).body["data"][0]["id"]
    key = (await rig.call("GET", "/v1/keys")).body["data"][0]["id"]
    media = (await rig.call("POST", "/v1/media?name=a.txt", data=b"x")).body["id"]
    campaign = (await rig.call("POST", "/v1/campaigns", json={"ref": "spring"})).body["ref"]
    return {
        "/v1/messages": message["id"],
        "/v1/batches": message["batch"],
        "/v1/inbound": inbound,
        "/v1/webhooks": webhook,
        "/v1/deliveries": delivery,
        "/v1/keys": key,
        "/v1/media": media,
        "/v1/campaigns": campaign,
        "/v1/lines": line.id,
        "/v1/senders": (await rig.call("POST", "/v1/senders", json=BODIES["CreateSender"])).body["id"],
    }


async def listed(rig, nouns):
    """Everything that the default account's lists show; keys change by being used."""
    replies = [await rig.call("GET", noun) for noun in nouns if noun != "/v1/keys"]
    return json.dumps([reply.body for reply in replies if reply.status == 200])


@pytest.mark.parametrize("scopes", [tuple(s for s in SCOPES if s != "admin"), ("admin",)])
async def test_what_belongs_to_others_does_not_exist(rig, scopes):
    """Every route with an id × an id of another account: 404, and nothing changed; ``admin`` ends at its account."""
    ids = await things_of_default(rig)
    line = (await rig.store.lines())[0]
    await rig.key("other")
    stranger = await rig.key("other", scopes=scopes)
    before = await listed(rig, ids)
    for operation in operations(rig):
        noun, braced, _ = operation.path.partition("/{")
        if not braced or noun == "/v1/accounts":  # accounts are the operator's, whose key is of any account
            continue
        assert noun in ids, f"things_of_default() makes none of {noun}"
        foreign = ids[noun]
        method, path, more = request_of(operation, foreign)
        reply = await rig.call(method, path, key=stranger, **more)
        if operation.scope not in scopes and "admin" not in scopes:
            assert reply.code == "forbidden_scope"
            continue
        assert (reply.status, reply.code) == (404, "not_found"), (method, path, reply.body)
        absent = foreign[:-3] + "000"
        unknown = await rig.call(*request_of(operation, absent)[:2], key=stranger, **more)
        assert unknown.body["detail"].replace(absent, "") == reply.body["detail"].replace(foreign, "")
    assert await listed(rig, ids) == before
    assert line.accounts == ("default",)


async def test_no_list_shows_what_belongs_to_others(rig):
    ids = await things_of_default(rig)
    stranger = await rig.key("other")
    for path in ("/v1/messages", "/v1/inbound", "/v1/webhooks", "/v1/deliveries", "/v1/lines", "/v1/events"):
        assert (await rig.call("GET", path, key=stranger)).body["data"] == [], path
    for query in (f"batch={ids['/v1/batches']}", f"line={ids['/v1/lines']}"):
        assert (await rig.call("GET", f"/v1/messages?{query}", key=stranger)).body["data"] == []
    assert (await rig.call("GET", f"/v1/deliveries?webhook={ids['/v1/webhooks']}", key=stranger)).status == 404
    assert ids["/v1/keys"] not in str((await rig.call("GET", "/v1/keys", key=stranger)).body)


async def test_a_line_of_others_is_no_sender(rig):
    stranger = await rig.key("other")
    for sender in ("office", "00000", "+13109060901", (await rig.store.lines())[0].id):
        body = {"to": "+13105551212", "text": "x", "from": sender}
        assert (await rig.call("POST", "/v1/messages", json=body, key=stranger)).code == "invalid_sender"


# ------------------------------------------------------------------------------------------------- credentials


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


async def test_the_key_may_come_as_basics_user_name(rig):
    key = await rig.key()
    for headers in (basic(f"{key}:"), basic(key), basic(f"{key}:ignored"), {"Authorization": f"bearer  {key}"}):
        assert (await rig.call("GET", "/v1/lines", key="", headers=headers)).status == 200


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Basic", "Basic %%%", "Basic /w==", "Digest x", "gsk_AAAAAAAA_x", "Bearer gsk_", "é"]
)
async def test_other_credentials_open_nothing(rig, value):
    assert (await rig.call("GET", "/v1/lines", key="", headers={"Authorization": value})).status == 401


async def test_a_key_is_one_with_its_prefix_only(rig):
    key = await rig.key()
    for _ in range(2):
        assert (await rig.call("GET", "/v1/lines", key=key.removeprefix("gsk_"))).status == 401
        assert (await rig.call("GET", "/v1/lines", key="GSK_" + key.removeprefix("gsk_"))).status == 401
        assert (await rig.call("GET", "/v1/lines", key=key)).status == 200


async def test_a_wrong_secret_and_an_unknown_key_get_the_same_answer(rig):
    key = await rig.key()
    await rig.call("GET", "/v1/lines", key=key)
    wrong = await rig.call("GET", "/v1/lines", key=key[:-1] + ("a" if key[-1] != "a" else "b"))
    unknown = await rig.call("GET", "/v1/lines", key="gsk_AAAAAAAA_" + "a" * 32)
    assert wrong.body | {"instance": ""} == unknown.body | {"instance": ""}
    assert (await rig.call("GET", "/v1/lines", key=key)).status == 200  # one wrong cron job does not stop the others


async def test_a_wrong_secret_costs_the_same_look_ups_as_an_unknown_key(rig, monkeypatch):
    key = await rig.key()
    await rig.call("GET", "/v1/lines", key=key)
    looked = []
    real = rig.store.key

    async def counted(key_id):
        looked.append(key_id)
        return await real(key_id)

    monkeypatch.setattr(rig.gateway.access._store, "key", counted, raising=False)
    await rig.call("GET", "/v1/lines", key=key)
    assert looked == []
    await rig.call("GET", "/v1/lines", key=key[:-2] + "!!")
    await rig.call("GET", "/v1/lines", key="gsk_AAAAAAAA_" + "a" * 32)
    assert looked == [key[4:12], "AAAAAAAA"]


async def test_a_suspended_account_is_told_so_at_once(rig):
    assert (await rig.call("GET", "/v1/lines")).status == 200
    await rig.store.suspend_account("default", rig.clock.now())
    assert ((await rig.call("GET", "/v1/lines")).code) == "account_blocked"
    await rig.store.suspend_account("default", None)
    assert (await rig.call("GET", "/v1/lines")).status == 200


async def test_a_key_ends_when_it_expires(rig):
    key = await rig.key(expires_at=rig.clock.now() + timedelta(seconds=60))
    assert (await rig.call("GET", "/v1/lines", key=key)).status == 200
    rig.clock.turn(61)
    assert (await rig.call("GET", "/v1/lines", key=key)).code == "auth_invalid"


async def test_a_key_opens_from_its_addresses_only(rig):
    assert (await rig.call("GET", "/v1/lines", key=await rig.key(ip_allow=("127.0.0.0/8",)))).status == 200
    assert (await rig.call("GET", "/v1/lines", key=await rig.key(ip_allow=("10.0.0.0/8",)))).code == "ip_denied"


async def test_when_a_key_was_used_is_written_in_bulk(rig):
    key = await rig.key()
    await rig.call("GET", "/v1/lines", key=key)
    assert (await rig.store.key(key[4:12])).last_used_at is None
    rig.clock.turn(61)
    await rig.call("GET", "/v1/lines", key=key)
    assert (await rig.store.key(key[4:12])).last_used_at is not None


# ------------------------------------------------------------------------------------------------- rates


class TestRates:
    @pytest.fixture
    def settings(self):
        return GatewaySettings(rate_per_key=2)

    async def test_a_key_has_a_burst_and_then_its_rate(self, rig):
        replies = [await rig.call("GET", "/v1/lines") for _ in range(10)]
        assert {reply.status for reply in replies} == {200}
        assert replies[0].headers["RateLimit-Policy"] == '"default";q=10;w=5'
        assert replies[0].headers["RateLimit"] == '"default";r=9;t=1'
        assert replies[-1].headers["RateLimit"] == '"default";r=0;t=5'
        refused = await rig.call("GET", "/v1/lines")
        assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "1")
        assert refused.headers["RateLimit"] == '"default";r=0;t=5'
        rig.clock.turn(0.5)
        assert (await rig.call("GET", "/v1/lines")).status == 200
        assert (await rig.call("GET", "/v1/lines")).status == 429

    async def test_each_key_has_its_own_bucket_and_wrong_keys_have_none(self, rig):
        for _ in range(11):
            last = await rig.call("GET", "/v1/lines")
        assert last.status == 429
        assert (await rig.call("GET", "/v1/lines", key=await rig.key())).status == 200
        for _ in range(15):
            assert (await rig.call("GET", "/v1/lines", key="gsk_AAAAAAAA_x")).status == 401


async def test_without_a_rate_nothing_is_told_of_it(rig):
    assert "RateLimit" not in (await rig.call("GET", "/v1/lines")).headers
