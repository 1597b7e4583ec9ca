"""Webhook endpoints, and the deliveries of events to them (native-v1 §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FORMATS = ("native", "sendsms")


class DeliveryState(StrEnum):
    """pending: waiting for its next try; delivered: a success code came; dead: given up after the last try."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One endpoint of an account. events and lines: empty means all. secret: ``whsec_`` and base64."""

    num: int
    id: str
    account: str
    url: str
    secret: str
    created_at: datetime
    updated_at: datetime
    name: str = ""
    description: str = ""
    events: tuple[str, ...] = ()
    format: str = "native"
    lines: tuple[str, ...] = ()
    enabled: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    verify_tls: bool = True
    previous_secret: str | None = None
    previous_secret_until: datetime | None = None
    disabled_reason: str | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint."""

    num: int
    id: str
    webhook: str
    event: str
    event_type: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    created_at: datetime
    done_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    last_excerpt: str | None = None
