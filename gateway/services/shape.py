"""What every draft must hold to before anything is looked up for it."""

import re

from gateway.domain.errors import Fault, Rejected
from gateway.domain.message import Draft, SendWindow
from gateway.policy.parts import MOST_PARTS
from gateway.services.zones import is_zone

TTL_RANGE_S = range(60, 2_592_001)
REPLIES = ("none", "allowed", "required")
REPLY_DUE_RANGE_S = range(60, 2_592_001)
ON_UNKNOWN = ("hold", "resend")
WEEKDAYS = frozenset(range(1, 8))
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def check_shape(draft: Draft) -> None:
    """What every front's draft must hold to. Raises Rejected("invalid_request") that names all faults."""
    faults: list[Fault] = []

    def need(holds: bool, field: str, message: str) -> None:
        if not holds:
            faults.append(Fault(field, "invalid_request", message))

    need(draft.encoding in ("auto", "gsm7", "ucs2"), "encoding", "auto, gsm7 or ucs2")
    need(draft.max_segments is None or 1 <= draft.max_segments <= MOST_PARTS, "max_segments", "1 to 255")
    need(draft.priority is None or 0 <= draft.priority <= 9, "priority", "0 to 9")
    need(draft.reply in REPLIES, "reply", "none, allowed or required")
    due_s = draft.reply_due_s
    need(due_s is None or draft.reply == "required", "reply_due", "only where reply is required")
    need(due_s is None or due_s in REPLY_DUE_RANGE_S, "reply_due", "60 to 2592000 seconds")
    if draft.send_window is not None:
        faults += window_faults(draft.send_window)
    need(draft.on_unknown is None or draft.on_unknown in ON_UNKNOWN, "on_unknown", "hold or resend")
    need(draft.ttl_s is None or draft.ttl_s in TTL_RANGE_S, "ttl", "60 to 2592000 seconds")
    need(draft.ttl_s is None or draft.expire_at is None, "expire_at", "either ttl or expire_at")
    need(draft.client_ref is None or len(draft.client_ref) <= 128, "client_ref", "at most 128 characters")
    if faults:
        raise Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))


def window_faults(window: SendWindow) -> list[Fault]:
    """What is wrong with a send window."""
    faults = []
    if not (_HOURS.fullmatch(window.start) and _HOURS.fullmatch(window.end)):
        faults.append('from and to as "08:00"')
    if not window.days or not set(window.days) <= WEEKDAYS:
        faults.append("days from 1 (Monday) to 7")
    if window.zone not in ("account", "recipient") and not is_zone(window.zone):
        faults.append("tz: account, recipient, or a time zone as Europe/Berlin")
    return [Fault("send_window", "invalid_request", fault) for fault in faults]
