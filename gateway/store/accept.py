"""Accepting: what arrives together is checked one by one and written together. The hot path of the gateway."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from gateway.domain.errors import GatewayError, QuotaExceeded, Refused, Rejected
from gateway.domain.message import Message, State
from gateway.store.contract import Enqueued, Idempotency, NewBatch, NewMessage, StoredAnswer
from gateway.store.lifecycle import CLAIMABLE, LATER
from gateway.store.rows import dump, extra_of_new
from gateway.store.transaction import MOST_ROWS, Row, Transaction, from_ms, to_ms

IDEMPOTENCY_MS = 86_400_000  # a key is kept for 24 h (native-v1 §5)

ADD_BATCH = """
INSERT INTO batches (id, account, front, public_uuid, client_ref, campaign, first_message, size, open, created_at)
VALUES """
BATCH_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_MESSAGE = """
INSERT INTO messages (num, id, account, direction, state, waiting, route, priority, sender, recipient, body, encoding,
                      segments, created_at, expire_at, due_at, wake_at, batch, front, tracking_id, client_ref, campaign,
                      extra)
VALUES """
MESSAGE_ROW = "(?, ?, ?, 'out', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_PART = "INSERT INTO parts (message, n, udl, user_data, header, data_coding, text, state) VALUES "
PART_ROW = "(?, ?, ?, ?, ?, ?, ?, 'queued')"
ADD_LINK = "INSERT INTO links (code, id, target, message, account, created_at, expires_at) VALUES "
LINK_ROW = "(?, ?, ?, ?, ?, ?, ?)"

OPTED_OUT = "SELECT 1 FROM opt_outs WHERE account = ? AND phone = ?"
OPTED_OUT_OF = "SELECT phone FROM opt_outs WHERE account = ? AND phone IN "
SUBSCRIBED = "SELECT 1 FROM subscriptions WHERE account = ? AND phone = ? AND campaign = ? AND state = 'active'"
APPROVAL = "SELECT approval FROM campaigns WHERE account = ? AND ref = ?"

ANSWER = """
SELECT fingerprint, batch, public_uuid, status, body, headers FROM idempotency
WHERE scope = ? AND key = ? AND created_at > ?
"""
KEEP_ANSWER = """
INSERT INTO idempotency (scope, key, fingerprint, batch, public_uuid, status, body, headers, created_at)
VALUES (:scope, :key, :fingerprint, :batch, :public_uuid, :status, :body, :headers, :now)
ON CONFLICT (scope, key) DO UPDATE
SET fingerprint = excluded.fingerprint, batch = excluded.batch, public_uuid = excluded.public_uuid,
    status = excluded.status, body = excluded.body, headers = excluded.headers, created_at = excluded.created_at
