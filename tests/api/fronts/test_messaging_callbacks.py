"""The messaging contract's list: what is told to webhooks, MS-11 to MS-15, and FreePBX as the receiver (MS-23)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from modem.simulator.faults import FaultKind
from tests.support.messaging import FROM, TO, Bulk
from tests.support.stage import Receiver, Stage, receiving, staged


class AheadClock:
    """The real one, ahead by what it was turned."""

    def __init__(self, **ahead: float) -> None:
        self.ahead = timedelta(**ahead)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead.total_seconds()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def decoded(body: bytes) -> str:
    """FreePBX's receiver: ``urldecode`` of what JSON holds."""
    return unquote_plus(json.loads(body)["Message"])


async def delivered(stage: Stage, count: int) -> None:
    """Every delivery there is, so many, has ended."""
    async with asyncio.timeout(20):
        while True:
            found = await stage.store.deliveries("default", webhook=None, state=None, limit=100)
            if len(found) == count and all(one.state == "delivered" for one in found):
                return
            await asyncio.sleep(0.02)


async def test_ms_11_an_inbound_text_is_told_octet_for_octet(bulk: Bulk, receiver: Receiver) -> None:
    await bulk.put(Url=receiver.url)
    bulk.stage.bank.deliver(0, sender="+13105551212", text="Hello world! 😀")
    ((headers, body),) = await receiver.first(1)
    assert body == b'{"From":"13105551212","To":["13109060901"],"Message":"Hello+world%21+%F0%9F%98%80"}'
    assert headers["Content-Type"] == "application/json"
    assert headers["webhook-id"].startswith("evt_")
    assert {"webhook-timestamp", "webhook-signature"} <= {name.lower() for name in headers}


async def test_ms_11_ms_23_the_text_comes_back_by_freepbx_decoding(bulk: Bulk, receiver: Receiver) -> None:
    texts = ["a+b 100% é😀\n", "plain", "%2B+%20", "x" * 400 + "ende", "€" * 100]
    await bulk.put(Url=receiver.url)
    for count, text in enumerate(texts, 1):
        bulk.stage.bank.deliver(0, sender="+13105551212", text=text)
        await receiver.first(count)  # a long one is one callback
    assert [decoded(body) for _, body in receiver.received] == texts
    await delivered(bulk.stage, len(texts))


async def test_ms_11_an_alphanumeric_originator_is_passed_on(bulk: Bulk, receiver: Receiver) -> None:
    await bulk.put(Url=receiver.url)
    bulk.stage.bank.deliver(0, sender="ACME", text="x")
    ((_, body),) = await receiver.first(1)
    assert json.loads(body)["From"] == "ACME"


async def test_ms_12_each_recipient_has_a_report_with_the_refid_of_the_answer(bulk: Bulk, receiver: Receiver) -> None:
    stage = bulk.stage
    await bulk.put(Url=receiver.url, Dlr=True)
    told = await bulk.send(To=[TO, "13125551213"], Message="Hello, this is more than twenty characters")
    reports = {json.loads(body)["From"]: json.loads(body) for _, body in await receiver.first(2)}
    assert set(reports) == {TO, "13125551213"}
    for number, body in reports.items():
        assert list(body) == ["From", "To", "Message", "DeliveryReceipt", "RefId"]
        assert (body["To"], body["DeliveryReceipt"], body["RefId"]) == ([FROM], True, told["RefId"])
        (message,) = [one for one in await stage.messages() if one.to == f"+{number}"]
        minute = message.created_at.strftime("%y%m%d%H%M")
        done = max(message.state_at.values()).strftime("%y%m%d%H%M")
        assert unquote_plus(body["Message"]) == (
            f"id:{message.num} sub:001 dlvrd:001 submit date:{minute} done date:{done} "
            "stat:DELIVRD err:000 text:Hello, this is more "
        )
    assert [entry["report"] for entry in await stage.submitted(2)] == [True, True]
    await delivered(stage, 2)  # nothing was made for "sent"


@pytest.mark.parametrize(
    ("fault", "stat"),
    [
        ({"kind": FaultKind.REPORT_STATUS, "code": 0x45}, "stat:UNDELIV err:069"),
        ({"kind": FaultKind.REPORT_STATUS, "code": 0x46}, "stat:EXPIRED err:070"),
        ({"kind": FaultKind.REJECT, "command": "+CMGS", "code": 1}, "stat:REJECTD err:001"),
    ],
)
async def test_ms_12_each_end_has_its_word(bulk: Bulk, receiver: Receiver, fault: dict[str, Any], stat: str) -> None:
    await bulk.put(Url=receiver.url, Dlr=True)
    bulk.stage.bank.modems[0].fault(**fault)
    await bulk.send()
    ((_, body),) = await receiver.first(1)
    assert f" {stat} " in decoded(body)


