"""The smssend contract's SS-10 and SS-11: every refusal in ResponseStatus, or told in a CommResponse."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.config import HttpSettings
from gateway.config.settings import QueueSettings
from gateway.domain.access import DEFAULT_SCOPES, Principal
from gateway.domain.message import State
from tests.support.smssend import TO, Reply, post, sms
from tests.support.stage import Stage


@pytest.fixture
def stage_options(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    return getattr(request, "param", {})


async def send(stage: Stage, body: object, path: str = "/api/send", **headers: str) -> Reply:
    return await post(stage.http, body, path, stage.bearer | headers)


async def operator(stage: Stage) -> Principal:
    account = await stage.store.account("default")
    assert account is not None
    return Principal(account, "test", frozenset(DEFAULT_SCOPES))


async def test_ss_10_every_wrong_member_has_its_code_and_its_name(stage: Stage) -> None:
    empty = "must not be empty."
    person, sender = "SMSModel.To[0]", "SMSModel.From"
    nobody = "'' is no sender of this account"
    unknown = "There is no contact of this id with a number."
    too_long = "'Name' takes at most 100 characters."
    stranger = "'99999' is no sender of this account"
    cases: list[tuple[object, str, str, str]] = [
        (None, "NotNull", "SMSModel", f"'SMSModel' {empty}"),
        ("  ", "NotNull", "SMSModel", f"'SMSModel' {empty}"),
        ({}, "NotNull", "SMSModel", f"'SMSModel' {empty}"),
        ({"SMSModel": None}, "NotNull", "SMSModel", f"'SMSModel' {empty}"),
        (sms(To=...), "NotEmpty", "SMSModel.To", f"'To' {empty}"),
        (sms(To=[]), "NotEmpty", "SMSModel.To", f"'To' {empty}"),
        (sms(To=None), "NotEmpty", "SMSModel.To", f"'To' {empty}"),
        (sms(*(f"+10000{n:06}" for n in range(1001))), "Length", "SMSModel.To", "'To' takes at most 1000 recipients."),
        (sms(TO, "12x"), "InvalidPhoneNumber", "SMSModel.To[1].PhoneNumber", "'12x' is not a phone number"),
        (sms(To=[{"Name": "x"}]), "NotEmpty", "SMSModel.To[0].PhoneNumber", f"'Phone Number' {empty}"),
        (sms(To=[{"ContactId": "a" * 32}]), "NotFound", f"{person}.ContactId", unknown),
        (sms(To=[{"PhoneNumber": TO, "Name": "x" * 101}]), "Length", f"{person}.Name", too_long),
        (sms(From={"PhoneNumber": "99999"}), "InvalidSender", f"{sender}.PhoneNumber", stranger),
        (sms(From={"Name": "nobody"}), "InvalidSender", "SMSModel.From.Name", "'nobody' is no sender of this account"),
        (sms(From={"PhoneNumber": "auto"}), "InvalidSender", f"{sender}.PhoneNumber", nobody),
        (sms(MessageBody=...), "NotEmpty", "SMSModel.MessageBody", f"'Message Body' {empty}"),
        (sms(MessageBody=" \n"), "NotEmpty", "SMSModel.MessageBody", f"'Message Body' {empty}"),
        (sms(Notes="x" * 4001), "Length", "SMSModel.Notes", "'Notes' takes at most 4000 characters."),
        (sms(SuiteId="x"), "SerializationException", "SMSModel.SuiteId", "a Guid is expected"),
        (sms(ReplyIsAllowed="x"), "SerializationException", "SMSModel.ReplyIsAllowed", "a Boolean is expected"),
        (sms(MessageBody=[1]), "SerializationException", "SMSModel.MessageBody", "a String is expected"),
        (sms(To="x"), "SerializationException", "SMSModel.To", "a list of SMSContact is expected"),
        (sms(To={}), "SerializationException", "SMSModel.To", "a list of SMSContact is expected"),
        (sms(To=[5]), "SerializationException", "SMSModel.To", "SMSModel.To[0] is no object"),
        (sms(From=5), "SerializationException", "SMSModel.From", "SMSModel.From is no object"),
        ({"SMSModel": 5}, "SerializationException", "SMSModel", "SMSModel is no object"),
    ]  # fmt: skip
    for body, code, field, message in cases:
        reply = await send(stage, body)
        assert reply.failure == (400, code, message), field
        assert reply.json["ResponseStatus"]["Errors"] == [{"ErrorCode": code, "FieldName": field, "Message": message}]
    long = await send(stage, sms(MessageBody="x" * 1600))
    assert long.errors == {"SMSModel.MessageBody": "Length"}
    assert long.failure[2] == "it takes 11 parts, more than 10"
    for body in ("{", "[1,", "nonsense"):
        failure = (await send(stage, body)).failure
        assert failure[:2] == (400, "SerializationException")
        assert failure[2].startswith("Unable to deserialize SMSSend: ")
    assert await stage.messages() == []


async def test_ss_10_paths_and_methods_that_are_none(stage: Stage) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for path in ("/api/sendmessage", "/API/Send/Immediate/", "/xml/reply/SMSSend?format=json", "/api/SMSSend[]"):
            reply = await post(stage.http, path=path, method=method)
            assert reply.failure[:2] == (405, "MethodNotAllowed")
            assert reply.headers["Allow"] == "POST"
    for path in ("/api/nothing", "/api/sendmessage/later", "/json/reply/Nothing", "/auth/google", "/api/sms"):
        assert (await send(stage, sms(), path)).failure[:2] == (404, "NotFound")
    in_csv = await post(stage.http, None, "/api/send", {"Accept": "text/csv"}, "GET")
    assert (in_csv.status, in_csv.text.splitlines()[0]) == (405, "ResponseStatus")
    assert in_csv.text.splitlines()[1].startswith("{ErrorCode:MethodNotAllowed,") or '"{ErrorCode' in in_csv.text
    nowhere = await post(stage.http, sms(), "/somewhere/else")
    assert nowhere.headers["Content-Type"] == "application/problem+json"  # nobody's: no ServiceStack client asks there


async def test_ss_10_every_answer_tells_the_requests_id(stage: Stage) -> None:
    for reply in (
        await send(stage, {}),
        await post(stage.http, sms(), "/api/send"),
        await send(stage, sms(), "/api/x"),
    ):
        assert reply.json["ResponseStatus"]["Meta"] == {"RequestId": reply.headers["X-Request-Id"]}
        assert "StackTrace" not in reply.text


@pytest.mark.parametrize("stage_options", [{"http": HttpSettings(port=0, rate_per_key=1)}], indirect=True)
async def test_ss_10_too_many_requests_are_told_when_to_come_again(stage: Stage) -> None:
    replies = [await send(stage, {}) for _ in range(7)]
    limited = replies[-1]
    assert limited.failure[:2] == (429, "TooManyRequests")
    assert int(limited.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("stage_options", [{"queue": QueueSettings(max_pending=1)}], indirect=True)
async def test_ss_10_a_full_queue_is_told_when_to_come_again(stage: Stage) -> None:
    full = await send(stage, sms(TO, "+10000000002"))
    assert full.failure[:2] == (503, "ServiceUnavailable")
    assert int(full.headers["Retry-After"]) >= 1
    assert await stage.messages() == []


async def test_ss_10_a_bug_of_ours_tells_nothing_of_itself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(type(stage.gateway.messages), "enqueue_batch", broken)
    reply = await send(stage, sms())
    assert reply.failure == (500, "InternalServerError", "An error occurred.")
    assert "secret" not in reply.text


async def test_ss_10_what_refuses_a_whole_call_for_business(stage: Stage) -> None:
    await stage.account("default", agreement_accepted=False)
    reply = await send(stage, sms())
    assert reply.status == 200
    assert reply.json == {
        "CommId": "0" * 32,
        "Reference": "",
        "Status": False,
        "Message": "Agreement required. [agreement_required]",
    }
    await stage.account("default", agreement_accepted=True, destinations_deny=["+1000"])
    assert (await send(stage, sms())).json["Message"] == "Destination not allowed. [destination_denied]"
    await stage.account("default", destinations_deny=[], duplicate_window_s=60)
    assert (await send(stage, sms("+13105551214"))).json["Status"] is True
    assert (await send(stage, sms("+13105551214"))).json["Message"] == "Duplicate message. [duplicate]"
    await stage.submitted(1)


async def test_ss_10_what_is_refused_to_some_recipients_only(stage: Stage) -> None:
    await stage.account("default", segments_per_day=1)
    await stage.gateway.subscriptions.opt_out(TO, by=await operator(stage))
    mixed = await send(stage, sms(TO, "+13105551212", "+13105551213"))
    assert mixed.json["Message"] == f"Queued 1 of 3; {TO}: opted out, +13105551213: quota exceeded."
    none = await send(stage, sms("+13105551213", TO))
    assert none.json["Message"] == f"Queued none of 2; +13105551213: quota exceeded, {TO}: opted out. [quota_exceeded]"
    alone = await send(stage, sms("+13105551213"))
    assert alone.json["Message"] == "Quota exceeded. [quota_exceeded]"
    assert [message.state for message in await stage.messages()].count(State.REJECTED) == 5
    await stage.submitted(1)


async def test_ss_11_two_bad_recipients_are_both_named_and_nothing_is_stored(stage: Stage) -> None:
    reply = await send(stage, sms("x", TO, "12y"))
    assert reply.errors == {
        "SMSModel.To[0].PhoneNumber": "InvalidPhoneNumber",
        "SMSModel.To[2].PhoneNumber": "InvalidPhoneNumber",
    }
    everything = await send(
        stage,
        sms(
            To=[{"PhoneNumber": TO}, {}, {"PhoneNumber": "x"}, {"ContactId": "a" * 32}, {"PhoneNumber": TO}],
            From={"PhoneNumber": "99999"}, MessageBody="", Notes="x" * 5000, SuiteId="x",
        ),
    )  # fmt: skip
    assert list(everything.errors.items()) == [
        ("SMSModel.SuiteId", "SerializationException"),
        ("SMSModel.Notes", "Length"),
        ("SMSModel.To[1].PhoneNumber", "NotEmpty"),
        ("SMSModel.To[2].PhoneNumber", "InvalidPhoneNumber"),
        ("SMSModel.To[3].ContactId", "NotFound"),
        ("SMSModel.From.PhoneNumber", "InvalidSender"),
        ("SMSModel.MessageBody", "NotEmpty"),
    ]
    many = await send(stage, sms(*(f"x{n}" for n in range(200))))
    assert len(many.json["ResponseStatus"]["Errors"]) == 50
    endless = await send(stage, '{"SMSModel":{"MessageBody":"x","To":[' + "{}," * 300_000 + "{}]}}")
    assert endless.errors == {"SMSModel.To": "Length"}
    nobody = await send(stage, json.dumps({"SMSModel": {"To": [], "From": {"PhoneNumber": "x"}}}))
    assert list(nobody.errors) == ["SMSModel.To", "SMSModel.From.PhoneNumber", "SMSModel.MessageBody"]
    assert await stage.messages() == []
