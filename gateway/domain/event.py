"""What happened, as the world is told: event types, and the one JSON shape of a message in /v1, events and webhooks."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from gateway.domain.message import Message, Part, SendWindow
from gateway.domain.thread import thread_of


class EventType(StrEnum):
    """The words of native-v1 §6 and decisions.md that this gateway emits."""

    MESSAGE_RECEIVED = "message.received"
    MESSAGE_UPDATED = "message.updated"
    MESSAGE_SENT = "message.sent"
    MESSAGE_DELIVERED = "message.delivered"
    MESSAGE_UNDELIVERED = "message.undelivered"
    MESSAGE_FAILED = "message.failed"
    MESSAGE_EXPIRED = "message.expired"
    MESSAGE_CANCELED = "message.canceled"
    MESSAGE_UNKNOWN = "message.unknown"
    MESSAGE_REJECTED = "message.rejected"
    MESSAGE_REPLY_RECEIVED = "message.reply_received"
    MESSAGE_REPLY_OVERDUE = "message.reply_overdue"
    BATCH_COMPLETED = "batch.completed"
    LINK_CLICKED = "link.clicked"
    CONTACT_OPTED_OUT = "contact.opted_out"
    CONTACT_OPTED_IN = "contact.opted_in"
    CAMPAIGN_UPDATED = "campaign.updated"
    LINE_UP = "line.up"
    LINE_DOWN = "line.down"
    LINE_QUOTA_REACHED = "line.quota_reached"
    LINE_BLOCKED = "line.blocked"
    LINE_UNBLOCKED = "line.unblocked"
    LINE_BALANCE_LOW = "line.balance_low"
    LINE_STORAGE_LOW = "line.storage_low"
    CALL_MISSED = "call.missed"
    USSD_ANSWERED = "ussd.answered"
    MODEM_RECOVERY = "modem.recovery"  # a step is taken to bring it back
    MODEM_RECOVERED = "modem.recovered"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the append-only log. seq: monotonic; data: the full object as it was then (JSON-ready)."""

    seq: int
    id: str
    type: EventType
    account: str
    at: datetime
    data: Mapping[str, Any]
    message: str | None = None


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds and Z, as /v1 writes every time."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def envelope(event: Event) -> dict[str, Any]:
    """An event as webhooks and streams tell it (native-v1 §6.2): the type, when, and the object as it was then."""
    return {"type": event.type.value, "timestamp": instant(event.at), "data": dict(event.data)}


def describe(message: Message) -> dict[str, Any]:
    """The message object of /v1, events and webhooks: JSON-ready, without its parts (``describe_part`` has those)."""
    body: dict[str, Any] = {
        "id": message.id,
        "direction": message.direction,
        "state": message.state.value,
        "from": message.sender,
        "to": message.to,
        "line": message.line,
        "thread": thread_of(message),
        "text": message.text,
        "encoding": message.encoding,
        "segments": message.segments,
        "seq": message.seq,
        "created_at": instant(message.created_at),
        "state_at": {state.value: instant(at) for state, at in message.state_at.items()},
    }
    return body | (_inbound(message) if message.direction == "in" else _outbound(message))


def _outbound(message: Message) -> dict[str, Any]:
    error = message.error
    return {
        "batch": message.batch,
        "error": error and {"code": error.code, "message": error.message, "cause": dict(error.cause)},
        "report": message.report,
        "priority": message.priority,
        "flash": message.flash,
        "front": message.front,
        "client_ref": message.client_ref,
        "tracking_id": message.tracking_id,
        "sender_mask": message.sender_mask,
        "campaign": message.campaign,
        "reply": message.reply,
        "delivery_report": message.delivery_report,
        "track_clicks": message.track_clicks,
        "on_unknown": message.on_unknown,
        "possible_duplicate": message.possible_duplicate,
        "schedule_at": instant(message.schedule_at),
        "next_attempt_at": instant(message.due_at),
        "expire_at": instant(message.expire_at),
        "metadata": dict(message.metadata),
        "notes": message.notes,
        "send_window": message.send_window and _window(message.send_window),
        "test": message.test,
    }


def _window(window: SendWindow) -> dict[str, Any]:
    return {"from": window.start, "to": window.end, "days": list(window.days), "tz": window.zone}


def _inbound(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {
        "reply_to": message.reply_to,
        "media": [],
        "incomplete": message.incomplete,
        "acked": message.acked,
        "tracking_id": message.tracking_id,
        "smsc_at": instant(message.smsc_at),
        "received_at": instant(message.created_at),
    }
    if message.data is not None:
        body["data"] = b64encode(message.data).decode("ascii")
    if (mms := message.mms) is not None:
        body["mms"] = {
            "url": mms.url,
            "from": mms.sender,
            "subject": mms.subject,
            "size": mms.size,
            "expires_at": instant(mms.expires_at),
        }
    if message.ports is not None:
        body["ports"] = {"dst": message.ports[0], "src": message.ports[1]}
    return body


def describe_part(part: Part) -> dict[str, Any]:
    """One entry of ``parts[]`` in GET /v1/messages/{id}."""
    error = part.error
    return {
        "n": part.n,
        "total": part.total,
        "state": part.state.value,
        "text": part.text,
        "attempts": part.attempts,
        "tp_mr": part.reference,
        "tp_st": part.status,
        "error": error and {"code": error.code, "message": error.message, "cause": dict(error.cause)},
        "sent_at": instant(part.sent_at),
        "done_at": instant(part.done_at),
    }
