"""What /v1 answers with, for its OpenAPI document; tests hold every answer against these."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.line import LineState, RestKind
from gateway.domain.message import State
from gateway.domain.webhook import DeliveryState
from gateway.services import LineReason, Reason

T = TypeVar("T")


class Shape(BaseModel):
    """An answer: exactly these members. Built when a document first asks for it: a small board holds what it uses."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class ErrorShape(Shape):
    """Why it failed. cause: the raw number, such as ``{"cms": 38}``."""

    code: str
    message: str
    cause: dict[str, int]


class PartShape(Shape):
    """One TPDU of a message."""

    n: int
    total: int
    state: State
    text: str
    attempts: int
    tp_mr: int | None
    tp_st: int | None
    error: ErrorShape | None
    sent_at: datetime | None
    done_at: datetime | None


class MmsShape(Shape):
    """A multimedia message that waits at the operator, to be fetched over the SIM's own connection. size: octets."""

    url: str
    from_: str | None = Field(alias="from")
    subject: str | None
    size: int | None
    expires_at: str | None


class PortsShape(Shape):
    """Application ports of an inbound message."""

    dst: int
    src: int


class WindowShape(Shape):
    """When of the day a message may go out. days: 1 (Monday) to 7."""

    from_: str = Field(alias="from")
    to: str
    days: list[int]
    tz: str


class TakeoverShape(Shape):
    """A line took the message over from another. cause: the raw number of the refusal, where that was the reason."""

    at: datetime
    from_: str = Field(alias="from")
    to: str
    reason: str
    text: str
    cause: dict[str, int]


class MessageShape(Shape):
    """A message, outbound or inbound; ``parts`` and ``takeovers`` only where one message was asked for.

    takeovers: empty without the scope lines:read.
    """

    id: str
    direction: Literal["out", "in"]
    state: State
    from_: str = Field(alias="from")
    to: str
    line: str | None
    thread: str | None
    text: str
    encoding: Literal["gsm7", "ucs2", "8bit", "raw"]
    segments: int
    seq: int
    created_at: datetime
    state_at: dict[str, datetime]
    batch: str | None = None
    error: ErrorShape | None = None
    report: str | None = None
    priority: int | None = None
    flash: bool | None = None
    front: str | None = None
    client_ref: str | None = None
    tracking_id: str | None = None
    sender_mask: str | None = None
    campaign: str | None = None
    reply: str | None = None
    reply_to: str | None = None
    delivery_report: bool | None = None
    track_clicks: bool | None = None
    on_unknown: str | None = None
    possible_duplicate: bool | None = None
    schedule_at: datetime | None = None
    next_attempt_at: datetime | None = None
    expire_at: datetime | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    notes: str | None = None
    send_window: WindowShape | None = None
    test: bool | None = None
    media: list[Any] = Field(default_factory=list)
    incomplete: bool | None = None
    acked: bool | None = None
    smsc_at: datetime | None = None
    received_at: datetime | None = None
    data: str | None = None
    ports: PortsShape | None = None
    mms: MmsShape | None = None
    parts: list[PartShape] | None = None
    takeovers: list[TakeoverShape] | None = None


class ListShape(Shape, Generic[T]):
    """A page. next_cursor: for the next one, null on the last."""

    data: list[T]
    has_more: bool
    next_cursor: str | None


class InboundShape(Shape):
    """Inbound messages, oldest first; the last one's id is the next ``after``."""

    data: list[MessageShape]
    has_more: bool


class EventShape(Shape):
    """Something that happened. data: the object as it was then."""

    seq: int
    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


class AttemptShape(Shape):
    """One try of one part on one line."""

    part: int
    line: str
    started_at: datetime
    on_air_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    tp_mr: int | None
    error: ErrorShape | None


class HistoryShape(Shape):
    """What happened to a message, oldest first."""

    data: list[EventShape]
    attempts: list[AttemptShape]


class LineWaitingShape(Shape):
    """What one line that may carry a message does about it. line: its id; text: for a person."""

    line: str
    reason: LineReason
    text: str


class WaitingShape(Shape):
    """Why a message is not sent yet. text: for a person; until: when that ends, where a clock ends it.

    lines: those it waits for, if any; empty without the scope lines:read.
    """

    reason: Reason
    text: str
    until: datetime | None
    lines: list[LineWaitingShape]


class PreviewPartShape(Shape):
    """One part of a text."""

    text: str
    units: int
    units_left: int


