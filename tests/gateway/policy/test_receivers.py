"""Who is told of an event (native-v1 §6, Routing)."""

from datetime import UTC, datetime

import pytest

from gateway.domain.event import EventType
from gateway.domain.line import LineRecord
from gateway.domain.webhook import Webhook, WebhookOptions
from gateway.policy.receivers import receivers, wants_reports

AT = datetime(2026, 11, 20, tzinfo=UTC)
OFFICE = LineRecord(1, "lin_1", "office")
DESK = LineRecord(2, "lin_2", "desk", webhook="Desk")
TEXT = {"encoding": "gsm7", "text": "hi"}


def hook(name: str = "", **fields) -> Webhook:
    fields = {"account": "default", "url": "https://x.example"} | fields
    return Webhook(0, f"whk_{name}{sorted(fields)}", secret="", created_at=AT, updated_at=AT, name=name, **fields)


def told(*webhooks: Webhook, kind=EventType.MESSAGE_RECEIVED, line=OFFICE, data=TEXT) -> list[str]:
    found = receivers(webhooks, kind, "default", data, line=line, line_id=line and line.id)
    return [webhook.name for webhook in found]


ROUTED = {"routed_only": True, "format": "messaging"}


def test_a_line_that_names_none_has_its_messages_told_to_default():
    assert told(hook("default", **ROUTED), hook("Desk", **ROUTED)) == ["default"]


def test_a_line_that_names_one_has_them_told_there_whatever_the_case():
    assert told(hook("Default", **ROUTED), hook("dESK", **ROUTED), line=DESK) == ["dESK"]


def test_a_line_whose_endpoint_is_gone_falls_back_to_default():
    assert told(hook("Default", **ROUTED), line=DESK) == ["Default"]


def test_where_neither_is_nobody_is_told():
    assert told(hook("Other", **ROUTED)) == []


def test_those_whose_events_and_lines_fit_are_told_as_well_and_each_once():
    everything, here = hook("Default"), hook("here", lines=("lin_1",), format="sendsms")
    there, other = hook("there", lines=("lin_2",)), hook("clicks", events=("link.clicked",))
    assert told(everything, here, there, other) == ["Default", "here"]


def test_a_routed_endpoint_is_told_of_nothing_but_messages():
    assert told(hook("Default", routed_only=True), kind=EventType.LINE_DOWN) == []
    assert told(hook("Default"), kind=EventType.LINE_DOWN) == ["Default"]


def test_one_of_another_account_and_one_that_is_off_are_not_told():
    assert told(hook("Default", account="other"), hook("a", enabled=False)) == []


def test_while_a_lines_own_endpoint_is_off_nobody_gets_its_messages_instead():
    assert told(hook("Desk", enabled=False, **ROUTED), hook("Default", **ROUTED), line=DESK) == []


@pytest.mark.parametrize("encoding", ["8bit", "raw"])
def test_what_is_no_text_goes_to_native_endpoints_only(encoding):
    hooks = [hook("Default", **ROUTED), hook("native"), hook("3cx", format="3cx")]
    assert told(*hooks, data={"encoding": encoding}) == ["native"]


@pytest.mark.parametrize(
    ("options", "told_of"),
    [
        ({"format": "messaging"}, set()),
        ({"format": "messaging", "dlr": True}, {"delivered", "failed"}),
        (
            {"format": "messaging", "dlr": True, "options": WebhookOptions(dlr_unknown=True)},
            {"delivered", "failed", "unknown"},
        ),
        ({"format": "3cx", "dlr": True}, set()),
        ({"format": "3cx", "dlr": True, "options": WebhookOptions(send_dlr=True)}, {"delivered", "failed"}),
        ({"format": "3cx", "options": WebhookOptions(send_dlr=True)}, set()),
    ],
)
def test_reports_are_told_where_they_are_asked_for(options, told_of):
    happened = {
        "delivered": (EventType.MESSAGE_DELIVERED, None),
        "failed": (EventType.MESSAGE_FAILED, None),
        "sent": (EventType.MESSAGE_SENT, None),
        "unknown": (EventType.MESSAGE_UNKNOWN, "none"),
        "doubt": (EventType.MESSAGE_UNKNOWN, None),
    }
    endpoint = hook("Default", **options)
    assert {
        word for word, (kind, report) in happened.items() if told(endpoint, kind=kind, data={"report": report})
    } == told_of
    assert wants_reports(endpoint) == bool(told_of)


def test_bots_clicks_are_told_where_all_are_wanted():
    some, every = hook("human"), hook("all", options=WebhookOptions(clicks="all"))
    assert told(some, every, kind=EventType.LINK_CLICKED, data={"kind": "bot"}) == ["all"]
    assert told(some, every, kind=EventType.LINK_CLICKED, data={"kind": "human"}) == ["human", "all"]


def test_reports_are_asked_for_when_a_native_endpoint_hears_of_them():
    assert wants_reports(hook("a"))
    assert wants_reports(hook("a", events=("message.undelivered",)))
    assert not wants_reports(hook("a", events=("message.received",)))
    assert not wants_reports(hook("a", enabled=False))
