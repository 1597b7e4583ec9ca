"""/v1/opt-outs, and the words by which people opt out themselves (native-v1 §8, §9 test 9), over a simulated modem."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.aio import SystemClock
from gateway.domain.message import State
from tests.support.stage import NUMBERS, Stage, receiving, staged

PHONES = tuple(f"+131055512{n:02d}" for n in range(40))
ANN, BOB = PHONES[:2]
STOP_WORDS = (
    "STOP",
    "stopall",
    "Stop All",
    "UNSUBSCRIBE",
    "cancel",
    "End",
    "QUIT",
    "Revoke",
    "optout",
    "OPT-OUT",
    "opt out",
    " «Stop». ",
    "STOP.",
    "Arrêt",
)
NO_STOP_WORDS = ("please stop", "stop it", "Stopp", "cancel my order", "unstoppable", "!")


class ShiftedClock(SystemClock):
    """The time of day, some hours on."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
async def stage(tmp_path: Path, clock: ShiftedClock) -> AsyncIterator[Stage]:
    async with staged(tmp_path, clock=clock) as stage:
        yield stage


async def hear(stage: Stage, text: str, *, sender: str = ANN) -> None:
    """The SMS comes in over the air; returns once it is in the inbox."""
    before = len(await stage.store.inbound_after("default", None, 200, None))
    stage.bank.deliver(0, sender=sender, text=text)
    await stage.received(before + 1)


async def opted_out(stage: Stage) -> dict[str, str]:
    entries = (await stage.ask("GET", "/v1/opt-outs?limit=200"))["data"]
    return {entry["phone"]: entry["scope"] for entry in entries}


async def told(stage: Stage) -> list[str]:
    """The types of the events about people's consent, oldest first."""
    events = await stage.store.events_after("default", 0, 200)
    return [event.type.value for event in events if event.type.value.startswith("contact.")]


async def send(stage: Stage, to: str = ANN, **more: object) -> int:
    body = {"to": to, "text": "hello", **more}
    async with stage.http.post("/v1/messages", json=body, headers=stage.bearer) as answer:
        return answer.status


async def test_native_09_each_keyword_opts_out_and_is_confirmed_once(stage: Stage) -> None:
    await stage.account(stop_words=["ARRÊT"])
    for phone, word in zip(PHONES, STOP_WORDS, strict=False):
        await hear(stage, word, sender=phone)
    phones = PHONES[: len(STOP_WORDS)]
    assert await opted_out(stage) == dict.fromkeys(phones, "account")
    entries = await stage.submitted(len(phones))
    assert sorted(str(entry["to"]) for entry in entries) == sorted(phones)
    assert {str(entry["text"]) for entry in entries} == {
        "default: You are unsubscribed and will get no more messages. Reply START to subscribe again."
    }
    assert await told(stage) == ["contact.opted_out"] * len(phones)
    for phone in phones:
        assert await send(stage, phone) == 403
    await hear(stage, "STOP", sender=phones[0])
    await hear(stage, "HELP", sender=phones[1])
    await send(stage, PHONES[-1])
    assert (await stage.submitted(len(phones) + 1))[-1]["to"] == PHONES[-1], "nothing else went out"


async def test_native_09_a_sentence_with_a_keyword_in_it_is_none(stage: Stage) -> None:
    for phone, text in zip(PHONES, NO_STOP_WORDS, strict=False):
        await hear(stage, text, sender=phone)
    assert await opted_out(stage) == {}
    assert await send(stage) == 202
    assert [entry["text"] for entry in await stage.submitted(1)] == ["hello"]


async def test_native_09_what_waits_for_who_opts_out_is_rejected(stage: Stage, clock: ShiftedClock) -> None:
    later = (clock.now() + timedelta(hours=3)).isoformat()
    scheduled = await stage.ask("POST", "/v1/messages", {"to": ANN, "text": "later", "schedule_at": later})
    others = await stage.ask("POST", "/v1/messages", {"to": BOB, "text": "later", "schedule_at": later})
    await hear(stage, "Stop")
    rejected = await stage.in_state(scheduled["id"], "rejected")
    assert rejected.error is not None
    assert rejected.error.code == "opted_out"
    await stage.in_state(others["id"], "scheduled")
    [entry] = await stage.submitted(1)
    assert (entry["to"], str(entry["text"])[:8]) == (ANN, "default:")