class PreviewShape(Shape):
    """How a text would be sent. units: septets or UTF-16 units. suggested_text: look-alikes that would save parts."""

    encoding: Literal["gsm7", "ucs2"]
    characters: int
    units: int
    segments: int
    units_per_segment: int
    units_left: int
    parts: list[PreviewPartShape]
    non_gsm_characters: list[str]
    links: list[str]
    suggested_text: str | None


class RefusedShape(Shape):
    """One message of a batch that was not taken, by its place."""

    index: int
    to: str
    code: str
    message: str


class BatchAcceptedShape(Shape):
    """What became of a batch."""

    id: str
    counts: dict[str, int]
    rejected: list[RefusedShape]


class BatchShape(Shape):
    """A batch as it stands. size: messages stored; counts: of them per state."""

    id: str
    front: str
    name: str | None
    description: str | None
    paused: bool
    size: int
    client_ref: str | None
    campaign: str | None
    created_at: datetime
    counts: dict[str, int]


class WebhookOptionsShape(Shape):
    """What an endpoint has otherwise than its format is."""

    encode_message: bool
    clicks: Literal["human", "all"]
    dlr_unknown: bool
    send_dlr: bool


class WebhookShape(Shape):
    """An endpoint."""

    id: str
    name: str
    description: str
    url: str
    events: list[str]
    format: str
    lines: list[str]
    enabled: bool
    headers: dict[str, str]
    verify_tls: bool
    dlr: bool
    routed_only: bool
    options: WebhookOptionsShape
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime


class WebhookWithSecretShape(WebhookShape):
    """Shown when the secret is new, and never again."""

    secret: str


class DeliveryShape(Shape):
    """An event on its way to an endpoint."""

    id: str
    webhook: str
    event: str
    event_type: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    created_at: datetime
    done_at: datetime | None
    last_status: int | None
    last_error: str | None
    last_excerpt: str | None


class ReplayedShape(Shape):
    """How many deliveries are tried again."""

    replayed: int


class ModemShape(Shape):
    """The device that a line's SIM is in, as it was last seen."""

    manufacturer: str | None
    model: str | None
    revision: str | None
    imei: str | None


class LimitsShape(Shape):
    """What a line may send, and when. parts_per_day, parts_per_month: 0 for none; hours: "" for any."""

    rate_per_minute: float
    burst: int
    parts_per_day: int
    parts_per_month: int
    parts_for_alerts: int
    hours: str
    days: list[int]
    timezone: str
    block_after: int
    block_for_s: int


class QuotaLeftShape(Shape):
    """Parts that the SIM's budget leaves; null where there is none, or where others use the line, too."""

    today: int | None
    this_month: int | None


class RestShape(Shape):
    """Why a line that is up begins nothing just now."""

    reason: RestKind
    text: str
    until: datetime


class StorageShape(Shape):
    """How full a storage of a modem or its SIM is, in messages."""

    storage: str
    used: int
    size: int


class LineShape(Shape):
    """A line: one SIM in one modem. overrides: what was set here otherwise than in the configuration."""

    id: str
    name: str
    number: str | None
    aliases: list[str]
    state: LineState
    reason: str
    paused: bool
    webhook: str | None
    campaign: str | None
    operator: str | None
    registration: str | None
    signal_dbm: int | None
    technology: str | None = Field(description="2G to 5G")
    rsrp_dbm: int | None
    rsrq_db: float | None
    sinr_db: float | None
    iccid: str | None
    imsi: str | None
    modem: ModemShape
    recoveries: int
    since: datetime | None
    balance: str | None = Field(description="what the network says is left on the SIM, as a decimal number")
    balance_at: datetime | None
    limits: LimitsShape
    overrides: list[str]
    rest: RestShape | None
    service_centre: str | None
    storages_low: list[StorageShape] = Field(description="nearly full, and the gateway's sweeps do not empty them")
    queued: int
    sent_today: int
    quota_left: QuotaLeftShape


class KeyShape(Shape):
    """A key, without what it opens with."""

    id: str
    name: str
    scopes: list[str]
    ip_allow: list[str]
    fronts: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewKeyShape(KeyShape):
    """Shown once."""

    key: str


class ProblemFaultShape(Shape):
    """One wrong field."""

    field: str
    code: str
    message: str


class Problem(Shape):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    errors: list[ProblemFaultShape] | None = None
