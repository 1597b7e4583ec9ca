"""The sendsms contract's list where a modem stands behind it: what the network took, and what came back from it.

Postbacks of other outcomes are in tests/system/test_sendsms_story.py, their repeats in
tests/gateway/workers/test_notifier.py.
"""

import asyncio
import json
from typing import Any

import pytest

from tests.api.fronts.test_sendsms import SEED_CURL, SEED_CURL_TRACKED
from tests.support.stage import Receiver, Stage, receiving

PHONE = "+10000000001"


async def act(stage: Stage, body: object = None, **members: object) -> dict[str, Any]:
    """The seed's request, some members other; or any body."""
    if body is None:
        body = {"action": "sendsms", "message-text": "hello", "to": PHONE, "from": "00000"} | members
    data = body if isinstance(body, str) else json.dumps(body)
    async with stage.http.post("/action", data=data, headers={"x-api-key": stage.key}) as answer:
        assert answer.status == 200
        return dict(await answer.json())


async def hooked(stage: Stage, receiver: Receiver, *events: str) -> None:
    hook = {"url": receiver.url, "format": "sendsms"} | ({"events": list(events)} if events else {})
    await stage.ask("POST", "/v1/webhooks", hook)


async def posted(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    return [json.loads(octets) for _, octets in await receiver.first(count)]


async def test_sa_01_both_of_the_seeds_requests_arrive(stage: Stage) -> None:
    for seed in (SEED_CURL, SEED_CURL_TRACKED):
        assert (await act(stage, seed))["status"] == "Success"
    plain, tracked = await stage.submitted(2)
    assert (plain["to"], plain["text"]) == (PHONE, "This message is sent for testing purposes only.")
    assert str(tracked["text"]).startswith("Visit https://sms.example/l/")
    async with stage.http.get(
        str(tracked["text"]).split()[1][len("https://sms.example") :], allow_redirects=False
    ) as hit:
        assert (hit.status, hit.headers["Location"]) == (302, "https://www.fakeurl.com/")


async def test_sa_06_and_07_what_was_refused_never_reaches_the_air(stage: Stage) -> None:
    for member, value in (("to", "x"), ("from", "99999"), ("message-text", ""), ("from-mask", "123"), ("action", "x")):
        assert (await act(stage, **{member: value}))["status"] == "Failure"
    for to in ("10000000001", 10000000001):
        assert (await act(stage, to=to))["to"] == str(to)
    assert [entry["to"] for entry in await stage.submitted(2)] == [PHONE, PHONE]


async def test_sa_08_a_mask_is_in_the_postback_and_not_in_the_pdu(stage: Stage) -> None:
    async with receiving() as receiver:
        await hooked(stage, receiver, "message.sent")
        await act(stage, **{"from-mask": "Dunder Mifflin"})
        (sent,) = await posted(receiver, 1)
    assert sent["from-mask"] == "Dunder Miff"
    (entry,) = await stage.submitted(1)
    assert entry["text"] == "hello"
    assert b"Dunder" not in bytes.fromhex(str(entry["pdu"]))
    await stage.account(mask_policy="prefix")
    await act(stage, **{"from-mask": "Dunder Mifflin"})
    assert (await stage.submitted(2))[1]["text"] == "Dunder Miff: hello"


async def test_sa_12_sent_before_delivered_and_nothing_but_200_counts(stage: Stage) -> None:
    async with receiving() as receiver:
        receiver.statuses.append(202)  # repeated after five minutes, so not within this test
        await hooked(stage, receiver, "message.sent", "message.delivered")
        told = await act(stage)
        (sent,) = await posted(receiver, 1)
        assert (sent["code"], sent["tracking-id"]) == ("N201", told["tracking-id"])
        (message,) = await stage.messages()
        await stage.in_state(message.id, "delivered")
        deliveries = (await stage.ask("GET", "/v1/deliveries"))["data"]
    assert {delivery["state"] for delivery in deliveries} == {"pending"}


async def test_sa_13_an_inbound_text_is_told_to_the_alias_the_peer_knows(stage: Stage) -> None:
    async with receiving() as receiver:
        await hooked(stage, receiver, "message.received")
        await act(stage)
        await stage.submitted(1)
        stage.bank.deliver(0, sender=PHONE, text="DEMO \N{SNOWMAN}")
        (inbound,) = await posted(receiver, 1)
    assert inbound | {"tracking-id": "", "timestamp": ""} == {
        "origin": "SMS_MO",
        "code": "N211",
        "from": "10000000001",
        "to": "00000",
        "message-text": "DEMO \N{SNOWMAN}",
        "tracking-id": "",
        "timestamp": "",
    }


async def test_sa_14_stop_and_start_by_sms_and_who_may_subscribe_then(stage: Stage) -> None:
    await stage.ask("POST", "/v1/campaigns", {"ref": "spring"})
    wish = {"action": "subscribe", "campaign-ref": "spring", "mobile": PHONE}
    async with receiving() as receiver:
        await hooked(stage, receiver, "contact.opted_out", "contact.opted_in")
        assert (await act(stage, wish))["status"] == "Success"
        stage.bank.deliver(0, sender=PHONE, text="STOP")
        (left, *_) = await _by_sms(receiver, 1)
        assert (left["origin"], left["code"], left["mobile"], left["source"]) == ("SUB", "N302", "10000000001", "MO")
        assert (await act(stage, wish))["error-code"] == "E904"
        assert (await act(stage))["error-code"] == "E114"
        stage.bank.deliver(0, sender=PHONE, text="START")
        (_, back, *_) = await _by_sms(receiver, 2)
        assert (back["origin"], back["code"], back["source"]) == ("SUB", "N301", "MO")
        assert (await act(stage, wish))["status"] == "Success"


async def _by_sms(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    """The opt-ins and opt-outs that the phone itself caused, once there are so many."""
    number = count
    while True:
        found = [one for one in await posted(receiver, number) if one["source"] == "MO"]
        if len(found) >= count:
            return found
        number += 1


@pytest.mark.parametrize(("text", "parts"), [("x" * 160, 1), ("x" * 161, 2), ("\N{CYRILLIC SMALL LETTER ZHE}" * 71, 2)])
async def test_sa_18_a_long_text_arrives_in_its_parts(stage: Stage, text: str, parts: int) -> None:
    await act(stage, **{"message-text": text})
    assert "".join(str(entry["text"]) for entry in await stage.submitted(parts)) == text


async def test_sa_17_and_19_calls_at_once_with_one_key_send_one_message(stage: Stage) -> None:
    async def once(key: str) -> dict[str, Any]:
        headers = {"x-api-key": stage.key, "Idempotency-Key": key}
        async with stage.http.post("/action", data=SEED_CURL, headers=headers) as answer:
            return dict(await answer.json())

    told = await asyncio.gather(
        *(once("one") for _ in range(5)), *(once(f"key {n}".replace(" ", "")) for n in range(5))
    )
    sent = {answer["tracking-id"] for answer in told if answer["status"] == "Success"}
    assert len(sent) == 6
    assert {answer["error-code"] for answer in told if answer["status"] == "Failure"} <= {"E106"}
    await stage.submitted(6)
    for tracking_id in sent:
        found = await stage.ask("GET", f"/v1/messages/{tracking_id}")
        assert (found["tracking_id"], found["to"]) == (tracking_id, PHONE)
