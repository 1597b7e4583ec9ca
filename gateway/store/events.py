"""Writing what happened: the event, and in the same transaction its deliveries to every endpoint that wants it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.domain.event import Event, EventType, describe
from gateway.domain.ids import new_id
from gateway.domain.message import Message, State
from gateway.domain.webhook import DeliveryState, Webhook
from gateway.policy.receivers import REPORTING, receivers
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
    """Append the event, and a delivery for each endpoint of the account that is to be told.

    line: the id of the line it concerns. only_webhook: the id of the one endpoint that gets it.
    without_webhook: the id of one that does not.
    """
    told = _told(tx, kind, account, data, line, only_webhook)
    to = [webhook for webhook in told if webhook.id != without_webhook]
    return _append(tx, kind, account, data, now, message=message, to=to)


def write_message(tx: Transaction, kind: EventType, message: Message, now: int) -> None:
    """The event of a message, with the whole message as it is now."""
    line = message.line or _meant(tx, message)
    write(tx, kind, message.account, describe(message), now, message=message.id, line=line)


def write_wanted(
    tx: Transaction, kind: EventType, account: str, data: Mapping[str, Any], now: int, *, message: str
) -> None:
    """An event of the account that only those who asked for it are told, if any did."""
    to = _told(tx, kind, account, data, None, None)
    if to:
        _append(tx, kind, account, data, now, message=message, to=to)


def write_unreported(tx: Transaction, message: Message, now: int) -> None:
    """A message ended without a report, in the state it had: an event for endpoints that want that told, if any."""
    kind, data = EVENT_OF[message.state], describe(message)
    told = _told(tx, kind, message.account, data, message.line, None)
    to = [webhook for webhook in told if webhook.format in REPORTING]
    if to:
        _append(tx, kind, message.account, data, now, message=message.id, to=to)


def _append(
    tx: Transaction,
    kind: EventType,
    account: str,
    data: Mapping[str, Any],
    now: int,
    *,
    message: str | None,
    to: Sequence[Webhook],
) -> Event:
    text = dump(data)
    event_id = new_id("evt", now)
    seq = tx.insert(
        ADD_EVENT,
        {"id": event_id, "type": kind.value, "account": account, "message": message, "at": now, "data": text},
    )
    for webhook in to:
        deliver(tx, webhook.num, seq, kind.value, now)
    tx.ring(f"events:{account}")
    return Event(seq, event_id, kind, account, from_ms(now), json.loads(text), message)


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


def _told(
    tx: Transaction, kind: EventType, account: str, data: Mapping[str, Any], line: str | None, only: str | None
) -> list[Webhook]:
    if not tx.memory.webhooks:
        return []
    if only is not None:
        return [webhook for webhook in tx.memory.webhooks if webhook.id == only]
    record = next((known for known in tx.memory.lines.values() if known.id == line), None) if line else None
    return receivers(tx.memory.webhooks, kind, account, data, line=record, line_id=line)


def _meant(tx: Transaction, message: Message) -> str | None:
    """The id of the one line that a message was for which no line took."""
    if not tx.memory.webhooks:
        return None
    able = [
        line
        for line in tx.memory.lines.values()
        if line.serves(message.account) and message.sender in line.answers_to()
    ]
    return able[0].id if len(able) == 1 else None
