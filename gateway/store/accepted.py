"""A message that was just accepted, as reading it back would give it."""

from gateway.domain.message import Message, State
from gateway.store.contract import NewBatch, NewMessage
from gateway.store.transaction import from_ms, to_ms


def stored_message(batch: NewBatch, new: NewMessage, num: int, now: int, tracking_id: str) -> Message:
    """Without its parts; times cut to milliseconds."""
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
        segments=len(new.parts),
        created_at=created_at,
        batch=batch.id,
        priority=new.priority,
        flash=new.flash,
        front=batch.front,
        client_ref=new.client_ref,
        tracking_id=tracking_id,
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
        send_window=new.send_window,
        test=new.test,
        state_at={new.state: created_at},
    )
