"""The rest-sms contract's list, RS-01 and RS-13 for mailings: a named message to everybody who subscribed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.aio import SystemClock
from gateway.domain.contact import ContactChange
from tests.support.rest_sms import DATE, JSON, Realm, json_of, realm_of
from tests.support.stage import Stage, staged

MAILING = {
    "id": int,
    "realmId": int,
    "smsMessageId": int,
    "smsSenderId": int,
    "smsGroupId": int,
    "smsSubscriberCount": int,
    "campaignId": int,
    "lcCampaignId": int,
    "lcActionId": int,
    "name": str,
    "description": str,
    "status": str,
    "createdDate": str,
    "updatedDate": str,
}
REPEATED = (409, "SMS sending with name [spring] was submitted within 10 minutes")


def phone(number: int) -> str:
    return f"206595{number:04}"


async def sent(stage: Stage, count: int) -> list[tuple[str, str]]:
    """Recipient and text of all that the network took."""
    return sorted((str(entry["to"]), str(entry["text"])) for entry in await stage.submitted(count))


async def test_rs_01_a_mailing_is_answered_as_told_and_sent_to_everybody(realm: Realm) -> None:
    message = await realm.create("welcome")
    await realm.subscribe(phone(1), phone(2))
    answer = await realm.mail("WELCOME", "spring+sale", query="?description=the+first")
    assert answer.status == 200, answer.text
    told = answer.body
    assert [(name, type(member)) for name, member in told.items()] == list(MAILING.items())
    assert DATE.fullmatch(told["createdDate"])
    assert (told["smsMessageId"], told["realmId"], told["status"]) == (message["id"], realm.num, "submitted")
    assert (told["name"], told["description"], told["smsSubscriberCount"]) == ("spring sale", "the first", 2)
    assert [told[name] for name in ("smsGroupId", "campaignId", "lcCampaignId", "lcActionId")] == [0, 0, 0, 0]
    assert await sent(realm.stage, 2) == [("+12065950001", "Hello"), ("+12065950002", "Hello")]
    messages = await realm.stage.messages()
    assert {(one.priority, one.client_ref, one.front, one.sender) for one in messages} == {
        (3, "spring sale", "rest-sms", "00000")
    }
    (batch_id,) = {one.batch for one in messages}
    assert batch_id is not None
    batch = await realm.stage.store.batch("default", batch_id)
    assert batch is not None
    assert (batch.num, batch.name, batch.description) == (told["id"], "spring sale", "the first")


async def test_rs_13_a_mailing_leaves_out_who_opted_out_and_writes_to_nobody_twice(realm: Realm) -> None:
    await realm.create("welcome")
    await realm.subscribe(*(phone(number) for number in range(1, 6)))
    await realm.post(f"/rest/sms/stopSubscriberSend/{phone(1)}/00000")
    consent, now = realm.stage.store.consent, SystemClock().now()
    await consent.opt_out("default", f"+1{phone(2)}", "api", now)
    before = len(await realm.stage.store.inbound_after("default", None, 100, None))
    realm.stage.bank.deliver(0, sender=f"+1{phone(3)}", text="STOP")
    await realm.stage.received(before + 1)
    await realm.stage.submitted(1)  # the confirmation of the STOP
    answer = await realm.mail("welcome", "spring")
    assert (answer.status, answer.body["smsSubscriberCount"]) == (200, 2)
    told = [entry for entry in await sent(realm.stage, 3) if entry[1] == "Hello"]
    assert told == [(f"+1{phone(4)}", "Hello"), (f"+1{phone(5)}", "Hello")]


async def test_rs_13_a_group_narrows_a_mailing_and_an_unknown_one_sends_nothing(realm: Realm) -> None:
    await realm.create("welcome")
    people, now = realm.stage.store.people, SystemClock().now()
    group = await people.create_group("default", "vip", now)
    await realm.subscribe(phone(1), group="vip")
    await realm.subscribe(phone(2), phone(3))
    member = await people.find_contact("default", phone=f"+1{phone(2)}")
    outsider = await people.create_contact("default", ContactChange(phone=f"+1{phone(9)}"), now)
    assert member is not None
    await people.add_members("default", group.id, [member.id, outsider.id])
    refused = await realm.mail("welcome", "spring", query="?groupName=vpi")
    assert refused.error == (404, "Error getting group with groupName [vpi]")
    assert await realm.stage.messages() == []
    told = (await realm.mail("welcome", "spring", query="?groupName=VIP")).body
    assert (told["smsGroupId"], told["smsSubscriberCount"]) == (group.num, 2)
    assert await sent(realm.stage, 2) == [(f"+1{phone(1)}", "Hello"), (f"+1{phone(2)}", "Hello")]


async def test_rs_13_a_mailing_to_nobody_is_fine_and_may_be_repeated(realm: Realm) -> None:
    await realm.create("welcome")
    for _ in range(2):
        answer = await realm.mail("welcome", "spring")
        assert (answer.status, answer.body["smsSubscriberCount"], answer.body["id"]) == (200, 0, 0)
        assert DATE.fullmatch(answer.body["createdDate"])
    await realm.subscribe(phone(1))
    assert (await realm.mail("welcome", "spring")).body["smsSubscriberCount"] == 1
    assert await sent(realm.stage, 1) == [(f"+1{phone(1)}", "Hello")]


async def test_rs_13_the_same_mailing_is_refused_for_ten_minutes_also_to_many_at_once(realm: Realm) -> None:
    await realm.create("welcome")
    await realm.create("other", "Other")
    await realm.subscribe(phone(1))
    done = await asyncio.gather(*(realm.mail("welcome", "spring") for _ in range(8)))
    assert sorted(answer.status for answer in done) == [200] + [409] * 7
    assert {answer.error for answer in done if answer.status == 409} == {REPEATED}
    assert (await realm.mail("Welcome", "+spring+")).error == REPEATED
    assert (await realm.mail("welcome", "spring", code="1234567")).body["smsSubscriberCount"] == 0
    for message, name in (("welcome", "summer"), ("other", "spring")):
        assert (await realm.mail(message, name)).status == 200
    assert [text for _, text in await sent(realm.stage, 3)] == ["Hello", "Hello", "Other"]


async def test_rs_13_an_idempotency_key_says_what_a_repetition_means(realm: Realm) -> None:
    await realm.create("welcome")
    await realm.subscribe(phone(1))
    first = await realm.mail("welcome", "spring", Idempotency_Key="one")
    assert first.status == 200
    again = await realm.mail("welcome", "spring", Idempotency_Key="one")
    assert (again.status, again.text, again.headers["Idempotency-Replayed"]) == (200, first.text, "true")
    await realm.post(f"/rest/sms/stopSubscriberSend/{phone(1)}/00000")
    assert (await realm.mail("welcome", "spring", Idempotency_Key="one")).text == first.text  # nobody is left by now
    await realm.subscribe(phone(1))
    assert (await realm.mail("welcome", "spring")).error == REPEATED
    assert (await realm.mail("welcome", "summer", Idempotency_Key="one")).status == 400
    on_purpose = await realm.mail("welcome", "spring", Idempotency_Key="two")
    assert (on_purpose.status, on_purpose.body["id"] > first.body["id"]) == (200, True)
    assert len(await realm.stage.submitted(2)) == 2


class TurnedClock(SystemClock):
    """Goes ahead of the machine's by so much."""

    ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


