"""Calls for many: what is malformed, what policy refuses, what is kept of it, and waiting for all."""

import asyncio
from dataclasses import replace

import pytest

from gateway.aio import SystemClock
from gateway.domain.access import Principal
from gateway.domain.errors import Malformed, NoneAccepted, NotPermitted, Rejected
from gateway.domain.message import Draft, State
from gateway.services import Gateway, Idempotency, StoredAnswer
from gateway.store.contract import Enqueued, MessageFilter, Outcome, Store

ALICE, BOB, CAROL = "+13105551212", "+13105551213", "+13105551214"
DRAFT = Draft(ALICE, "hello")


def to(*numbers: str) -> list[Draft]:
    return [replace(DRAFT, to=number) for number in numbers]


async def opted_out(store: Store, *phones: str) -> None:
    for phone in phones:
        await store.consent.opt_out("default", phone, "api", SystemClock().now())


async def stored(store: Store) -> list[tuple[str, str]]:
    found = await store.messages(MessageFilter("default"), limit=100, ascending=True)
    return [(message.to, message.state.value) for message in found]


async def test_a_strict_call_names_every_faulty_field_of_every_faulty_draft(
    gateway: Gateway, store: Store, alice: Principal
):
    drafts = [*to("x", BOB), replace(DRAFT, to="", sender="nobody", text=" "), replace(DRAFT, ttl_s=1)]
    with pytest.raises(Malformed) as refusal:
        await gateway.messages.enqueue_batch(drafts, by=alice, strict=True)
    assert [(one.index, one.field, one.code) for one in refusal.value.refused] == [
        (0, "to", "invalid_recipient"),
        (2, "to", "recipient_missing"),
        (2, "from", "invalid_sender"),
        (2, "text", "body_empty"),
        (3, "ttl", "invalid_request"),
    ]
    assert refusal.value.code == "invalid_recipient"
    assert await stored(store) == []


async def test_a_strict_call_still_takes_what_policy_leaves(gateway: Gateway, store: Store, alice: Principal):
    await opted_out(store, BOB)
    done = await gateway.messages.enqueue_batch(to(ALICE, BOB, CAROL), by=alice, strict=True)
    assert [message.to for message in done.messages] == [ALICE, CAROL]
    assert [(one.index, one.code, one.field, one.message) for one in done.refused] == [(1, "opted_out", "to", None)]


async def test_what_policy_refused_is_kept_with_its_reason_and_its_event(
    gateway: Gateway, store: Store, alice: Principal
):
    await opted_out(store, BOB)
    done = await gateway.messages.enqueue_batch(to(BOB, ALICE), by=alice, keep_refused=True)
    assert await stored(store) == [(ALICE, "queued"), (BOB, "rejected")]
    (refused,) = done.refused
    assert (refused.index, refused.code) == (0, "opted_out")
    kept = await gateway.messages.find(refused.message or "", by=alice)
    assert kept.error is not None
    assert (kept.error.code, kept.batch, kept.parts[0].state) == ("opted_out", done.batch, State.REJECTED)
    (event,) = await store.message_events(kept.id)
    assert (event.type, event.data["state"], event.data["error"]["code"]) == (
        "message.rejected",
        "rejected",
        "opted_out",
    )
    batch = await gateway.messages.batch(done.batch, by=alice)
    assert (batch.num, batch.size, dict(batch.counts)) == (done.num, 2, {"queued": 1, "rejected": 1})


async def test_a_batch_that_is_refused_whole_and_kept_is_completed_at_once(
    gateway: Gateway, store: Store, alice: Principal
):
    await opted_out(store, ALICE, BOB)
    done = await gateway.messages.enqueue_batch(to(ALICE, BOB), by=alice, keep_refused=True)
    assert (done.messages, len(done.refused)) == ((), 2)
    assert done.num == (await gateway.messages.batch(done.batch, by=alice)).num > 0
    completed = [event for event in await store.events_after("default", 0, 50) if event.type == "batch.completed"]
    assert [(event.data["id"], event.data["counts"]) for event in completed] == [(done.batch, {"rejected": 2})]


async def test_a_call_that_needs_one_stores_nothing_when_policy_refuses_all(
    gateway: Gateway, store: Store, alice: Principal
):
    await opted_out(store, ALICE, BOB)
    for kept in (False, True):
        with pytest.raises(NoneAccepted) as refusal:
            await gateway.messages.enqueue_batch(
                [*to("x"), *to(ALICE, BOB)], by=alice, need_one=True, keep_refused=kept
            )
        assert [(one.index, one.code) for one in refusal.value.refused] == [
            (0, "invalid_recipient"),
            (1, "opted_out"),
            (2, "opted_out"),
        ]
    with pytest.raises(NoneAccepted):
        await gateway.messages.enqueue_batch(to("x"), by=alice, need_one=True)
    assert await stored(store) == []
    assert len((await gateway.messages.enqueue_batch(to(BOB, CAROL), by=alice, need_one=True)).messages) == 1


