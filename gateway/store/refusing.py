"""Messages that policy refused and that are kept all the same: visible as ``rejected``, with their reason."""

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
                      created_at, expire_at, batch, front, tracking_id, client_ref, campaign, seq, error, extra)
VALUES """
MESSAGE_ROW = "(?, ?, ?, 'out', 'rejected', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_PART = """
INSERT INTO parts (message, n, udl, user_data, header, data_coding, text, state, error, done_at)
VALUES """
PART_ROW = "(?, ?, ?, ?, ?, ?, ?, 'rejected', ?, ?)"


def keep(
    tx: Transaction, batch: NewBatch, refused: Sequence[tuple[NewMessage, Refused]], first: int, now: int
) -> tuple[Refused, ...]:
    """Store them with their events, numbered from first. Returns the refusals with the ids they are kept under."""
    messages: list[tuple[Any, ...]] = []
    parts: list[tuple[Any, ...]] = []
    for num, (new, refusal) in enumerate(refused, first):
        error = MessageError(refusal.code, refusal.detail)
        message = replace(
            stored_message(batch, new, num, now),
            state=State.REJECTED,
            state_at={State.REJECTED: from_ms(now)},
            seq=1,
            error=error,
            due_at=None,
        )
        messages.append(_message_row(batch, new, message, now))
        parts.extend(_part_rows(new, num, dump_error(error), now))
        events.write_message(tx, EventType.MESSAGE_REJECTED, message, now)
    tx.insert_all(ADD_MESSAGE, MESSAGE_ROW, messages)
    tx.insert_all(ADD_PART, PART_ROW, parts)
    return tuple(replace(refusal, message=new.id) for new, refusal in refused)


def _message_row(batch: NewBatch, new: NewMessage, message: Message, now: int) -> tuple[Any, ...]:
    extra = extra_of_new(new)
    return (
        message.num,
        new.id,
        batch.account,
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
        new.tracking_id,
        new.client_ref,
        new.campaign,
        message.seq,
        dump_error(message.error),
        dump(extra) if extra else None,
    )


def _part_rows(new: NewMessage, num: int, error: str | None, now: int) -> list[tuple[Any, ...]]:
    alone = len(new.parts) == 1
    return [
        (num, n, part.udl, part.user_data, part.header, part.data_coding, None if alone else part.text, error, now)
        for n, part in enumerate(new.parts, 1)
    ]
