"""The ``messaging`` format: an inbound text, or the SMPP receipt of a sent one (messaging §4.1, §4.2)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from gateway.domain.event import Event, EventType
from gateway.domain.webhook import Receipt
from gateway.store.contract import DueDelivery
from gateway.workers.renderers.body import as_json, digits

TEST = "This is a test of your webhook."
RECEIPT_TEXT = 20  # characters of the message that its receipt repeats (SMPP 3.4, appendix B)

STATS: Mapping[EventType, str] = {
    EventType.MESSAGE_DELIVERED: "DELIVRD",
    EventType.MESSAGE_UNDELIVERED: "UNDELIV",
    EventType.MESSAGE_EXPIRED: "EXPIRED",
    EventType.MESSAGE_FAILED: "REJECTD",
    EventType.MESSAGE_REJECTED: "REJECTD",
    EventType.MESSAGE_CANCELED: "DELETED",
}
WITHOUT_REPORT = "UNKNOWN"


def messaging(due: DueDelivery) -> bytes | None:
    """``Message`` is form-urlencoded inside the JSON string: every live client decodes it so."""
    event = due.event
    if event.type is EventType.MESSAGE_RECEIVED:
        if not is_text(event):
            return None
        return _posted(due, event.data.get("from"), event.data.get("to"), str(event.data.get("text") or ""))
    if event.type is EventType.WEBHOOK_TEST:
        return as_json({"From": "TEST", "To": [], "Message": _encoded(due, TEST)})
    stat = stat_of(event)
    if stat is None:
        return None
    receipt = due.receipt or Receipt()
    text = _receipt(event, receipt, stat)
    told = {"DeliveryReceipt": True, "RefId": receipt.reference}
    return _posted(due, event.data.get("to"), own_number(event, receipt), text, told)


def is_text(event: Event) -> bool:
    """Whether an inbound message is text; what is not goes to native endpoints only."""
    return event.data.get("encoding") not in ("8bit", "raw")


def stat_of(event: Event) -> str | None:
    """SMPP's word for how a message ended; None for an event that tells of no end."""
    ended_unreported = event.data.get("report") is not None
    if event.type in (EventType.MESSAGE_SENT, EventType.MESSAGE_UNKNOWN) and ended_unreported:
        return WITHOUT_REPORT
    return STATS.get(event.type)


def own_number(event: Event, receipt: Receipt) -> str:
    """Our end of a sent message: the number or code its caller wrote, else that of the line that carried it."""
    sender = str(event.data.get("from") or "")
    return sender if sender.removeprefix("+").isdigit() or receipt.number is None else receipt.number


def _posted(due: DueDelivery, sender: object, to: object, text: str, more: Mapping[str, Any] | None = None) -> bytes:
    return as_json({"From": digits(sender), "To": [digits(to)], "Message": _encoded(due, text), **(more or {})})


def _encoded(due: DueDelivery, text: str) -> str:
    return quote_plus(text, errors="replace") if due.webhook.options.encode_message else text


def _receipt(event: Event, receipt: Receipt, stat: str) -> str:
    submitted = _minute(datetime.fromisoformat(str(event.data["created_at"])))
    return (
        f"id:{receipt.num} sub:{receipt.sent:03d} dlvrd:{receipt.delivered:03d} "
        f"submit date:{submitted} done date:{_minute(event.at)} "
        f"stat:{stat} err:{_error(event):03d} text:{str(event.data.get('text') or '')[:RECEIPT_TEXT]}"
    )


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%y%m%d%H%M")


def _error(event: Event) -> int:
    """The TP-ST or CMS number behind the end of a message; 0 where there is none."""
    error = event.data.get("error")
    causes = error["cause"].values() if error else ()
    return min(999, next(iter(causes), 0))