async def test_doubles_are_merged_and_the_first_counts(gateway: Gateway, alice: Principal):
    drafts = [replace(DRAFT, client_ref=str(n)) for n in range(3)]
    done = await gateway.messages.enqueue_batch([*drafts, *to("(310) 555-1212")], by=alice, strict=True)
    assert [message.client_ref for message in done.messages] == ["0"]
    assert done.refused == ()


async def test_a_call_says_its_priority_name_and_description(gateway: Gateway, alice: Principal):
    drafts = [DRAFT, replace(DRAFT, to=BOB, priority=1)]
    done = await gateway.messages.enqueue_batch(drafts, by=alice, priority=8, name="spring", description="sale")
    assert [message.priority for message in done.messages] == [8, 1]
    batch = await gateway.messages.batch(done.batch, by=alice)
    assert (batch.name, batch.description, batch.paused) == ("spring", "sale", False)
    usual = await gateway.messages.enqueue_batch(to(ALICE), by=alice)
    assert [message.priority for message in usual.messages] == [3]


async def test_an_empty_batch_has_no_number(gateway: Gateway, alice: Principal):
    done = await gateway.messages.enqueue_batch([], by=alice)
    assert (done.num, (await gateway.messages.batch(done.batch, by=alice)).num) == (0, 0)


async def test_a_repeated_call_is_answered_as_the_first_whatever_was_kept(
    gateway: Gateway, store: Store, alice: Principal
):
    await opted_out(store, ALICE)

    def render(enqueued: Enqueued) -> StoredAnswer:
        return StoredAnswer(200, ",".join(f"{one.index} {one.message}" for one in enqueued.refused))

    key = Idempotency("scope", "key", b"body", render)
    first = await gateway.messages.enqueue_batch(to("x", ALICE), by=alice, keep_refused=True, idempotency=key)
    again = await gateway.messages.enqueue_batch(to("x", ALICE), by=alice, keep_refused=True, idempotency=key)
    assert again.replay is not None
    assert again.replay.body == f"0 None,1 {first.refused[1].message}"
    assert len(await stored(store)) == 1


async def test_a_refused_call_leaves_its_key_free(gateway: Gateway, alice: Principal):
    key = Idempotency("scope", "key", b"body", lambda enqueued: StoredAnswer(202, enqueued.batch))
    with pytest.raises(Malformed):
        await gateway.messages.enqueue_batch(to("x"), by=alice, strict=True, idempotency=key)
    assert (await gateway.messages.enqueue_batch(to(ALICE), by=alice, idempotency=key)).replay is None


async def test_the_front_and_the_agreement_are_looked_at_after_the_text(gateway: Gateway, alice: Principal):
    def principal(**settings: object) -> Principal:
        account = alice.account
        return replace(alice, account=replace(account, settings=replace(account.settings, **settings)))  # type: ignore[arg-type]

    closed = principal(services=("messaging",), agreement_accepted=False, campaign_check=True)
    unagreed = principal(agreement_accepted=False, campaign_check=True)
    for call in (
        lambda draft, by: gateway.messages.enqueue(draft, by=by),
        lambda draft, by: gateway.messages.enqueue_batch([draft], by=by, strict=True),
    ):
        with pytest.raises(Rejected, match="there is no text"):
            await call(replace(DRAFT, text=""), closed)
        with pytest.raises(NotPermitted) as disabled:
            await call(DRAFT, closed)
        with pytest.raises(Rejected) as refused:
            await call(DRAFT, unagreed)
        assert (disabled.value.code, refused.value.code) == ("service_disabled", "agreement_required")


async def test_waiting_for_a_batch_ends_when_its_last_message_left(gateway: Gateway, store: Store, alice: Principal):
    now = SystemClock().now()
    line = (await store.lines())[0]
    done = await gateway.messages.enqueue_batch(to(ALICE, BOB), by=alice)
    waiting = asyncio.create_task(gateway.messages.wait_batch(done.batch, 30, by=alice))
    for _ in range(2):
        assert not waiting.done()
        claim = await store.claim(line.num, now)
        assert claim is not None
        await store.on_air(claim, 1, now)
        await store.record(claim, 1, Outcome("sent", reference=1), now, started_at=now)
    assert [(message.to, message.state) for message in await waiting] == [(ALICE, State.SENT), (BOB, State.SENT)]


async def test_waiting_for_a_batch_ends_with_its_time(gateway: Gateway, alice: Principal):
    done = await gateway.messages.enqueue_batch(to(ALICE), by=alice)
    (message,) = await gateway.messages.wait_batch(done.batch, 0.01, by=alice)
    assert message.state is State.QUEUED


async def test_a_call_that_needs_one_message_needs_a_draft(gateway: Gateway, store: Store, alice: Principal):
    with pytest.raises(Rejected) as refusal:
        await gateway.messages.enqueue_batch([], by=alice, need_one=True)
    assert refusal.value.code == "recipient_missing"
