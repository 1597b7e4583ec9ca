"""A message and its parts: values, the state table, and the roll-up of parts to a message (native-v1 §1, §3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where a message or a part is; spelled so in the database, the APIs, events and metrics."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    CANCELED = "canceled"
    REJECTED = "rejected"
    RECEIVED = "received"


ALERT = 8
"""From this priority on a message is an alert: it overtakes the rate and the hours of a line, never its budget."""

FOLLOWS: Mapping[State, frozenset[State]] = {
    # unknown straight from waiting: only after a backup was put back, since when it may have been sent
    State.SCHEDULED: frozenset({State.QUEUED, State.CANCELED, State.EXPIRED, State.REJECTED, State.UNKNOWN}),
    State.QUEUED: frozenset(
        {State.SENDING, State.CANCELED, State.EXPIRED, State.REJECTED, State.FAILED, State.UNKNOWN}
    ),
    State.SENDING: frozenset(
        {State.QUEUED, State.SENT, State.UNKNOWN, State.FAILED, State.DELIVERED, State.UNDELIVERED, State.EXPIRED}
    ),
    State.SENT: frozenset({State.DELIVERED, State.UNDELIVERED, State.EXPIRED}),
    State.UNKNOWN: frozenset(
        {State.SENT, State.DELIVERED, State.UNDELIVERED, State.EXPIRED, State.FAILED, State.QUEUED}
    ),
}
"""Which state may follow which; a state without an entry is final."""

FINAL = frozenset(State) - FOLLOWS.keys()

_ROLL_UP = (State.UNKNOWN, State.FAILED, State.UNDELIVERED, State.EXPIRED, State.SENT, State.DELIVERED)
_OPEN = frozenset({State.QUEUED, State.SENDING})


def roll_up(parts: Iterable[State]) -> State:
    """The message's state from those of its parts: the first hit of the order in decisions.md.

    A part on the air or waiting makes it ``sending``, or ``queued`` while none was tried.
    """
    states = frozenset(parts)
    if states & _OPEN:
        return State.QUEUED if states == {State.QUEUED} else State.SENDING
    return next(state for state in _ROLL_UP if state in states)


@dataclass(frozen=True, slots=True)
class MessageError:
    """Why a message failed. code: our stable word; cause: the raw number, such as {"cms": 38} or {"tp_st": 70}."""

    code: str
    message: str
    cause: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MultimediaNotice:
    """A multimedia message waits at the operator: where, whose, about what; what is not told is None.

    url: to be fetched over the SIM's own connection, as a rule. size: octets.
    """

    url: str
    sender: str | None = None
    subject: str | None = None
    size: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One TPDU of a message. n counts from 1. user_data: TP-UD with its header; udl: TP-UDL."""

    n: int
    total: int
    udl: int
    user_data: bytes
    header: bool
    data_coding: int
    text: str
    state: State = State.QUEUED
    reference: int | None = None  # TP-MR, as +CMGS told it
    status: int | None = None  # TP-ST of the newest report
    error: MessageError | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Takeover:
    """A line took the message over from another. line_before, line: their ids.

    reason: "refused", "failed", "down", "blocked", "paused", "opted_out", "hours", "rate", "budget", "not_taken" or
    "given_back"; text: the same for a person; cause: the raw number, such as {"cms": 8}.
    """

    at: datetime
    line_before: str
    line: str
    reason: str
    text: str
    cause: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MediaRef:
    """One file of a draft, one of three ways: a public url, the id of an upload (``med_…``), or its octets."""

    url: str | None = None
    upload: str | None = None
    name: str = ""
    octets: bytes | None = None


@dataclass(frozen=True, slots=True)
class SendWindow:
    """When of the day a message may go out. start, end: "HH:MM"; days: ISO weekdays 1..7.

    zone: "account", "recipient", or an IANA name.
    """

    start: str
    end: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    zone: str = "account"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a caller wants sent, as every front says it; one recipient. Nothing is checked yet.

    Absent means the account's default. ``ttl_s`` counts from now; ``schedule_at`` and ``expire_at`` are aware.
    contact: a contact's id instead of ``to``. template: a template's name or id instead of ``text``, filled from
    ``variables``. media: appended as links where the account's policy is so.
    """

    to: str
    text: str
    sender: str | None = None
    encoding: str = "auto"
    transliterate: bool = False
    max_segments: int | None = None
    flash: bool = False
    schedule_at: datetime | None = None
    ttl_s: int | None = None
    expire_at: datetime | None = None
    priority: int | None = None
    delivery_report: bool = True
    reply: str = "allowed"
    campaign: str | None = None
    track_clicks: bool | None = None
    track_bare_domains: bool = False
    on_unknown: str | None = None
    sender_mask: str | None = None
    client_ref: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    notes: str | None = None
    ignore_opt_out: bool = False
    international_first: bool = False  # the sendsms front reads a number without + as international
    contact: str | None = None
    template: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    media: tuple[MediaRef, ...] = ()
    send_window: SendWindow | None = None
    reply_due_s: int | None = None
    test: bool = False
    sender_kind: str | None = None  # "phone" | "number": what the sender must be (enswitch's stype); None: anything


@dataclass(frozen=True, slots=True)
class Message:
    """An outbound or inbound message as it stands on disk; times are aware UTC."""

    num: int
    id: str
    account: str  # the account's name
    direction: str  # "out" | "in"
    state: State
    sender: str  # what the caller wrote as from, canonical; inbound: the originating address
    to: str
    text: str
    encoding: str  # "gsm7" | "ucs2" | "8bit" | "raw"
    segments: int
    created_at: datetime
    seq: int = 0  # grows with every change, so that a receiver can order what it was told
    batch: str | None = None
    line: str | None = None  # the line's id, once one took it
    error: MessageError | None = None
    report: str | None = None  # "unconfirmed" | "none" where no report settled it
    priority: int = 5
    flash: bool = False
    front: str = "v1"
    client_ref: str | None = None
    tracking_id: str | None = None
    sender_mask: str | None = None
    campaign: str | None = None
    reply: str = "allowed"
    reply_to: str | None = None
    delivery_report: bool = True
    track_clicks: bool = False
    on_unknown: str = "hold"
    possible_duplicate: bool = False
    schedule_at: datetime | None = None
    due_at: datetime | None = None  # when the next attempt is due
    expire_at: datetime | None = None
    incomplete: bool = False
    data: bytes | None = None  # inbound that is not text
    ports: tuple[int, int] | None = None  # destination, source
    mms: "MultimediaNotice | None" = None  # of an inbound message that tells of one
    acked: bool = False
    smsc_at: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    notes: str | None = None
    send_window: SendWindow | None = None
    test: bool = False  # its states were simulated; no modem knows of it
    state_at: Mapping[State, datetime] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    takeovers: tuple[Takeover, ...] = ()  # each time that another line took it up


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one part on one line, for the message's timeline. Times are aware UTC."""

    part: int
    line: str
    started_at: datetime
    on_air_at: datetime | None = None  # the point of no return was on disk
    ended_at: datetime | None = None
    outcome: str | None = None  # "sent" | "retry" | "elsewhere" | "failed" | "unknown" | "released"
    reference: int | None = None
    error: MessageError | None = None
