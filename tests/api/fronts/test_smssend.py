"""The smssend contract's own list, over a real socket with a simulated modem behind it: routes, what is sent, batches.

The other numbers stand in test_smssend_formats.py, test_smssend_access.py, test_smssend_errors.py and
test_smssend_clients.py.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from api.fronts.smssend.dto import CommResponse
from api.fronts.smssend.outcome import sent
from api.fronts.smssend.paths import ROUTES
from gateway.config.settings import SmsSendSettings
from gateway.domain.access import DEFAULT_SCOPES, Principal
from gateway.domain.contact import ContactChange
from gateway.domain.line import LineState
from gateway.domain.message import Message, State
from tests.support.smssend import TO, Reply, post, sms
from tests.support.stage import Stage, lines_are

SEED = (
    '{"SMSModel":{"From":{"Name":"String","PhoneNumber":"%s","ContactId":"00000000000000000000000000000000"},'
    '"To":[{"Name":"String","PhoneNumber":"%s","ContactId":"00000000000000000000000000000000"}],'
    '"MessageBody":"String","ReplyIsAllowed":false,"ReplyIsRequired":false,"Notes":"String",'
    '"LinkedObjectId":"00000000000000000000000000000000","SuiteId":"00000000000000000000000000000000",'
    '"LicenseeId":"00000000000000000000000000000000"},"CreateCommunicationReferencesImmediately":false}'
)
SIX = (
    "/api/sendmessage", "/api/sendmessage/immediate", "/api/send", "/api/sms/send", "/api/send/immediate",
    "/api/sms/send/immediate",
)  # fmt: skip
GUID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def stage_options(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    return getattr(request, "param", {})


async def send(stage: Stage, body: object, path: str = "/api/sendmessage", **headers: str) -> Reply:
    return await post(stage.http, body, path, stage.bearer | headers)


async def principal(stage: Stage) -> Principal:
    account = await stage.store.account("default")
    assert account is not None
    return Principal(account, "test", frozenset(DEFAULT_SCOPES))


async def test_ss_01_the_seeds_own_request_is_sent_on_all_six_routes(stage: Stage) -> None:
    jsonl = {"Accept": "text/jsonl", "Content-Type": "text/jsonl"}
    for route in SIX:
        reply = await send(stage, SEED % ("00000", TO), route, **jsonl)
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/jsonl")
        assert reply.text.endswith("}\n")
        told = reply.json
        assert list(told) == ["CommId", "Reference", "Status", "Message"]
        assert (len(told["CommId"]), told["Status"]) == (32, True)
        assert told["Message"] == ("Sent." if route.endswith("immediate") else "Queued 1 message.")
    entries = await stage.submitted(6)
    assert {(entry["to"], entry["text"]) for entry in entries} == {(TO, "String")}


async def test_ss_01_the_placeholders_themselves_are_no_numbers(stage: Stage) -> None:
    reply = await send(stage, SEED % ("String", "String"))
    assert reply.failure[:2] == (400, "InvalidPhoneNumber")
    assert await stage.messages() == []


async def test_ss_01_paths_have_no_case_and_may_end_with_a_slash(stage: Stage) -> None:
    for path in (
        "/API/SendMessage",
        "/api/sendmessage/",
        "/Api/Sms/SEND/Immediate/",
        "/api/smssend",
        "/JSON/Reply/smssend",
    ):
        assert (await send(stage, sms(), path)).json["Status"] is True
    assert (await send(stage, sms(), "/api/sendmessages")).failure[:2] == (404, "NotFound")
    await stage.submitted(5)


async def test_ss_09_a_contact_by_its_id_where_there_is_no_number(stage: Stage) -> None:
    by = await principal(stage)
    change = ContactChange(name="Ann", phone="+10000000007", external_id=GUID)
    await stage.gateway.contacts.create(change, by=by)
    assert (await send(stage, sms(To=[{"ContactId": GUID.upper(), "Name": "Ann"}]))).json["Status"] is True
    both = [{"ContactId": "f" * 32, "PhoneNumber": TO}]
    assert (await send(stage, sms(To=both))).json["Status"] is True
    unknown = await send(stage, sms(To=[{"PhoneNumber": TO}, {"ContactId": "e" * 32}]))
    assert unknown.errors == {"SMSModel.To[1].ContactId": "NotFound"}
    assert {entry["to"] for entry in await stage.submitted(2)} == {"+10000000007", TO}
    newest, oldest = await stage.messages()
    assert (oldest.metadata, newest.metadata) == ({"contact_id": GUID, "name": "Ann"}, {"contact_id": "f" * 32})


async def test_ss_12_doubles_in_to_are_sent_once(stage: Stage) -> None:
    reply = await send(stage, sms(TO, "10000000001", "+1 (000) 000-0001", "+10000000002"))
    assert reply.json["Message"] == "Queued 2 messages."
    many = {**sms(*[TO] * 1500), "CreateCommunicationReferencesImmediately": True}
    one = await send(stage, many)
    assert one.json["Message"] == "Queued 1 message."
    assert one.json["Reference"] == (await stage.messages())[0].id
    assert sorted(str(entry["to"]) for entry in await stage.submitted(3)) == [TO, TO, "+10000000002"]


async def test_ss_13_what_is_refused_for_business_is_told_with_status_200(stage: Stage) -> None:
    by = await principal(stage)
    await stage.gateway.subscriptions.opt_out(TO, by=by)
    alone = await send(stage, sms())
    assert alone.status == 200
    assert (alone.json["Status"], alone.json["Message"]) == (False, "Recipient has opted out. [opted_out]")
    (kept,) = await stage.messages()
    assert (kept.state, kept.front, kept.error and kept.error.code) == (State.REJECTED, "smssend", "opted_out")
    some = await send(stage, sms("+10000000002", TO, "+10000000003"))
    assert some.json["Status"] is True
    assert some.json["Message"] == f"Queued 2 of 3; {TO}: opted out."
    assert {entry["to"] for entry in await stage.submitted(2)} == {"+10000000002", "+10000000003"}
    waited = await send(stage, sms("+10000000002", TO), "/api/send/immediate")
    assert waited.json["Status"] is True
    assert waited.json["Message"] == f"Sent 1 of 2; {TO}: opted out."


async def test_ss_14_references_exist_before_they_are_told(stage: Stage) -> None:
    by = await principal(stage)
    await stage.gateway.subscriptions.opt_out("+10000000002", by=by)
    numbers = [f"+1000000000{last}" for last in (3, 2, 1)]
    told = (
        await send(
            stage,
            sms(
                *numbers,
                flag=True,
                LinkedObjectId=GUID,
                SuiteId="{" + "a" * 8 + "-aaaa" * 3 + "-" + "b" * 12 + "}",
                Notes="n",
            ),
        )
    ).json
    references = told["Reference"].split(",")
    stored = [await stage.store.message("default", reference) for reference in references]
    assert [message and message.to for message in stored] == numbers
    first = stored[0]
    assert first is not None
    assert (first.client_ref, first.notes) == (GUID, "n")
    assert first.metadata == {"linked_object_id": GUID, "suite_id": "a" * 20 + "b" * 12}
    told = (await send(stage, sms(*numbers))).json
    batch = await stage.store.batch("default", told["Reference"])
    assert batch is not None
    assert batch.public_uuid.replace("-", "") == told["CommId"]
    await stage.submitted(4)


async def test_ss_15_immediate_waits_for_what_becomes_of_it(stage: Stage) -> None:
    assert (await send(stage, sms(), "/api/send/immediate")).json["Message"] == "Sent."
    (message,) = await stage.messages()
    assert message.priority == 8
    stage.bank.modems[0].fault("reject", "+CMGS", code=1)
    failed = await send(stage, sms(), "/api/send/immediate")
    assert (failed.status, failed.json["Status"]) == (200, False)
    (told,) = [one for one in await stage.messages() if one.state is State.FAILED]
    assert told.error is not None
    assert failed.json["Message"] == f"T{told.error.message[1:]}. [{told.error.code}]"
    stage.bank.modems[0].fault("reject", "+CMGS", code=1)
    some = await send(stage, sms(TO, "+10000000002"), "/api/send/immediate")
    assert (some.json["Status"], some.json["Message"][:12]) == (True, "Sent 1 of 2;")
    await stage.submitted(2)


def test_ss_15_an_unknown_outcome_is_told_so() -> None:
    so_far = CommResponse(UUID(GUID), "bat_1", True, "Queued 1 message.")
    message = Message(1, "msg_1", "default", "out", State.UNKNOWN, "00000", TO, "x", "gsm7", 1, datetime.now(UTC))
    told = sent([message], so_far)
    assert (told.status, told.message) == (True, "Handed over; the outcome is not known.")
    failures = [replace(message, state=State.EXPIRED, to=f"+1000000000{n}") for n in range(7)]
    told = sent([message, *failures], so_far)
    assert told.message == (
        "Sent 1 of 8; +10000000000: expired, +10000000001: expired, +10000000002: expired, "
        "+10000000003: expired, +10000000004: expired, and 2 more."
    )
    assert sent(failures, so_far).message == "Expired. [expired]"
    assert not sent(failures, so_far).status


async def test_ss_15_more_than_fifty_are_not_waited_for(stage: Stage) -> None:
    reply = await send(stage, sms(*(f"+100000001{n:02}" for n in range(51))), "/api/send/immediate")
    assert reply.json["Message"] == "Queued 51 messages. Over 50 recipients are not waited for."
    await stage.submitted(51)


@pytest.mark.parametrize("stage_options", [{"smssend": SmsSendSettings(immediate_timeout_s=1)}], indirect=True)
async def test_ss_15_a_modem_without_network_keeps_nobody_waiting_for_ever(stage: Stage) -> None:
    stage.bank.modems[0].register(0)
    await lines_are(stage.store, LineState.DOWN)
    late = await send(stage, sms(), "/api/send/immediate")
    assert (late.json["Status"], late.json["Message"]) == (True, "Still sending.")
    many = await send(stage, [sms("+10000000002"), sms("+10000000003")], "/api/send/immediate")
    assert [one["Message"] for one in many.json] == ["Still sending."] * 2
    stage.bank.modems[0].register(1)
    assert len({entry["to"] for entry in await stage.submitted(3)}) == 3


async def test_ss_15_hanging_up_cancels_nothing(stage: Stage) -> None:
    stage.bank.modems[0].register(0)
    await lines_are(stage.store, LineState.DOWN)
    asking = asyncio.ensure_future(send(stage, sms(), "/api/send/immediate"))
    async with asyncio.timeout(10):
        while not await stage.messages():
            await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    stage.bank.modems[0].register(1)
    await stage.submitted(1)
    assert (await send(stage, sms("+10000000002"), "/api/send/immediate")).json["Message"] == "Sent."
    await stage.submitted(2)


async def test_ss_16_an_array_is_one_call_after_the_other(stage: Stage) -> None:
    reply = await send(stage, [sms("+10000000001"), sms("+10000000002")], "/api/SMSSend[]")
    assert (reply.status, reply.headers["X-AutoBatch-Completed"]) == (200, "2")
    assert [one["Status"] for one in reply.json] == [True, True]
    bad = await send(stage, [sms("+10000000003"), sms("x"), sms("+10000000004")], "/json/reply/SMSSend%5B%5D")
    assert bad.errors == {"SMSModel.To[0].PhoneNumber": "InvalidPhoneNumber"}
    assert bad.json["ResponseStatus"]["Meta"]["AutoBatchIndex"] == "1"
    assert bad.headers["X-AutoBatch-Completed"] == "1"
    lines = "".join(json.dumps(sms(number)) + "\n" for number in ("+10000000005", "+10000000006"))
    told = await send(stage, lines, **{"Content-Type": "text/jsonl"})
    assert [json.loads(line)["Status"] for line in told.text.splitlines()] == [True, True]
    entries = await stage.submitted(5)
    assert [str(entry["to"])[-1] for entry in entries] == ["1", "2", "3", "5", "6"]
    empty = await send(stage, [], "/api/SMSSend[]")
    assert (empty.status, empty.text, empty.headers["X-AutoBatch-Completed"]) == (200, "[]", "0")
    assert (await send(stage, [sms()] * 101)).failure[:2] == (400, "Length")
    assert (await send(stage, sms("+10000000007"), "/api/SMSSend[]")).json[0]["Status"] is True
    await stage.submitted(6)


async def test_ss_17_oneway_is_answered_without_a_body(stage: Stage) -> None:
    for path in ("/json/oneway/SMSSend", "/api/json/oneway/SMSSend"):
        reply = await send(stage, sms(), path)
        assert (reply.status, reply.text) == (204, "")
    many = await send(stage, [sms(), sms()], "/json/oneway/SMSSend[]")
    assert (many.status, many.text) == (204, "")
    assert (await send(stage, sms("x"), "/json/oneway/SMSSend")).failure[:2] == (400, "InvalidPhoneNumber")
    await stage.submitted(4)


async def test_ss_19_the_same_idempotency_key_sends_once(stage: Stage) -> None:
    key = {"Idempotency-Key": "one"}
    first = await send(stage, sms(), **key)
    again = await send(stage, sms(), **key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    in_xml = await send(stage, sms(), Accept="application/xml", **key)
    assert first.json["Reference"] in in_xml.text
    assert (await send(stage, sms(MessageBody="other"), **key)).failure[:2] == (400, "IdempotencyMismatch")
    many = [sms("+10000000002"), sms("+10000000003")]
    assert (await send(stage, many, **{"Idempotency-Key": "two"})).json == (
        await send(stage, many, **{"Idempotency-Key": "two"})
    ).json
    await stage.submitted(3)


async def test_ss_25_the_metadata_pages_list_every_route(stage: Stage) -> None:
    index = await post(stage.http, path="/metadata", method="GET")
    assert index.status == 200
    for written in ("json", "xml", "csv", "jsv", "jsonl", "other"):
        assert f'href="/{written}/metadata?op=SMSSend"' in index.text
        page = await post(stage.http, path=f"/{written}/metadata?op=SMSSend", method="GET")
        assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        for route in (*ROUTES["smssend"], *(f"POST {path}" for path in SIX)):
            assert f"<code>{route}</code>" in page.text
        for word in ("Requires Authentication", "back to all web services", "CreateCommunicationReferencesImmediately"):
            assert word in page.text
        assert "<script" not in page.text
    login = await post(stage.http, path="/json/metadata?op=authenticate", method="GET")
    assert "Requires Authentication" not in login.text
    assert (await post(stage.http, path="/html/metadata?op=SMSSend", method="GET")).status == 404
    for path in ("/json/metadata?op=Nothing", "/json/metadata"):
        assert (await post(stage.http, path=path, method="GET")).failure[:2] == (404, "NotFound")


@pytest.mark.parametrize("stage_options", [{"smssend": SmsSendSettings(metadata_public=False)}], indirect=True)
async def test_ss_25_or_show_them_to_callers_only(stage: Stage) -> None:
    assert (await post(stage.http, path="/metadata", method="GET")).status == 401
    assert (await post(stage.http, None, "/metadata", stage.bearer, method="GET")).status == 200
