"""The messaging contract's own list, MS-01 to MS-24: sending, and what every route has. A modem stands behind it."""

import asyncio
import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import apprise
import pytest

from gateway.config import QueueSettings
from gateway.store.contract import MessageFilter
from tests.support.messaging import FROM, TO, Bulk
from tests.support.stage import Stage, staged

SEED = {
    "From": "13109060901",
    "To": ["13105551212", "13125551213"],
    "Message": "Content of Message from Sender to Receiver(s)",
    "MediaURLs": ["https://s3.aws.com/file1.png", "https://s3.aws.com/file2.jpg"],
}


def told_sent(to: str, text: str = "hello") -> tuple[str, str]:
    return f"+{to}", text


async def ledger(stage: Stage, count: int) -> list[tuple[object, object]]:
    """What the network has taken, in order of numbers."""
    return sorted((entry["to"], entry["text"]) for entry in await stage.submitted(count))


async def nothing_stored(stage: Stage) -> bool:
    return await stage.store.messages(MessageFilter(None), limit=1) == [] and stage.bank.ledger.submitted == []


async def test_ms_01_the_seeds_request_gets_the_seeds_answer(bulk: Bulk) -> None:
    answer = await bulk.ask("POST", "/messageSend", json=SEED)
    assert (answer.status, answer.content_type) == (200, "application/json")
    told = await answer.json()
    assert told == {
        "RefId": str(UUID(told["RefId"])),
        "From": "13109060901",
        "MessageType": "SMS",
        "Fragments": 1,
        "Results": [
            {"To": "13105551212", "Status": "SUCCESS"},
            {"To": "13125551213", "Status": "SUCCESS"},
        ],
    }
    assert list(told) == ["RefId", "From", "MessageType", "Fragments", "Results"]
    text = "\n".join([str(SEED["Message"]), *SEED["MediaURLs"]])
    assert await ledger(bulk.stage, 2) == [("+13105551212", text), ("+13125551213", text)]
    (batch,) = {message.batch for message in await bulk.stage.messages()}
    assert batch is not None


async def test_ms_02_recipients_are_a_text_an_array_or_numbers_in_any_form_and_each_gets_it_once(bulk: Bulk) -> None:
    for to in ("13105550001", [13105550002], 3105550003, ["+1 (310) 555-0004", "3105550004", "13105550004"]):
        told = await bulk.send(To=to)
        assert len(told["Results"]) == 1
    assert [number for number, _ in await ledger(bulk.stage, 4)] == [f"+1310555000{n}" for n in (1, 2, 3, 4)]


async def test_ms_02_recipients_that_are_none_are_refused(bulk: Bulk) -> None:
    for to in ([], "", ..., None, [None], [True], {}, [{}], [TO, 1.5], [[TO]], 10**30, -1, "auto", ["١٢٣٤٥٦٧٨٩٠"]):
        told = await bulk.send(To=to, status=400)
        assert told["Error"] in ("recipient_missing", "invalid_recipient")
    assert await nothing_stored(bulk.stage)


async def test_ms_02_four_thousand_recipients_are_taken_and_no_more(bulk: Bulk) -> None:
    await bulk.stage.ask("PATCH", "/v1/lines/office", {"paused": True})
    numbers = [f"1310{5550000 + n}" for n in range(4001)]
    assert "4000" in (await bulk.send(To=numbers, status=400))["Description"]
    told = await bulk.send(To=numbers[:4000])
    assert [one["To"] for one in told["Results"]] == numbers[:4000]
    assert {one["Status"] for one in told["Results"]} == {"SUCCESS"}


async def test_ms_03_names_are_taken_in_any_case_and_by_their_aliases(bulk: Bulk) -> None:
    url = "https://s3.aws.com/a.png"
    bodies = [
        {"from": "+13109060901", "to": "+13105550001", "text": "a"},
        {"FROM": 13109060901, "TO": ["13105550002"], "body": "b", "colour": "unknown names are nothing"},
        {"from": FROM, "to": "13105550003", "message": "c", "Text": "not this", "MediaUrl": url},
        {"from": FROM, "to": "13105550004", "message": None, "text": "d", "MediaUrls": [url]},
    ]
    for body in bodies:
        assert (await bulk.ask("POST", "/messageSend", json=body)).status == 200
    assert [text for _, text in await ledger(bulk.stage, 4)] == ["a", "b", f"c\n{url}", f"d\n{url}"]


