"""Who is let in: credentials and rates. What each key may then do, tests/api/test_matrix.py goes through."""

import base64
from datetime import timedelta

import pytest

from gateway.services import GatewaySettings


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
