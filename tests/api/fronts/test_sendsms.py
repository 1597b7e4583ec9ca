"""The sendsms contract's own list, SA-01 to SA-20, over a real socket and the real store.

What needs a modem behind it (SA-01's arrival, SA-12, SA-13) stands in tests/system/test_sendsms_story.py.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.aio import SystemClock
from gateway.domain.message import Draft
from gateway.store.contract import Arrival
from tests.api.fronts.conftest import Front

SEED_CURL = """
{
"action": "sendsms",
"message-text": "This message is sent for testing purposes only.",
"to": "+10000000001",
"from": "00000"
}"""
SEED_CURL_TRACKED = """
{
"action": "sendsms",
"message-text": "Visit https://www.fakeurl.com/ for more info.",
"to": "+10000000001",
"from": "00000",
"from-mask": "Dunder Mifflin",
"campaign-ref": "campaign2345",
"click-tracking": true
}"""
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("body", [SEED_CURL, SEED_CURL_TRACKED])
async def test_sa_01_the_seeds_own_requests_get_the_seeds_own_answer(front: Front, body: str) -> None:
    answer = await front.raw(data=body, headers={"x-api-key": front.key, **JSON})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    told = json.loads(await answer.text())
    assert list(told) == ["status", "tracking-id", "to", "from", "status-details"]
    assert told | {"tracking-id": "x"} == {
        "status": "Success",
        "tracking-id": "x",
        "to": "+10000000001",
        "from": "00000",
        "status-details": "SMS request accepted and queued for delivery",
    }
    (message,) = await front.stored()
    assert message.tracking_id == told["tracking-id"]
    assert (message.to, message.sender) == ("+10000000001", "00000")


async def test_sa_01_what_the_tracked_request_asks_for_is_stored(front: Front) -> None:
    await front.raw(data=SEED_CURL_TRACKED, headers={"x-api-key": front.key, **JSON})
    (message,) = await front.stored()
    assert message.sender_mask == "Dunder Miff"
    assert message.campaign == "campaign2345"
    assert message.text.startswith("Visit https://sms.example/l/")
    assert message.text.endswith(" for more info.")


async def test_sa_02_the_seeds_failure_sample_to_the_letter(front: Front) -> None:
    answer = await front.raw(
        json={"action": "sendsms", "message-text": "x", "to": "10000000001", "from": "99999"},
        headers={"x-api-key": front.key},
    )
    assert await answer.text() == (
        '{"status":"Failure","error-code":"E111","error-info":"Invalid Sender.","to":"10000000001"}'
    )


async def test_sa_03_the_action_is_read_in_any_case_and_has_to_be_known(front: Front) -> None:
    assert (await front.send(action="SendSMS"))["status"] == "Success"
    assert (await front.send(action="SENDSMS"))["status"] == "Success"
    assert await front.code(action="sendmms") == "E107"
    assert await front.code(action=...) == "E100"
    assert await front.code(action="") == "E100"
    assert await front.code(action=5) == "E100"


async def test_sa_04_only_the_right_key_in_the_right_header_opens(front: Front) -> None:
    body = json.loads(SEED_CURL)
    for headers in ({}, {"x-api-key": "wrong"}, {"x-api-key": front.key.swapcase()}, {"Authorization": front.key}):
        answer = await front.raw(json=body, headers=headers)
        assert answer.status == 200
        told = json.loads(await answer.text())
        assert (told["error-code"], told["to"]) == ("E104", "+10000000001")
    answer = await front.raw(json=body | {"x-api-key": front.key}, params={"x-api-key": front.key})
    assert json.loads(await answer.text())["error-code"] == "E104"
    assert await front.stored() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "E108"),
        ('{"action": "sendsms",}', "E108"),
        ("[" * 60_000, "E108"),
        ('{"action": NaN}', "E108"),
        (b"\xff\xfe", "E108"),
        ('{"action": "\\ud800"}', "E108"),
        ("[]", "E100"),
        ('"x"', "E100"),
        ("", "E100"),
        ("  ", "E100"),
    ],
)
async def test_sa_05_what_is_no_json_object_is_told_so(front: Front, body: str | bytes, code: str) -> None:
    answer = await front.raw(data=body, headers={"x-api-key": front.key, **JSON})
    assert answer.status == 200
    told = json.loads(await answer.text())
    assert (told["status"], told["error-code"], told["to"]) == ("Failure", code, "")


@pytest.mark.parametrize(
    ("member", "missing", "wrong"),
    [("to", "E621", "E110"), ("from", "E111", "E111"), ("message-text", "E712", "E712"), ("action", "E100", "E100")],
)
async def test_sa_06_each_mandatory_member_has_its_code(front: Front, member: str, missing: str, wrong: str) -> None:
    for value in (..., None, ""):
        assert await front.code(**{member: value}) == missing
    for value in (True, [], {}):
        assert await front.code(**{member: value}) == wrong
    assert await front.stored() == []


async def test_sa_06_the_first_failing_check_decides(front: Front) -> None:
    bad: dict[str, Any] = {
        "to": "x",
        "from": "99999",
        "message-text": " ",
        "from-mask": "123",
        "click-tracking": "maybe",
    }
    assert await front.code(**bad) == "E100"
    bad["click-tracking"] = True
    assert await front.code(**bad) == "E110"
    bad["to"] = "+10000000001"
    assert await front.code(**bad) == "E111"
    bad["from"] = "auto"  # a sender is mandatory here, any line will not do
    assert await front.code(**bad) == "E111"
    bad["from"] = "00000"
    assert await front.code(**bad) == "E712"
    bad["message-text"] = "x" * 1531
    assert await front.code(**bad) == "E100"
    bad["message-text"] = "x"
    assert await front.code(**bad) == "E115"


async def test_sa_06_a_campaign_of_a_wrong_type_is_told_after_what_comes_first(front: Front) -> None:
    bad: dict[str, Any] = {"to": "x", "from": "99999", "message-text": " ", "from-mask": "123", "campaign-ref": 5}
    for member, code, good in (
        ("to", "E110", "+10000000001"),
        ("from", "E111", "00000"),
        ("message-text", "E712", "x"),
        ("from-mask", "E115", "Dunder"),
        ("campaign-ref", "E714", "campaign2345"),
    ):
        assert await front.code(**bad) == code
        bad[member] = good
    assert (await front.send(**bad))["status"] == "Success"
    assert await front.code(**{"campaign-ref": ["x"]}) == "E714"


async def test_sa_07_the_recipient_with_and_without_plus_and_as_a_number(front: Front) -> None:
    for to in ("+10000000001", "10000000001", 10000000001):
        assert (await front.send(to=to))["to"] == str(to)
    assert {message.to for message in await front.stored()} == {"+10000000001"}
    assert await front.code(to=["+10000000001"]) == "E110"
    assert await front.code(to="+10000000001,+10000000002") == "E110"
    assert await front.code(to="letters") == "E110"
    assert await front.code(to="\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669") == "E110"


async def test_sa_07_without_plus_a_number_is_read_as_international_first(front: Front) -> None:
    await front.send(to="4915112345678")
    assert (await front.stored())[0].to == "+4915112345678"


@pytest.mark.parametrize(
    ("mask", "kept"),
    [("Dunder Miff", "Dunder Miff"), ("Dunder Miffl", "Dunder Miff"), ("Dunder Mifflin", "Dunder Miff"), ("", None)],
)
async def test_sa_08_a_mask_is_cut_to_eleven_characters(front: Front, mask: str, kept: str | None) -> None:
    await front.send(**{"from-mask": mask})
    (message,) = await front.stored()
    assert message.sender_mask == kept
    assert message.text == "hello"  # the default policy keeps it out of the text


@pytest.mark.parametrize("mask", ["12345", "Fun \N{PARTY POPPER}", "Käse", 5, ["x"]])
async def test_sa_08_an_impossible_mask_is_refused(front: Front, mask: object) -> None:
    assert await front.code(**{"from-mask": mask}) == "E115"


async def test_sa_08_the_prefix_policy_puts_the_mask_before_the_text(front: Front) -> None:
    await front.settings(mask_policy="prefix")
    await front.send(**{"from-mask": "Dunder Mifflin"})
    assert (await front.stored())[0].text == "Dunder Miff: hello"


async def test_sa_09_the_campaign_check(front: Front) -> None:
    assert (await front.send(**{"campaign-ref": "nobody-knows"}))["status"] == "Success"
    await front.settings(campaign_check=True)
    await front.campaign("spring")
    assert await front.code() == "E714"
    assert await front.code(**{"campaign-ref": "nobody-knows"}) == "E714"
    assert await front.code(**{"campaign-ref": "spring"}) == "E715"
    subscription = {"campaign-ref": "spring", "mobile": "+10000000001"}
    assert (await front.post({"action": "subscribe", **subscription}))["status"] == "Success"
    assert (await front.send(**{"campaign-ref": "spring"}))["status"] == "Success"
    assert (await front.post({"action": "unsubscribe", **subscription}))["status"] == "Success"
    assert await front.code(**{"campaign-ref": "spring"}) == "E715"


@pytest.mark.parametrize(
    ("value", "tracked"),
    [(True, True), ("true", True), ("yes", True), (1, True), (False, False), ("no", False), (0, False), (..., False)],
)
async def test_sa_10_click_tracking_as_people_write_it(front: Front, value: object, tracked: bool) -> None:
    await front.send(**{"message-text": "see https://a.example/x", "click-tracking": value})
    (message,) = await front.stored()
    assert ("https://sms.example/l/" in message.text) is tracked


async def test_sa_10_every_link_becomes_short_and_nothing_else(front: Front) -> None:
    text = "One https://a.example/x, two example.com/y. Same: https://a.example/x!"
    await front.send(**{"message-text": text, "click-tracking": True})
    (message,) = await front.stored()
    links = await front.store.links.list("default", message=message.id)
    assert {link.target for link in links} == {"https://a.example/x", "http://example.com/y"}
    codes = {link.target: link.code for link in links}
    assert message.text == (
        f"One https://sms.example/l/{codes['https://a.example/x']}, two "
        f"https://sms.example/l/{codes['http://example.com/y']}. Same: "
        f"https://sms.example/l/{codes['https://a.example/x']}!"
    )


async def test_sa_10_parts_are_counted_after_the_links_were_replaced(front: Front) -> None:
    text = "https://a.example/" + "x" * 300
    await front.send(**{"message-text": text, "click-tracking": True})
    assert (await front.stored())[0].segments == 1


async def test_sa_10_a_short_link_leads_where_the_long_one_led(front: Front) -> None:
    await front.send(**{"message-text": "https://a.example/x", "click-tracking": True})
    (message,) = await front.stored()
    answer = await front.http.get(message.text.removeprefix("https://sms.example"), allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, "https://a.example/x")
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert (await front.http.get("/l/1111111", allow_redirects=False)).status == 404


async def test_sa_10_other_words_are_refused(front: Front) -> None:
    assert await front.code(**{"click-tracking": "maybe"}) == "E100"
    assert await front.code(**{"click-tracking": []}) == "E100"


class TestWithoutPublicUrl:
    @pytest.fixture
    def front_options(self) -> Mapping[str, Any]:
        return {"public_url": ""}

    async def test_sa_10_tracking_that_cannot_work_is_refused(self, front: Front) -> None:
        told = await front.send(**{"message-text": "https://a.example", "click-tracking": True})
        assert (told["error-code"], told["error-info"]) == ("E100", "Click tracking is not configured.")


async def test_sa_11_opted_out_and_over_quota(front: Front) -> None:
    await front.store.consent.opt_out("default", "+10000000002", "api", SystemClock().now())
    assert await front.code(to="+10000000002") == "E114"
    await front.settings(segments_per_day=1)
    assert (await front.send())["status"] == "Success"
    assert await front.code() == "E713"


async def test_sa_11_what_the_accounts_plan_and_settings_say(front: Front) -> None:
    await front.settings(max_segments=1)
    assert await front.code(**{"message-text": "x" * 161}) == "E100"
    await front.settings(mask_policy="reject")
    assert await front.code(**{"from-mask": "Dunder"}) == "E115"
    await front.settings(track_clicks=True)
    await front.send(**{"message-text": "see https://a.example/x"})
    assert "https://sms.example/l/" in (await front.stored())[0].text
    await front.send(**{"message-text": "see https://a.example/x", "click-tracking": False})
    assert (await front.stored())[0].text == "see https://a.example/x"
    await front.settings(destinations_deny=("+1000",))
    assert await front.code() == "E628"
    assert (await front.send(to="+13105551212"))["status"] == "Success"
    await front.settings(destinations_deny=(), duplicate_window_s=60)
    assert (await front.send())["status"] == "Success"
    assert await front.code() == "E106"
    assert (await front.send(**{"message-text": "other"}))["status"] == "Success"
    await front.settings(duplicate_window_s=0, services=("v1",))
    assert await front.code() == "E105"
    await front.settings(services=("v1", "sendsms"))
    assert (await front.send())["status"] == "Success"


async def test_sa_11_a_suspended_account_and_an_address_that_is_not_allowed(front: Front) -> None:
    _, far = await front.gateway.access.create_key(by=front.principal, ip_allow=("203.0.113.0/24",))
    _, reader = await front.gateway.access.create_key(by=front.principal, scopes=("messages:read",))
    body = json.loads(SEED_CURL)
    assert (await front.post(body, **{"x-api-key": far}))["error-code"] == "E112"
    assert (await front.post(body, **{"x-api-key": reader}))["error-code"] == "E107"
    await front.store.suspend_account("default", SystemClock().now())
    assert (await front.post(body))["error-code"] == "E103"


class TestTight:
    @pytest.fixture
    def front_options(self) -> Mapping[str, Any]:
        return {"rate_per_key": 1.0, "max_pending": 3}

    async def test_sa_11_a_full_queue_and_an_empty_bucket(self, front: Front) -> None:
        told = [await front.send() for _ in range(6)]
        codes = [answer.get("error-code") for answer in told]
        assert codes[:3] == [None, None, None]
        assert set(codes[3:]) <= {"E503", "E113"}
        assert "E113" in codes


async def test_sa_14_subscribing_and_unsubscribing(front: Front) -> None:
    await front.campaign("spring")
    wish = {"action": "subscribe", "campaign-ref": "spring", "mobile": "+10000000001"}
    expected = {
        "status": "Success",
        "campaign-ref": "spring",
        "mobile": "+10000000001",
        "status-details": "Subscribed.",
    }
    assert await front.post(wish) == expected
    assert await front.post(wish | {"data": {"x": 1}, "timezone": "UTC"}) == expected
    assert await front.post({"action": "subscribe", "campaign-ref": "spring", "to": "10000000003"}) == expected | {
        "mobile": "10000000003"
    }
    assert (await front.post({"action": "subscribe", "campaign-ref": "spring"}))["error-code"] == "E901"
    assert (await front.post({"action": "subscribe", "mobile": "+10000000001"}))["error-code"] == "E902"
    assert (await front.post(wish | {"campaign-ref": "winter"}))["error-code"] == "E903"
    leave = wish | {"action": "unsubscribe"}
    assert (await front.post(leave))["status-details"] == "Unsubscribed."
    assert (await front.post(leave))["error-code"] == "E905"


async def test_sa_14_who_said_stop_himself_comes_back_only_himself(front: Front) -> None:
    await front.campaign("spring")
    wish = {"action": "subscribe", "campaign-ref": "spring", "mobile": "+10000000001"}
    await front.post(wish)
    line = (await front.store.lines())[0]
    now = SystemClock().now()
    for text, code in (("STOP", "E904"), ("START", None)):
        stop = Arrival(
            b"\x00" + text.encode(), None, True, sender="+10000000001", alphabet="gsm7", content=text.encode()
        )
        await front.store.file_arrival(line.num, stop, now)
        assert (await front.post(wish)).get("error-code") == code


class TestHttpErrors:
    @pytest.fixture
    def front_options(self) -> Mapping[str, Any]:
        return {"http_errors": True}

    async def test_sa_15_failures_also_say_so_by_their_status(self, front: Front) -> None:
        good = json.loads(SEED_CURL)
        for body, key, status in (
            (good, "wrong", 401),
            (good | {"to": "x"}, front.key, 400),
            ({"action": "x"}, front.key, 400),
            (good, front.key, 200),
        ):
            answer = await front.raw(json=body, headers={"x-api-key": key})
            assert answer.status == status
            assert json.loads(await answer.text())["status"] == ("Success" if status == 200 else "Failure")


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "application/json; charset=utf-8", "text/plain", ""]
)
async def test_sa_16_any_content_type_is_tried_as_json(front: Front, media_type: str) -> None:
    headers = {"x-api-key": front.key, "Content-Type": media_type} if media_type else {"x-api-key": front.key}
    answer = await front.raw(data=SEED_CURL.encode(), headers=headers, skip_auto_headers=["Content-Type"])
    assert json.loads(await answer.text())["status"] == "Success"


async def test_sa_17_every_send_has_its_own_tracking_id_findable_in_v1(front: Front) -> None:
    told = await asyncio.gather(*(front.send() for _ in range(200)))
    ids = {answer["tracking-id"] for answer in told}
    assert len(ids) == 200
    some = ids.pop()
    assert some.startswith("smsmt")
    assert len(some) == 15
    answer = await front.http.get(f"/v1/messages/{some}", headers={"Authorization": f"Bearer {front.key}"})
    assert (await answer.json())["tracking_id"] == some


async def test_sa_17_ten_thousand_sends_have_ten_thousand_tracking_ids(front: Front) -> None:
    drafts = [Draft(f"+1310555{number:04}", "hello", "00000") for number in range(10_000)]
    enqueued = await front.gateway.messages.enqueue_batch(drafts, by=front.principal, front="sendsms")
    assert len({message.tracking_id for message in enqueued.messages}) == 10_000


@pytest.mark.parametrize(
    ("text", "parts"), [("x" * 160, 1), ("x" * 161, 2), ("ж" * 70, 1), ("ж" * 71, 2), ("x" * 1530, 10)]
)
async def test_sa_18_long_texts_are_concatenated(front: Front, text: str, parts: int) -> None:
    await front.send(**{"message-text": text})
    assert (await front.stored())[0].segments == parts


async def test_sa_18_over_ten_parts_is_too_long(front: Front) -> None:
    assert await front.code(**{"message-text": "x" * 1531}) == "E100"


async def test_sa_19_an_idempotency_key_gives_the_same_tracking_id_again(front: Front) -> None:
    body = json.loads(SEED_CURL)
    first = await front.post(body, **{"Idempotency-Key": "abc"})
    answer = await front.raw(json=body, headers={"x-api-key": front.key, "Idempotency-Key": '"abc"'})
    assert json.loads(await answer.text()) == first
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert len(await front.stored()) == 1
    other = await front.post(body | {"message-text": "other"}, **{"Idempotency-Key": "abc"})
    assert other["error-code"] == "E106"


async def test_sa_20_real_statuses_where_nothing_was_understood(front: Front) -> None:
    answer = await front.http.get("/action")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    answer = await front.raw(data=b" " * 1024 * 1024, headers={"x-api-key": front.key})
    assert answer.status == 413
    assert (await front.raw("/nowhere")).status == 404


async def test_every_path_of_the_front_answers(front: Front) -> None:
    for path in ("/action", "/api/action", "/sendsms"):
        answer = await front.raw(path, data=SEED_CURL, headers={"x-api-key": front.key})
        assert json.loads(await answer.text())["status"] == "Success"
