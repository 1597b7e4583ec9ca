"""What a caller says of a webhook endpoint, held to what an endpoint can be. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gateway.domain.errors import Fault, Rejected
from gateway.domain.event import EventType
from gateway.domain.webhook import FORMATS, Webhook

CLICKS = ("human", "all")
EVENT_TYPES = frozenset(kind.value for kind in EventType)

_URL = re.compile(r"https?://[^\x00-\x20\x7f]{1,2040}", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # RFC 9110 §5.6.2
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]{0,1024}")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "content-encoding"})


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What a caller says of an endpoint; None leaves it as it is. options: those that change."""

    url: str | None = None
    name: str | None = None
    description: str | None = None
    events: Sequence[str] | None = None
    format: str | None = None
    lines: Sequence[str] | None = None
    enabled: bool | None = None
    headers: Mapping[str, str] | None = None
    verify_tls: bool | None = None
    dlr: bool | None = None
    routed_only: bool | None = None
    options: Mapping[str, Any] | None = None


def changed(webhook: Webhook, change: WebhookChange, lines: tuple[str, ...] | None) -> Webhook:
    """lines: the ids of those that the change names. Raises Rejected that names every fault."""
    _check(webhook, change)
    given = {
        name: getattr(change, name)
        for name in ("url", "name", "description", "format", "enabled", "verify_tls", "dlr", "routed_only")
        if getattr(change, name) is not None
    }
    return replace(
        webhook,
        events=webhook.events if change.events is None else tuple(dict.fromkeys(change.events)),
        lines=webhook.lines if lines is None else lines,
        headers=webhook.headers if change.headers is None else dict(change.headers),
        options=replace(webhook.options, **(change.options or {})),
        **given,
    )


def touched(changed: Webhook, known: Webhook, now: datetime) -> Webhook:
    """With the time of this change, which no two changes share; switched on again it starts with a clean record."""
    if changed.enabled and not known.enabled:
        changed = replace(changed, disabled_reason=None, failing_since=None)
    return replace(changed, updated_at=max(now, known.updated_at + timedelta(milliseconds=1)))


def _check(webhook: Webhook, change: WebhookChange) -> None:
    faults: list[Fault] = []

    def need(holds: bool, field: str, message: str) -> None:
        if not holds:
            faults.append(Fault(field, "invalid_request", message))

    url = webhook.url if change.url is None else change.url
    need(_is_url(url), "url", "an http or https address with a host, at most 2048 characters")
    need(change.format is None or change.format in FORMATS, "format", f"one of {', '.join(FORMATS)}")
    for kind in change.events or ():
        need(kind in EVENT_TYPES, "events", f"no such event type: {kind[:40]}")
    options = change.options or {}
    need(options.get("clicks", CLICKS[0]) in CLICKS, "options.clicks", f"one of {', '.join(CLICKS)}")
    headers = change.headers or {}
    need(len(headers) <= 20, "headers", "at most 20")
    for name, value in headers.items():
        fits = _HEADER_NAME.fullmatch(name) and name.lower() not in _OURS and not name.lower().startswith("webhook-")
        need(bool(fits), "headers", f"not a header you may set: {name[:40]!r}")
        need(bool(_HEADER_VALUE.fullmatch(value)), "headers", f"not a header's value: {name[:40]!r}")
    if faults:
        raise refusal_of(faults)


def _is_url(url: str) -> bool:
    if not _URL.fullmatch(url):  # urlsplit would drop line ends and go on
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def refusal_of(faults: Sequence[Fault]) -> Rejected:
    return Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))
