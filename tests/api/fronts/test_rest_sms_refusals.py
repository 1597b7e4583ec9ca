"""The rest-sms contract's list, RS-02, RS-16, RS-17, RS-19, RS-20, and its table of errors: who is refused, and how."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.config import HttpSettings, QueueSettings
from gateway.config.settings import RestSmsSettings
from tests.gateway.contract.build import pause
from tests.support.rest_sms import VENDOR_TYPE, Realm

UNAUTHORIZED = '{"error":"Unauthorized","status":"Unauthorized","statusCode":401}'


async def test_rs_02_who_is_not_known_is_told_so_to_the_octet(realm: Realm) -> None:
    wrong = replace(realm, password="pass:word with blanks!")
    for other in (wrong, replace(realm, name="nobody"), replace(realm, password=""), replace(realm, name="")):
        answer = await other.get("/rest/sms")
        assert (answer.status, answer.text) == (401, UNAUTHORIZED)
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="rest"'
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    for header in ("", "Basic", "Basic ===", "Bearer x", f"Bearer {realm.stage.key}"):
        assert (await realm.get("/rest/sms", Authorization=header)).text == UNAUTHORIZED
    assert ":" in realm.password
    assert (await realm.get("/rest/sms")).status == 200
    assert (await wrong.send("hello")).status == 401
    assert await realm.stage.messages() == []


async def test_rs_02_a_realm_may_have_further_logins(realm: Realm) -> None:
    await realm.stage.login("default/alice", "another password")
    alice = replace(realm, name="default/alice", password="another password")
    assert (await alice.get("/rest/sms")).body == []
    await realm.stage.login("default/other", "another password", fronts=["messaging"])
    other = replace(realm, name="default/other", password="another password")
    assert (await other.get("/rest/sms")).error == (403, "Forbidden: the rest-sms API is not enabled here")
    await realm.stage.login("default/reader", "another password", scopes=["messages:read"])
    reader = replace(realm, name="default/reader", password="another password")
    status, error = (await reader.send("hello")).error
    assert (status, error[:11]) == (403, "Forbidden: ")
    assert await realm.stage.messages() == []


class TestRs02ClientKey:
    @pytest.fixture
    def stage_options(self) -> Mapping[str, Any]:
        return {"rest_sms": RestSmsSettings(require_client_key=True)}

    async def test_where_it_is_required_the_client_key_has_to_be_one_of_the_realms(self, realm: Realm) -> None:
        async def asked(key: str) -> int:
            return (await realm.get("/rest/sms", x_api_key=b64encode(key.encode()).decode())).status

        assert (await realm.get("/rest/sms")).text == UNAUTHORIZED
        assert await asked(f"client:{realm.stage.key}") == 200
        assert await asked(f"{realm.name}:{realm.password}") == 200
        assert await asked("client:wrong") == 401
        assert await asked(f"client:{realm.stage.key}x") == 401
        await realm.stage.account("other")
        assert await asked(f"client:{await realm.stage.new_key('other')}") == 401
        assert (await realm.get("/rest/sms", x_api_key="=")).text == UNAUTHORIZED


async def test_rs_16_a_wrong_method_is_told_with_the_right_ones(realm: Realm) -> None:
    send = "/rest/sms/sendMessageToPhone/hello/2065559696/00000"
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = await realm.ask(method, send)
        assert answer.error == (405, "Method Not Allowed")
        assert answer.headers["Allow"] == "POST"
    refused = await realm.post("/rest/sms")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    assert (await realm.ask("HEAD", "/rest/sms")).text == ""
    assert (await realm.ask("HEAD", send)).status == 405
    assert await realm.stage.messages() == []


async def test_rs_16_what_leads_nowhere_is_told_in_this_dialect(realm: Realm) -> None:
    for target in (
        "/rest",
        "/rest/",
        "/rest/other",
        "/rest/sms/other",
        "/rest/sms/sendMessageToPhone",
        "/rest/sms/sendMessageToPhone/hello",
        "/rest/sms/sendMessageToPhone/2065559696/00000",
        "/rest/sms/sendMessageToPhone/hello//00000",
        "/rest/sms/sendMessageToPhone/hello/2065559696//",
        "/rest/sms/stopSubscriberSend/2065559696",
        "/rest/sms/stopSubscriberSend/2065559696/00000/more",
        "/rest/sms/addSubscriberToSenderCode/a@example.org/2065559696",
        "/rest/sms/addSubscriberToSenderCode/a@example.org/2065559696/00000/US/more",
        "/rest/sms/sendMessageToSenderCode/welcome/00000",
    ):
        answer = await realm.post(target)
        assert answer.error == (404, "Not Found"), target
        assert answer.headers["X-Request-Id"].startswith("req_")
    assert (await realm.post("/rest%2Fsms/x")).status == 404
    assert (await realm.get("/r%65st/%73ms")).body == []


class TestRs17Vendor500:
    @pytest.fixture
    def stage_options(self) -> Mapping[str, Any]:
        return {"rest_sms": RestSmsSettings(vendor_500=True)}

    async def test_rs_17_refusals_of_the_commands_are_500_as_the_vendors_are(self, realm: Realm) -> None:
        await realm.create("welcome")
        for target, told in (
            ("sendMessageToPhone/hello/12x/00000", "Invalid phone [12x]"),
            ("sendMessageToPhone/hello/2065559696/1", f"Error getting sender with senderCode 1 realmID: {realm.num}"),
            ("createMessage/welcome/again", "SMS message with name [welcome] already exists"),
        ):
            answer = await realm.post(f"/rest/sms/{target}")
            assert answer.error == (500, told)
            assert answer.body["status"] == "Internal Server Error"
        assert (await realm.get("/rest/sms?skip=-1")).status == 500
        assert (await realm.post("/rest/sms/other")).error == (404, "Not Found")
        assert (await realm.get("/rest/sms/stopSubscriberSend/1/1")).status == 405
        assert (await replace(realm, password="wrong").get("/rest/sms")).text == UNAUTHORIZED
        assert (await realm.send("hello")).status == 200


async def test_rs_19_the_vendors_media_type_is_answered_to_who_asks_for_it(realm: Realm) -> None:
    plain = "application/json; charset=utf-8"
    for accept, told in (
        (VENDOR_TYPE, VENDOR_TYPE),
        (f"text/html, {VENDOR_TYPE.upper()};q=0.5", VENDOR_TYPE),
        ("*/*", plain),
        ("text/xml", plain),
        ("application/vnd.whatcounts-v2+json", plain),
        ("", plain),
    ):
        for caller in (realm, replace(realm, password="wrong password")):
            for target in ("/rest/sms", "/rest/sms?skip=x", "/rest/nowhere"):
                assert (await caller.get(target, Accept=accept)).headers["Content-Type"] == told


async def test_rs_20_octets_that_are_no_text_are_refused(realm: Realm) -> None:
    for text in (b"%FF", b"%C3", b"%ED%A0%80", b"%00", b"a%00b"):
        answer = await realm.post(b"/rest/sms/sendMessageToPhone/" + text + b"/2065559696/00000")
        assert answer.error[0] == 400, (text, answer.text)
    raw = await realm.post(b"/rest/sms/sendMessageToPhone/\xff/2065559696/00000")
    assert raw.status == 400  # no HTTP: told before any dialect is known
    assert (await realm.get("/rest/sms?skip=%FF")).error[0] == 400
    assert (await realm.post(b"/rest/%FF")).status == 404
    assert await realm.stage.messages() == []


async def test_rs_20_a_path_that_is_too_long_is_refused_and_the_gateway_lives(realm: Realm) -> None:
    answer = await realm.send("x" * 9000)
    assert answer.status in (400, 414)
    answer = await realm.send("x" * 7000)
    assert answer.error == (400, f"Invalid messageText [{'x' * 100}]")
    assert (await realm.send("still+there")).status == 200
    assert len(await realm.stage.submitted(1)) == 1


class TestSection4Busy:
    @pytest.fixture
    def stage_options(self) -> Mapping[str, Any]:
        return {"http": HttpSettings(port=0, rate_per_key=1.0), "queue": QueueSettings(max_pending=1)}

    async def test_too_much_and_too_fast_are_told_with_a_time_to_wait(self, realm: Realm) -> None:
        """Nothing was queued when the public client is told to come again."""
        (line,) = await realm.stage.store.lines()
        await pause(realm.stage.store, line)
        assert (await realm.send("one")).status == 200
        full = await realm.send("two")
        assert full.error == (503, "Service Unavailable")
        assert int(full.headers["Retry-After"]) > 0
        for _ in range(3):
            await realm.get("/rest/sms")
        fast = await realm.get("/rest/sms")
        assert fast.error == (429, "Too Many Requests")
        assert int(fast.headers["Retry-After"]) > 0
        assert [message.text for message in await realm.stage.messages()] == ["one"]


async def test_section_4_who_may_not_is_told_why(realm: Realm) -> None:
    await realm.stage.account(services=["messaging"])
    assert (await realm.send("hello")).error == (403, "Forbidden: the rest-sms API is not enabled here")
    await realm.stage.account(services=[], destinations_deny=["US"])
    assert (await realm.send("hello")).error[0] == 403
    await realm.stage.account(destinations_deny=[], segments_per_day=1)
    assert (await realm.send("hello")).status == 200
    assert (await realm.send("again")).error[0] == 403
    await realm.stage.account(segments_per_day=0, duplicate_window_s=60)
    assert (await realm.send("twice")).status == 200
    assert (await realm.send("twice")).error[0] == 409
    await realm.stage.store.suspend_account("default", (await realm.stage.messages())[0].created_at)
    status, error = (await realm.send("third")).error
    assert (status, error[:11]) == (403, "Forbidden: ")
    assert [entry["text"] for entry in await realm.stage.submitted(2)] == ["hello", "twice"]