"""
USE = """
INSERT INTO usage (account, period, segments) VALUES (:account, :period, :segments)
ON CONFLICT (account, period) DO UPDATE SET segments = usage.segments + excluded.segments
RETURNING segments
"""
GIVE_BACK = "UPDATE usage SET segments = segments - :segments WHERE account = :account AND period = :period"


Contact: TypeAlias = tuple[str, str]
"""An account and a phone."""


@dataclass(slots=True)
class _Rows:
    """What is to be written for batches that were accepted together. opted_out: whom of them it may not be for."""

    batches: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    parts: list[tuple[Any, ...]] = field(default_factory=list)
    links: list[tuple[Any, ...]] = field(default_factory=list)
    opted_out: set[Contact] = field(default_factory=set)


Call = tuple[NewBatch, datetime]


def enqueue(tx: Transaction, calls: list[Call]) -> list[Enqueued]:
    """Accept batches that arrived together. Raises GatewayError for one of them, and has to be asked again alone."""
    rows = _Rows(opted_out=_opted_out(tx, calls))
    accepted = [_accept(tx, batch, to_ms(now), rows) for batch, now in calls]
    tx.insert_all(ADD_BATCH, BATCH_ROW, rows.batches)
    tx.insert_all(ADD_MESSAGE, MESSAGE_ROW, rows.messages)
    tx.insert_all(ADD_PART, PART_ROW, rows.parts)
    tx.insert_all(ADD_LINK, LINK_ROW, rows.links)
    return accepted


def _opted_out(tx: Transaction, calls: list[Call]) -> set[Contact]:
    """Who of all recipients wants nothing from the account that writes to him; one look for many, as in insert_all."""
    phones: dict[str, set[str]] = {}
    for batch, _ in calls:
        phones.setdefault(batch.account, set()).update(message.to for message in batch.messages)
    found: set[Contact] = set()
    for account, wanted in phones.items():
        asked = sorted(wanted)
        while asked:
            some, asked = asked[:MOST_ROWS], asked[MOST_ROWS:]
            some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))  # few sizes: each is prepared once
            places = f"({', '.join('?' * len(some))})"
            found.update((account, row["phone"]) for row in tx.rows(OPTED_OUT_OF + places, (account, *some)))
    return found


def _accept(tx: Transaction, batch: NewBatch, now: int, rows: _Rows) -> Enqueued:
    idempotency = batch.idempotency
    if idempotency is not None and (answered := replay(tx, idempotency, now)) is not None:
        return answered
    messages, refused = _admit(tx, batch, now, rows.opted_out)
    enqueued = _store(tx, batch, messages, refused, now, rows)
    if idempotency is not None:
        answer = idempotency.render(enqueued)
        kept: dict[str, Any] = {
            "scope": idempotency.scope,
            "key": idempotency.key,
            "fingerprint": idempotency.fingerprint,
        }
        kept |= {"batch": batch.id, "public_uuid": batch.public_uuid, "status": answer.status, "body": answer.body}
        tx.run(KEEP_ANSWER, kept | {"headers": dump(dict(answer.headers)), "now": now})
    return enqueued


def replay(tx: Transaction, idempotency: Idempotency, now: int) -> Enqueued | None:
    """What the first call with this key was answered. Raises Rejected("idempotency_mismatch")."""
    known = tx.row(ANSWER, (idempotency.scope, idempotency.key, now - IDEMPOTENCY_MS))
    if known is None:
        return None
    if known["fingerprint"] != idempotency.fingerprint:
        raise Rejected("idempotency_mismatch", "this Idempotency-Key was used with another body")
    return Enqueued(known["batch"], known["public_uuid"], (), replay=_answer(known))


def _answer(row: Row) -> StoredAnswer:
    return StoredAnswer(row["status"], row["body"], json.loads(row["headers"]))


def _admit(
    tx: Transaction, batch: NewBatch, now: int, opted_out: set[Contact]
) -> tuple[Sequence[NewMessage], tuple[Refused, ...]]:
    """The messages that may be stored, and those that may not. Raises GatewayError when the batch is atomic."""
    admitted: list[NewMessage] = []
    refused: list[Refused] = []
    for index, message in enumerate(batch.messages):
        refusal = _refusal(tx, batch, message, now, opted_out)
        if refusal is None:
            admitted.append(message)
        elif batch.atomic:
            raise refusal
        else:
            refused.append(Refused(index, refusal.code, refusal.detail))
    return admitted, tuple(refused)


def _refusal(
    tx: Transaction, batch: NewBatch, message: NewMessage, now: int, opted_out: set[Contact]
) -> GatewayError | None:
    """In the order of native-v1 §2: campaign, opt-out, quota."""
    if message.campaign is not None and message.need_subscription:
        approval = tx.row(APPROVAL, (batch.account, message.campaign))
        if approval is not None and approval["approval"] != "Y":
            return Rejected("campaign_not_approved", f"the campaign {message.campaign} is not approved")
        if tx.row(SUBSCRIBED, (batch.account, message.to, message.campaign)) is None:
            return Rejected("not_subscribed", f"{message.to} is not subscribed to {message.campaign}")
    if not message.ignore_opt_out and (batch.account, message.to) in opted_out:
        return Rejected("opted_out", f"{message.to} does not want messages from this account")
    if batch.segments_per_day or batch.segments_per_month:
        return _over_quota(tx, batch, len(message.parts), now)
    return None


def _over_quota(tx: Transaction, batch: NewBatch, segments: int, now: int) -> GatewayError | None:
    """Count the segments of an account that has a quota; counted again down when they are one too many."""
    day = from_ms(now).date().isoformat()
    for period, most in ((day, batch.segments_per_day), (day[:7], batch.segments_per_month)):
        if not most:
            continue
        use = {"account": batch.account, "period": period, "segments": segments}
        if tx.insert(USE, use) > most:
            tx.run(GIVE_BACK, use)
            if period != day and batch.segments_per_day:
                tx.run(GIVE_BACK, use | {"period": day})
            return QuotaExceeded("quota_exceeded", f"the account's quota of {most} segments is used up")
    return None


def _store(
    tx: Transaction,
    batch: NewBatch,
    messages: Sequence[NewMessage],
    refused: tuple[Refused, ...],
    now: int,
    rows: _Rows,
) -> Enqueued:
    memory = tx.memory
    first = memory.message_num + 1
    memory.message_num += len(messages)
    size = len(messages)
    rows.batches.append(
        (
            batch.id,
            batch.account,
            batch.front,
            batch.public_uuid,
            batch.client_ref,
            batch.campaign,
            first,
            size,
            size,
            now,
        )
    )
    accepted = tuple(_message(tx, batch, message, num, now, rows) for num, message in enumerate(messages, first))
    return Enqueued(batch.id, batch.public_uuid, accepted, refused)


def _message(tx: Transaction, batch: NewBatch, new: NewMessage, num: int, now: int, rows: _Rows) -> Message:
    claimable = new.state is State.QUEUED
    expire_at = to_ms(new.expire_at)
    due_at = None if claimable else to_ms(new.due_at)
    wake_at = expire_at if due_at is None else min(due_at, expire_at)
    extra = extra_of_new(new)
    segments = len(new.parts)
    rows.messages.append(
        (
            num,
            new.id,
            batch.account,
            new.state.value,
            CLAIMABLE if claimable else LATER,
            new.route,
            new.priority,
            new.sender,
            new.to,
            new.text,
            new.encoding,
            segments,
            now,
            expire_at,
            due_at,
            wake_at,
            batch.id,
            batch.front,
            new.tracking_id,
            new.client_ref,
            new.campaign,
            dump(extra) if extra else None,
        )
    )
    for n, part in enumerate(new.parts, 1):
        text = None if segments == 1 else part.text
        rows.parts.append((num, n, part.udl, part.user_data, part.header, part.data_coding, text))
    for link in new.links:
        expires = to_ms(link.expires_at)
        rows.links.append((link.code, link.id, link.target, new.id, batch.account, now, expires))
    tx.wake_at(wake_at)
    if claimable:
        tx.moved((new.route, batch.account), 1)
    return _accepted(batch, new, num, now, segments)


def _accepted(batch: NewBatch, new: NewMessage, num: int, now: int, segments: int) -> Message:
    """The message as reading it back would give it, without its parts: times cut to milliseconds."""
    created_at = from_ms(now)
    return Message(
        num=num,
        id=new.id,
        account=batch.account,
        direction="out",
        state=new.state,
        sender=new.sender,
        to=new.to,
        text=new.text,
        encoding=new.encoding,
        segments=segments,
        created_at=created_at,
        batch=batch.id,
        priority=new.priority,
        flash=new.flash,
        front=batch.front,
        client_ref=new.client_ref,
        tracking_id=new.tracking_id,
        sender_mask=new.sender_mask,
        campaign=new.campaign,
        reply=new.reply,
        delivery_report=new.delivery_report,
        track_clicks=new.track_clicks,
        on_unknown=new.on_unknown,
        schedule_at=new.schedule_at and from_ms(to_ms(new.schedule_at)),
        due_at=None if new.state is State.QUEUED else from_ms(to_ms(new.due_at)),
        expire_at=from_ms(to_ms(new.expire_at)),
        metadata=new.metadata,
        notes=new.notes,
        state_at={new.state: created_at},
    )
