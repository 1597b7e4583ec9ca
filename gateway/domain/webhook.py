"""Webhook endpoints, and the deliveries of events to them (native-v1 §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FORMATS = ("native", "messaging", "3cx", "sendsms")
DEFAULT_NAME = "Default"
"""The endpoint that gets the messages of a line which names none."""


class DeliveryState(StrEnum):
    """pending: waiting for its next try; delivered: a success code came; dead: given up after the last try."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """What an endpoint may have otherwise than its format is.

    encode_message: messaging: ``Message`` is form-urlencoded. clicks: "human", or "all" to be told of bots' as well.
    dlr_unknown: messaging and 3cx: a message that ends without a report is told as well. send_dlr: 3cx: delivery
    reports are told where ``dlr`` is on.
    """

    encode_message: bool = True
    clicks: str = "human"
    dlr_unknown: bool = False
    send_dlr: bool = False


@dataclass(frozen=True, slots=True)
class Webhook:
    """One endpoint of an account. events and lines: empty means all. secret: ``whsec_`` and base64.

    name: no two of an account's have the same, whatever its case; any number have none. dlr: messaging and 3cx: how
    messages ended is told. routed_only: it gets what is routed to it by its name, and nothing for its events.
    """

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
    dlr: bool = False
    routed_only: bool = False
    options: WebhookOptions = field(default_factory=WebhookOptions)

    def is_called(self, name: str) -> bool:
        """Whether that is its name, whatever the case."""
        return self.name != "" and self.name.casefold() == name.casefold()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt of a sent message tells beside its event.

    num: its integer key. reference: the UUID its sender was given. number: of the line that carried it. sent,
    delivered: how many of its parts were.
    """

    num: int = 0
    reference: str = ""
    number: str | None = None
    sent: int = 0
    delivered: int = 0


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
