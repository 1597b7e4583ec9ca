"""A draft → the message that goes into the store: every check which needs no transaction, in native-v1 §2's order."""

import hashlib
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from gateway.domain.access import AccountSettings, Principal
from gateway.domain.errors import Fault, Rejected
from gateway.domain.ids import new_id
from gateway.domain.message import Draft, SendWindow, State
from gateway.domain.number import normalise
from gateway.policy.destinations import is_allowed
from gateway.policy.parts import MOST_PARTS, Plan, check_length, masked, plan
from gateway.policy.routing import Route, resolve
from gateway.policy.windows import next_open
from gateway.services.links import Links
from gateway.services.shape import TTL_RANGE_S, check_shape
from gateway.services.zones import zones_of
from gateway.store.contract import NewLink, NewMessage, NewPart

SCHEDULED_FROM = timedelta(seconds=1)  # nearer than this is now
FURTHEST = timedelta(days=365)
TTL = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Times:
    """When a message is due and until when, and the state it starts in."""

    state: State
    due_at: datetime
    expire_at: datetime
    schedule_at: datetime | None


class Written(NamedTuple):  # made for each message: a frozen dataclass takes three times as long
    """A text as it will travel, and what came of the wish for a mask and for short links."""

    plan: Plan
    mask: str | None
    track_clicks: bool
    links: tuple[NewLink, ...]


class _Checked(NamedTuple):
    """What the checks made of a draft."""

    to: str
    zones: tuple[str, ...]
    times: Times
    sender: Route
    written: Written
    fingerprint: bytes | None


class Composer:
    """Composes messages; its only state is the counter of concatenation references."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._references = count(os.urandom(1)[0])

    def compose(
        self,
        draft: Draft,
        by: Principal,
        senders: Mapping[str, str],
        now: datetime,
        *,
        priority: int = 5,
        links: Sequence[str] = (),
    ) -> NewMessage:
        """The message to store. priority: where the draft names none. links: put behind the text, one a line.

        Raises Rejected, NotPermitted.
        """
        settings = by.account.settings
        if draft.ignore_opt_out:
            by.need("admin")
        check_shape(draft)
        times = times_of(draft, now)
        to = recipient(draft, settings)
        zones: tuple[str, ...] = ()
        if draft.send_window is not None:
            home, timezone = settings.default_country, settings.timezone
            zones = zones_of(draft.send_window, to, home=home, timezone=timezone)
            times = in_window(draft, draft.send_window, zones, times, now)
        sender = route_of(draft, senders, settings)
        written = self.write(draft, settings, now, links)
        fingerprint = _fingerprint(sender.sender, to, draft.text, links) if settings.duplicate_window_s else None
        checked = _Checked(to, zones, times, sender, written, fingerprint)
        return _message(draft, checked, settings, now, priority if draft.priority is None else draft.priority)

    def check(self, draft: Draft, by: Principal, senders: Mapping[str, str], now: datetime) -> None:
        """What comes before the text in the order of checks. Raises Rejected."""
        check_shape(draft)
        times_of(draft, now)
        recipient(draft, by.account.settings)
        route_of(draft, senders, by.account.settings)

    def plan(self, draft: Draft, text: str, settings: AccountSettings) -> Plan:
        """The parts of a text sent as the draft says, within the account's limit."""
        limit = min(settings.max_segments, MOST_PARTS)
        return plan(
            text,
            encoding=draft.encoding,
            transliterate=draft.transliterate,
            max_segments=limit if draft.max_segments is None else min(draft.max_segments, limit),
            flash=draft.flash,
            reference=next(self._references) & 0xFF,
        )

    def write(self, draft: Draft, settings: AccountSettings, now: datetime, attached: Sequence[str] = ()) -> Written:
        """The text as it will be sent. attached: links to put behind it, which nobody counts. Raises Rejected."""
        if not attached:
            check_text(draft)
        unmasked: Rejected | None = None
        try:
            text, mask = masked(draft.text, draft.sender_mask, settings.mask_policy)
        except Rejected as refusal:
            text, mask, unmasked = draft.text, None, refusal  # told after what is wrong with the text
        track = settings.track_clicks if draft.track_clicks is None else draft.track_clicks
        links: tuple[NewLink, ...] = ()
        if track:
            check_length(text, settings.max_segments)
            text, links = self._links.shorten(text, bare_domains=draft.track_bare_domains, now=now)
        if attached:
            text = "\n".join([text, *attached] if text.strip() else attached)
        written = Written(self.plan(draft, text, settings), mask, track, links)
        if unmasked is not None:
            raise unmasked
        return written

    def faults(
        self, draft: Draft, by: Principal, senders: Mapping[str, str], now: datetime, *, skip: Collection[str] = ()
    ) -> list[Fault]:
        """Everything that keeps a draft from being a message, in the order of the checks. skip: fields that were
        found faulty before ("to", "text")."""
        settings = by.account.settings
        checks: tuple[tuple[str, Callable[[], object]], ...] = (
            ("shape", lambda: check_shape(draft)),
            ("times", lambda: times_of(draft, now)),
            ("to", lambda: recipient(draft, settings)),
            ("from", lambda: route_of(draft, senders, settings)),
            ("text", lambda: self.write(draft, settings, now)),
        )
        found: list[Fault] = []
        for field, check in checks:
            try:
                if field not in skip:
                    check()
            except Rejected as refusal:
                found += refusal.faults or (Fault("", refusal.code, refusal.detail),)
        return found


