"""What every front's draft is checked for, and in which order."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.aio import SystemClock
from gateway.domain.access import SCOPES, AccountSettings, Principal
from gateway.domain.errors import Conflict, NotPermitted, Rejected
from gateway.domain.message import Draft, SendWindow, State
from gateway.metrics import Metrics
from gateway.services import GatewaySettings, Idempotency, StoredAnswer, build_gateway
from gateway.store.contract import MessageFilter

DRAFT = Draft("+13105551212", "hello")


def with_settings(principal, **settings):
    account = replace(principal.account, settings=replace(principal.account.settings, **settings))
    return replace(principal, account=account)


async def test_the_first_check_that_fails_decides(gateway, alice):
    """recipient → sender → text → campaign, whatever else is wrong."""
    checked = with_settings(alice, campaign_check=True)
    wrong = Draft("x", "", sender="nobody")
    for change, code in (
        ({}, "invalid_recipient"),
        ({"to": DRAFT.to}, "invalid_sender"),
        ({"sender": "office"}, "body_empty"),
        ({"text": "hello"}, "campaign_required"),
        ({"campaign": "none"}, "campaign_unknown"),
    ):
        wrong = replace(wrong, **change)
        with pytest.raises(Rejected) as refusal:
            await gateway.messages.enqueue(wrong, by=checked)
        assert refusal.value.code == code


async def test_who_ignores_opt_outs_must_be_an_administrator(gateway, store, alice):
    await store.consent.opt_out("default", DRAFT.to, "api", SystemClock().now())
    with pytest.raises(Rejected, match="does not want"):
        await gateway.messages.enqueue(DRAFT, by=alice)
    insistent = replace(DRAFT, ignore_opt_out=True)
    with pytest.raises(NotPermitted):
        await gateway.messages.enqueue(insistent, by=replace(alice, scopes=frozenset({"messages:send"})))
    assert (await gateway.messages.enqueue(insistent, by=alice)).messages[0].state is State.QUEUED


async def test_a_mask_is_put_before_the_text_where_the_account_says_so(gateway, alice):
    masked = replace(DRAFT, sender_mask="Dunder Mifflin")
    message = (await gateway.messages.enqueue(masked, by=with_settings(alice, mask_policy="prefix"))).messages[0]
    assert (message.text, message.sender_mask) == ("Dunder Miff: hello", "Dunder Miff")


async def test_what_click_tracking_cannot_do_is_refused_not_skipped(gateway, alice):
    with pytest.raises(Rejected, match="not configured"):
        await gateway.messages.enqueue(replace(DRAFT, text="see https://example.com", track_clicks=True), by=alice)


async def test_native_11_where_an_account_tracks_clicks_a_preview_counts_the_short_links(store, alice):
    settings = GatewaySettings(public_url="https://sms.example")
    gateway = build_gateway(store, settings=settings, clock=SystemClock(), metrics=Metrics())
    tracked = with_settings(alice, track_clicks=True)
    target = f"https://example.com/{'x' * 200}"
    draft = replace(DRAFT, text=f"see {target}")
    preview = await gateway.messages.preview(draft, by=tracked)
    message = (await gateway.messages.enqueue(draft, by=tracked)).messages[0]
    assert (preview.links, len(preview.plan.parts)) == ((target,), 1)
    assert len(preview.plan.text) == len(message.text)
    assert (await store.links.list("default", limit=10))[0].message == message.id
    assert len((await gateway.messages.preview(draft, by=alice)).plan.parts) == 2


async def test_a_batch_sends_a_number_the_same_text_once_although_short_links_differ(store, alice):
    settings = GatewaySettings(public_url="https://sms.example")
    gateway = build_gateway(store, settings=settings, clock=SystemClock(), metrics=Metrics())
    draft = replace(DRAFT, text="see https://example.com", track_clicks=True)
    batch = [draft, replace(draft, to="+13105551213"), draft, replace(draft, text="and https://example.com")]
    enqueued = await gateway.messages.enqueue_batch(batch, by=alice)
    assert [message.to[-1] for message in enqueued.messages] == ["2", "3", "2"]
    assert all("https://sms.example/l/" in message.text for message in enqueued.messages)


async def test_no_links_are_made_for_a_text_that_fits_into_no_message(store, alice, monkeypatch):
    settings = GatewaySettings(public_url="https://sms.example")
    gateway = build_gateway(store, settings=settings, clock=SystemClock(), metrics=Metrics())
    monkeypatch.setattr("gateway.services.links.link_code", lambda: pytest.fail("a link was made"))
    text = " ".join(f"http://a.b/{n}" for n in range(60_000))  # a second and more of everybody's time
    with pytest.raises(Rejected) as refusal:
        await gateway.messages.enqueue(replace(DRAFT, text=text, track_clicks=True), by=alice)
    assert refusal.value.code == "body_too_long"


async def test_each_draft_has_its_own_concatenation_reference(gateway, store, alice):
    long = replace(DRAFT, text="a" * 200)
    ids = [(await gateway.messages.enqueue(long, by=alice)).messages[0].id for _ in range(2)]
    parts = [(await store.message("default", one)).parts for one in ids]
    first, second = (message[0].user_data[3] for message in parts)
    assert second == (first + 1) % 256
    assert all({part.user_data[3] for part in message} == {message[0].user_data[3]} for message in parts)


async def test_a_large_batch_lets_others_in_between(gateway, alice):
    await gateway.messages.enqueue(DRAFT, by=alice)  # what is looked up once is known from here on
    drafts = [replace(DRAFT, to=f"+1310555{n:04d}") for n in range(2000)]
    batch = asyncio.create_task(gateway.messages.enqueue_batch(drafts, by=alice))
    await asyncio.sleep(0)
    await gateway.messages.enqueue(DRAFT, by=alice)
    assert not batch.done()
    assert len((await batch).messages) == 2000


async def test_while_the_first_call_runs_its_key_is_taken(gateway, store, alice, monkeypatch):
    key = Idempotency("scope", "key", b"fingerprint", lambda enqueued: StoredAnswer(202, enqueued.batch))
    begun, go_on, real = asyncio.Event(), asyncio.Event(), store.enqueue

    async def held(batch, now):
        begun.set()
        await go_on.wait()
        return await real(batch, now)

    monkeypatch.setattr(store, "enqueue", held)
    first = asyncio.create_task(gateway.messages.enqueue(DRAFT, by=alice, idempotency=key))
    await begun.wait()
    with pytest.raises(Conflict) as refusal:
        await gateway.messages.enqueue(DRAFT, by=alice, idempotency=key)
    assert refusal.value.code == "idempotency_in_flight"
    go_on.set()
    assert (await first).replay is None
    assert (await gateway.messages.enqueue(DRAFT, by=alice, idempotency=key)).replay.body == (await first).batch


async def test_a_callers_filter_cannot_leave_his_account(gateway, store, alice):
    await gateway.messages.enqueue(DRAFT, by=alice)
    await store.put_account("other", AccountSettings(), SystemClock().now())
    stranger = Principal(await store.account("other"), "BBBBBBBB", frozenset(SCOPES))
    for account in ("default", None):
        assert await gateway.messages.list(MessageFilter(account), by=stranger, limit=10) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"encoding": "latin1"}, "encoding"),
        ({"priority": 10}, "priority"),
        ({"max_segments": 0}, "max_segments"),
        ({"ttl_s": 59}, "ttl"),
        ({"reply": "perhaps"}, "reply"),
        ({"reply_due_s": 60}, "reply_due"),
        ({"reply": "required", "reply_due_s": 59}, "reply_due"),
        ({"send_window": SendWindow("8:00", "21:00")}, "send_window"),
        ({"send_window": SendWindow("08:00", "24:00")}, "send_window"),
        ({"send_window": SendWindow("08:00", "21:00", days=())}, "send_window"),
        ({"send_window": SendWindow("08:00", "21:00", days=(8,))}, "send_window"),
        ({"send_window": SendWindow("08:00", "21:00", zone="Mars/Base")}, "send_window"),
        ({"send_window": SendWindow("08:00", "21:00", zone="../../etc/passwd")}, "send_window"),
        ({"on_unknown": "guess"}, "on_unknown"),
        ({"client_ref": "x" * 129}, "client_ref"),
        ({"ttl_s": 60, "expire_at": SystemClock().now() + timedelta(hours=1)}, "expire_at"),
    ],
)
async def test_a_front_cannot_slip_an_odd_draft_in(gateway, alice, change, field):
    with pytest.raises(Rejected) as refusal:
        await gateway.messages.enqueue(replace(DRAFT, **change), by=alice)
    assert [fault.field for fault in refusal.value.faults] == [field]
