import json
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.event import Event, EventType
from gateway.workers.renderers import FORMATS, NATIVE, SENDSMS, native, sendsms

AT = datetime(2026, 11, 20, 18, 0, 7, 990498, tzinfo=UTC)
SENT = {
    "id": "msg_1",
    "from": "00000",
    "to": "+10000000001",
    "sender_mask": "Dunder Miff",
    "campaign": "campaign2345",
    "tracking_id": "smsmt5f1c0a9b2e",
    "text": "hello",
    "seq": 3,
}


def event(kind: EventType, data=SENT) -> Event:
    return Event(1, "evt_1", kind, "default", AT, data, "msg_1")


def posted(kind: EventType, data=SENT):
    body = sendsms(event(kind, data))
    return body and json.loads(body)


def test_native_carries_type_time_and_the_object_as_stored():
    assert json.loads(native(event(EventType.MESSAGE_SENT))) == {
        "type": "message.sent",
        "timestamp": "2026-11-20T18:00:07.990Z",
        "data": SENT,
    }


def test_the_sendsms_status_is_the_vendors_example():
    assert posted(EventType.MESSAGE_DELIVERED) == {
        "origin": "SMS_MT",
        "code": "N202",
        "sent-as": "SMS",
        "status": "Delivered",
        "from": "00000",
        "to": "10000000001",
        "from-mask": "Dunder Miff",
        "campaign-ref": "campaign2345",
        "tracking-id": "smsmt5f1c0a9b2e",
        "operator-id": "",
        "operator-name": "",
        "timestamp": "2026-11-20T18:00:07.990498+00:00",
    }


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (EventType.MESSAGE_SENT, "N201", "Sent"),
        (EventType.MESSAGE_DELIVERED, "N202", "Delivered"),
        (EventType.MESSAGE_FAILED, "E201", "Failed"),
        (EventType.MESSAGE_UNDELIVERED, "E202", "Rejected"),
        (EventType.MESSAGE_EXPIRED, "E202", "Rejected"),
        (EventType.MESSAGE_REJECTED, "E202", "Rejected"),
        (EventType.MESSAGE_CANCELED, "E202", "Rejected"),
    ],
)
def test_each_state_has_its_code(kind, code, status):
    body = posted(kind)
    assert (body["code"], body["status"]) == (code, status)


def test_mask_and_campaign_are_told_only_when_the_request_had_them():
    assert (
        not {"from-mask", "campaign-ref"}
        & posted(EventType.MESSAGE_SENT, SENT | {"sender_mask": None, "campaign": None}).keys()
    )


def test_an_inbound_text_is_the_vendors_example():
    data = {"from": "+10000000000", "to": "00000", "text": "DEMO ☃", "tracking_id": "smsmo09ea1b9215"}
    assert posted(EventType.MESSAGE_RECEIVED, data) == {
        "origin": "SMS_MO",
        "code": "N211",
        "from": "10000000000",
        "to": "00000",
        "message-text": "DEMO ☃",
        "tracking-id": "smsmo09ea1b9215",
        "timestamp": "2026-11-20T18:00:07.990498+00:00",
    }
    assert "☃".encode() in sendsms(event(EventType.MESSAGE_RECEIVED, data))


def test_an_opt_out_by_keyword_is_told_as_coming_from_the_mobile():
    body = posted(EventType.CONTACT_OPTED_OUT, {"phone": "+4915", "campaign": "c1", "source": "keyword"})
    assert (body["origin"], body["code"], body["mobile"], body["campaign-ref"], body["source"]) == (
        "SUB", "N302", "4915", "c1", "MO",
    )  # fmt: skip


def test_a_click_names_link_recipient_and_count():
    data = {"code": "aB3", "url": "https://example.com/", "tracking_id": "smsmt1", "to": "+4915", "clicks": 3}
    body = posted(EventType.LINK_CLICKED, data)
    assert (body["origin"], body["code"], body["url"], body["to"], body["clicks"], body["short-url"]) == (
        "CLICK", "N401", "https://example.com/", "4915", 3, "aB3",
    )  # fmt: skip


def test_a_test_is_really_posted():
    assert posted(EventType.WEBHOOK_TEST, {})["origin"] == "TEST"


@pytest.mark.parametrize("kind", [EventType.LINE_DOWN, EventType.MESSAGE_UNKNOWN, EventType.BATCH_COMPLETED])
def test_what_the_format_has_no_word_for_is_not_posted(kind):
    assert posted(kind) is None


def test_a_lone_surrogate_does_not_stop_a_delivery():
    assert json.loads(native(event(EventType.MESSAGE_SENT, {"text": "a\ud800b"})))["data"]["text"] == "a?b"


def test_the_native_schedule_reaches_over_three_days():
    assert sum(NATIVE.schedule, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert (NATIVE.timeout_s, NATIVE.parallel, NATIVE.jitter) == (15, 4, 0.1)


def test_the_sendsms_schedule_is_the_vendors():
    assert SENDSMS.schedule == (timedelta(minutes=5),) * 5
    assert [status for status in range(100, 600) if SENDSMS.accepts(status)] == [200]
    assert (SENDSMS.timeout_s, SENDSMS.parallel) == (10, 1)


def test_every_format_the_domain_names_is_here():
    from gateway.domain.webhook import FORMATS as NAMES

    assert tuple(FORMATS) == NAMES
