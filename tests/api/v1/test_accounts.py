"""/v1/accounts, the logins below it, and what a key may give to another key."""

import json
from dataclasses import asdict, fields
from datetime import timedelta

import pytest

from api.v1.accounts_schema import Settings
from gateway.domain.access import AccountSettings
from gateway.domain.errors import NotPermitted
from gateway.services import GatewaySettings

PASSWORD = "correct: horse"


@pytest.fixture
async def admin(rig):
    return await rig.key(scopes=("admin",))


async def make(rig, admin, **body):
    made = await rig.call("POST", "/v1/accounts", json={"name": "shop"} | body, key=admin)
    assert made.status == 201, made.body
    return made.body


async def login(rig, username, password=PASSWORD):
    return await rig.gateway.access.login(username, password, address="127.0.0.1")


def test_the_settings_taken_are_those_of_the_domain_with_their_defaults():
    taken = {name: field.default for name, field in Settings.model_fields.items()}
    assert {name: tuple(one) if isinstance(one, list) else one for name, one in taken.items()} == {
        one.name: one.default for one in fields(AccountSettings)
    }


async def test_an_account_is_made_with_what_is_given_and_the_rest_as_usual(rig, admin):
    made = await make(rig, admin, settings={"default_country": "DE", "stop_words": ["HALT"], "rate_per_key": 2})
    usual = json.loads(json.dumps(asdict(AccountSettings())))
    assert made["settings"] == usual | {"default_country": "DE", "stop_words": ["HALT"], "rate_per_key": 2.0}
    assert len(made["licensee_id"]) == 32
    assert set(made["licensee_id"]) <= set("0123456789abcdef")
    assert (made["suspended_at"], made["num"] > 0) == (None, True)
    for name in ("shop", made["id"]):
        assert (await rig.call("GET", f"/v1/accounts/{name}", key=admin)).body == made


async def test_what_is_given_changes_and_nothing_else(rig, admin):
    made = await make(rig, admin, settings={"default_country": "DE"})
    changed = await rig.call("PATCH", "/v1/accounts/shop", json={"settings": {"segments_per_day": 5}}, key=admin)
    assert changed.status == 200
    assert changed.body == made | {"settings": made["settings"] | {"segments_per_day": 5}}
    licensee = {"licensee_id": "00112233-4455-6677-8899-AABBCCDDEEFF"}
    changed = await rig.call("PATCH", f"/v1/accounts/{made['id']}", json=licensee, key=admin)
    assert changed.body["licensee_id"] == "00112233445566778899aabbccddeeff"
    assert changed.body["settings"]["segments_per_day"] == 5
    cleared = await rig.call("PATCH", "/v1/accounts/shop", json={"settings": {"default_line": None}}, key=admin)
    assert cleared.body["settings"]["default_line"] is None


async def test_a_suspended_account_is_refused_until_it_is_resumed(rig, admin):
    await make(rig, admin)
    key = await rig.key("shop")
    first = await rig.call("PATCH", "/v1/accounts/shop", json={"suspended": True}, key=admin)
    rig.clock.turn(5)
    again = await rig.call("PATCH", "/v1/accounts/shop", json={"suspended": True}, key=admin)
    assert again.body["suspended_at"] == first.body["suspended_at"] is not None
    assert (await rig.call("GET", "/v1/lines", key=key)).code == "account_blocked"
    resumed = await rig.call("PATCH", "/v1/accounts/shop", json={"suspended": False}, key=admin)
    assert resumed.body["suspended_at"] is None
    assert (await rig.call("GET", "/v1/lines", key=key)).status == 200