async def test_ms_04_a_text_is_needed_unless_there_is_media(bulk: Bulk) -> None:
    for message in (..., None, "", " \n"):
        assert (await bulk.send(Message=message, status=400))["Error"] == "body_empty"
    for message in (7, ["a"], {}, "a\0b"):
        assert (await bulk.send(Message=message, status=400))["Error"] == "invalid_request"
    assert (await bulk.send(Message="x" * 2000, status=400))["Error"] == "body_too_long"
    assert await nothing_stored(bulk.stage)
    for number, message in ((1, ...), (2, None), (3, "")):
        await bulk.send(To=f"1310555000{number}", Message=message, MediaURLs=["https://s3.aws.com/a.png"])
    assert {text for _, text in await ledger(bulk.stage, 3)} == {"https://s3.aws.com/a.png"}


async def test_ms_05_a_sender_is_one_of_the_account(bulk: Bulk) -> None:
    stage = bulk.stage
    await stage.account("other")
    other = Bulk(stage, await stage.new_key("other"))
    for sender in ("13109060999", "+3109060999", 13109060999):
        told = await bulk.send(From=sender, status=404)
        assert told["Description"] == "Telephone Number not enabled for Service"
    for sender in ("", ..., None, "12x", "nobody", "auto", "AUTO", [FROM], {}, True, 1.5, "1" * 400):
        assert (await bulk.send(From=sender, status=400))["Description"].startswith("From: ")
    await stage.administer("accounts.add", name="third", settings={})
    assert await nothing_stored(stage)
    assert (await bulk.send(From="00000"))["From"] == "00000"
    assert (await bulk.send(From="3109060901", To="13105550002"))["From"] == "13109060901"
    await other.send(To="13105550003")  # the stage's line is everybody's
    assert len(await ledger(stage, 3)) == 3