async def test_ms_12_what_is_cancelled_is_told_as_deleted(bulk: Bulk, receiver: Receiver) -> None:
    stage = bulk.stage
    await stage.ask("PATCH", "/v1/lines/office", {"paused": True})
    await bulk.put(Url=receiver.url, Dlr=True)
    await bulk.send()
    (message,) = await stage.messages()
    await stage.ask("POST", f"/v1/messages/{message.id}/cancel")
    ((_, body),) = await receiver.first(1)
    assert " sub:000 dlvrd:000 " in decoded(body)
    assert " stat:DELETED err:000 " in decoded(body)


async def test_ms_12_without_dlr_nothing_is_told_and_no_report_is_asked_for(bulk: Bulk, receiver: Receiver) -> None:
    stage = bulk.stage
    await bulk.put(Url=receiver.url, Dlr=False)
    await bulk.send()
    (entry,) = await stage.submitted(1)
    assert entry["report"] is False
    (message,) = await stage.messages()
    await stage.in_state(message.id, "sent")
    stage.bank.deliver(0, sender="+13105551212", text="the first thing that is told")
    ((_, body),) = await receiver.first(1)
    assert decoded(body) == "the first thing that is told"


async def test_ms_12_a_report_that_comes_after_a_restart_is_told(tmp_path: Path, receiver: Receiver) -> None:
    async with staged(tmp_path) as stage:
        bulk = Bulk(stage, stage.key)
        await bulk.put(Url=receiver.url, Dlr=True)
        stage.bank.modems[0].fault(FaultKind.NO_REPORT)
        told = await bulk.send()
        (entry,) = await stage.submitted(1)
        (message,) = await stage.messages()
        await stage.in_state(message.id, "sent")
    async with staged(tmp_path) as stage:
        await Bulk(stage, stage.key).send(To="13125551213")  # once its report is here, the modem hands them on
        await receiver.first(1)
        stage.bank.report(0, reference=int(str(entry["mr"])), recipient=f"+{TO}")
        _, (_, body) = await receiver.first(2)
        assert json.loads(body)["RefId"] == told["RefId"]
        assert " stat:DELIVRD " in decoded(body)


async def test_ms_12_a_report_that_waits_survives_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [500]
    async with staged(tmp_path) as stage:
        bulk = Bulk(stage, stage.key)
        await bulk.put(Url=receiver.url, Dlr=True)
        told = await bulk.send()
        await receiver.first(1)
    async with staged(tmp_path, clock=AheadClock(minutes=1)):
        (first, body), (second, again) = await receiver.first(2)
    assert (body, first["webhook-id"]) == (again, second["webhook-id"])
    assert json.loads(again)["RefId"] == told["RefId"]


async def test_ms_13_3cx_is_told_the_plain_text_in_its_own_form_and_no_report(bulk: Bulk, receiver: Receiver) -> None:
    stage = bulk.stage
    await bulk.put(Url=receiver.url, Dlr=True, Method="3CX")
    assert (await bulk.hooks())[0]["Dlr"] is True
    await bulk.send()
    assert (await stage.submitted(1))[0]["report"] is False
    (message,) = await stage.messages()
    await stage.in_state(message.id, "sent")
    stage.bank.deliver(0, sender="+13105551212", text="a+b 100% é😀")
    ((_, body),) = await receiver.first(1)
    told = json.loads(body)
    data, payload = told["data"], told["data"]["payload"]
    (received,) = await stage.received(1)
    assert json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() == body
    assert payload == {
        "direction": "inbound",
        "id": payload["id"],
        "type": "SMS",
        "record_type": "message",
        "received_at": received.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "from": {"phone_number": "+13105551212", "status": "webhook_delivered"},
        "to": [{"phone_number": "+13109060901", "status": "webhook_delivered"}],
        "text": "a+b 100% é😀",
        "media": [],
    }
    assert (data["event_type"], data["record_type"]) == ("message.received", "event")
    assert told["meta"] == {"attempt": 1, "delivered_to": receiver.url}
    await delivered(stage, 1)


async def test_ms_13_3cx_is_told_how_a_message_ended_where_that_is_switched_on(bulk: Bulk, receiver: Receiver) -> None:
    await bulk.put(Url=receiver.url, Dlr=True, Method="3CX")
    (made,) = await bulk.stage.store.webhooks("default")
    await bulk.stage.ask("PATCH", f"/v1/webhooks/{made.id}", {"options": {"send_dlr": True}})
    told = await bulk.send()
    ((_, body),) = await receiver.first(1)
    payload = json.loads(body)["data"]["payload"]
    assert (payload["id"], payload["to"][0]["status"]) == (told["RefId"], "delivered")