async def test_accounts_are_listed_newest_first_in_pages_without_doubles(rig, admin):
    for n in range(5):
        await make(rig, admin, name=f"shop{n}")
    seen, cursor = [], ""
    while True:
        page = (await rig.call("GET", f"/v1/accounts?limit=2{cursor}", key=admin)).body
        seen += [one["name"] for one in page["data"]]
        if not page["has_more"]:
            break
        await make(rig, admin, name=f"late{len(seen)}")
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["shop4", "shop3", "shop2", "shop1", "shop0", "default"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 64}, "name"),
        ({"name": "é"}, "name"),
        ({"settings": {"default_country": "de"}}, "settings.default_country"),
        ({"settings": {"timezone": "Mars/Olympus"}}, "settings.timezone"),
        ({"settings": {"timezone": "../etc/passwd"}}, "settings.timezone"),
        ({"settings": {"max_segments": 0}}, "settings.max_segments"),
        ({"settings": {"max_segments": "5"}}, "settings.max_segments"),
        ({"settings": {"max_segments": None}}, "settings.max_segments"),
        ({"settings": {"segments_per_day": 2**64}}, "settings.segments_per_day"),
        ({"settings": {"reply_window_h": 10**30}}, "settings.reply_window_h"),
        ({"settings": {"text_days": 10**9}}, "settings.text_days"),
        ({"settings": {"duplicate_window_s": -1}}, "settings.duplicate_window_s"),
        ({"settings": {"rate_per_key": -1}}, "settings.rate_per_key"),
        ({"settings": {"rate_per_key": 1e300}}, "settings.rate_per_key"),
        ({"settings": {"services": ["no name"]}}, "settings.services[1]"),
        ({"settings": {"stop_words": [""]}}, "settings.stop_words[1]"),
        ({"settings": {"stop_words": ["x"] * 101}}, "settings.stop_words"),
        ({"settings": {"destinations_deny": ["Germany"]}}, "settings.destinations_deny[1]"),
        ({"settings": {"mask_policy": "shout"}}, "settings.mask_policy"),
        ({"settings": {"colour": "red"}}, "settings.colour"),
        ({"settings": {"name": "other"}}, "settings.name"),
        ({"settings": []}, "settings"),
        ({"licensee_id": "12"}, "licensee_id"),
        ({"licensee_id": "0" * 32}, "licensee_id"),
        ({"licensee_id": "g" * 32}, "licensee_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_an_account_may_not_be_is_told_by_its_field(rig, admin, body, field):
    refused = await rig.call("POST", "/v1/accounts", json={"name": "shop"} | body, key=admin)
    assert (refused.status, refused.code) == (422, "invalid_request"), refused.body
    assert {one["field"].replace(".0", "[1]") for one in refused.body["errors"]} == {field}
    assert (await rig.call("GET", "/v1/accounts/shop", key=admin)).status == 404
    change = {name: value for name, value in body.items() if name != "name"} or {"name": "x"}
    assert (await rig.call("PATCH", "/v1/accounts/default", json=change, key=admin)).status == 422
    assert (await rig.store.account("default")).settings == AccountSettings()


async def test_every_fault_is_told_at_once(rig, admin):
    settings = {"max_segments": 0, "default_country": "x"}
    refused = await rig.call("POST", "/v1/accounts", json={"name": "shop", "settings": settings}, key=admin)
    assert {one["field"] for one in refused.body["errors"]} == {"settings.max_segments", "settings.default_country"}


@pytest.mark.parametrize(
    "text", ['{"name":"\\ud800"}', '{"name":"a\\u0000"}', "[]", "x", '{"settings":' + "[" * 100_000]
)
async def test_what_is_no_body_is_refused(rig, admin, text):
    headers = {"Content-Type": "application/json"}
    for method, path in (("POST", "/v1/accounts"), ("PATCH", "/v1/accounts/default")):
        assert (await rig.call(method, path, data=text, headers=headers, key=admin)).status in (400, 422)


async def test_a_name_and_a_licensee_id_belong_to_one_account(rig, admin):
    made = await make(rig, admin)
    assert (await rig.call("POST", "/v1/accounts", json={"name": "shop"}, key=admin)).code == "conflict"
    taken = {"licensee_id": made["licensee_id"]}
    assert (await rig.call("POST", "/v1/accounts", json={"name": "b"} | taken, key=admin)).code == "conflict"
    assert (await rig.call("PATCH", "/v1/accounts/default", json=taken, key=admin)).code == "conflict"
    assert (await rig.call("PATCH", "/v1/accounts/shop", json=taken, key=admin)).status == 200


@pytest.mark.parametrize("name", ["nobody", "%00", "%ED%A0%80", "%FF", "%20", "acc_1", "x" * 2000])
async def test_an_account_that_is_none_is_not_found(rig, admin, name):
    for method, path, more in (
        ("GET", "", {}),
        ("PATCH", "", {"json": {}}),
        ("GET", "/logins", {}),
        ("POST", "/logins", {"json": {"username": "alice", "password": PASSWORD}}),
        ("DELETE", "/logins/abcdefgh", {}),
    ):
        assert (await rig.call(method, f"/v1/accounts/{name}{path}", key=admin, **more)).code == "not_found"


async def test_only_admin_sees_accounts_his_own_too(rig, admin):
    key = await rig.key()
    for path in ("/v1/accounts", "/v1/accounts/default", "/v1/accounts/nobody", "/v1/accounts/default/logins"):
        assert (await rig.call("GET", path, key=key)).code == "forbidden_scope"


# --------------------------------------------------------------------------------------------- logins


async def test_a_login_is_made_shown_without_its_password_used_and_removed(rig, admin):
    await make(rig, admin)
    body = {"username": "shop/till", "password": PASSWORD, "scopes": ["messages:send"], "fronts": ["enswitch"]}
    made = await rig.call("POST", "/v1/accounts/shop/logins", json=body, key=admin)
    assert made.status == 201
    assert PASSWORD not in str(made.body)
    principal = await login(rig, "shop/till")
    assert (principal.account.name, principal.scopes, principal.fronts) == ("shop", {"messages:send"}, {"enswitch"})
    listed = (await rig.call("GET", "/v1/accounts/shop/logins", key=admin)).body["data"]
    assert listed == [made.body]
    path = f"logins/{made.body['id']}"
    assert (await rig.call("DELETE", f"/v1/accounts/default/{path}", key=admin)).status == 404
    assert (await rig.call("DELETE", f"/v1/accounts/shop/{path}", key=admin)).status == 204
    assert (await rig.call("DELETE", f"/v1/accounts/shop/{path}", key=admin)).status == 404
    assert (await rig.call("GET", "/v1/accounts/shop/logins", key=admin)).body["data"] == []
    with pytest.raises(NotPermitted):
        await login(rig, "shop/till")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "a:b"}, "username"),
        ({"username": ""}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "x" * 100_000}, "password"),
        ({"password": None}, "password"),
        ({"password": 12345678}, "password"),
        ({"scopes": ["no:such"]}, "scopes"),
        ({"fronts": ["No Front"]}, "fronts"),
        ({"ip_allow": ["here"]}, "ip_allow"),
        ({"account": "default"}, "account"),
    ],
)
async def test_what_a_login_may_not_be_is_told_by_its_field(rig, admin, change, field):
    body = {"username": "alice", "password": PASSWORD} | change
    refused = await rig.call("POST", "/v1/accounts/default/logins", json=body, key=admin)
    assert (refused.status, [one["field"] for one in refused.body["errors"]]) == (422, [field])
    assert str(change.get("password")) not in str(refused.body) or change.get("password") is None


