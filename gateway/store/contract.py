"""What every store keeps, and the values that go in and come out.

The promises, each proved by ``tests/gateway/store_contract.py`` on every store:

1. A method that writes returns after its commit is on disk (fsynced), or raises and has written nothing.
2. Each method is one intention: all of it happens or none. Many intentions share one commit; one that fails
   fails alone.
3. A state change, the event that tells of it and the deliveries of that event are written together.
4. A cancelled caller never cuts a transaction: the intention happens whole or not at all.
5. Nothing returned is a live row: values, frozen.
6. After a commit the bells of those who have something to do are rung (``bells``). A bell is a hint: who is
   woken looks for himself, and nothing is lost when a bell is.

A store raises ``Unavailable`` ("unavailable", "storage_full") when the disk does not take the row.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from gateway.aio import Bell, Watchers
from gateway.domain.access import Account, AccountSettings, Key
from gateway.domain.errors import Refused
from gateway.domain.event import Event, EventType
from gateway.domain.line import LineRecord, LineStatus
from gateway.domain.message import ALERT, Attempt, Message, MessageError, SendWindow, State
from gateway.domain.webhook import Delivery, Receipt, Webhook
from gateway.store.contracts.access import AccessStore
from gateway.store.contracts.batches import BatchStore
from gateway.store.contracts.campaigns import CampaignStore
from gateway.store.contracts.commands import CommandStore
from gateway.store.contracts.consent import Consent
from gateway.store.contracts.endpoints import Endpoints
from gateway.store.contracts.event_log import EventLog
from gateway.store.contracts.inbox import InboxStore
from gateway.store.contracts.line_book import LineBook
from gateway.store.contracts.links import LinkStore
from gateway.store.contracts.media import MediaStore
from gateway.store.contracts.overdue import Overdue
from gateway.store.contracts.people import People
from gateway.store.contracts.queue import QueueStore
from gateway.store.contracts.retention import RetentionStore
from gateway.store.contracts.routing import RoutingStore
from gateway.store.contracts.senders import SenderStore
from gateway.store.contracts.signals import SignalStore
from gateway.store.contracts.sims import SimStore
from gateway.store.contracts.stats import StatStore
from gateway.store.contracts.threads import ThreadStore


class StoreEnded(RuntimeError):
    """The store's writer has ended by a fault of the program: only a new process writes again."""


class Bells:
    """Who is woken after a commit. Lines by number; the rest by name; anybody else by key through ``watchers``.

    Keys of ``watchers``: the id of a message, a batch or a command; ``inbox:<account>``; ``events:<account>``;
    ``lines``.
    """

    def __init__(self) -> None:
        self.lines: dict[int, Bell] = {}
        self.commands: dict[int, Bell] = {}
        self.alerts: dict[int, Bell] = {}
        self.notifier = Bell()  # a delivery is due
        self.janitor = Bell()  # something became due at a new time
        self.access = Bell()  # keys or accounts changed: forget what was remembered of them
        self.watchers = Watchers()

    def line(self, num: int) -> Bell:
        return self.lines.setdefault(num, Bell())

    def alert(self, num: int) -> Bell:
        """An alert came that the line may carry although its rate or its hours make it wait, or it was changed."""
        return self.alerts.setdefault(num, Bell())

    def command(self, num: int) -> Bell:
        """Somebody wants something of that line's modem."""
        return self.commands.setdefault(num, Bell())

    def pass_on(self, num: int) -> None:
        """That line was woken and cannot send: perhaps none of the others was, so now all are."""
        for other, bell in self.lines.items():
            if other != num:
                bell.ring()


# ---------------------------------------------------------------------------------------------- outbound, going in


class NewPart(NamedTuple):
    """One TPDU, fixed at enqueue: TP-UDL and TP-UD as they will be sent, and the text it carries."""

    udl: int
    user_data: bytes
    header: bool
    data_coding: int
    text: str


@dataclass(frozen=True, slots=True)
class NewLink:
    """A short link made for a message; its code already stands in the text."""

    id: str
    code: str
    target: str
    expires_at: datetime