@pytest.mark.parametrize("word", ["START", "Unstop", "subscribe", "YES"])
async def test_native_09_start_undoes_the_stop_and_says_so(stage: Stage, clock: ShiftedClock, word: str) -> None:
    await hear(stage, "STOP")
    await stage.submitted(1)
    clock.ahead = timedelta(hours=1)
    await hear(stage, word)
    assert (await stage.submitted(2))[1]["text"] == "default: You are subscribed. Reply HELP for help, STOP to opt out."
    assert await opted_out(stage) == {}
    assert await told(stage) == ["contact.opted_out", "contact.opted_in"]
    assert await send(stage) == 202
    assert (await stage.submitted(3))[2]["text"] == "hello"


async def test_native_09_start_undoes_nothing_that_was_entered_by_the_api(stage: Stage) -> None:
    await stage.ask("POST", "/v1/opt-outs", {"phone": ANN})
    for word in ("START", "YES", "HELP"):
        await hear(stage, word)
    assert await opted_out(stage) == {ANN: "account"}
    assert await send(stage, BOB) == 202
    assert [entry["to"] for entry in await stage.submitted(1)] == [BOB]


async def test_native_09_the_keyword_is_delivered_to_webhooks_all_the_same(stage: Stage) -> None:
    async with receiving() as receiver:
        await stage.ask("POST", "/v1/webhooks", {"url": receiver.url})
        await hear(stage, "STOP")
        kinds = [json.loads(octets) for _, octets in await receiver.first(2)]
        received = {body["type"]: body["data"] for body in kinds}
        assert received["message.received"]["text"] == "STOP"
        assert received["contact.opted_out"]["phone"] == ANN
        assert received["contact.opted_out"]["source"] == "keyword"


async def test_help_is_answered_in_the_accounts_words_over_the_line_it_came_in_on(tmp_path: Path) -> None:
    async with staged(tmp_path, modems=2) as stage:
        await stage.account(help_reply="Acme: call us. Reply STOP to opt out.")
        stage.bank.deliver(1, sender=ANN, text="Help!")
        [entry] = await stage.submitted(1)
        assert (entry["number"], entry["to"]) == (NUMBERS[1], ANN)
        assert entry["text"] == "Acme: call us. Reply STOP to opt out."
        [message] = [message for message in await stage.messages() if message.direction == "out"]
        assert (message.front, message.reply, message.priority) == ("auto", "none", 8)
        assert message.state in (State.SENT, State.DELIVERED, State.SENDING)


async def test_who_answers_every_answer_is_answered_once(stage: Stage) -> None:
    """Another gateway, or a phone that is not at home."""
    stage.bank.phone(ANN, answer=lambda _: "HELP")
    await hear(stage, "HELP")
    await stage.received(2)
    assert await send(stage, BOB) == 202
    assert [entry["to"] for entry in await stage.submitted(2)] == [ANN, BOB]


async def test_names_and_short_codes_are_answered_nothing(stage: Stage) -> None:
    for originator in ("Vodafone", "80888"):
        await hear(stage, "HELP", sender=originator)
        await hear(stage, "STOP", sender=originator)
    assert await send(stage) == 202
    assert [entry["to"] for entry in await stage.submitted(1)] == [ANN]


async def test_automatic_answers_can_be_switched_off(stage: Stage) -> None:
    await stage.account(auto_replies=False)
    await hear(stage, "HELP")
    await hear(stage, "STOP")
    assert await opted_out(stage) == {ANN: "account"}
    assert await send(stage, BOB) == 202
    assert [entry["to"] for entry in await stage.submitted(1)] == [BOB]


# ------------------------------------------------------------------------------------------ the resource itself


async def enter(rig, status=201, **fields):
    reply = await rig.call("POST", "/v1/opt-outs", json={"phone": ANN, **fields})
    assert reply.status == status, reply.body
    return reply.body


async def test_a_phone_is_entered_once_and_keeps_its_entry(rig):
    made = await enter(rig, phone="(310) 555-1200", text="by letter", source="import")
    assert (made["phone"], made["scope"], made["source"], made["text"]) == (ANN, "account", "import", "by letter")
    assert await enter(rig, 200, text="again") == made
    assert (await rig.call("GET", "/v1/opt-outs")).body["data"] == [made]