async def test_ms_14_a_line_falls_back_to_default_and_without_it_nobody_is_told(bulk: Bulk) -> None:
    stage = bulk.stage
    async with receiving() as desk, receiving() as default:
        await bulk.put("Desk", Url=desk.url)
        await bulk.put("Default", Url=default.url)
        await stage.ask("PATCH", "/v1/lines/office", {"webhook": "desk"})
        stage.bank.deliver(0, sender="+13105551212", text="to the desk")
        assert decoded((await desk.first(1))[0][1]) == "to the desk"
        await bulk.ask("DELETE", "/webHooks?Webhook=Desk")
        stage.bank.deliver(0, sender="+13105551212", text="to default")
        assert decoded((await default.first(1))[0][1]) == "to default"
        await bulk.ask("DELETE", "/webHooks?Webhook=Default")
        stage.bank.deliver(0, sender="+13105551212", text="to nobody")
        await stage.received(3)
        assert await stage.store.deliveries("default", webhook=None, state=None, limit=10) == []
        assert (len(desk.received), len(default.received)) == (1, 1)


async def test_ms_15_what_is_not_taken_is_told_again_under_the_same_id(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [500, 500]
    clock = AheadClock()
    async with staged(tmp_path, clock=clock) as stage:
        await Bulk(stage, stage.key).put(Url=receiver.url)
        stage.bank.deliver(0, sender="+13105551212", text="again")
        for tries, wait in ((1, timedelta(seconds=6)), (2, timedelta(minutes=6))):
            await receiver.first(tries)
            await tried(stage, tries)
            clock.ahead += wait
            stage.store.bells.notifier.ring()
        received = await receiver.first(3)
        await delivered(stage, 1)
    assert len({(headers["webhook-id"], body) for headers, body in received}) == 1


async def tried(stage: Stage, times: int) -> None:
    """The one delivery has so many tries behind it, on disk."""
    async with asyncio.timeout(20):
        while (await stage.store.deliveries("default", webhook=None, state=None, limit=1))[0].attempts < times:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("form", "member"), [("native", "type"), ("messaging", "Message"), ("3cx", "data"), ("sendsms", "origin")]
)
async def test_a_test_event_arrives_in_each_format(bulk: Bulk, receiver: Receiver, form: str, member: str) -> None:
    made = await bulk.stage.ask("POST", "/v1/webhooks", {"url": receiver.url, "format": form})
    await bulk.stage.ask("POST", f"/v1/webhooks/{made['id']}/test")
    ((headers, body),) = await receiver.first(1)
    assert member in json.loads(body)
    assert "webhook-signature" in {name.lower() for name in headers}


async def test_one_text_and_one_report_arrive_in_four_dialects_also_after_a_restart(tmp_path: Path) -> None:
    """Issue 3, done when 4: each is a row that waits, told by the daemon that comes after."""
    async with AsyncExitStack() as stack:
        forms = ("native", "sendsms", "messaging", "3cx")
        receivers = {form: await stack.enter_async_context(receiving()) for form in forms}
        async with staged(tmp_path) as stage:
            for form, one in receivers.items():
                one.statuses = [500, 500]
                hook = {"url": one.url, "format": form, "dlr": True, "options": {"send_dlr": True}}
                await stage.ask("POST", "/v1/webhooks", hook | {"events": ["message.received", "message.delivered"]})
            stage.bank.deliver(0, sender="+13105551212", text="one text")
            sent = await Bulk(stage, stage.key).send(Message="one report")
            for one in receivers.values():
                await one.first(2)
            (message,) = [one for one in await stage.messages() if one.direction == "out"]
        async with staged(tmp_path, clock=AheadClock(minutes=10)):
            told = {form: [body for _, body in await one.first(4)] for form, one in receivers.items()}
    assert all(sorted(bodies[:2]) == sorted(bodies[2:]) for form, bodies in told.items() if form != "3cx")
    text, report = sorted(told["messaging"][2:], key=len)
    assert text == b'{"From":"13105551212","To":["13109060901"],"Message":"one+text"}'
    assert json.loads(report)["RefId"] == sent["RefId"]
    assert {json.loads(body)["type"] for body in told["native"]} == {"message.received", "message.delivered"}
    assert {json.loads(body)["code"] for body in told["sendsms"]} == {"N211", "N202"}
    assert {json.loads(body)["data"]["event_type"] for body in told["3cx"]} == {"message.received", "message.finalized"}
    assert message.tracking_id in {json.loads(body)["tracking-id"] for body in told["sendsms"]}
