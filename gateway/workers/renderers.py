"""How each webhook format is written, and the rules its receiver expects: one entry of ``FORMATS`` each, all data."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.domain.event import Event, EventType, instant

_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Format:
    """One webhook format.

    render: the request's body, or None when this format has no word for the event. accepts: is a status success?
    schedule: the waits after each failed try; when used up the delivery is dead. parallel: how many in flight per
    endpoint. heeds: whether Retry-After moves the next try. passing: events that are not repeated any more once
    their message is done, because a later word about it has gone out meanwhile. asked: events that only an endpoint
    which names them is told of.
    """

    name: str
    render: Callable[[Event], bytes | None]
    accepts: Callable[[int], bool]
    schedule: tuple[timedelta, ...]
    jitter: float  # of the wait, either way
    timeout_s: float
    parallel: int
    heeds: bool
    passing: frozenset[EventType] = frozenset()
    asked: frozenset[EventType] = frozenset()


def native(event: Event) -> bytes:
    """native-v1 §6.2: the type, when it happened, and the object as it was then."""
    return _json({"type": event.type.value, "timestamp": instant(event.at), "data": dict(event.data)})


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
        return _json(_mobile_terminated(event))
    if event.type is EventType.MESSAGE_RECEIVED:
        return _json(_mobile_originated(event))
    if event.type in _SUBSCRIPTION:
        return _json(_subscription(event))
    if event.type is EventType.LINK_CLICKED:
        return _json(_click(event))
    if event.type is EventType.WEBHOOK_TEST:
        return _json({"origin": "TEST", "code": "N000", "timestamp": event.at.isoformat()})
    return None


def _mobile_terminated(event: Event) -> dict[str, Any]:
    data = event.data
    code, status = _STATUS[event.type]
    asked = {"from-mask": data.get("sender_mask"), "campaign-ref": data.get("campaign")}
    return (
        {"origin": "SMS_MT", "code": code, "sent-as": "SMS", "status": status}
        | {"from": _digits(data.get("from")), "to": _digits(data.get("to"))}
        | {name: value for name, value in asked.items() if value is not None}
        | {"tracking-id": data.get("tracking_id") or "", "operator-id": "", "operator-name": ""}
        | {"timestamp": event.at.isoformat()}
    )


def _mobile_originated(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "origin": "SMS_MO",
        "code": "N211",
        "from": _digits(data.get("from")),
        "to": _digits(data.get("to")),
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
        "mobile": _digits(data.get("phone")),
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
        "to": _digits(data.get("to")),
        "url": data.get("url") or "",
        "short-url": data.get("short_url") or data.get("code") or "",
        "clicks": data.get("clicks", 1),
        "timestamp": event.at.isoformat(),
    }


def _digits(number: object) -> str:
    """International numbers go without their plus; names stay as they are."""
    return str(number or "").removeprefix("+")


def _json(body: Mapping[str, Any]) -> bytes:
    # a lone surrogate, which UTF-8 cannot carry, must not stop the delivery of everything around it
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


NATIVE = Format(
    name="native",
    render=native,
    accepts=lambda status: 200 <= status < 300,
    schedule=(
        5 * _SECOND,
        5 * _MINUTE,
        30 * _MINUTE,
        *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)),
    ),  # Standard Webhooks
    jitter=0.1,
    timeout_s=15,
    parallel=4,
    heeds=True,
)
SENDSMS = Format(
    name="sendsms",
    render=sendsms,
    accepts=lambda status: status == 200,
    schedule=(5 * _MINUTE,) * 5,
    jitter=0.0,
    timeout_s=10,
    parallel=1,
    heeds=False,
    passing=frozenset({EventType.MESSAGE_SENT}),
    asked=frozenset({EventType.LINK_CLICKED}),
)
FORMATS: Mapping[str, Format] = {form.name: form for form in (NATIVE, SENDSMS)}
