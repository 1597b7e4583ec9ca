"""The ``3cx`` format: what 3CX's generic SMS provider takes, an event of Telnyx's kind (messaging §4.3)."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from yarl import URL

from gateway.domain.event import Event, EventType, instant
from gateway.domain.webhook import Receipt
from gateway.store.contract import DueDelivery
from gateway.workers.renderers.body import as_json
from gateway.workers.renderers.messaging import TEST, is_text, own_number, stat_of

STATUS: Mapping[str, str] = {
    "DELIVRD": "delivered",
    "UNDELIV": "delivery_failed",
    "EXPIRED": "expired",
    "REJECTD": "sending_failed",
    "DELETED": "sending_failed",
    "UNKNOWN": "delivery_unconfirmed",
}
"""Telnyx's words for the ends of a message."""


def threecx(due: DueDelivery) -> bytes | None:
    """Numbers with their plus, the text as it is."""
    event = due.event
    if event.type is EventType.MESSAGE_RECEIVED:
        return _event(due, "message.received", _received(event)) if is_text(event) else None
    if event.type is EventType.WEBHOOK_TEST:
        return _event(due, "webhook.test", {"record_type": "message", "text": TEST})
    stat = stat_of(event)
    return None if stat is None else _event(due, "message.finalized", _finalized(due, stat))


def _received(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "direction": "inbound",
        "id": _uuid(data.get("id")),
        "type": "SMS",
        "record_type": "message",
        "received_at": data.get("received_at"),
        "from": {"phone_number": data.get("from"), "status": "webhook_delivered"},
        "to": [{"phone_number": data.get("to"), "status": "webhook_delivered"}],
        "text": data.get("text"),
        "media": [],
    }


def _finalized(due: DueDelivery, stat: str) -> dict[str, Any]:
    """``id`` is the RefId that the send was answered with."""
    event, receipt = due.event, due.receipt or Receipt()
    data = event.data
    return {
        "direction": "outbound",
        "id": receipt.reference,
        "type": "SMS",
        "record_type": "message",
        "completed_at": instant(event.at),
        "from": {"phone_number": own_number(event, receipt)},
        "to": [{"phone_number": data.get("to"), "status": STATUS[stat]}],
        "text": data.get("text"),
        "media": [],
    }


def _event(due: DueDelivery, kind: str, payload: Mapping[str, Any]) -> bytes:
    data = {"event_type": kind, "id": _uuid(due.event.id), "occurred_at": instant(due.event.at)}
    meta = {"attempt": due.delivery.attempts + 1, "delivered_to": str(URL(due.webhook.url).with_user(None))}
    return as_json({"data": data | {"record_type": "event", "payload": payload}, "meta": meta})


def _uuid(ours: object) -> str:
    """The UUID that stands for an id of ours, the same in every try."""
    return str(uuid5(NAMESPACE_URL, f"simgate:{ours}"))