async def test_ms_05_another_accounts_number_is_like_an_unknown_one(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        line = (await stage.store.lines())[0]
        await stage.store.put_line(replace(line, accounts=("default",)))
        await stage.account("other")
        other = Bulk(stage, await stage.new_key("other"))
        unknown = await other.send(From="13109060999", status=404)
        assert await other.send(status=404) == unknown


async def test_ms_06_one_malformed_number_refuses_the_whole_call(bulk: Bulk) -> None:
    told = await bulk.send(To=[TO, "12x", "13125551213"], status=400)
    assert told == {"Code": "400", "Description": "To[1]: not a phone number", "Error": "invalid_recipient"}
    assert (await bulk.send(To="12x", status=400))["Description"] == "To: not a phone number"
    told = await bulk.send(To=[TO, "12x"], From="13109060999", Message="", status=400)
    assert told["Error"] == "invalid_recipient"
    assert await nothing_stored(bulk.stage)


async def test_ms_07_who_opted_out_is_told_as_failed_and_when_all_did_nothing_is_sent(bulk: Bulk) -> None:
    await bulk.stage.ask("POST", "/v1/opt-outs", {"phone": "+13125551213"})
    told = await bulk.send(To=["13125551213", TO, "13125551213"])
    failed, sent = told["Results"]
    assert sent == {"To": TO, "Status": "SUCCESS"}
    assert (failed["To"], failed["Status"], failed["Code"]) == ("13125551213", "FAILED", "409")
    assert failed["Description"]
    told = await bulk.send(To=["13125551213"], status=409)
    assert (told["Error"], [one["Status"] for one in told["Results"]]) == ("opted_out", ["FAILED"])
    assert await ledger(bulk.stage, 1) == [told_sent(TO)]


async def test_ms_08_media_becomes_a_link_or_is_refused(bulk: Bulk) -> None:
    stage = bulk.stage
    for url in ("javascript:alert(1)", "ftp://x.example/a", "https://", "x", "https://x.example/" + "a" * 2048, 7):
        told = await bulk.send(MediaURLs=[url], status=400)
        assert (told["Error"], told["Description"].partition(":")[0]) == ("invalid_request", "MediaURLs")
    for urls in (["https://x.example/a"] * 11, {}, 7, [["https://x.example/a"]]):
        assert (await bulk.send(MediaURLs=urls, status=400))["Error"] == "invalid_request"
    await stage.account(media_policy="reject")
    assert (await bulk.send(MediaURLs=["https://x.example/a"], status=400))["Error"] == "media_unsupported"
    assert await nothing_stored(stage)
    await bulk.send(MediaURLs=[])
    await stage.account(media_policy="link")
    told = await bulk.send(To="13105550002", MediaURLs=["https://x.example/a", "https://x.example/b"])
    assert told["MessageType"] == "SMS"
    texts = [text for _, text in await ledger(stage, 2)]
    assert texts == ["hello\nhttps://x.example/a\nhttps://x.example/b", "hello"]


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_ms_09_basic_carries_a_login_or_a_key_and_a_bearer_carries_a_key(bulk: Bulk) -> None:
    stage = bulk.stage
    await stage.login("alice", "correct horse")
    login = b64("alice:correct horse")
    good = [f"Basic {login}", f"basic {b64('whoever:' + stage.key)}", f"Bearer {stage.key}"]
    for number, header in enumerate(good):
        await bulk.send(To=f"1310555000{number}", headers={"Authorization": header})
    bad = ["", "Basic", "Basic %%%", f"Basic {b64('alice:wrong')}", f"Basic {b64('nobody:correct horse')}"]
    bad += [f"Basic {b64('alice:gsk_00000000_x')}", "Bearer", f"Bearer {login}", f"Bearer Basic {login}", "Digest x"]
    for header in bad:
        answer = await bulk.ask("POST", "/messageSend", json=SEED, headers={"Authorization": header})
        assert answer.status == 401, header
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="messaging"'
        assert (await answer.json())["Code"] == "401"
    answer = await bulk.ask("POST", "/messageSend", json=SEED, headers={"Authorization": "", "X-Auth-Token": login})
    assert answer.status == 401
    assert len(await ledger(stage, 3)) == 3


async def test_ms_09_3cx_carries_what_people_paste_for_a_key(bulk: Bulk) -> None:
    stage = bulk.stage
    await stage.login("alice", "correct horse")
    login = b64("alice:correct horse")
    pasted = [login, f"Basic {login}", stage.key, b64(f"any:{stage.key}")]
    headers = [{"Authorization": f"Bearer {value}"} for value in pasted]
    headers += [{"Authorization": "", "X-Auth-Token": value} for value in (*pasted, f"Bearer {stage.key}")]
    headers += [{"Authorization": f"Basic {login}"}, {"Authorization": "Bearer 3cx", "X-Auth-Token": stage.key}][:1]
    for number, given in enumerate(headers):
        body = {"from": "+13109060901", "to": f"+131055500{number:02d}", "text": "from 3CX"}
        answer = await bulk.ask("POST", "/messageSend?PBX=3CX", json=body, headers=given)
        assert (answer.status, (await answer.json())["Results"][0]["Status"]) == (200, "SUCCESS"), given
    for value in ("", "x", b64("alice:wrong"), f"Bearer Bearer {login}"):
        given = {"Authorization": f"Bearer {value}", "X-Auth-Token": value}
        assert (await bulk.ask("POST", "/messageSend?pbx=3cx", json=SEED, headers=given)).status == 401
    assert {text for _, text in await ledger(stage, len(headers))} == {"from 3CX"}


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/messageSend", "messages:send"),
        ("GET", "/webHooks", "webhooks:read"),
        ("PUT", "/webHooks", "webhooks:write"),
        ("DELETE", "/webHooks?Webhook=a", "webhooks:write"),
        ("GET", "/campaigns", "campaigns:read"),
    ],
)
async def test_ms_09_each_route_needs_its_scope(rig, method: str, path: str, needed: str) -> None:
    from gateway.domain.access import DEFAULT_SCOPES

    key = await rig.key(scopes=tuple(scope for scope in DEFAULT_SCOPES if scope != needed))
    reply = await rig.call(method, path, key=key, json={} if method in ("POST", "PUT") else None)
    assert (reply.status, reply.body["Error"]) == (403, "forbidden_scope")


async def test_ms_10_what_the_account_may_not_is_403(bulk: Bulk) -> None:
    stage = bulk.stage
    hook = {"Url": "https://x.example/"}
    await stage.account(segments_per_day=1)
    await bulk.send()
    assert (await bulk.send(To="13105550002", status=403))["Error"] == "quota_exceeded"
    await stage.account(segments_per_day=0, agreement_accepted=False)
    assert (await bulk.send(status=403))["Error"] == "agreement_required"
    assert (await bulk.put(status=412, **hook))["Code"] == "412"
    await stage.account(agreement_accepted=True, services=["v1"])
    assert (await bulk.send(status=403))["Error"] == "service_disabled"
    assert (await bulk.put(status=403, **hook))["Error"] == "service_disabled"
    assert len(await ledger(stage, 1)) == 1


