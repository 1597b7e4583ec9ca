"""What came in, as the enswitch front lists it: EN-17."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.enswitch import LOGIN, NUMBER, PHONE, Answer, Enswitch
from tests.support.stage import Stage

LIST = "/api/json/messages/text/list/"
GET = "/api/json/messages/text/get/"
OTHER = "+12125551299"


@pytest.fixture
def stage_options() -> Mapping[str, Any]:
    return {"numbers": (NUMBER,)}


@pytest.fixture
async def enswitch(stage: Stage) -> Enswitch:
    """Three messages have come in: b and a from PHONE, c from another one."""
    await stage.login("user", "password")
    for number, (text, sender) in enumerate((("b", PHONE), ("c", OTHER), ("a", PHONE)), 1):
        stage.bank.deliver(0, sender=sender, text=text)
        await stage.received(number)
    return Enswitch(stage)


async def listed(enswitch: Enswitch, **parameters: object) -> Answer:
    return await enswitch.get(urlencode(LOGIN | parameters), path=LIST)


async def bodies(enswitch: Enswitch, **parameters: object) -> str:
    answer = await listed(enswitch, **parameters)
    assert answer.responses == [{"code": "200", "key": "", "message": "OK"}]
    return "".join(row["body"] for row in answer.body["data"])


async def test_en_17_what_came_in_is_listed_in_the_order_asked_for(enswitch: Enswitch) -> None:
    assert await bodies(enswitch) == "bca"
    assert await bodies(enswitch, descending=1) == "acb"
    assert await bodies(enswitch, sort="received", descending=0) == "bca"
    assert await bodies(enswitch, sort="body") == "abc"
    assert await bodies(enswitch, sort="body", descending="1") == "cba"
    assert await bodies(enswitch, sort="snumber", descending=1) == "cab"
    assert (await enswitch.post(LIST, data=LOGIN | {"sort": "body"})).body["data"][0]["body"] == "a"


async def test_en_17_a_row_says_who_wrote_to_which_number_and_when(enswitch: Enswitch) -> None:
    (first, *_) = (await listed(enswitch)).body["data"]
    (message, *_) = await enswitch.stage.received(3)
    received = int(message.created_at.timestamp())
    row = {"uniqueid": message.id, "received": received, "snumber": PHONE, "cnumber": NUMBER, "body": "b"}
    assert first == row
    got = await enswitch.get(urlencode(LOGIN | {"uniqueid": message.id}), path=GET)
    assert got.body == {
        "responses": [{"code": "200", "key": "", "message": "OK"}],
        "data": row | {"media_files_list": [], "media_files_data": {}},
    }
    assert await bodies(enswitch, start=received, end=received + 5) != ""
    assert await bodies(enswitch, start=received - 5, end=received - 1) == ""
    assert await bodies(enswitch, end=received - 86_400) == ""


async def test_en_17_what_was_sent_is_not_listed(enswitch: Enswitch) -> None:
    assert await enswitch.told() == [("204", "")]
    await enswitch.stage.submitted(1)
    assert await bodies(enswitch) == "bca"
    (sent,) = [message for message in await enswitch.stage.messages() if message.direction == "out"]
    got = await enswitch.get(urlencode(LOGIN | {"uniqueid": sent.id}), path=GET)
    assert got.told == [("404", "uniqueid")]


async def test_en_17_wrong_parameters_are_all_named(enswitch: Enswitch) -> None:
    answer = await listed(enswitch, start="x", end="-1", sort="colour", descending="2", customer="y")
    assert answer.told == [("400", key) for key in ("customer", "start", "end", "sort", "descending")]
    assert (await listed(enswitch, start=10**40, end="253402300800")).told == [("400", "start"), ("400", "end")]
    assert await bodies(enswitch, start=0, end=253402300798) == "bca"
    got = await enswitch.get(urlencode(LOGIN | {"get_media_files": "x", "encoding": "hex"}), path=GET)
    assert got.told == [("400", "uniqueid"), ("400", "get_media_files"), ("400", "encoding")]
    for encoding in ("base64", "raw"):
        known = {"uniqueid": "in_1", "get_media_files": "1", "encoding": encoding}
        assert (await enswitch.get(urlencode(LOGIN | known), path=GET)).told == [("404", "uniqueid")]


async def test_en_17_another_accounts_messages_are_like_none(enswitch: Enswitch) -> None:
    stage = enswitch.stage
    await stage.account("shop")
    await stage.login("clerk", "password", account="shop")
    await stage.login("boss", "password", account="shop", scopes=["admin"])
    numbers = {account["name"]: account["num"] for account in await stage.administer("accounts.list")}
    theirs = {"auth_username": "clerk"}
    assert await bodies(enswitch, **theirs) == ""
    (message, *_) = await stage.received(3)
    told = [
        (await enswitch.get(urlencode(LOGIN | theirs | {"uniqueid": wanted}), path=GET)).body
        for wanted in (message.id, "in_unknown", "\x00", "x" * 2000)
    ]
    assert told == [{"responses": [{"code": "404", "key": "uniqueid", "message": "Not found."}]}] * 4
    assert (await listed(enswitch, customer=numbers["default"], **theirs)).told == [("402", "customer")]
    assert await bodies(enswitch, customer=numbers["default"], auth_username="boss") == "bca"


async def test_en_17_needs_the_scope_for_inbound_messages(enswitch: Enswitch) -> None:
    await enswitch.stage.login("sender", "password", scopes=["messages:send"])
    assert (await listed(enswitch, auth_username="sender", sort="x")).told == [("402", "")]
    assert (await listed(enswitch, auth_password="x")).told == [("401", "")]
    for method in ("HEAD", "PUT"):
        async with enswitch.stage.http.request(method, f"{LIST}?{urlencode(LOGIN)}") as answer:
            assert answer.status == 405