async def test_a_scope_is_kept_as_messages_carry_it(rig):
    line = (await rig.store.lines())[0]
    for given, kept in (
        ("sender:3109060901", "sender:+13109060901"),
        ("sender:00000", "sender:00000"),
        ("sender:nobody yet", "sender:nobody yet"),
        ("campaign:sale", "campaign:sale"),
        ("line:office", f"line:{line.id}"),
    ):
        assert (await enter(rig, scope=given))["scope"] == kept
    refused = ({"from": "+13109060901"}, {"from": "00000"}, {"campaign": "sale"})
    for options, status in (*((options, 403) for options in refused), ({}, 202)):
        reply = await rig.call("POST", "/v1/messages", json={"to": ANN, "text": "x", **options})
        assert reply.status == status, options


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "12x"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"scope": ""}, "scope"),
        ({"scope": "everything"}, "scope"),
        ({"scope": "sender:"}, "scope"),
        ({"scope": "sender:a\nb"}, "scope"),
        ({"scope": "campaign:" + "x" * 129}, "scope"),
        ({"scope": "line:none"}, "scope"),
        ({"source": "keyword"}, "source"),
        ({"text": "x" * 1001}, "text"),
        ({"reason": "x"}, "reason"),
    ],
)
async def test_what_is_no_opt_out_is_refused_by_its_field(rig, fields, field):
    reply = await rig.call("POST", "/v1/opt-outs", json={"phone": ANN} | fields)
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, field)
    assert (await rig.call("GET", "/v1/opt-outs")).body["data"] == []


async def test_only_an_administrator_takes_one_back_and_says_why(rig):
    made = await enter(rig)
    path = f"/v1/opt-outs/{made['id']}"
    admin = await rig.key(scopes=("admin",))
    assert (await rig.call("DELETE", f"{path}?reason=asked")).code == "forbidden_scope"
    for none in ("", "?reason=", "?reason=%20"):
        assert (await rig.call("DELETE", f"{path}{none}", key=admin)).status == 422
    assert (await rig.call("DELETE", f"{path}?reason=asked%20by%20letter", key=admin)).status == 204
    assert (await rig.call("DELETE", f"{path}?reason=asked", key=admin)).status == 404
    event = (await rig.store.events_after("default", 0, 50))[-1]
    assert (event.type, event.data["reason"], event.data["phone"]) == ("contact.opted_in", "asked by letter", ANN)
    assert (await rig.call("POST", "/v1/messages", json={"to": ANN, "text": "x"})).status == 202


async def test_opt_outs_are_listed_in_pages_and_of_one_phone(rig):
    for phone in PHONES[:3]:
        await enter(rig, phone=phone)
    first = (await rig.call("GET", "/v1/opt-outs?limit=2")).body
    rest = (await rig.call("GET", f"/v1/opt-outs?limit=2&cursor={first['next_cursor']}")).body
    assert [one["phone"] for one in first["data"] + rest["data"]] == list(PHONES[2::-1])
    ascending = (await rig.call("GET", "/v1/opt-outs?order=asc")).body["data"]
    assert [one["phone"] for one in ascending] == list(PHONES[:3])
    assert [one["phone"] for one in (await rig.call("GET", "/v1/opt-outs?phone=3105551201")).body["data"]] == [BOB]
    assert (await rig.call("GET", "/v1/opt-outs?phone=x")).status == 422


async def test_another_account_is_not_concerned(rig):
    made = await enter(rig)
    stranger = await rig.key("other", scopes=("admin",))
    assert (await rig.call("GET", "/v1/opt-outs", key=stranger)).body["data"] == []
    assert (await rig.call("DELETE", f"/v1/opt-outs/{made['id']}?reason=x", key=stranger)).status == 404
    line = (await rig.store.lines())[0]
    foreign = {"phone": ANN, "scope": f"line:{line.id}"}
    assert (await rig.call("POST", "/v1/opt-outs", key=stranger, json=foreign)).status == 422, "not its line"
    assert (await rig.call("POST", "/v1/opt-outs", key=stranger, json={"phone": ANN})).status == 201
    assert (await rig.call("GET", "/v1/opt-outs")).body["data"] == [made]
