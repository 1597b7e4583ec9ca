"""The inbound message a person sees: made once, corrected when more of it came, and heeded when it says STOP."""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.event import EventType
from gateway.domain.ids import new_id
from gateway.domain.line import LineRecord
from gateway.domain.message import Message, MultimediaNotice, State
from gateway.policy.mms import notice_of
from gateway.store import attribution, events, keywords, lifecycle, replies, threads
from gateway.store.rows import dump, extra_of_inbound, inbound_row
from gateway.store.transaction import Transaction, from_ms

ADD_INBOUND = """
INSERT INTO messages (num, id, account, direction, state, priority, sender, recipient, body, encoding, segments,
                      created_at, front, tracking_id, line, seq, extra)
VALUES (:num, :id, :account, 'in', 'received', 0, :sender, :recipient, :body, :encoding, :segments,
        :now, :front, :tracking_id, :line, 1, :extra)
"""
UPDATE_INBOUND = """
UPDATE messages SET body = :body, encoding = :encoding, seq = seq + 1, acked = 0, extra = :extra WHERE num = :num
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message brings: text, or data that is none."""

    sender: str
    encoding: str
    text: str = ""
    segments: int = 1
    data: bytes | None = None
    ports: tuple[int, int] | None = None
    smsc_at: datetime | None = None
    incomplete: bool = False


def correct(tx: Transaction, num: int, content: Content, now: int) -> Message:
    """A late part completes the message that was shown without it: the same id, message.updated."""
    before = lifecycle.whole(tx, num)
    brought = replace(before, data=content.data, ports=content.ports, mms=_notice(content, now))
    extra = extra_of_inbound(replace(brought, incomplete=content.incomplete))
    changed = {"num": num, "body": content.text, "encoding": content.encoding}
    tx.run(UPDATE_INBOUND, changed | {"extra": dump(extra) if extra else None})
    message = lifecycle.whole(tx, num)
    events.write_message(tx, EventType.MESSAGE_UPDATED, message, now)
    return _shown(tx, message, now)


def deliver(tx: Transaction, line: LineRecord, content: Content, now: int) -> Message:
    """Make the message a person sees, in the account it belongs to, with its event."""
    origin = attribution.attribute(tx, line, content.sender, now)
    tx.memory.message_num += 1
    draft = Message(
        num=tx.memory.message_num,
        id=new_id("in", now),
        account=origin.account,
        direction="in",
        state=State.RECEIVED,
        sender=content.sender,
        to=origin.to,
        text=content.text,
        encoding=content.encoding,
        segments=content.segments,
        created_at=from_ms(now),
        line=line.id,
        tracking_id=tx.memory.tracking.inbound(tx.memory.message_num),
        front="modem",
        reply_to=origin.reply_to,
        data=content.data,
        ports=content.ports,
        mms=_notice(content, now),
        smsc_at=content.smsc_at,
        incomplete=content.incomplete,
    )
    tx.run(ADD_INBOUND, inbound_row(draft))
    threads.moved(tx, draft.account, line.id, draft.sender, draft.num, now, came=True)
    message = lifecycle.whole(tx, draft.num)
    events.write_message(tx, EventType.MESSAGE_RECEIVED, message, now)
    replies.came(tx, message.account, message.sender, line.id)
    if message.reply_to is not None:
        events.write_message(tx, EventType.MESSAGE_REPLY_RECEIVED, message, now)
    return _shown(tx, message, now)


def _notice(content: Content, now: int) -> MultimediaNotice | None:
    return None if content.incomplete else notice_of(content.data, content.ports, from_ms(now))


def _shown(tx: Transaction, message: Message, now: int) -> Message:
    tx.ring(f"inbox:{message.account}", message.id)
    if not message.incomplete:
        keywords.heed(tx, message, now)
    return message
