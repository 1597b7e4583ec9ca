"""Values for tests of a store: short to write, complete."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.domain.ids import new_id, new_uuid
from gateway.domain.line import LineChange, LineRecord, LineState, LineStatus
from gateway.domain.message import Message, State
from gateway.domain.webhook import Webhook
from gateway.store.contract import (
    Arrival,
    Claim,
    Idempotency,
    NewBatch,
    NewMessage,
    NewPart,
    Outcome,
    Place,
    ReportArrival,
    Store,
    StoredAnswer,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ALICE = "+447700900123"
BOB = "+447700900456"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def new_message(
    text: str = "hello", *, to: str = ALICE, parts: int = 1, now: datetime = NOW, **changed: Any
) -> NewMessage:
    pieces = tuple(
        NewPart(len(text), f"{n}{text}".encode(), parts > 1, 0, text if parts == 1 else f"{n}{text}")
        for n in range(1, parts + 1)
    )
    message = NewMessage(
        id=new_id("msg", ms(now)),
        to=to,
        sender="auto",
        route="auto",
        text=text,
        encoding="gsm7",
        parts=pieces,
        state=State.QUEUED,
        priority=5,
        due_at=now,
        expire_at=now + 72 * HOUR,
    )
    return message._replace(**changed)


def batch_of(*messages: NewMessage, account: str = "default", now: datetime = NOW, **changed: Any) -> NewBatch:
    batch = NewBatch(new_id("bat", ms(now)), account, "v1", new_uuid(), messages)
    return batch._replace(**changed)


def once(key: str, fingerprint: bytes = b"body") -> Idempotency:
    return Idempotency(
        "gsk/v1", key, fingerprint, lambda done: StoredAnswer(202, done.messages[0].id, {"Location": "/x"})
    )


async def accept(
    store: Store, text: str = "hello", *, now: datetime = NOW, account: str = "default", **changed: Any
) -> Message:
    """One message accepted by itself."""
    enqueued = await store.enqueue(batch_of(new_message(text, now=now, **changed), account=account, now=now), now)
    return enqueued.messages[0]


async def line_up(store: Store, name: str = "office", **changed: Any) -> LineRecord:
    """A line that is up."""
    record = LineRecord(0, "", name, changed.pop("number", f"+4477009{len(name):05d}"), **changed)
    line = await store.put_line(record)
    await store.set_line_status(line.num, LineStatus(LineState.UP, "", iccid=f"8944{line.num:015d}"), NOW)
    return line


async def pause(store: Store, line: LineRecord, *, paused: bool = True) -> None:
    """As an operator does."""
    await store.line_book.change("default", line.id, LineChange(paused=paused), admin=True, expected=None)


async def take(store: Store, line: LineRecord, now: datetime = NOW) -> Claim:
    claim = await store.claim(line.num, now)
    assert claim is not None
    return claim


async def put_on_air(store: Store, claim: Claim, n: int = 1, now: datetime = NOW) -> None:
    await store.on_air(claim, n, now)


async def send(store: Store, claim: Claim, reference: int = 7, n: int = 1, now: datetime = NOW) -> Message:
    """A part on the air and acknowledged."""
    await store.on_air(claim, n, now)
    return await store.record(claim, n, Outcome("sent", reference=reference), now, started_at=now)


async def sent(store: Store, line: LineRecord, *, reference: int = 7, now: datetime = NOW, **changed: Any) -> Message:
    """A message of one part, taken by the network."""
    await accept(store, now=now, **changed)
    return await send(store, await take(store, line, now), reference, now=now)


def report(reference: int = 7, status: int = 0, *, to: str = ALICE, at: datetime = NOW) -> ReportArrival:
    return ReportArrival(f"{reference}/{status}/{to}/{at}".encode(), reference, to, status, at, at)


def arrival(text: str = "hi", *, place: Place | None = None, announced: bool = True, **changed: Any) -> Arrival:
    known = Arrival(
        pdu=text.encode(),
        place=place,
        announced=announced,
        sender=ALICE,
        alphabet="gsm7",
        content=text.encode(),
        smsc_at=NOW,
    )
    return replace(known, **changed)


def part(sequence: int, total: int = 3, text: str | None = None, *, at: datetime = NOW, **changed: Any) -> Arrival:
    """A part of a long message; its text is its number unless said."""
    content = text or f"<{sequence}>"
    known = {"bits": 8, "reference": 42, "total": total, "sequence": sequence, "smsc_at": at}
    return arrival(content, **known | changed)


def webhook(name: str = "hook", *, account: str = "default", **changed: Any) -> Webhook:
    made = Webhook(0, new_id("whk", ms(NOW)), account, "https://example.org/hook", "whsec_x", NOW, NOW, name=name)
    return replace(made, **changed)


async def told(store: Store, message: str | None = None) -> list[str]:
    """The types of all events but those of lines (``line_up`` makes some), or of one message's."""
    found = await (store.events_after(None, 0, 1000) if message is None else store.message_events(message))
    return [event.type.value for event in found if not event.type.startswith("line.")]