async def test_a_user_name_is_taken_in_every_account(rig, admin):
    await make(rig, admin)
    body = {"username": "alice", "password": PASSWORD}
    assert (await rig.call("POST", "/v1/accounts/shop/logins", json=body, key=admin)).status == 201
    for account in ("shop", "default"):
        assert (await rig.call("POST", f"/v1/accounts/{account}/logins", json=body, key=admin)).code == "conflict"


async def test_a_login_is_no_key_of_the_account(rig, admin):
    body = {"username": "alice", "password": PASSWORD}
    made = (await rig.call("POST", "/v1/accounts/default/logins", json=body, key=admin)).body
    assert made["id"] not in [one["id"] for one in (await rig.call("GET", "/v1/keys")).body["data"]]
    assert (await rig.call("DELETE", f"/v1/keys/{made['id']}")).status == 404
    assert await login(rig, "alice")


# ------------------------------------------------------------------------------- keys: pages, fronts, networks


async def test_keys_are_listed_newest_first_in_pages(rig):
    for n in range(5):
        await rig.call("POST", "/v1/keys", json={"name": f"k{n}"})
    stranger = await rig.key("other")
    first = (await rig.call("GET", "/v1/keys?limit=3")).body
    assert [one["name"] for one in first["data"]] == ["k4", "k3", "k2"]
    rest = (await rig.call("GET", f"/v1/keys?limit=3&cursor={first['next_cursor']}")).body
    assert ([one["name"] for one in rest["data"]], rest["has_more"]) == (["k1", "k0", ""], False)
    foreign = await rig.call("GET", f"/v1/keys?limit=3&cursor={first['next_cursor']}", key=stranger)
    assert foreign.code == "invalid_cursor"
    assert (await rig.call("GET", "/v1/keys?limit=0")).status == 422