async def test_rs_13_the_ten_minutes_hold_over_a_restart(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with staged(tmp_path, clock=clock) as stage:
        realm = await realm_of(stage)
        await realm.create("welcome")
        await realm.subscribe(phone(1))
        assert (await realm.mail("welcome", "spring")).status == 200
        await stage.submitted(1)
    async with staged(tmp_path / "again", clock=clock, data_dir=tmp_path / "state") as stage:
        realm = Realm(stage, realm.name, realm.password, realm.num)
        assert (await realm.mail("welcome", "spring")).error == REPEATED
        assert stage.bank.ledger.submitted == []
        clock.ahead = timedelta(minutes=10, seconds=1)
        assert (await realm.mail("welcome", "spring")).status == 200
        assert len(await stage.submitted(1)) == 1


async def test_rs_13_personal_placeholders_are_filled_from_the_contact(realm: Realm) -> None:
    await realm.create("welcome", "Hi {{first|there}}, {{email}}{{phone}}!")
    await realm.post(f"/rest/sms/addSubscriberToSenderCode/ada@example.org/{phone(1)}/00000/US/?first=Ada")
    await realm.subscribe(phone(2))
    assert (await realm.mail("welcome", "spring")).body["smsSubscriberCount"] == 2
    assert await sent(realm.stage, 2) == [
        (f"+1{phone(1)}", f"Hi Ada, ada@example.org+1{phone(1)}!"),
        (f"+1{phone(2)}", f"Hi there, +1{phone(2)}!"),
    ]


async def test_rs_13_what_no_text_can_be_made_of_is_refused_whole(realm: Realm) -> None:
    await realm.create("code", "Your code is {{code}}")
    await realm.subscribe(phone(1), phone(2))
    told = f"Invalid messageText [code] for phone [1{phone(1)}]: vars.code: the text asks for it"
    assert (await realm.mail("code", "spring")).error == (400, told)
    assert await realm.stage.messages() == []
    await realm.create("plain")
    assert (await realm.mail("plain", "spring")).status == 200


async def test_rs_13_what_is_no_mailing_is_refused(realm: Realm) -> None:
    await realm.create("welcome")
    await realm.subscribe(phone(1))
    for name in ("+", "n" * 101, "a%0Ab"):
        status, error = (await realm.mail("welcome", name)).error
        assert (status, error[:14]) == (400, "Invalid name [")
    long = json_of(description="d" * 1001)
    target = "/rest/sms/sendMessageToSenderCode/welcome/00000/spring"
    assert (await realm.post(target, long, **JSON)).error == (400, f"Invalid description [{'d' * 100}]")
    assert (await realm.mail("nothing", "spring")).error == (404, "Error getting SMS message with name [nothing]")
    assert (await realm.mail("welcome", "spring", code="nobody")).error[0] == 404
    assert await realm.stage.messages() == []


async def test_rs_13_a_quota_that_is_used_up_is_told_when_nobody_is_left(realm: Realm) -> None:
    await realm.create("welcome")
    await realm.subscribe(phone(1), phone(2))
    await realm.stage.account(segments_per_day=1)
    assert (await realm.mail("welcome", "spring")).body["smsSubscriberCount"] == 1
    status, error = (await realm.mail("welcome", "summer")).error
    assert (status, error[:11]) == (403, "Forbidden: ")
    assert len(await realm.stage.submitted(1)) == 1


async def test_rs_15_a_mailing_reaches_only_the_realms_own_subscribers(realm: Realm) -> None:
    stage = realm.stage
    await stage.account("other")
    other = await realm_of(stage, "other")
    await realm.create("welcome")
    await other.create("welcome", "mine")
    await realm.subscribe(phone(1), phone(2))
    await other.subscribe(phone(2))
    assert (await realm.mail("welcome", "spring")).body["smsSubscriberCount"] == 2
    assert (await other.mail("welcome", "spring")).body["smsSubscriberCount"] == 1
    assert await sent(stage, 3) == [(f"+1{phone(1)}", "Hello"), (f"+1{phone(2)}", "Hello"), (f"+1{phone(2)}", "mine")]
