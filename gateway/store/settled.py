"""Messages that are settled the moment they are stored: refused by policy and kept, or only a test."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gateway.domain.errors import Refused
from gateway.domain.event import EventType
from gateway.domain.message import Message, MessageError, State
from gateway.store import events
from gateway.store.accepted import stored_message
from gateway.store.contract import NewBatch, NewMessage
from gateway.store.rows import dump, dump_error, extra_of_new
from gateway.store.transaction import Transaction, from_ms, to_ms

ADD_MESSAGE = """
INSERT INTO messages (num, id, account, direction, state, route, priority, sender, recipient, body, encoding, segments,
                      created_at, expire_at, batch, front, tracking_id, client_ref, campaign, seq, error, state_at,
                      extra)
VALUES """
MESSAGE_ROW = "(?, ?, ?, 'out', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_PART = """
INSERT INTO parts (message, n, udl, user_data, header, data_coding, text, state, error, done_at)
VALUES """
PART_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def keep_refused(
    tx: Transaction, batch: NewBatch, refused: Sequence[tuple[NewMessage, Refused]], first: int, now: int
) -> tuple[Refused, ...]:
    """Store them as ``rejected``, with their reason and their events, numbered from first.

    Returns the refusals with the ids they are kept under.
    """
    kept: list[tuple[NewMessage, Message]] = []
    for num, (new, refusal) in enumerate(refused, first):
        error = MessageError(refusal.code, refusal.detail)
        message = _settled(
            stored_message(batch, new, num, now, tx.memory.tracking.outbound(num)),
            (State.REJECTED,),
            now,
            error=error,
            seq=1,
        )
        kept.append((new, message))
        events.write_message(tx, EventType.MESSAGE_REJECTED, message, now)
    _add(tx, batch, kept, now)
    return tuple(replace(refusal, message=new.id) for new, refusal in refused)


def simulate(tx: Transaction, batch: NewBatch, new: NewMessage, num: int, now: int) -> Message:
    """A test message goes through all its states at once, with their events; no modem knows of it."""
    passed = (State.QUEUED, State.SENDING, State.SENT, State.DELIVERED)
    queued = stored_message(batch, new, num, now, tx.memory.tracking.outbound(num))
    message = sent = _settled(queued, passed[:3], now, seq=2)
    events.write_message(tx, EventType.MESSAGE_SENT, sent, now)
    if new.delivery_report:
        message = _settled(queued, passed, now, seq=3)
        events.write_message(tx, EventType.MESSAGE_DELIVERED, message, now)
    _add(tx, batch, [(new, message)], now)
    return message


def _settled(
    message: Message, passed: Sequence[State], now: int, *, seq: int, error: MessageError | None = None
) -> Message:
    at = from_ms(now)
    return replace(
        message,
        state=passed[-1],
        state_at=dict.fromkeys(passed, at),
        seq=seq,
        error=error,
        schedule_at=None if message.test else message.schedule_at,
        due_at=None,
    )


def _add(tx: Transaction, batch: NewBatch, settled: Sequence[tuple[NewMessage, Message]], now: int) -> None:
    tx.insert_all(ADD_MESSAGE, MESSAGE_ROW, [_message_row(batch, new, message, now) for new, message in settled])
    tx.insert_all(ADD_PART, PART_ROW, [row for new, message in settled for row in _part_rows(new, message, now)])


def _message_row(batch: NewBatch, new: NewMessage, message: Message, now: int) -> tuple[Any, ...]:
    extra = extra_of_new(new._replace(schedule_at=message.schedule_at))
    return (
        message.num,
        new.id,
        batch.account,
        message.state.value,
        new.route,
        new.priority,
        new.sender,
        new.to,
        new.text,
        new.encoding,
        message.segments,
        now,
        to_ms(new.expire_at),
        batch.id,
        batch.front,
        message.tracking_id,
        new.client_ref,
        new.campaign,
        message.seq,
        dump_error(message.error),
        dump({state.value: now for state in message.state_at}),
        dump(extra) if extra else None,
    )


def _part_rows(new: NewMessage, message: Message, now: int) -> list[tuple[Any, ...]]:
    alone = len(new.parts) == 1
    state, error = message.state.value, dump_error(message.error)
    rows = []
    for n, part in enumerate(new.parts, 1):
        text = None if alone else part.text
        rows.append((message.num, n, part.udl, part.user_data, part.header, part.data_coding, text, state, error, now))
    return rows
