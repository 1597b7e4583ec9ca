"""The formats ``messaging`` and ``3cx``, octet for octet (messaging §4)."""

import json
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import pytest

from gateway.domain.event import Event, EventType
from gateway.domain.webhook import Delivery, DeliveryState, Receipt, Webhook, WebhookOptions
from gateway.store.contract import DueDelivery
from gateway.workers.renderers import FORMATS, MESSAGING, THREECX

AT = datetime(2026, 9, 16, 2, 47, 59, 123000, tzinfo=UTC)
RECEIVED = {
    "id": "in_1",
    "direction": "in",
    "from": "+13105551212",
    "to": "+13109060901",
    "text": "Hello world! 😀",
    "encoding": "ucs2",
    "received_at": "2026-11-20T09:09:09.000Z",
}
SENT = {
    "id": "msg_1",
    "direction": "out",
    "from": "+13109060901",
    "to": "+13105551212",
    "text": "Hello",
    "created_at": "2026-09-16T02:47:01.000Z",
    "error": None,
    "report": None,
}
RECEIPT = Receipt(1162999967, "5a66dee6-ff7a-40ee-8218-5805c074dc01", "+13109060901", 1, 1)


def due(kind: EventType, data, *, receipt: Receipt | None = None, form: str = "messaging", **options) -> DueDelivery:
    event = Event(1, "evt_1", kind, "default", AT, data, data.get("id"))
    webhook = Webhook(
        1, "whk_1", "default", "https://u:p@pbx.example/sms/generic/1", "whsec_x", AT, AT,
        format=form, options=WebhookOptions(**options),
    )  # fmt: skip
    delivery = Delivery(1, "dlv_1", "whk_1", "evt_1", kind.value, DeliveryState.PENDING, 0, None, AT)
    return DueDelivery(delivery, webhook, event, receipt)


def receipt_of(kind: EventType, data=SENT, receipt: Receipt = RECEIPT) -> str:
    body = MESSAGING.render(due(kind, data, receipt=receipt))
    return unquote_plus(json.loads(body)["Message"])


def test_an_inbound_text_is_the_vendors_body():
    assert MESSAGING.render(due(EventType.MESSAGE_RECEIVED, RECEIVED)) == (
        b'{"From":"13105551212","To":["13109060901"],"Message":"Hello+world%21+%F0%9F%98%80"}'
    )


@pytest.mark.parametrize("text", ["a+b 100% é😀\n", "", "~-_./", "%2B", "\ud800"])
def test_the_text_comes_back_by_form_decoding(text):
    body = MESSAGING.render(due(EventType.MESSAGE_RECEIVED, RECEIVED | {"text": text}))
    assert unquote_plus(json.loads(body)["Message"]) == text.replace("\ud800", "?")


def test_an_endpoint_may_have_it_plain():
    body = MESSAGING.render(due(EventType.MESSAGE_RECEIVED, RECEIVED, encode_message=False))
    assert json.loads(body)["Message"] == "Hello world! 😀"


def test_an_alphanumeric_originator_is_passed_on():
    body = MESSAGING.render(due(EventType.MESSAGE_RECEIVED, RECEIVED | {"from": "ACME é", "to": "office"}))
    assert body.startswith('{"From":"ACME é","To":["office"],'.encode())


def test_a_delivery_report_is_the_vendors_body():
    assert MESSAGING.render(due(EventType.MESSAGE_DELIVERED, SENT, receipt=RECEIPT)) == (
        b'{"From":"13105551212","To":["13109060901"],"Message":"id%3A1162999967+sub%3A001+dlvrd%3A001'
        b"+submit+date%3A2609160247+done+date%3A2609160247+stat%3ADELIVRD+err%3A000+text%3AHello"
        b'","DeliveryReceipt":true,"RefId":"5a66dee6-ff7a-40ee-8218-5805c074dc01"}'
    )


@pytest.mark.parametrize(
    ("kind", "stat"),
    [
        (EventType.MESSAGE_DELIVERED, "DELIVRD"),
        (EventType.MESSAGE_UNDELIVERED, "UNDELIV"),
        (EventType.MESSAGE_EXPIRED, "EXPIRED"),
        (EventType.MESSAGE_FAILED, "REJECTD"),
        (EventType.MESSAGE_REJECTED, "REJECTD"),
        (EventType.MESSAGE_CANCELED, "DELETED"),
    ],
)
def test_each_end_has_its_word(kind, stat):
    assert f" stat:{stat} " in receipt_of(kind)