async def test_a_key_opens_the_fronts_it_names(rig):
    v1 = (await rig.call("POST", "/v1/keys", json={"fronts": ["v1"]})).body
    sendsms = (await rig.call("POST", "/v1/keys", json={"fronts": ["sendsms", "enswitch"]})).body
    assert sendsms["fronts"] == ["sendsms", "enswitch"]
    assert (await rig.call("GET", "/v1/lines", key=v1["key"])).status == 200
    assert (await rig.call("GET", "/v1/lines", key=sendsms["key"])).code == "service_disabled"
    body = {"action": "sendsms", "to": "+13105551212", "from": "00000", "message-text": "x"}
    for key, status in ((v1["key"], "Failure"), (sendsms["key"], "Success")):
        reply = await rig.call("POST", "/action", json=body, key="", headers={"x-api-key": key})
        assert reply.body["status"] == status


async def test_an_account_uses_the_services_of_its_plan(rig, admin):
    await make(rig, admin, settings={"services": ["sendsms"]})
    key = await rig.key("shop")
    assert (await rig.call("GET", "/v1/lines", key=key)).code == "service_disabled"
    await rig.call("PATCH", "/v1/accounts/shop", json={"settings": {"services": []}}, key=admin)
    assert (await rig.call("GET", "/v1/lines", key=key)).status == 200
    for path in ("/livez", "/v1/openapi.json"):
        assert (await rig.call("GET", path, key="")).status == 200


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ({}, ["127.0.0.0/8", "2001:db8::/32"]),
        ({"ip_allow": ["127.0.0.0/9"]}, ["127.0.0.0/9"]),
        ({"ip_allow": ["127.0.0.1", "2001:db8::1"]}, ["127.0.0.1", "2001:db8::1"]),
        ({"ip_allow": ["127.0.0.0/7"]}, None),
        ({"ip_allow": ["127.0.0.1", "10.0.0.1"]}, None),
        ({"ip_allow": ["0.0.0.0/0"]}, None),
        ({"ip_allow": ["::/0"]}, None),
    ],
)
async def test_a_bound_key_makes_only_keys_that_are_bound_as_well(rig, wanted, got):
    maker = await rig.key(ip_allow=("127.0.0.0/8", "2001:db8::/32"))
    made = await rig.call("POST", "/v1/keys", json=wanted, key=maker)
    if got is None:
        assert (made.status, made.code) == (403, "forbidden_scope")
    else:
        assert made.body["ip_allow"] == got


async def test_neither_fronts_nor_time_can_be_won_by_making_a_key(rig):
    ends = rig.clock.now() + timedelta(days=1)
    maker = await rig.key(fronts=("v1", "sendsms"), expires_at=ends)
    heir = (await rig.call("POST", "/v1/keys", json={}, key=maker)).body
    assert heir["fronts"] == ["v1", "sendsms"]
    assert heir["expires_at"] is not None
    for wanted in ({"fronts": ["enswitch"]}, {"expires_at": (ends + timedelta(days=1)).isoformat()}):
        assert (await rig.call("POST", "/v1/keys", json=wanted, key=maker)).code == "forbidden_scope"
    assert (await rig.call("POST", "/v1/keys", json={"fronts": ["v1"]}, key=maker)).body["fronts"] == ["v1"]


async def test_a_bound_admin_makes_only_logins_that_are_bound_as_well(rig):
    admin = await rig.key(scopes=("admin",), ip_allow=("127.0.0.0/8",))
    body = {"username": "alice", "password": PASSWORD}
    made = await rig.call("POST", "/v1/accounts/default/logins", json=body, key=admin)
    assert made.body["ip_allow"] == ["127.0.0.0/8"]
    wide = body | {"username": "bob", "ip_allow": ["0.0.0.0/0"]}
    assert (await rig.call("POST", "/v1/accounts/default/logins", json=wide, key=admin)).status == 403


class TestRates:
    @pytest.fixture
    def settings(self):
        return GatewaySettings(rate_per_key=2)

    async def test_an_account_may_have_a_rate_of_its_own(self, rig, admin):
        await make(rig, admin, settings={"rate_per_key": 0.5})
        key = await rig.key("shop")
        first = await rig.call("GET", "/v1/lines", key=key)
        assert first.headers["RateLimit-Policy"] == '"default";q=2;w=5'
        assert [(await rig.call("GET", "/v1/lines", key=key)).status for _ in range(2)] == [200, 429]
        assert (await rig.call("GET", "/v1/lines")).headers["RateLimit-Policy"] == '"default";q=10;w=5'
        await rig.call("PATCH", "/v1/accounts/shop", json={"settings": {"rate_per_key": 100}}, key=admin)
        assert (await rig.call("GET", "/v1/lines", key=key)).headers["RateLimit"] == '"default";r=499;t=1'
