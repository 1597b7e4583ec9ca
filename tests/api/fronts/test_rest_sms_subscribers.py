"""The rest-sms contract's list, RS-01 for subscribers, RS-10 to RS-12, RS-14, RS-15: who hears from a sender code."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gateway.aio import SystemClock
from gateway.config.settings import RestSmsSettings
from gateway.domain.contact import Contact, ContactChange, Subscription
from gateway.domain.message import Message
from tests.support.rest_sms import DATE, JSON, Realm, json_of, realm_of
from tests.support.stage import Stage

PHONE = "12065959696"
SUBSCRIPTION = {
    "id": int,
    "realmId": int,
    "smsSubscriberId": int,
    "smsSenderId": int,
    "smsGroupId": int,
    "authenticated": bool,
    "createdDate": str,
    "updatedDate": str,
}
SUBSCRIBED = {
    "success": bool,
    "createDate": str,
    "updatedDate": str,
    "realmId": int,
    "smsSubscriberId": int,
    "id": int,
    "groupName": str,
    "phone": str,
}
STOPPED = {
    "id": int,
    "smsSubscriberId": int,
    "smsSenderId": int,
    "realmId": int,
    "campaignId": int,
    "phone": str,
    "createdDate": str,
    "updatedDate": str,
}
ADD = "/rest/sms/addPhoneToSenderCode/"
ADD_PERSON = "/rest/sms/addSubscriberToSenderCode/"
STOP = "/rest/sms/stopSubscriberSend/"


def typed(value: Mapping[str, object]) -> list[tuple[str, type]]:
    return [(name, type(member)) for name, member in value.items()]


async def contacts(stage: Stage) -> list[Contact]:
    return list(await stage.store.people.contacts("default", limit=100))


async def subscriptions(stage: Stage) -> list[Subscription]:
    return list(await stage.store.consent.subscriptions("default", limit=100))


async def opt_outs(stage: Stage) -> list[tuple[str, str]]:
    return [(one.phone, one.scope) for one in await stage.store.consent.opt_outs("default")]


async def new_group(stage: Stage, name: str) -> None:
    await stage.store.people.create_group("default", name, SystemClock().now())


async def hears(stage: Stage, phone: str, text: str) -> None:
    """An SMS of that phone comes in and is dealt with."""
    before = len(await stage.store.inbound_after("default", None, 100, None))
    stage.bank.deliver(0, sender=phone, text=text)
    await stage.received(before + 1)


async def test_rs_01_subscribing_a_phone_is_answered_as_told(realm: Realm) -> None:
    await new_group(realm.stage, "vip")
    answer = await realm.post(f"{ADD}2065959696/00000?groupName=VIP")
    assert answer.status == 200, answer.text
    made = answer.body
    assert typed(made) == list(SUBSCRIPTION.items())
    assert (made["realmId"], made["authenticated"]) == (realm.num, False)
    assert made["smsGroupId"] > 0
    assert DATE.fullmatch(made["createdDate"])
    (contact,) = await contacts(realm.stage)
    assert contact.phone == f"+{PHONE}"
    unknown = (await realm.post(f"{ADD}2065959697/00000/?groupName=nobody")).body
    assert (unknown["smsGroupId"], unknown["smsSenderId"]) == (0, made["smsSenderId"])
    assert unknown["smsSubscriberId"] != made["smsSubscriberId"]
    (group,) = await realm.stage.store.people.groups("default", limit=10)
    assert (group.num, group.members) == (made["smsGroupId"], 1)
    assert realm.stage.bank.ledger.submitted == []


async def test_rs_01_subscribing_a_contact_is_answered_as_told(realm: Realm) -> None:
    await new_group(realm.stage, "vip")
    answer = await realm.post(
        f"{ADD_PERSON}ada%40example.org/2065959696/00000/US/?groupName=vip&first=Ada&customerKey=k-1"
    )
    assert answer.status == 200, answer.text
    made = answer.body
    assert typed(made) == list(SUBSCRIBED.items())
    assert (made["success"], made["groupName"], made["phone"], made["realmId"]) == (True, "vip", PHONE, realm.num)
    (contact,) = await contacts(realm.stage)
    assert (contact.name, contact.phone) == ("Ada", f"+{PHONE}")
    assert (contact.email, contact.external_id) == ("ada@example.org", "k-1")
    again = (await realm.post(f"{ADD_PERSON}ada@example.org/2065959696/00000/")).body
    assert {name: again[name] for name in ("id", "smsSubscriberId", "groupName")} == {
        "id": made["id"],
        "smsSubscriberId": made["smsSubscriberId"],
        "groupName": "",
    }


async def test_rs_10_the_country_decides_how_the_phone_is_read(realm: Realm) -> None:
    for number, country in enumerate(("GB", "GBR", "United+Kingdom", "44", "+44", "%2B44")):
        phone = f"0791112345{number}"
        answer = await realm.post(f"{ADD_PERSON}p{number}@example.org/{phone}/00000/{country}")
        assert answer.body["phone"] == f"4479111234{50 + number}", answer.text
    plain = await realm.post(f"{ADD_PERSON}us@example.org/2065959696/00000")
    assert plain.body["phone"] == PHONE
    in_body = json_of(email="body@example.org", phone="07911123459", senderCode="00000", country="GB")
    assert (await realm.post(ADD_PERSON, in_body, **JSON)).body["phone"] == "447911123459"


async def test_rs_10_what_cannot_be_is_refused_and_leaves_nothing(realm: Realm) -> None:
    for target, error in (
        ("a@example.org/2065959696/00000/Atlantis", "Invalid country [Atlantis]"),
        ("a@example.org/2065959696/00000/999", "Invalid country [999]"),
        ("a@example.org/12x/00000/US", "Invalid phone [12x]"),
        ("a/2065959696/00000/US", "Invalid email [a]"),
        ("a@b@c/2065959696/00000/US", "Invalid email [a@b@c]"),
        ("@b/2065959696/00000/US", "Invalid email [@b]"),
        (f"{'a' * 250}@b.example/2065959696/00000", f"Invalid email [{'a' * 100}]"),
        ("a%0A@b.example/2065959696/00000", "Invalid email [a\n@b.example]"),
        (f"a@b.example/2065959696/00000?first={'f' * 101}", f"Invalid first [{'f' * 100}]"),
        (f"a@b.example/2065959696/00000?customerKey={'k' * 129}", f"Invalid customerKey [{'k' * 100}]"),
        ("a@b.example/2065959696/00000?customerKey=a%00b", "Invalid customerKey [a\0b]"),
    ):
        assert (await realm.post(ADD_PERSON + target)).error == (400, error)
    assert await contacts(realm.stage) == []
    assert await subscriptions(realm.stage) == []


async def test_rs_11_a_realm_may_require_the_customer_key(realm: Realm) -> None:
    await realm.stage.account(require_customer_key=True)
    target = f"{ADD_PERSON}a@example.org/2065959696/00000/US/"
    assert (await realm.post(target)).error == (400, "Invalid customerKey []")
    assert (await realm.post(f"{target}?customerKey=+")).error[0] == 400
    assert await contacts(realm.stage) == []
    assert (await realm.post(f"{target}?customerKey=k")).status == 200
    assert (await realm.post(f"{ADD}2065959697/00000")).status == 200


async def test_rs_11_a_contact_is_found_by_key_then_e_mail_then_phone(realm: Realm) -> None:
    async def add(who: str, query: str = "") -> int:
        answer = await realm.post(f"{ADD_PERSON}{who}/00000{query}")
        assert answer.status == 200, answer.text
        return int(answer.body["smsSubscriberId"])

    by_key = await add("one@example.org/2065550101", "?customerKey=k1")
    by_email = await add("two@example.org/2065550102", "?first=Bo")
    by_phone = (await realm.post(f"{ADD}2065550103/00000")).body["smsSubscriberId"]
    assert await add("new@example.org/2065550104", "?customerKey=k1") == by_key
    assert await add("TWO@example.org/2065550105") == by_email
    assert await add("three@example.org/2065550103", "?first=Cy") == by_phone
    known = await contacts(realm.stage)
    assert {one.phone: (one.email, one.external_id, one.name) for one in known} == {
        "+12065550104": ("new@example.org", "k1", ""),
        "+12065550105": ("TWO@example.org", None, "Bo"),
        "+12065550103": ("three@example.org", None, "Cy"),
    }
    taken = await realm.post(f"{ADD_PERSON}TWO@example.org/2065550103/00000")
    assert taken.error == (409, "The phone [12065550103] belongs to another SMS contact")


async def test_rs_12_subscribed_twice_is_a_conflict_for_phones_and_fine_for_contacts(realm: Realm) -> None:
    assert (await realm.post(f"{ADD}2065959696/00000")).status == 200
    assert (await realm.post(f"{ADD}{PHONE}/00000")).error == (
        409,
        f"An SMS subscription for phone [{PHONE}] and sender code [00000] already exists",
    )
    assert (await realm.post(f"{ADD_PERSON}a@example.org/2065959696/00000")).status == 200
    done = await asyncio.gather(*(realm.post(f"{ADD}2065959697/00000") for _ in range(8)))
    assert sorted(answer.status for answer in done) == [200] + [409] * 7
    people = await asyncio.gather(*(realm.post(f"{ADD_PERSON}b@example.org/2065959698/00000") for _ in range(8)))
    assert {answer.status for answer in people} == {200}
    assert len(await contacts(realm.stage)) == 3


async def test_rs_12_who_said_stop_is_not_subscribed_again_by_anybody_else(realm: Realm) -> None:
    await realm.subscribe("2065959696")
    await hears(realm.stage, f"+{PHONE}", "STOP")
    for target in (f"{ADD}2065959696/00000", f"{ADD_PERSON}a@example.org/2065959696/00000"):
        status, error = (await realm.post(target)).error
        assert (status, error[:11]) == (403, "Forbidden: ")
    assert [contact.email for contact in await contacts(realm.stage)] == [None]
    await hears(realm.stage, f"+{PHONE}", "START")
    assert (await realm.post(f"{ADD}2065959696/00000")).status == 409
    told = (await realm.post(f"{ADD}2065959697/00000")).body
    assert told["authenticated"] is False


async def test_rs_12_who_was_stopped_here_is_subscribed_again_only_with_the_scope_for_it(realm: Realm) -> None:
    await realm.subscribe("2065959696")
    await realm.post(f"{STOP}2065959696/00000")
    await realm.stage.login("default/plain", "another password", scopes=["contacts:write", "messages:send"])
    plain = replace(realm, name="default/plain", password="another password")
    assert (await plain.post(f"{ADD}2065959696/00000")).error[0] == 403
    assert (await plain.post(f"{ADD_PERSON}new@example.org/2065959696/00000")).error[0] == 403
    assert [contact.email for contact in await contacts(realm.stage)] == [None]
    assert (await realm.post(f"{ADD}2065959696/00000")).status == 200
    assert await opt_outs(realm.stage) == []


class TestRs12WithoutNewContacts:
    @pytest.fixture
    def stage_options(self) -> Mapping[str, Any]:
        return {"rest_sms": RestSmsSettings(auto_create_contacts=False)}

    async def test_only_contacts_that_exist_are_subscribed(self, realm: Realm) -> None:
        told = (404, f"Error getting SMS contact with phone [{PHONE}]")
        assert (await realm.post(f"{ADD}2065959696/00000")).error == told
        assert (await realm.post(f"{ADD_PERSON}a@example.org/2065959696/00000")).error == told
        assert await subscriptions(realm.stage) == []
        await realm.stage.store.people.create_contact("default", ContactChange(phone=f"+{PHONE}"), SystemClock().now())
        assert (await realm.post(f"{ADD}2065959696/00000")).status == 200


async def test_rs_14_stopping_a_phone_is_answered_as_told_and_twice_alike(realm: Realm) -> None:
    await realm.subscribe("2065959696")
    (contact,) = await contacts(realm.stage)
    answer = await realm.post(f"{STOP}2065959696/00000")
    assert answer.status == 200, answer.text
    assert typed(answer.body) == list(STOPPED.items())
    assert (answer.body["phone"], answer.body["realmId"], answer.body["campaignId"]) == (PHONE, realm.num, 0)
    assert answer.body["smsSubscriberId"] == contact.num
    assert await opt_outs(realm.stage) == [(f"+{PHONE}", "sender:00000")]
    (subscription,) = await subscriptions(realm.stage)
    assert (subscription.state, subscription.source) == ("stopped", "api")
    alias = await realm.post(f"/rest/sms/stopSubcriberSend/{PHONE}/00000/")
    assert (alias.status, alias.body) == (200, answer.body)
    events = await realm.stage.store.events_after("default", 0, 100)
    assert [event.type for event in events].count("contact.opted_out") == 1
    assert (await realm.send("hello")).status == 200  # of another number, 2065559696
    status, error = (await realm.send("hello", PHONE)).error
    assert (status, error[:11]) == (403, "Forbidden: ")
    assert len(await realm.stage.submitted(1)) == 1


async def test_rs_14_a_phone_that_nobody_knows_is_told_so_and_stopped_all_the_same(realm: Realm) -> None:
    answer = await realm.post(f"{STOP}2065959696/00000")
    told = f"An error occurred processing STOP sends for phone [{PHONE}] realmId [{realm.num}]"
    assert answer.error == (404, told)
    assert await opt_outs(realm.stage) == [(f"+{PHONE}", "sender:00000")]
    assert (await realm.send("hello", PHONE)).status == 403
    assert (await realm.post(f"{STOP}2065959696/00000")).status == 200


async def test_rs_14_a_phone_that_was_written_to_is_known(realm: Realm) -> None:
    await realm.send("hello", PHONE)
    await realm.stage.submitted(1)
    answer = await realm.post(f"{STOP}{PHONE}/00000")
    assert (answer.status, answer.body["smsSubscriberId"]) == (200, 0)


async def test_rs_14_what_waits_for_the_phone_is_rejected(realm: Realm) -> None:
    (line,) = (await realm.stage.ask("GET", "/v1/lines"))["data"]
    await realm.stage.ask("PATCH", f"/v1/lines/{line['id']}", {"paused": True})
    await realm.send("one", PHONE)
    await realm.send("two", "2065551212")
    assert (await realm.post(f"{STOP}{PHONE}/00000")).status == 200
    states = {message.text: message.state.value for message in await realm.stage.messages()}
    assert states == {"one": "rejected", "two": "queued"}
    (stopped,) = [message for message in await realm.stage.messages() if message.text == "one"]
    assert _reason(stopped) == "opted_out"
    await realm.stage.ask("PATCH", f"/v1/lines/{line['id']}", {"paused": False})
    (entry,) = await realm.stage.submitted(1)
    assert entry["text"] == "two"


def _reason(message: Message) -> str:
    assert message.error is not None
    return message.error.code


async def test_rs_15_one_realm_neither_sees_nor_uses_what_is_anothers(realm: Realm) -> None:
    stage = realm.stage
    await stage.account("other")
    other = await realm_of(stage, "other")
    await realm.create("welcome")
    await new_group(stage, "vip")
    lines = [line.id for line in await stage.store.lines()]
    await stage.ask("POST", "/v1/senders", {"value": "STORE1", "lines": lines, "strategy": "first_up"})
    await realm.subscribe("2065959696", code="store1", group="vip")
    assert (await other.get("/rest/sms")).body == []
    assert (await other.mail("welcome", "x")).error == (404, "Error getting SMS message with name [welcome]")
    assert (await other.create("welcome", "mine"))["realmId"] == other.num != realm.num
    for target in ("sendMessageToPhone/hello/2065959696", "addPhoneToSenderCode/2065959696"):
        unknown = f"Error getting sender with senderCode STORE1 realmID: {other.num}"
        assert (await other.post(f"/rest/sms/{target}/STORE1")).error == (404, unknown)
    assert (await other.mail("welcome", "x", query="?groupName=vip")).error[0] == 404
    subscribed = (await other.post(f"{ADD}2065959696/00000?groupName=vip")).body
    assert subscribed["smsGroupId"] == 0
    assert (await other.post(f"{STOP}2065551212/00000")).error[0] == 404
    assert await opt_outs(stage) == []
    assert (await realm.get("/rest/sms")).body[0]["messageText"] == "Hello"
    assert await stage.messages("other") == []