@pytest.mark.parametrize("kind", [EventType.MESSAGE_SENT, EventType.MESSAGE_UNKNOWN])
def test_only_what_ends_without_report_is_told_as_unknown(kind):
    assert MESSAGING.render(due(kind, SENT, receipt=RECEIPT)) is None
    assert " stat:UNKNOWN " in receipt_of(kind, SENT | {"report": "none"})


@pytest.mark.parametrize(
    ("cause", "told"), [({"tp_st": 70}, "070"), ({"cms": 38}, "038"), ({"cms": 512}, "512"), ({}, "000")]
)
def test_the_networks_number_stands_in_the_receipt(cause, told):
    error = {"code": "x", "message": "y", "cause": cause}
    assert f" err:{told} " in receipt_of(EventType.MESSAGE_FAILED, SENT | {"error": error})


def test_parts_are_counted_and_the_text_is_cut():
    text = receipt_of(EventType.MESSAGE_UNDELIVERED, SENT | {"text": "x" * 30}, Receipt(7, "r", None, 3, 2))
    assert text.startswith("id:7 sub:003 dlvrd:002 ")
    assert text.endswith(" text:" + "x" * 20)


@pytest.mark.parametrize(
    ("sender", "told"), [("office", "13109060901"), ("00000", "00000"), ("+13105550000", "13105550000")]
)
def test_our_end_is_the_number_the_caller_wrote_or_that_of_the_line(sender, told):
    body = json.loads(MESSAGING.render(due(EventType.MESSAGE_DELIVERED, SENT | {"from": sender}, receipt=RECEIPT)))
    assert body["To"] == [told]


def test_3cx_is_told_in_telnyx_words():
    body = THREECX.render(due(EventType.MESSAGE_RECEIVED, RECEIVED, form="3cx"))
    assert (
        body
        == (
            '{"data":{"event_type":"message.received","id":"3878e475-6a62-554a-8094-b517994bcb6c",'
            '"occurred_at":"2026-09-16T02:47:59.123Z","record_type":"event",'
            '"payload":{"direction":"inbound","id":"4ed41e44-67ef-5cdd-9de6-ac724648e157","type":"SMS",'
            '"record_type":"message","received_at":"2026-11-20T09:09:09.000Z",'
            '"from":{"phone_number":"+13105551212","status":"webhook_delivered"},'
            '"to":[{"phone_number":"+13109060901","status":"webhook_delivered"}],'
            '"text":"Hello world! 😀","media":[]}},'
            '"meta":{"attempt":1,"delivered_to":"https://pbx.example/sms/generic/1"}}'
        ).encode()
    )


def test_3cx_may_be_told_how_a_message_ended():
    body = json.loads(THREECX.render(due(EventType.MESSAGE_EXPIRED, SENT, receipt=RECEIPT, form="3cx")))
    assert body["data"]["event_type"] == "message.finalized"
    payload = body["data"]["payload"]
    assert (payload["id"], payload["direction"]) == (RECEIPT.reference, "outbound")
    assert payload["to"] == [{"phone_number": "+13105551212", "status": "expired"}]


@pytest.mark.parametrize("kind", [EventType.LINE_DOWN, EventType.MESSAGE_UPDATED, EventType.LINK_CLICKED])
def test_what_the_formats_have_no_word_for_is_not_posted(kind):
    assert (MESSAGING.render(due(kind, SENT)), THREECX.render(due(kind, SENT))) == (None, None)


@pytest.mark.parametrize("form", ["messaging", "3cx"])
def test_data_is_not_posted(form):
    data = RECEIVED | {"encoding": "8bit", "text": ""}
    assert FORMATS[form].render(due(EventType.MESSAGE_RECEIVED, data, form=form)) is None


def test_a_test_event_is_posted_in_each_format():
    test = due(EventType.WEBHOOK_TEST, {"webhook": "whk_1"})
    assert MESSAGING.render(test) == b'{"From":"TEST","To":[],"Message":"This+is+a+test+of+your+webhook."}'
    assert json.loads(THREECX.render(test))["data"]["event_type"] == "webhook.test"
    assert all(form.render(test) for form in FORMATS.values())