async def test_ms_10_a_full_queue_is_503_with_a_time_to_wait(tmp_path: Path) -> None:
    async with staged(tmp_path, queue=QueueSettings(max_pending=2)) as stage:
        await stage.ask("PATCH", "/v1/lines/office", {"paused": True})
        bulk = Bulk(stage, stage.key)
        await bulk.send(To=[TO, "13105550001"])
        body = {"From": FROM, "To": "13105550002", "Message": "x"}
        answer = await bulk.ask("POST", "/messageSend", json=body)
        assert (answer.status, (await answer.json())["Error"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0


async def test_ms_10_who_asks_too_often_is_told_so_by_503(bulk: Bulk) -> None:
    await bulk.stage.account(rate_per_key=0.1)
    answers = [await bulk.ask("GET", "/campaigns") for _ in range(3)]
    assert answers[-1].status == 503
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_ms_19_accounts_see_nothing_of_each_other(bulk: Bulk) -> None:
    stage = bulk.stage
    await stage.account("other")
    other = Bulk(stage, await stage.new_key("other"))
    await bulk.put("Mine", Url="https://x.example/mine")
    await stage.ask("POST", "/v1/campaigns", {"ref": "CW1"})
    for path in ("/webHooks", "/campaigns"):
        assert await (await other.ask("GET", path)).json() == []
    for method, path in (("GET", "/webHooks?Webhook=Mine"), ("DELETE", "/webHooks?Webhook=Mine")):
        assert (await other.ask(method, path)).status == 404
    assert (await other.ask("GET", "/campaigns?Tcr=CW1")).status == 404
    await other.put("mine", Url="https://x.example/theirs")
    assert [one["Url"] for one in await bulk.hooks()] == ["https://x.example/mine"]


async def test_ms_20_every_path_is_also_below_the_vendors_prefix_in_any_case(bulk: Bulk) -> None:
    vendor = Bulk(bulk.stage, bulk.key, "/api/v1.0")
    await vendor.send()
    await vendor.put("Default", Url="https://x.example/")
    assert (await vendor.hooks(webhook="default"))[0]["Webhook"] == "Default"
    for path in ("/API/V1.0/webhooks", "/webhooks/", "/WebHooks", "/api/v1.0/campaigns/", "/CAMPAIGNS"):
        answer = await bulk.ask("GET", path)
        assert (answer.status, answer.content_type) == (200, "application/json")
    body = {"From": FROM, "To": "13105550002", "Message": "x"}
    assert (await bulk.ask("POST", "/Api/v1.0/MESSAGESEND/", json=body)).status == 200
    assert (await vendor.ask("DELETE", "/webHooks?Webhook=Default")).status == 200
    assert len(await ledger(bulk.stage, 2)) == 2


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/messageSend", "POST"),
        ("DELETE", "/api/v1.0/messagesend", "POST"),
        ("POST", "/webHooks", "DELETE, GET, HEAD, PUT"),
        ("PUT", "/campaigns/", "GET, HEAD"),
    ],
)
async def test_ms_20_another_method_is_refused_in_this_dialect(rig, method: str, path: str, allowed: str) -> None:
    reply = await rig.call(method, path, key="")
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert (reply.body["Code"], reply.body["Error"]) == ("405", "method_not_allowed")


async def test_ms_20_below_the_prefix_nothing_else_is(rig) -> None:
    reply = await rig.call("GET", "/api/v1.0/accountDetail", key="")
    assert (reply.status, reply.body["Code"], reply.body["Error"]) == (404, "404", "not_found")


async def test_ms_21_the_same_key_and_body_sends_once(bulk: Bulk) -> None:
    headers = {"Idempotency-Key": "a"}
    first = await bulk.send(headers=headers)
    answer = await bulk.ask(
        "POST", "/messageSend", json={"From": FROM, "To": [TO], "Message": "hello"}, headers=headers
    )
    assert (await answer.json(), answer.headers["Idempotency-Replayed"]) == (first, "true")
    assert (await bulk.send(Message="other", headers=headers, status=409))["Error"] == "idempotency_mismatch"
    assert await ledger(bulk.stage, 1) == [told_sent(TO)]


IMGHDR = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise imports it


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> str:
    """apprise's own plugin, sent to the stage; the address for ``Apprise.add``."""
    from apprise.plugins.bulkvs import NotifyBulkVS

    monkeypatch.setattr(NotifyBulkVS, "notify_url", stage.url.rstrip("/") + "/api/v1.0/messageSend")
    monkeypatch.setattr(NotifyBulkVS, "request_rate_per_sec", 0)
    return f"bulkvs://user:{stage.key}@13109060901/13105551212/13125551213"


