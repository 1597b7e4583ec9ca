"""Which endpoints an event goes to (native-v1 §6, Routing): each of them once."""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.event import EventType
from gateway.domain.line import LineRecord
from gateway.domain.webhook import DEFAULT_NAME, Webhook

ENDED = frozenset(
    {
        EventType.MESSAGE_DELIVERED,
        EventType.MESSAGE_UNDELIVERED,
        EventType.MESSAGE_EXPIRED,
        EventType.MESSAGE_FAILED,
        EventType.MESSAGE_REJECTED,
        EventType.MESSAGE_CANCELED,
    }
)
"""What a delivery report tells of."""

REPORTING = frozenset({"messaging", "3cx"})
"""Formats whose endpoints are told of inbound texts, and of how messages ended where they ask for that."""


def receivers(
    webhooks: Iterable[Webhook],
    kind: EventType,
    account: str,
    data: Mapping[str, Any],
    *,
    line: LineRecord | None,
    line_id: str | None,
) -> list[Webhook]:
    """The endpoints of the account that are told.

    line, line_id: the line it concerns; the record is missing for one that is no longer configured. A message goes to
    the endpoint that its line names, else to the one named ``Default``; and to each whose events and lines fit. That
    an SMS is a reply is told beside its message.received, and so only to who asks for it by name: whoever takes all
    events has the SMS already, with ``reply_to`` in it, and must not act upon it twice.
    """
    own = [webhook for webhook in webhooks if webhook.account == account]
    routed = routed_to(own, line) if kind.startswith("message.") else None
    return [
        webhook
        for webhook in own
        if webhook.enabled
        and speaks_of(webhook, kind, data)
        and (kind is not EventType.MESSAGE_REPLY_RECEIVED or kind.value in webhook.events)
        and (webhook is routed or _asks_for(webhook, kind, line, line_id))
    ]


def routed_to(own: Iterable[Webhook], line: LineRecord | None) -> Webhook | None:
    """The one of an account's endpoints that gets the line's messages, whether it is switched on or not."""
    named = {webhook.name.casefold(): webhook for webhook in own if webhook.name}
    by_line = None if line is None or line.webhook is None else named.get(line.webhook.casefold())
    return by_line or named.get(DEFAULT_NAME.casefold())


def speaks_of(webhook: Webhook, kind: EventType, data: Mapping[str, Any]) -> bool:
    """Whether the endpoint's format and options have something to say about it; spares deliveries that post nothing."""
    if kind is EventType.LINK_CLICKED:
        return webhook.format not in REPORTING and (data.get("kind") != "bot" or webhook.options.clicks == "all")
    if webhook.format not in REPORTING or kind is EventType.WEBHOOK_TEST:
        return True
    if kind is EventType.MESSAGE_RECEIVED:
        return data.get("encoding") not in ("8bit", "raw")
    reported = webhook.dlr and (webhook.format != "3cx" or webhook.options.send_dlr)
    return reported and (kind in ENDED or (webhook.options.dlr_unknown and is_unreported(kind, data)))


def is_unreported(kind: EventType, data: Mapping[str, Any]) -> bool:
    """Whether it tells that a message ended without a report about it."""
    return kind in (EventType.MESSAGE_SENT, EventType.MESSAGE_UNKNOWN) and data.get("report") is not None


def wants_reports(webhook: Webhook) -> bool:
    """Whether the endpoint is told what status reports say, so that it is worth asking the network for them."""
    if not webhook.enabled:
        return False
    if webhook.format in REPORTING:
        return webhook.dlr and (webhook.format != "3cx" or webhook.options.send_dlr)
    return not webhook.events or not ENDED.isdisjoint(webhook.events)


def _asks_for(webhook: Webhook, kind: EventType, line: LineRecord | None, line_id: str | None) -> bool:
    if webhook.routed_only or (webhook.events and kind.value not in webhook.events):
        return False
    if not webhook.lines:
        return True
    return line_id in webhook.lines or (line is not None and line.name in webhook.lines)