class NewMessage(NamedTuple):  # made for each message: a frozen dataclass of so many fields takes twice as long
    """A checked outbound message. route: what the claim matches (see ``Store.claim``); state: queued or scheduled."""

    id: str
    to: str
    sender: str
    route: str
    text: str
    encoding: str
    parts: tuple[NewPart, ...]
    state: State
    priority: int
    due_at: datetime
    expire_at: datetime
    delivery_report: bool = True
    flash: bool = False
    reply: str = "allowed"
    campaign: str | None = None
    track_clicks: bool = False
    on_unknown: str = "hold"
    sender_mask: str | None = None
    client_ref: str | None = None
    schedule_at: datetime | None = None
    metadata: Mapping[str, str] = MappingProxyType({})
    notes: str | None = None
    ignore_opt_out: bool = False
    need_subscription: bool = False  # the account's campaign check: refuse with not_subscribed
    denied: bool = False  # the account does not send there: refuse with destination_denied
    fingerprint: bytes | None = None  # of sender, recipient and text, where the account's duplicates guard is on
    send_window: SendWindow | None = None
    zones: tuple[str, ...] = ()  # IANA names of the zones that the window must be open in
    reply_due_s: int | None = None  # seconds after it was sent that an answer is due; with reply "required"
    test: bool = False  # its states are simulated at once; no line takes it, no quota counts it
    links: tuple[NewLink, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An HTTP answer kept for an Idempotency-Key. headers: only those that are part of the answer, as Location."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's Idempotency-Key. scope: key id and route; fingerprint: SHA-256 of the body.

    render: makes the answer to keep, called inside the transaction with what was accepted.
    """

    scope: str
    key: str
    fingerprint: bytes
    render: Callable[["Enqueued"], StoredAnswer]


@dataclass(frozen=True, slots=True)
class Once:
    """What must not happen twice within a time (at most 24 h), whoever asks and whatever Idempotency-Key he sends.

    scope, key: what it is. binding: False only notes that it happened, for a caller who knows that he repeats it.
    """

    scope: str
    key: str
    within: timedelta
    binding: bool = True


class NewBatch(NamedTuple):
    """One API call. atomic: the first message that may not be stored refuses them all (single sends are so).

    keep_refused: what policy refuses is stored as ``rejected``. need_one: raises NoneAccepted when that is all of them.
    listed: it is a call for many, which ``Store.batches`` shows. once: raises Conflict("duplicate") when that was done.
    """

    id: str
    account: str
    front: str
    public_uuid: str
    messages: tuple[NewMessage, ...]
    client_ref: str | None = None
    campaign: str | None = None
    atomic: bool = True
    idempotency: Idempotency | None = None
    segments_per_day: int = 0  # the account's quotas; 0: none
    segments_per_month: int = 0
    duplicate_window_s: int = 0  # how long the fingerprint of a message stands against the same one; 0: never
    keep_refused: bool = False
    need_one: bool = False
    name: str | None = None
    description: str | None = None
    listed: bool = False
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What was committed. replay: set instead when the Idempotency-Key had its answer already.

    messages: in the order of their drafts, each number once. num: the batch's integer key, that of its first message;
    0 for one of no message.
    """

    batch: str
    public_uuid: str
    messages: tuple[Message, ...]
    refused: tuple[Refused, ...] = ()
    replay: StoredAnswer | None = None
    num: int = 0


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch as it stands. num: as in ``Enqueued``; size: messages stored; counts: of them per state."""

    num: int
    id: str
    account: str
    front: str
    public_uuid: str
    client_ref: str | None
    campaign: str | None
    created_at: datetime
    size: int
    counts: Mapping[str, int]
    name: str | None = None
    description: str | None = None
    paused: bool = False


# ------------------------------------------------------------------------------------------- outbound, coming out


@dataclass(frozen=True, slots=True)
class ClaimedPart:
    """A part that still has to go on the air. attempts: tries that reached the modem before this one."""

    n: int
    total: int
    udl: int
    user_data: bytes
    header: bool
    data_coding: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A message taken by a line: its parts that are still to send, in order."""

    message_num: int
    message: str
    line_num: int
    account: str
    to: str
    parts: tuple[ClaimedPart, ...]
    delivery_report: bool
    flash: bool
    expire_at: datetime
    created_at: datetime
    tries: int  # temporary failures of this message so far
    others_acknowledged: bool  # parts of it were already taken by the network on this line
    possible_duplicate: bool = False
    priority: int = 5

    @property
    def is_alert(self) -> bool:
        return self.priority >= ALERT


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one part's attempt ended; ``policy.outcome`` decides it.

    kind: "sent" (reference is the TP-MR), "retry" (at ``due_at``), "elsewhere" (another line if one may, which
    ``due_at`` bounds as well), "failed", "unknown", or "released" (nothing was tried; no attempt is counted).
    """

    kind: str
    reference: int | None = None
    error: MessageError | None = None
    due_at: datetime | None = None


# ------------------------------------------------------------------------------------------------------- inbound


@dataclass(frozen=True, slots=True)
class Place:
    """Where a PDU lies in the modem: the storage's name and the index in it."""

    storage: str
    index: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inbound SMS-DELIVER, or octets that are none.

    pdu: as read, with its SMSC field. sender: TP-OA's value. content: the user data without header, septets one
    per octet for gsm7. reference, total, sequence, bits: the concatenation element, if it has a sound one.
    locking, single: national tables of this part. error: why it did not decode.
    """

    pdu: bytes
    place: Place | None
    announced: bool
    sender: str = ""
    alphabet: str = "raw"  # "gsm7" | "ucs2" | "8bit" | "raw"
    content: bytes = b""
    locking: int = 0
    single: int = 0
    bits: int = 0
    reference: int = 0
    total: int = 1
    sequence: int = 1
    ports: tuple[int, int] | None = None  # destination, source
    protocol_identifier: int = 0
    data_coding: int = 0
    smsc_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing an arrival did. new: False when this very PDU at this very place was filed before.

    message: the inbound message that became whole, was corrected by a late part, or was delivered raw.
    """

    new: bool
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class ReportArrival:
    """A status report. status: the TP-ST octet. sent_at: TP-SCTS, discharged_at: TP-DT."""

    pdu: bytes
    reference: int
    recipient: str
    status: int
    sent_at: datetime | None
    discharged_at: datetime | None


# --------------------------------------------------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Every field narrows; None does not. account None means all (scope admin)."""

    account: str | None
    direction: str | None = None
    states: tuple[State, ...] = ()
    line: str | None = None
    sender: str | None = None
    to: str | None = None
    batch: str | None = None
    campaign: str | None = None
    client_ref: str | None = None
    tracking_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    q: str | None = None  # substring of the text
    acked: bool | None = None
    thread: str | None = None

    @property
    def searches(self) -> bool:
        """Whether it takes more than one pass along an index."""
        return self.q is not None or self.to is not None or self.thread is not None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery whose time has come, with its endpoint and its event.

    receipt: what its format tells of a sent message beside that, where it tells such a thing.
    """

    delivery: Delivery
    webhook: Webhook
    event: Event
    receipt: Receipt | None = None


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """How one try of a delivery ended. next_at None with state pending never stands: then it is delivered or dead.

    disable: why the endpoint is to be switched off ("gone", "failing"), or None.
    """

    state: str  # DeliveryState value
    status: int | None
    error: str | None
    excerpt: str | None
    next_at: datetime | None
    disable: str | None = None


class Store(Protocol):
    """One queue, on disk. Times are aware UTC; accounts are named by name, lines by number (``num``) or id."""

    bells: Bells

    @property
    def campaigns(self) -> CampaignStore: ...
    @property
    def endpoints(self) -> Endpoints: ...
    @property
    def line_book(self) -> LineBook: ...
    @property
    def event_log(self) -> EventLog: ...
    @property
    def links(self) -> LinkStore: ...
    @property
    def stats(self) -> StatStore: ...
    @property
    def retention(self) -> RetentionStore: ...
    @property
    def threads(self) -> ThreadStore: ...
    @property
    def media(self) -> MediaStore: ...
    @property
    def commands(self) -> CommandStore: ...
    @property
    def overdue(self) -> Overdue: ...
    @property
    def inbox(self) -> InboxStore: ...
    @property
    def people(self) -> People: ...
    @property
    def consent(self) -> Consent: ...
    @property
    def access(self) -> AccessStore: ...
    @property
    def senders(self) -> SenderStore: ...
    @property
    def batches(self) -> BatchStore: ...
    @property
    def queue(self) -> QueueStore: ...
    @property
    def routing(self) -> RoutingStore: ...
    @property
    def sims(self) -> SimStore: ...
    @property
    def signals(self) -> SignalStore: ...

    # -- life
    async def close(self) -> None: ...
    async def healthy(self) -> bool:
        """True while the writer commits: it wrote a probe row within this call (for /readyz and the watchdog).

        False while the disk takes nothing. Raises StoreEnded when the writer is no more.
        """
        ...

    async def backup(self, path: Path) -> None:
        """A consistent copy of the whole database at path, made while others read and write."""
        ...

    async def recover(self, now: datetime, line: int | None = None) -> int:
        """After a crash, or when a line's worker died: parts claimed but not past the point of no return go back to
        queued, no attempt counted; those past it become unknown ("submit_outcome_unknown"). Returns how many."""
        ...

    async def doubt(self, now: datetime) -> int:
        """After a backup was put back: messages it holds as due may have gone out since, so they become unknown
        ("restored"); what is due only later stays. Returns how many."""
        ...

    # -- accounts and keys
    async def accounts(self) -> list[Account]: ...
    async def account(self, name: str) -> Account | None: ...
    async def put_account(
        self, name: str, settings: AccountSettings, now: datetime, *, replace: bool = True
    ) -> Account:
        """Make the account, or with replace set the settings of the one that stands."""
        ...

    async def suspend_account(self, name: str, at: datetime | None) -> None: ...
    async def add_key(self, key: Key) -> None: ...
    async def key(self, key_id: str) -> Key | None: ...
    async def keys(self, account: str | None) -> list[Key]: ...
    async def revoke_key(self, account: str | None, key_id: str, now: datetime) -> bool: ...
    async def key_used(self, uses: Mapping[str, datetime]) -> None: ...

    # -- lines
    async def put_line(self, line: LineRecord) -> LineRecord:
        """Make or update the line of that name from the configuration; one that stands keeps id, num, status and what
        its users said of it (``line_book``)."""
        ...

    async def retire_lines(self, names: Collection[str]) -> None:
        """Lines of other names are no longer shown, nor offered as senders; one that is put again keeps its id."""
        ...

    async def lines(self) -> list[LineRecord]: ...
    async def set_line_status(self, num: int, status: LineStatus, now: datetime) -> None:
        """Also writes line.up / line.down events, to every account of the line, when the state changed."""
        ...

    async def sent_over(self, num: int, now: datetime) -> tuple[int, int]:
        """Parts that the line has sent on that day and in that month, of UTC."""
        ...

    async def line_balance(self, num: int, balance: Decimal, now: datetime, *, below: Decimal | None) -> None:
        """What is left on the SIM; line.balance_low to every account of the line when it fell below that."""
        ...

    async def call_missed(self, num: int, caller: str | None, now: datetime) -> Event:
        """Somebody called: ``call.missed``, to the account that an SMS from that number over that line would be of.

        caller: None where the number is withheld; then the line's first account hears of it.
        """
        ...

    # -- outbound
    async def enqueue(self, batch: NewBatch, now: datetime) -> Enqueued:
        """All or nothing for the batch (or message by message when not atomic).

        Raises Rejected("opted_out" | "not_subscribed" | "campaign_required" | "campaign_unknown" |
        "campaign_not_approved"), QuotaExceeded("quota_exceeded"), NoneAccepted, Rejected("idempotency_mismatch"),
        Unavailable.
        """
        ...

    async def replay(self, idempotency: Idempotency, now: datetime) -> Enqueued | None:
        """What the first call with this Idempotency-Key was answered, None when there was none.

        Raises Rejected("idempotency_mismatch"), Unavailable.
        """
        ...

    async def claim(self, line: int, now: datetime, *, alerts_only: bool = False) -> Claim | None:
        """Take the next due message this line may carry: highest priority, then oldest, fair between accounts.

        A line may carry a message when its account is among the line's and not suspended, its batch is not paused, its
        send window is open, and its route is "auto", a
        value the line answers to, or a registered sender that leads to the line and whose strategy leaves the message
        to it; a message some parts of which went out over a line goes on over that line only. Of routes the first that
        fits a message for which several lines would do says which of them may. alerts_only: of priority ``ALERT`` on.
        """
        ...

    async def on_air(self, claim: Claim, n: int, now: datetime) -> None:
        """The point of no return of part n: on disk before Ctrl-Z is on the wire.

        Raises Conflict("claim_lost") when the part is no longer this claim's.
        """
        ...

    async def record(self, claim: Claim, n: int, outcome: Outcome, now: datetime, *, started_at: datetime) -> Message:
        """Write how part n ended, roll the message up, write its event. Waiting status reports are applied here.

        Any outcome but "sent" ends the claim: the parts behind it wait again, for this line where one of the message
        went out already, or fail with it. Raises Conflict("claim_lost") when the part is no longer this claim's.
        """
        ...

    async def release(self, claim: Claim, now: datetime) -> None:
        """Give a claim back: what of it was not tried waits again. Nothing happens when it ended already."""
        ...

    async def late_reference(self, line: int, reference: int, now: datetime) -> Message | None:
        """A +CMGS that came after its submit was given up: settles the line's newest unknown part as sent."""
        ...

    async def cancel(self, account: str | None, message: str, now: datetime) -> Message:
        """Raises NotFound, Conflict("not_cancelable")."""
        ...

    async def resolve(self, account: str | None, message: str, verdict: str, now: datetime) -> Message:
        """A person's word on an unknown message: "sent", "failed" or "resend" (flags it a possible duplicate).
        Raises NotFound, Conflict("not_unknown")."""
        ...

    # -- what time brings (the janitor calls these)
    async def promote(self, now: datetime) -> int:
        """Scheduled messages and retries whose time has come become claimable; messages past expire_at become
        expired; unknown ones under on_unknown=resend go out again after 5 minutes without a report; sent and unknown
        ones past validity + 1 h become final with report "none". Returns how many changed."""
        ...

    async def next_due(self) -> datetime | None:
        """When promote or expire_arrivals has something to do next; what is to be posted is the notifier's."""
        ...

    async def prune(self, now: datetime) -> int:
        """Drop idempotency keys over 24 h, events over 30 days with their done deliveries, unmatched reports over
        7 days. Returns how many rows."""
        ...

    # -- inbound
    async def file_arrival(self, line: int, arrival: Arrival, now: datetime) -> Filed: ...
    async def place_freed(self, line: int, place: Place, pdu: bytes) -> None:
        """The modem confirmed that the place is empty again: the same octets there later are a new message."""
        ...

    async def expire_arrivals(self, now: datetime, older_than: datetime) -> int:
        """Messages with missing parts whose first part came before older_than are delivered, gaps marked."""
        ...

    async def file_report(self, line: int, report: ReportArrival, now: datetime) -> Message | None:
        """The message whose part it settled, or None: kept for 7 days and tried again after each record."""
        ...

    async def inbound_after(self, account: str, after: str | None, limit: int, acked: bool | None) -> list[Message]: ...
    async def ack_inbound(self, account: str, message: str) -> Message: ...

    # -- reading
    async def message(self, account: str | None, message: str) -> Message | None:
        """With its parts. message: an id or a tracking id."""
        ...

    async def messages(
        self, where: MessageFilter, *, limit: int, cursor: int | None = None, ascending: bool = False
    ) -> list[Message]:
        """Without parts, newest first; cursor: the num of the last one seen."""
        ...

    async def attempts(self, message: str) -> list[Attempt]: ...
    async def message_events(self, message: str) -> list[Event]: ...
    async def batch(self, account: str | None, batch: str) -> BatchRecord | None: ...
    async def events_after(self, account: str | None, seq: int, limit: int) -> list[Event]: ...
    async def counts(self) -> Mapping[str, int]:
        """Gauges for /metrics and status lines: waiting, oldest_waiting_ms, deliveries_pending, inbound_parts, …"""
        ...

    # -- webhooks
    async def put_webhook(self, webhook: Webhook) -> Webhook:
        """Make it (num 0) or replace it."""
        ...

    async def webhooks(self, account: str | None) -> list[Webhook]: ...
    async def delete_webhook(self, account: str, webhook: str) -> bool: ...
    async def emit(
        self, account: str, kind: EventType, data: Mapping[str, Any], now: datetime, *, only_webhook: str | None = None
    ) -> Event:
        """An event that is no message's; only_webhook: a test delivery to one endpoint, by id."""
        ...

    async def due_deliveries(
        self, now: datetime, limit: int, busy: Sequence[int], full: Sequence[str] = ()
    ) -> list[DueDelivery]:
        """Pending ones whose time has come, oldest first, without the busy (by num), of enabled endpoints.

        full: endpoints (by id) that take no more just now, left out so that their backlog hides nobody else's.
        """
        ...

    async def next_delivery(self) -> datetime | None: ...
    async def record_delivery(self, num: int, result: DeliveryResult, now: datetime) -> None: ...
    async def deliveries(
        self, account: str, *, webhook: str | None, state: str | None, limit: int, cursor: int | None = None
    ) -> list[Delivery]: ...
    async def replay_delivery(self, account: str, delivery: str, now: datetime) -> Delivery: ...
    async def replay_webhook(
        self, account: str, webhook: str, now: datetime, *, since: datetime | None, until: datetime | None, failed: bool
    ) -> int: ...

    # -- links

    # -- the SIM's PIN (modem-facts §5: never twice)
    async def pin_may_try(self, sim: str, fingerprint: bytes) -> bool: ...
    async def pin_trying(self, sim: str, fingerprint: bytes, now: datetime) -> None: ...
    async def pin_settled(self, sim: str, fingerprint: bytes, *, accepted: bool) -> None: ...
