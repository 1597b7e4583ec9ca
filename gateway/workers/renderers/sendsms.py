"""The ``sendsms`` format: the postbacks of the sendsms front's vendor (sendsms-action §6)."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.event import Event, EventType
from gateway.workers.renderers.body import as_json, digits

_STATUS: Mapping[EventType, tuple[str, str]] = {
    EventType.MESSAGE_SENT: ("N201", "Sent"),
    EventType.MESSAGE_DELIVERED: ("N202", "Delivered"),
    EventType.MESSAGE_FAILED: ("E201", "Failed"),
    EventType.MESSAGE_UNDELIVERED: ("E202", "Rejected"),
    EventType.MESSAGE_EXPIRED: ("E202", "Rejected"),
    EventType.MESSAGE_REJECTED: ("E202", "Rejected"),
    EventType.MESSAGE_CANCELED: ("E202", "Rejected"),
}
_SUBSCRIPTION = {EventType.CONTACT_OPTED_IN: "N301", EventType.CONTACT_OPTED_OUT: "N302"}
_SOURCES = {"api": "API", "keyword": "MO"}


def sendsms(event: Event) -> bytes | None:
    """sendsms-action §6: a status of a sent message, an inbound text, a change of a subscription, or a click."""
    if event.type in _STATUS:
        return as_json(_mobile_terminated(event))
    if event.type is EventType.MESSAGE_RECEIVED:
        return as_json(_mobile_originated(event))
    if event.type in _SUBSCRIPTION:
        return as_json(_subscription(event))
    if event.type is EventType.LINK_CLICKED:
        return as_json(_click(event))
    if event.type is EventType.WEBHOOK_TEST:
        return as_json({"origin": "TEST", "code": "N000", "timestamp": event.at.isoformat()})
    return None


def _mobile_terminated(event: Event) -> dict[str, Any]:
    data = event.data
    code, status = _STATUS[event.type]
    asked = {"from-mask": data.get("sender_mask"), "campaign-ref": data.get("campaign")}
    return (
        {"origin": "SMS_MT", "code": code, "sent-as": "SMS", "status": status}
        | {"from": digits(data.get("from")), "to": digits(data.get("to"))}
        | {name: value for name, value in asked.items() if value is not None}
        | {"tracking-id": data.get("tracking_id") or "", "operator-id": "", "operator-name": ""}
        | {"timestamp": event.at.isoformat()}
    )


def _mobile_originated(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "origin": "SMS_MO",
        "code": "N211",
        "from": digits(data.get("from")),
        "to": digits(data.get("to")),
        "message-text": data.get("text") or "",
        "tracking-id": data.get("tracking_id") or "",
        "timestamp": event.at.isoformat(),
    }


def _subscription(event: Event) -> dict[str, Any]:
    data = event.data
    source = str(data.get("source") or "api")
    return {
        "origin": "SUB",
        "code": _SUBSCRIPTION[event.type],
        "mobile": digits(data.get("phone")),
        "campaign-ref": data.get("campaign") or "",
        "timestamp": event.at.isoformat(),
        "source": _SOURCES.get(source, source.upper()),
    }


def _click(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "origin": "CLICK",
        "code": "N401",
        "tracking-id": data.get("tracking_id") or "",
        "to": digits(data.get("to")),
        "url": data.get("url") or "",
        "short-url": data.get("short_url") or data.get("code") or "",
        "clicks": data.get("clicks", 1),
        "timestamp": event.at.isoformat(),
    }
