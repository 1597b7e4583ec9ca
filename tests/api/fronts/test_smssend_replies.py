"""The smssend contract's SS-18: which SMS are answers, and what is told when a required one does not come."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.aio import SystemClock
from gateway.domain.event import Event, EventType
from tests.support.smssend import post, sms
from tests.support.stage import Receiver, Stage, receiving, staged

PEER = "+13105551212"


class Ahead(SystemClock):
    """So far ahead of the machine's clock."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
async def stage(tmp_path: Path, clock: Ahead) -> AsyncIterator[Stage]:
    async with staged(tmp_path, clock=clock) as stage:
        yield stage


@pytest.fixture
async def told(stage: Stage) -> AsyncIterator[Receiver]:
    """A receiver of everything about answers."""
    async with receiving() as receiver:
        events = ["message.received", "message.reply_received", "message.reply_overdue"]
        await stage.ask("POST", "/v1/webhooks", {"url": receiver.url, "events": events})
        yield receiver


async def asked(stage: Stage, **flags: bool) -> str:
    """The id of a message with those flags, once it was delivered."""
    reply = await post(stage.http, sms(PEER, flag=True, **flags), "/api/send", stage.bearer)
    message = str(reply.json["Reference"])
    await stage.in_state(message, "delivered")
    return message


async def overdue(stage: Stage) -> list[Event]:
    events = await stage.store.events_after("default", 0, 1000)
    return [event for event in events if event.type is EventType.MESSAGE_REPLY_OVERDUE]


async def test_ss_18_without_a_flag_an_answer_is_stored_and_told_but_not_linked(stage: Stage, told: Receiver) -> None:
    message = await asked(stage)
    stored = await stage.store.message("default", message)
    assert stored is not None
    assert stored.reply == "none"
    stage.bank.deliver(0, sender=PEER, text="Yes")
    (answer,) = await stage.received(1)
    assert answer.reply_to is None
    ((_, body),) = await told.first(1)
    assert b'"message.received"' in body


async def test_ss_18_an_allowed_answer_is_linked_within_the_window(stage: Stage, told: Receiver, clock: Ahead) -> None:
    message = await asked(stage, ReplyIsAllowed=True)
    stage.bank.deliver(0, sender=PEER, text="Yes")
    (answer,) = await stage.received(1)
    assert answer.reply_to == message
    bodies = [body for _, body in await told.first(2)]
    assert sum(b'"message.reply_received"' in body for body in bodies) == 1
    assert all(message.encode() in body for body in bodies)
    clock.by = timedelta(hours=169)
    stage.bank.deliver(0, sender=PEER, text="Much later")
    late = (await stage.received(2))[1]
    assert late.reply_to is None


async def test_ss_18_a_required_answer_that_does_not_come_is_told_once(
    stage: Stage, told: Receiver, clock: Ahead
) -> None:
    answered = await asked(stage, ReplyIsRequired=True)
    stage.bank.deliver(0, sender=PEER, text="Yes")
    assert (await stage.received(1))[0].reply_to == answered
    waiting = await asked(stage, ReplyIsRequired=True, ReplyIsAllowed=False)
    clock.by = timedelta(hours=71)
    await stage.store.promote(clock.now())
    assert await overdue(stage) == []
    for hours in (73, 74, 100):
        clock.by = timedelta(hours=hours)
        await stage.store.promote(clock.now())
    (event,) = await overdue(stage)
    assert event.data["id"] == waiting
    (_, body) = (await told.first(3))[2]
    assert b'"message.reply_overdue"' in body
    assert waiting.encode() in body
