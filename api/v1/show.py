"""Values as /v1 shows them; a message's own shape is ``gateway.domain.event.describe``."""

from dataclasses import asdict
from typing import Any

from gateway.domain.access import Key
from gateway.domain.event import Event, describe, describe_part, instant
from gateway.domain.line import LineRecord
from gateway.domain.message import Attempt, Message, Takeover
from gateway.domain.webhook import Delivery, Webhook
from gateway.services import Waiting


def show_message(message: Message, *, naming: bool) -> dict[str, Any]:
    """A message with its parts, and with who took it over from whom, where lines may be named."""
    body = describe(message) | {"parts": [describe_part(part) for part in message.parts]}
    if message.direction == "out":
        body["takeovers"] = [_takeover(one) for one in message.takeovers] if naming else []
    return body


def _takeover(takeover: Takeover) -> dict[str, Any]:
    return {
        "at": instant(takeover.at),
        "from": takeover.line_before,
        "to": takeover.line,
        "reason": takeover.reason,
        "text": takeover.text,
        "cause": dict(takeover.cause),
    }


def show_event(event: Event) -> dict[str, Any]:
    """An entry of the log, in the members of a webhook's body."""
    return {
        "seq": event.seq,
        "id": event.id,
        "type": event.type.value,
        "timestamp": instant(event.at),
        "data": dict(event.data),
    }


def show_attempt(attempt: Attempt) -> dict[str, Any]:
    """One try of one part."""
    error = attempt.error
    return {
        "part": attempt.part,
        "line": attempt.line,
        "started_at": instant(attempt.started_at),
        "on_air_at": instant(attempt.on_air_at),
        "ended_at": instant(attempt.ended_at),
        "outcome": attempt.outcome,
        "tp_mr": attempt.reference,
        "error": error and {"code": error.code, "message": error.message, "cause": dict(error.cause)},
    }


def show_waiting(waiting: Waiting) -> dict[str, Any]:
    """Why a message waits, and for which lines."""
    return {
        "reason": waiting.reason.value,
        "text": waiting.text,
        "until": instant(waiting.until),
        "lines": [{"line": one.line, "reason": one.reason.value, "text": one.text} for one in waiting.lines],
    }


def show_webhook(webhook: Webhook) -> dict[str, Any]:
    """An endpoint without its secret."""
    return {
        "id": webhook.id,
        "name": webhook.name,
        "description": webhook.description,
        "url": webhook.url,
        "events": list(webhook.events),
        "format": webhook.format,
        "lines": list(webhook.lines),
        "enabled": webhook.enabled,
        "headers": dict(webhook.headers),
        "verify_tls": webhook.verify_tls,
        "dlr": webhook.dlr,
        "routed_only": webhook.routed_only,
        "options": asdict(webhook.options),
        "disabled_reason": webhook.disabled_reason,
        "created_at": instant(webhook.created_at),
        "updated_at": instant(webhook.updated_at),
    }


def show_delivery(delivery: Delivery) -> dict[str, Any]:
    """An event on its way to an endpoint."""
    return {
        "id": delivery.id,
        "webhook": delivery.webhook,
        "event": delivery.event,
        "event_type": delivery.event_type,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "next_at": instant(delivery.next_at),
        "created_at": instant(delivery.created_at),
        "done_at": instant(delivery.done_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "last_excerpt": delivery.last_excerpt,
    }


def show_line(line: LineRecord) -> dict[str, Any]:
    """A line and the modem it was last seen in."""
    status = line.status
    return {
        "id": line.id,
        "name": line.name,
        "number": line.number,
        "aliases": list(dict.fromkeys((*line.aliases, *line.added_aliases))),
        "state": line.state.value,
        "reason": "paused" if line.paused else status.reason,
        "paused": line.paused,
        "webhook": line.webhook,
        "campaign": line.campaign,
        "operator": status.operator,
        "registration": status.registration,
        "signal_dbm": status.signal_dbm,
        "technology": status.technology,
        "rsrp_dbm": status.rsrp_dbm,
        "rsrq_db": status.rsrq_db,
        "sinr_db": status.sinr_db,
        "iccid": status.iccid,
        "imsi": status.imsi,
        "modem": {
            "manufacturer": status.manufacturer,
            "model": status.model,
            "revision": status.revision,
            "imei": status.imei,
        },
        "recoveries": status.recoveries,
        "since": instant(status.since),
        "balance": None if status.balance is None else str(status.balance),
        "balance_at": instant(status.balance_at),
        "service_centre": status.service_centre,
        "storages_low": [asdict(fill) for fill in status.storages_low],
        "queued": line.counters.get("queued", 0),
        "sent_today": line.counters.get("sent_today", 0),
        "limits": asdict(line.limits) | {"days": list(line.limits.days)},
        "overrides": sorted(line.overrides),
        "rest": line.rest and {"reason": line.rest.kind, "text": line.rest.text, "until": instant(line.rest.until)},
        "quota_left": {
            "today": _left(line.limits.parts_per_day, line.counters.get("spent_today")),
            "this_month": _left(line.limits.parts_per_month, line.counters.get("spent_this_month")),
        },
    }


def _left(budget: int, spent: int | None) -> int | None:
    return max(budget - spent, 0) if budget and spent is not None else None


def show_key(key: Key) -> dict[str, Any]:
    """A key, without what it opens with."""
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "ip_allow": list(key.ip_allow),
        "fronts": list(key.fronts),
        "created_at": instant(key.created_at),
        "expires_at": instant(key.expires_at),
        "last_used_at": instant(key.last_used_at),
        "revoked_at": instant(key.revoked_at),
    }
