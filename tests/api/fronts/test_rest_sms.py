"""The rest-sms contract's own list, RS-01 and RS-03 to RS-09, RS-18: named messages, sending to a phone.

Every request goes over a real socket as it stands here, and what the network took is compared.
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote_plus

from tests.support.rest_sms import DATE, JSON, VENDOR_TYPE, Realm, json_of

FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def typed(value: Mapping[str, object]) -> dict[str, type]:
    return {name: type(member) for name, member in value.items()}


SENT = {
    "success": bool,
    "createDate": str,
    "updatedDate": str,
    "partSent": int,
    "realmId": int,
    "smsSenderId": int,
    "totalParts": int,
    "messageId": str,
    "phone": str,
    "status": str,
}
MESSAGE = {
    "id": int,
    "realmId": int,
    "totalParts": int,
    "name": str,
    "messageText": str,
    "createdDate": str,
    "updatedDate": str,
}


async def test_rs_01_a_text_to_a_phone_is_answered_as_told_and_sent(realm: Realm) -> None:
    answer = await realm.send("One+time+message+for+you.")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    (part,) = answer.body
    assert list(typed(part).items()) == list(SENT.items())
    assert DATE.fullmatch(part["createDate"])
    assert part["updatedDate"] == part["createDate"]
    dates = {"createDate": "", "updatedDate": "", "messageId": "", "smsSenderId": 0}
    assert part | dates == dates | {
        "success": True,
        "partSent": 1,
        "realmId": realm.num,
        "totalParts": 1,
        "phone": "12065559696",
        "status": "0",
    }
    (entry,) = await realm.stage.submitted(1)
    assert (entry["to"], entry["text"]) == ("+12065559696", "One time message for you.")
    (message,) = await realm.stage.messages()
    assert (message.front, message.sender, message.priority) == ("rest-sms", "00000", 5)


async def test_rs_01_a_named_message_is_made_and_shown_as_told(realm: Realm) -> None:
    answer = await realm.post("/rest/create_message?name=welcome&messageText=Hi+there&label=a,b")
    assert answer.status == 200
    made = answer.body
    assert list(made) == ["id", "realmId", "totalParts", "name", "messageText", "label", "createdDate", "updatedDate"]
    assert typed(made) == MESSAGE | {"label": str}
    assert (made["name"], made["messageText"], made["label"], made["totalParts"]) == ("welcome", "Hi there", "a,b", 1)
    assert DATE.fullmatch(made["createdDate"])
    shown = await realm.get("/rest/sms")
    assert shown.status == 200
    (message,) = shown.body
    assert list(typed(message).items()) == list(MESSAGE.items())
    assert message == {name: made[name] for name in MESSAGE}
    assert "Link" not in shown.headers


async def test_rs_03_a_text_in_the_path_is_sent_as_it_was_meant(realm: Realm) -> None:
    texts = {
        "a+b": "a b",
        "a%20b": "a b",
        "1%2B1=2": "1+1=2",
        "a%2Fb": "a/b",
        "a/b": "a/b",
        "/lead": "/lead",
        "https://x.example/y": "https://x.example/y",
        "../up/./and//down": "../up/./and//down",
        "why%3F": "why?",
        "100%25": "100%",
        "50%+off": "50% off",
        "%F0%9F%98%80": "😀",
        "%C3%A9t%C3%A9": "été",
        "a%23b": "a#b",
        "{x};v=1&y": "{x};v=1&y",
        "One+time+message+for+you.": "One time message for you.",
    }
    for written in texts:
        answer = await realm.send(written)
        assert answer.status == 200, (written, answer.text)
    entries = await realm.stage.submitted(len(texts))
    assert [entry["text"] for entry in entries] == list(texts.values())
    assert {entry["to"] for entry in entries} == {"+12065559696"}


async def test_rs_03_a_slash_at_the_end_changes_nothing_and_no_text_is_refused(realm: Realm) -> None:
    assert (await realm.send("", code="00000")).error == (400, "Invalid messageText []")
    assert (await realm.send("+")).error == (400, "Invalid messageText [ ]")
    assert (await realm.send("%20%09")).error[0] == 400
    assert await realm.stage.messages() == []
    assert (await realm.send("slash", code="00000/")).status == 200
    assert (await realm.get("/rest/sms/")).body == []
    (entry,) = await realm.stage.submitted(1)
    assert entry["text"] == "slash"


async def test_rs_03_long_texts_come_in_the_body_and_a_path_value_goes_before(realm: Realm) -> None:
    said = {"messageText": "from the body", "phone": "2065551212", "senderCode": "00000"}
    for target, body, headers in (
        ("/rest/sms/sendMessageToPhone", json_of(**said), JSON),
        ("/rest/sms/sendMessageToPhone/", json_of(**(said | {"phone": 2065551212})), {"Content_Type": VENDOR_TYPE}),
        ("/rest/sms/sendMessageToPhone", json_of(**said), {}),
        ("/rest/sms/sendMessageToPhone", b"messageText=from+the+body&phone=2065551212&senderCode=00000", FORM),
        ("/rest/sms/sendMessageToPhone/2065551212/00000", json_of(messageText="from the body", phone="1"), JSON),
        (
            "/rest/sms/sendMessageToPhone?messageText=x&phone=2065551212&sender_code=00000",
            b"messageText=from+the+body",
            FORM,
        ),
        ("/rest/sms/sendMessageToPhone/from+the+body/2065551212/00000?phone=1", json_of(messageText="x"), JSON),
    ):
        answer = await realm.post(target, body, **headers)
        assert answer.status == 200, (target, answer.text)
    entries = await realm.stage.submitted(7)
    assert {(entry["to"], entry["text"]) for entry in entries} == {("+12065551212", "from the body")}


async def test_rs_04_a_phone_is_read_with_and_without_its_country(realm: Realm) -> None:
    written = ("2065559696", "12065559696", "%2B12065559696", "+12065559696", "(206)555-9696", "0012065559696")
    for phone in written:
        (part,) = (await realm.send("hello", phone)).body
        assert part["phone"] == "12065559696"
    assert {entry["to"] for entry in await realm.stage.submitted(len(written))} == {"+12065559696"}
    for phone in ("12x", "1", "++1", "%D9%A1%D9%A2%D9%A3%D9%A4", "9" * 41, "2065559696%0A1"):
        status, error = (await realm.send("hello", phone)).error
        assert (status, error[:15]) == (400, "Invalid phone ["), error
    assert (await realm.send("hello", "12x")).error == (400, "Invalid phone [12x]")


async def test_rs_04_the_realms_country_decides_what_a_national_number_is(realm: Realm) -> None:
    await realm.stage.account(default_country="GB")
    (part,) = (await realm.send("hello", "07911123456")).body
    assert part["phone"] == "447911123456"
    (entry,) = await realm.stage.submitted(1)
    assert entry["to"] == "+447911123456"


async def test_rs_05_dates_are_in_the_accounts_zone(realm: Realm) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    await realm.stage.account(timezone="Asia/Kathmandu")
    (part,) = (await realm.send("hello")).body
    (message,) = await realm.stage.messages()
    told = datetime.strptime(part["createDate"], "%b %d, %Y %I:%M:%S %p")  # noqa: DTZ007  # the zone is what is asked
    there = message.created_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert told == there.replace(microsecond=0, tzinfo=None)


async def test_rs_06_named_messages_come_500_at_a_time(realm: Realm) -> None:
    account = await realm.stage.store.account("default")
    assert account is not None
    people, now = realm.stage.store.people, account.created_at
    await asyncio.gather(
        *(people.create_template("default", f"name {n}", f"text {n}", 1, (), now) for n in range(1201))
    )
    base = "https://sms.example/rest/sms?skip="
    pages = [await realm.get(target) for target in ("/rest/sms", "/rest/sms?skip=500", "/rest/sms/?skip=1000")]
    assert [len(page.body) for page in pages] == [500, 500, 201]
    ids = [message["id"] for page in pages for message in page.body]
    assert ids == sorted(set(ids))
    assert [page.headers["Link"] for page in pages] == [
        f'<{base}500>; rel="next"',
        f'<{base}1000>; rel="next", <{base}0>; rel="prev"',
        f'<{base}500>; rel="prev"',
    ]
    for beyond in ("1201", "5000", "9" * 30, "0" * 5000 + "9" * 19):
        answer = await realm.get(f"/rest/sms?skip={beyond}")
        assert (answer.status, answer.body) == (200, [])
    for wrong in ("-1", "x", "1.5", "", "+5", "%D9%A1", "1e3"):
        assert (await realm.get(f"/rest/sms?skip={wrong}")).error[0] == 400
    assert (await realm.get("/rest/sms?skip=-1")).error == (400, "Invalid skip [-1]")


async def test_rs_07_a_name_is_taken_once_whatever_its_case(realm: Realm) -> None:
    await realm.create("welcome")
    for name in ("welcome", "WELCOME", "+welcome+"):
        answer = await realm.post(f"/rest/sms/createMessage/{name}/other")
        status, error = answer.error
        assert (status, error.casefold()) == (409, "sms message with name [welcome] already exists")
    assert (await realm.post("/rest/sms/createMessage/welcome/x")).error == (
        409,
        "SMS message with name [welcome] already exists",
    )
    assert [message["messageText"] for message in (await realm.get("/rest/sms")).body] == ["Hello"]


async def test_rs_07_every_way_to_say_it_makes_the_same_message(realm: Realm) -> None:
    text = "Hi, {{first}}: 1+1=2"
    in_path, in_query = quote_plus(text), quote_plus(text)
    for name, target, body, headers in (
        ("a", "/rest/create_message", json_of(name="a", messageText=text), JSON),
        ("b", "/rest/create_message", json_of(messageName="b", messageText=text), {}),
        ("c", "/rest/create_message/", f"name=c&messageText={in_query}".encode(), FORM),
        ("d", f"/rest/create_message?name=d&messageText={in_query}", None, {}),
        ("e", f"/rest/create_message/e/{in_path}", None, {}),
        ("f", f"/rest/sms/createMessage/f/{in_path}/", None, {}),
        ("g", "/rest/sms/createMessage/g", json_of(messageText=text), JSON),
        ("h", f"/rest/create_message/h/{in_path}", json_of(name="other", messageText="other"), JSON),
    ):
        answer = await realm.post(target, body, **headers)
        assert answer.status == 200, (name, answer.text)
        assert (answer.body["name"], answer.body["messageText"]) == (name, text)
        assert "label" not in answer.body
    assert [message["name"] for message in (await realm.get("/rest/sms")).body] == list("abcdefgh")


async def test_rs_07_what_is_no_name_or_no_text_is_refused(realm: Realm) -> None:
    for members, error in (
        ({"messageText": "x"}, "Invalid name []"),
        ({"name": " ", "messageText": "x"}, "Invalid name [ ]"),
        ({"name": "a\nb", "messageText": "x"}, "Invalid name [a\nb]"),
        ({"name": "n" * 101, "messageText": "x"}, f"Invalid name [{'n' * 100}]"),
        ({"name": "a"}, "Invalid messageText []"),
        ({"name": "a", "messageText": " \t"}, "Invalid messageText [ \t]"),
        ({"name": "a", "messageText": "x" * 5000}, f"Invalid messageText [{'x' * 100}]"),
        ({"name": "a", "messageText": "a\0b"}, "Invalid messageText [a\0b]"),
        ({"name": "a", "messageText": ["x"]}, "Invalid messageText"),
        ({"name": True, "messageText": "x"}, "Invalid name"),
        ({"name": "a", "messageText": "x", "label": "l" * 65}, f"Invalid label [{'l' * 65}]"),
    ):
        answer = await realm.post("/rest/create_message", json_of(**members), **JSON)
        assert answer.error == (400, error)
    for text in ("/", "//", "/+", "/a/%00"):
        assert (await realm.post(f"/rest/sms/createMessage{text}")).error[0] == 400
    assert (await realm.get("/rest/sms")).body == []


async def test_rs_07_a_body_that_cannot_be_is_refused(realm: Realm) -> None:
    bodies: list[tuple[bytes, dict[str, str], int]] = [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b'"x"', JSON, 400),
        (b"[" * 60_000, JSON, 400),
        (b'{"name": NaN}', JSON, 400),
        (b'{"name": "\\ud800", "messageText": "x"}', JSON, 400),
        (b"\xff\xfe", JSON, 400),
        (b"name=%ff&messageText=x", FORM, 400),
        (b"name=\xff&messageText=x", FORM, 400),
        (b"&".join([b"a=b"] * 200), FORM, 400),
        (b'{"messageText": "x", "name": ' + b"9" * 5000 + b"}", JSON, 400),
        (b"<x/>", {"Content_Type": "text/xml"}, 415),
        (b"--x--", {"Content_Type": "multipart/form-data; boundary=x"}, 415),
        (b"\x1f\x8b", JSON | {"Content_Encoding": "gzip"}, 415),
        (b"x" * (256 * 1024 + 1), JSON, 413),
    ]
    for body, headers, status in bodies:
        assert (await realm.post("/rest/create_message", body, **headers)).error[0] == status, body[:40]
    assert (await realm.get("/rest/sms")).body == []
    assert (await realm.post("/rest/sms/sendMessageToPhone/hello/2065559696/00000", b"null", **JSON)).status == 200


async def test_rs_08_each_part_of_a_long_text_is_told(realm: Realm) -> None:
    text = "long " * 40
    parts = (await realm.send(quote_plus(text))).body
    assert [(part["partSent"], part["totalParts"]) for part in parts] == [(1, 2), (2, 2)]
    ids = {part["messageId"] for part in parts} | {(await realm.send("x")).body[0]["messageId"]}
    assert len(ids) == 3
    assert all(len(one) == 16 and one == one.upper() and int(one, 16) for one in ids)
    entries = await realm.stage.submitted(3)
    assert "".join(str(entry["text"]) for entry in entries[:2]) == text


async def test_rs_09_an_unknown_sender_code_is_told_in_the_vendors_words(realm: Realm) -> None:
    told = f"Error getting sender with senderCode 1 realmID: {realm.num}"
    for target in (
        "sendMessageToPhone/hello/2065559696/1",
        "addPhoneToSenderCode/2065559696/1",
        "addSubscriberToSenderCode/a@example.org/2065559696/1",
        "stopSubscriberSend/2065559696/1",
    ):
        assert (await realm.post(f"/rest/sms/{target}")).error == (404, told)
    assert (await realm.send("hello", code="auto")).error[0] == 404
    assert await realm.stage.messages() == []


async def test_rs_18_the_requests_of_the_public_php_client(realm: Realm) -> None:
    """As recorded from ``ZayconFoods/whatcounts-rest`` on Guzzle (contract §6)."""
    guzzle = {
        "User_Agent": "GuzzleHttp/6.5.5 curl/7.88.1 PHP/8.2.7",
        "Accept": VENDOR_TYPE,
    }
    shown = await realm.get("/rest/sms", **guzzle)
    assert (shown.status, shown.body, shown.headers["Content-Type"]) == (200, [], VENDOR_TYPE)
    assert (await realm.get("/rest/sms?skip=500", **guzzle)).body == []
    target = "/rest/sms/sendMessageToPhone/One+time+message+for+you./2065559696/2065551212"
    refused = await realm.post(target, b"", **guzzle)
    assert refused.error == (404, f"Error getting sender with senderCode 2065551212 realmID: {realm.num}")
    lines = [line.id for line in await realm.stage.store.lines()]
    await realm.stage.ask("POST", "/v1/senders", {"value": "+12065551212", "lines": lines, "strategy": "first_up"})
    sent = await realm.post(target, b"", **guzzle)
    assert (sent.status, sent.headers["Content-Type"]) == (200, VENDOR_TYPE)
    assert [part["phone"] for part in sent.body] == ["12065559696"]
    (entry,) = await realm.stage.submitted(1)
    assert (entry["to"], entry["text"]) == ("+12065559696", "One time message for you.")


async def test_rs_18_an_idempotency_key_answers_a_repeated_send_without_sending(realm: Realm) -> None:
    target = "/rest/sms/sendMessageToPhone/hello/2065559696/00000"
    first = await realm.post(target, Idempotency_Key="one")
    again = await realm.post(target, Idempotency_Key='"one"')
    assert (again.status, again.text, again.headers["Idempotency-Replayed"]) == (200, first.text, "true")
    other = await realm.post(target.replace("hello", "other"), Idempotency_Key="one")
    assert other.error[0] == 400
    assert (await realm.post(target, Idempotency_Key="two")).body[0]["messageId"] != first.body[0]["messageId"]
    assert len(await realm.stage.submitted(2)) == 2
