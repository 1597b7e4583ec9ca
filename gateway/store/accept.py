"""Accepting: what arrives together is checked one by one and written together. The hot path of the gateway."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from gateway.domain.message import Message, State
from gateway.store import admission, answers, lifecycle, routing, settled
from gateway.store.accepted import stored_message
from gateway.store.admission import Admission
from gateway.store.contract import Enqueued, NewBatch, NewMessage
from gateway.store.lifecycle import CLAIMABLE, LATER
from gateway.store.optouts import Unwanted
from gateway.store.rows import dump, extra_of_new
from gateway.store.transaction import Transaction, to_ms

ADD_BATCH = """
INSERT INTO batches (id, account, front, public_uuid, client_ref, campaign, first_message, size, open, created_at,
                     name, description, listed)
VALUES """
BATCH_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_MESSAGE = """
INSERT INTO messages (num, id, account, direction, state, waiting, route, priority, sender, recipient, body, encoding,
                      segments, created_at, expire_at, due_at, wake_at, batch, front, tracking_id, client_ref, campaign,
                      extra)
VALUES """
MESSAGE_ROW = "(?, ?, ?, 'out', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_PART = "INSERT INTO parts (message, n, udl, user_data, header, data_coding, text, state) VALUES "
PART_ROW = "(?, ?, ?, ?, ?, ?, ?, 'queued')"
ADD_LINK = "INSERT INTO links (code, id, target, message, account, campaign, created_at, expires_at) VALUES "
LINK_ROW = "(?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(slots=True)
class _Rows:
    """What is to be written for batches that were accepted together."""

    batches: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    parts: list[tuple[Any, ...]] = field(default_factory=list)
    links: list[tuple[Any, ...]] = field(default_factory=list)


_is_test = attrgetter("test")

Call = tuple[NewBatch, datetime]


def enqueue(tx: Transaction, calls: list[Call]) -> list[Enqueued]:
    """Accept batches that arrived together. Raises GatewayError for one of them, and has to be asked again alone."""
    unwanted = admission.unwanted(tx, [batch for batch, _ in calls])
    rows = _Rows()
    accepted = [_accept(tx, batch, to_ms(now), rows, unwanted) for batch, now in calls]
    tx.insert_all(ADD_BATCH, BATCH_ROW, rows.batches)
    tx.insert_all(ADD_MESSAGE, MESSAGE_ROW, rows.messages)
    tx.insert_all(ADD_PART, PART_ROW, rows.parts)
    tx.insert_all(ADD_LINK, LINK_ROW, rows.links)
    return accepted


def _accept(tx: Transaction, batch: NewBatch, now: int, rows: _Rows, unwanted: Unwanted) -> Enqueued:
    idempotency = batch.idempotency
    if idempotency is not None and (answered := answers.replay(tx, idempotency, now)) is not None:
        return answered
    verdict = admission.admit(tx, batch, now, unwanted)
    if batch.once is not None:
        answers.note_once(tx, batch, batch.once, now)
    enqueued = _store(tx, batch, verdict, now, rows)
    if idempotency is not None:
        answers.keep(tx, batch, idempotency, enqueued, now)
    return enqueued


def _store(tx: Transaction, batch: NewBatch, verdict: Admission, now: int, rows: _Rows) -> Enqueued:
    """Those that were admitted, and behind them those that are kept as refused."""
    kept = verdict.refused if batch.keep_refused else ()
    admitted = len(verdict.admitted)
    tests = sum(map(_is_test, verdict.admitted))
    first = tx.memory.message_num + 1
    size = admitted + len(kept)
    tx.memory.message_num += size
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
            admitted - tests,
            now,
            batch.name,
            batch.description,
            batch.listed or None,
        )
    )
    accepted = tuple(
        settled.simulate(tx, batch, message, num, now) if message.test else _message(tx, batch, message, num, now, rows)
        for num, message in enumerate(verdict.admitted, first)
    )
    refused = settled.keep_refused(tx, batch, kept, first + admitted, now) if kept else verdict.refusals
    if size > 1 and tests == admitted:
        _tell_completed(tx, batch, Counter([*(m.state for m in accepted), *(State.REJECTED for _ in kept)]), now)
    return Enqueued(batch.id, batch.public_uuid, accepted, refused, num=first if size else 0)


def _tell_completed(tx: Transaction, batch: NewBatch, states: Mapping[State, int], now: int) -> None:
    """A call for many of whose messages none can change any more."""
    told = {"id": batch.id, "client_ref": batch.client_ref, "campaign": batch.campaign}
    counts = {state.value: count for state, count in states.items()}
    lifecycle.tell_completed(tx, batch.account, told, counts, now)


def _message(tx: Transaction, batch: NewBatch, new: NewMessage, num: int, now: int, rows: _Rows) -> Message:
    claimable = new.state is State.QUEUED
    expire_at = to_ms(new.expire_at)
    due_at = None if claimable else to_ms(new.due_at)
    wake_at = expire_at if due_at is None else min(due_at, expire_at)
    extra = extra_of_new(new)
    segments = len(new.parts)
    tracking_id = tx.memory.tracking.outbound(num)
    route = new.route
    if claimable and tx.memory.routes:
        route = routing.fitted(tx.memory, route, batch.account, new.to)
    rows.messages.append(
        (
            num,
            new.id,
            batch.account,
            new.state.value,
            CLAIMABLE if claimable else LATER,
            route,
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
            tracking_id,
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
        rows.links.append((link.code, link.id, link.target, new.id, batch.account, new.campaign, now, expires))
    tx.wake_at(wake_at)
    if claimable:
        tx.moved((route, batch.account), 1, priority=new.priority)
    return stored_message(batch, new, num, now, tracking_id)