def _message(draft: Draft, checked: _Checked, settings: AccountSettings, now: datetime, priority: int) -> NewMessage:
    times, written = checked.times, checked.written
    is_limited = settings.destinations_allow or settings.destinations_deny
    return NewMessage(
        id=new_id("msg", int(now.timestamp() * 1000)),
        to=checked.to,
        sender=checked.sender.sender,
        route=checked.sender.route,
        text=written.plan.text,
        encoding=written.plan.encoding,
        parts=tuple(NewPart(p.udl, p.user_data, p.header, p.data_coding, p.text) for p in written.plan.parts),
        state=times.state,
        priority=priority,
        due_at=times.due_at,
        expire_at=times.expire_at,
        delivery_report=draft.delivery_report,
        flash=draft.flash,
        reply=draft.reply,
        campaign=draft.campaign,
        track_clicks=written.track_clicks,
        on_unknown=draft.on_unknown or settings.on_unknown,
        sender_mask=written.mask,
        client_ref=draft.client_ref,
        schedule_at=times.schedule_at,
        metadata=draft.metadata,
        notes=draft.notes,
        ignore_opt_out=draft.ignore_opt_out,
        need_subscription=settings.campaign_check,
        links=written.links,
        denied=bool(is_limited) and not _may_go_to(checked.to, settings),
        fingerprint=checked.fingerprint,
        send_window=draft.send_window,
        zones=checked.zones,
        reply_due_s=_reply_due_s(draft, settings) if draft.reply == "required" else None,
        test=draft.test,
    )


def check_service(by: Principal, front: str) -> None:
    """Raises NotPermitted("service_disabled"), Rejected("agreement_required")."""
    by.need_front(front)
    if not by.account.settings.agreement_accepted:
        raise Rejected("agreement_required", "nobody has agreed to the terms for this account yet")


def check_text(draft: Draft) -> None:
    """Raises Rejected("body_empty") where there is nothing to read."""
    if not draft.text.strip():
        raise _fault("text", "there is no text", "body_empty")


def times_of(draft: Draft, now: datetime) -> Times:
    """When it is due; its validity counts from then. Raises Rejected("invalid_request")."""
    scheduled = draft.schedule_at
    if scheduled is not None and scheduled > now + FURTHEST:
        raise _fault("schedule_at", "at most 365 days ahead")
    later = scheduled is not None and scheduled > now + SCHEDULED_FROM
    due = scheduled if later and scheduled is not None else now
    expire_at = draft.expire_at
    if expire_at is None:
        expire_at = due + (TTL if draft.ttl_s is None else timedelta(seconds=draft.ttl_s))
    elif not due < expire_at <= due + timedelta(seconds=TTL_RANGE_S[-1]):
        raise _fault("expire_at", "after it is due, and within 30 days")
    return Times(State.SCHEDULED if later else State.QUEUED, due, expire_at, due if later else None)


def in_window(draft: Draft, window: SendWindow, zones: Sequence[str], times: Times, now: datetime) -> Times:
    """Due when the window is open in all the zones. Raises Rejected("invalid_request")."""
    opens = next_open(window, tuple(ZoneInfo(zone) for zone in zones), times.due_at)
    return times if opens == times.due_at else times_of(replace(draft, schedule_at=opens), now)


def route_of(draft: Draft, senders: Mapping[str, str], settings: AccountSettings) -> Route:
    """Raises Rejected("invalid_sender")."""
    return resolve(
        draft.sender,
        senders,
        settings,
        international_first=draft.international_first,
        kind=draft.sender_kind,
    )


def recipient(draft: Draft, settings: AccountSettings) -> str:
    """Raises Rejected ("recipient_missing", "invalid_recipient")."""
    if not draft.to.strip():
        raise _fault("to", "there is no recipient", "recipient_missing")
    try:
        return normalise(draft.to, settings.default_country, international_first=draft.international_first)
    except Rejected as refusal:
        raise _fault("to", refusal.detail, refusal.code) from None


def _may_go_to(to: str, settings: AccountSettings) -> bool:
    allow, deny = settings.destinations_allow, settings.destinations_deny
    return is_allowed(to, allow=allow, deny=deny, home=settings.default_country)


def _fingerprint(sender: str, to: str, text: str, links: Sequence[str]) -> bytes:
    """What makes a message the same as another one; short links differ from one to the next and do not count."""
    told = "\0".join([sender, to, text, *links])
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _reply_due_s(draft: Draft, settings: AccountSettings) -> int:
    return draft.reply_due_s or settings.reply_due_h * 3600


def _fault(field: str, message: str, code: str = "invalid_request") -> Rejected:
    return Rejected(code, f"{field}: {message}", faults=(Fault(field, code, message),))
