"""Writing what happened: the event, and in the same transaction its deliveries to every endpoint that wants it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.event import Event, EventType, describe
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord
from gateway.domain.message import Message, State
from gateway.domain.webhook import DeliveryState, Webhook
from gateway.store.rows import dump
from gateway.store.transaction import Transaction, from_ms

EVENT_OF: Mapping[State, EventType] = {
    State.SENT: EventType.MESSAGE_SENT,
    State.DELIVERED: EventType.MESSAGE_DELIVERED,
    State.UNDELIVERED: EventType.MESSAGE_UNDELIVERED,
    State.FAILED: EventType.MESSAGE_FAILED,
    State.UNKNOWN: EventType.MESSAGE_UNKNOWN,
    State.EXPIRED: EventType.MESSAGE_EXPIRED,
    State.CANCELED: EventType.MESSAGE_CANCELED,
    State.REJECTED: EventType.MESSAGE_REJECTED,
    State.RECEIVED: EventType.MESSAGE_RECEIVED,
}
"""The event that tells of a message's new state; accepting and being on the way are none."""

ADD_EVENT = """
INSERT INTO events (id, type, account, message, at, data)
VALUES (:id, :type, :account, :message, :at, :data)
RETURNING seq
"""

ADD_DELIVERY = """
INSERT INTO deliveries (id, webhook, event, event_type, state, attempts, next_at, created_at)
VALUES (:id, :webhook, :event, :event_type, :state, 0, :now, :now)
RETURNING num
"""


def write(
    tx: Transaction,
    kind: EventType,
    account: str,
    data: Mapping[str, Any],
    now: int,
    *,
    message: str | None = None,
    line: str | None = None,
    only_webhook: str | None = None,
    without_webhook: str | None = None,
) -> Event:
    """Append the event, and a delivery for each endpoint of the account that asks for it.

    line: the id of the line it concerns. only_webhook: the id of the one endpoint that gets it.
    without_webhook: the id of one that does not.
    """
    text = dump(data)
    event_id = new_id("evt", now)
    seq = tx.insert(
        ADD_EVENT,
        {"id": event_id, "type": kind.value, "account": account, "message": message, "at": now, "data": text},
    )
    for webhook in _receivers(tx, kind, account, line, only_webhook):
        if webhook.id != without_webhook:
            deliver(tx, webhook.num, seq, kind.value, now)
    tx.ring(f"events:{account}")
    return Event(seq, event_id, kind, account, from_ms(now), json.loads(text), message)


def write_message(tx: Transaction, kind: EventType, message: Message, now: int) -> None:
    """The event of a message, with the whole message as it is now."""
    write(tx, kind, message.account, describe(message), now, message=message.id, line=message.line)


def deliver(tx: Transaction, webhook: int, event: int, event_type: str, now: int) -> int:
    """A delivery that is due at once. Returns its num."""
    num = tx.insert(
        ADD_DELIVERY,
        {
            "id": new_id("dlv", now),
            "webhook": webhook,
            "event": event,
            "event_type": event_type,
            "state": DeliveryState.PENDING.value,
            "now": now,
        },
    )
    tx.effects.notifier = True
    return num


def _receivers(tx: Transaction, kind: EventType, account: str, line: str | None, only: str | None) -> Iterable[Webhook]:
    if not tx.memory.webhooks:
        return ()
    if only is not None:
        return [webhook for webhook in tx.memory.webhooks if webhook.id == only]
    record = next((known for known in tx.memory.lines.values() if known.id == line), None) if line else None
    return [
        webhook
        for webhook in tx.memory.webhooks
        if webhook.account == account and webhook.enabled and _wants(webhook, kind, line, record)
    ]


def _wants(webhook: Webhook, kind: EventType, line: str | None, record: LineRecord | None) -> bool:
    if record is not None and record.webhook is not None and record.webhook == webhook.name:
        return True  # the line names its endpoint itself (native-v1 §6)
    if webhook.events and kind.value not in webhook.events:
        return False
    if not webhook.lines:
        return True
    return line in webhook.lines or (record is not None and record.name in webhook.lines)