@IMGHDR
@pytest.mark.parametrize("query", ["", "?batch=yes"])
async def test_ms_22_apprise_sends_through_it(stage: Stage, plugin: str, query: str) -> None:
    sender = apprise.Apprise()
    assert sender.add(plugin + query)
    assert await asyncio.to_thread(sender.notify, body="from apprise é€")
    text = "from apprise é€"
    assert await ledger(stage, 2) == [("+13105551212", text), ("+13125551213", text)]
    batches = {message.batch for message in await stage.messages()}
    assert len(batches) == (1 if query else 2)


@IMGHDR
@pytest.mark.parametrize("query", ["", "?batch=yes"])
async def test_ms_22_apprise_is_told_of_a_failure(stage: Stage, plugin: str, query: str) -> None:
    sender = apprise.Apprise()
    assert sender.add(plugin.replace(stage.key, "wrong") + query)
    assert not await asyncio.to_thread(sender.notify, body="x")
    assert await nothing_stored(stage)


async def test_ms_23_the_php_clients_requests_are_taken(bulk: Bulk) -> None:
    """LynxGeekNYC's bulkvs_client.php (curl, JSON, one text as ``To``) and FreePBX's provider-Bulkvs.php."""
    auth = {"Authorization": "Basic " + b64(f"user:{bulk.key}"), "Accept": "application/json"}
    php = {"From": "13109060901", "To": "13105551212", "Message": "from php"}
    requests = [
        (json.dumps(php), {"Content-Type": "application/json", **auth}),
        (
            json.dumps(php | {"To": "13105551213", "Message": "mms", "MediaUrls": ["https://x.example/a.jpg"]}),
            {"Content-Type": "application/json", **auth},
        ),
        (
            '{"From":"+13109060901","To":["13105551214"],"Message":"caf\\u00e9 \\ud83d\\ude00 100% a+b"}',
            {"Content-Type": "application/json; charset=utf-8", "User-Agent": "GuzzleHttp/7", **auth},
        ),
        (
            '{"From":"+13109060901","To":["13105551215"],"MediaURLs":["https:\\/\\/pbx.example\\/a.jpg"]}',
            {"Content-Type": "application/json", **auth},
        ),
    ]
    for body, headers in requests:
        answer = await bulk.ask("POST", "/api/v1.0/messageSend", data=body.encode(), headers=headers)
        told = await answer.json()
        assert (answer.status, told["Results"][0]["Status"], bool(told["RefId"])) == (200, "SUCCESS", True)
    assert [text for _, text in await ledger(bulk.stage, 4)] == [
        "from php",
        "mms\nhttps://x.example/a.jpg",
        "café 😀 100% a+b",
        "https://pbx.example/a.jpg",
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b'"x"', 400),
        (b"null", 400),
        (b"7", 400),
        (b"", 400),
        (b"{", 400),
        (b'{"From":NaN}', 400),
        (b"\xff\xfe{}", 400),
        (b'{"From":"\xff"}', 400),
        (b'{"From":"13109060901","To":"13105551212","Message":"\\ud800"}', 400),
        (b'{"From":"13109060901","To":"13105551212","Message":"a\\u0000"}', 400),
        (b'{"To":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"a":' * 100_000, 400),
        (b'{"Message":"' + b"x" * 2 * 1024 * 1024 + b'"}', 413),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/messageSend"), ("PUT", "/webHooks")])
async def test_ms_24_what_is_no_such_body_is_refused(rig, body: bytes, status: int, method: str, path: str) -> None:
    reply = await rig.call(method, path, data=io.BytesIO(body), headers={"Content-Type": "application/json"})
    assert (reply.status, reply.body["Code"]) == (status, str(status))


async def test_ms_24_only_json_is_taken(rig) -> None:
    body = b'{"From":"13109060901","To":"13105551212","Message":"x"}'
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "text/xml"):
        reply = await rig.call("POST", "/messageSend", data=body, headers={"Content-Type": kind})
        assert (reply.status, reply.body["Error"]) == (415, "unsupported_media_type")
    reply = await rig.call("POST", "/messageSend", data=body, skip_auto_headers=["Content-Type"])
    assert reply.status == 200
    reply = await rig.call("POST", "/messageSend", data=body, headers={"Content-Encoding": "gzip"})
    assert reply.status == 415
