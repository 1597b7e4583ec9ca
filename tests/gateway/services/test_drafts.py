"""What drafts say by name: contacts, templates, files, windows, the line of a conversation; and policy's answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.aio import SystemClock
from gateway.domain.contact import ContactChange
from gateway.domain.errors import Conflict, Malformed, Rejected
from gateway.domain.line import LineRecord, LineState, LineStatus
from gateway.domain.message import Draft, MediaRef, SendWindow, State
from gateway.metrics import Metrics
from gateway.services import GatewaySettings, build_gateway
from gateway.store.contract import Arrival

PEER = "+13105551212"
DRAFT = Draft(PEER, "hello")
PICTURE = MediaRef(url="https://example.com/a.png")
OCTETS = MediaRef(name="a.png", octets=b"\x89PNG\r\n\x1a\n")


@pytest.fixture
def public(store):
    """A gateway that has a public address."""
    settings = GatewaySettings(public_url="https://sms.example")
    return build_gateway(store, settings=settings, clock=SystemClock(), metrics=Metrics())


def with_settings(principal, **settings):
    account = replace(principal.account, settings=replace(principal.account.settings, **settings))
    return replace(principal, account=account)


async def code_of(call):
    with pytest.raises(Rejected) as refusal:
        await call
    return refusal.value.code, [fault.field for fault in refusal.value.faults]


async def test_a_contact_stands_for_its_phone(gateway, alice):
    ann = await gateway.contacts.create(ContactChange(name="Ann", phone=PEER), by=alice)
    nobody = await gateway.contacts.create(ContactChange(name="Bob", email="bob@example.com"), by=alice)
    done = await gateway.messages.enqueue(Draft("", "hello", contact=ann.id), by=alice)
    assert done.messages[0].to == PEER
    for contact in (nobody.id, "con_0"):
        refused = gateway.messages.enqueue(Draft("", "hello", contact=contact), by=alice)
        assert await code_of(refused) == ("invalid_recipient", ["to"])


async def test_a_template_is_filled_by_its_name_or_id(gateway, alice):
    made = await gateway.templates.create("Welcome", "Hi {{name|there}}, code {{code}}", by=alice)
    for template in ("welcome", made.id):
        draft = replace(DRAFT, text="", template=template, variables={"code": "7"})
        assert (await gateway.messages.enqueue(draft, by=alice)).messages[0].text == "Hi there, code 7"
    missing = replace(DRAFT, template="welcome")
    assert await code_of(gateway.messages.enqueue(missing, by=alice)) == ("invalid_request", ["vars.code"])
    unknown = replace(DRAFT, template="nope")
    assert await code_of(gateway.messages.enqueue(unknown, by=alice)) == ("invalid_request", ["template"])
    assert await code_of(gateway.messages.enqueue(replace(unknown, sender="no"), by=alice)) == (
        "invalid_sender",
        ["from"],
    )


async def test_a_text_without_variables_stands_as_it_is(gateway, alice):
    done = await gateway.messages.enqueue(replace(DRAFT, text="{{name}}"), by=alice)
    assert done.messages[0].text == "{{name}}"
    filled = replace(DRAFT, text="Hi {{name}}", variables={"name": "Ann"})
    assert (await gateway.messages.enqueue(filled, by=alice)).messages[0].text == "Hi Ann"


async def test_placeholders_cannot_make_a_text_grow_without_bound(gateway, alice, monkeypatch):
    monkeypatch.setattr("gateway.services.preparing.fill", lambda *_: pytest.fail("it was filled"))
    for text, code in (("{{a}}" * 201, "invalid_request"), ("{{a}}" * 200_000, "body_too_long")):
        draft = replace(DRAFT, text=text, variables={"a": "x" * 1600})
        assert await code_of(gateway.messages.enqueue(draft, by=alice)) == (code, ["text"])


async def test_files_become_links_behind_the_text_which_nobody_counts(public, alice):
    draft = replace(DRAFT, text="see https://example.com/x", media=(PICTURE,), track_clicks=True)
    text = (await public.messages.enqueue(draft, by=alice)).messages[0].text
    first, second = text.split("\n")
    assert first.startswith("see https://sms.example/l/")
    assert second == PICTURE.url
    alone = (await public.messages.enqueue(replace(DRAFT, text=" ", media=(PICTURE, OCTETS)), by=alice)).messages[0]
    assert alone.text.startswith(f"{PICTURE.url}\nhttps://sms.example/m/")


async def test_a_files_fault_is_told_in_the_place_of_the_text(gateway, public, alice):
    draft = replace(DRAFT, media=(PICTURE,))
    assert await code_of(gateway.messages.enqueue(draft, by=alice)) == ("media_unsupported", ["media"])
    wrong = replace(draft, sender="nobody")
    assert await code_of(gateway.messages.enqueue(wrong, by=alice)) == ("invalid_sender", ["from"])
    bad = replace(DRAFT, media=(MediaRef(url="javascript:alert(1)"),))
    assert await code_of(public.messages.enqueue(bad, by=alice)) == ("invalid_request", ["media"])


async def test_all_recipients_of_a_call_share_a_file_and_a_refused_call_keeps_none(public, store, alice):
    drafts = [replace(DRAFT, to=f"+1310555121{n}", media=(OCTETS,)) for n in range(3)]
    done = await public.messages.enqueue_batch(drafts, by=alice, strict=True)
    assert len({message.text for message in done.messages}) == 1
    token = done.messages[0].text.rpartition("/")[2]
    assert await store.media.by_token(token) is not None
    kept = []
    keep = public.media.links

    async def links(media, *, by, due=None):
        kept.extend(await keep(media, by=by, due=due))
        return tuple(kept[-1:])

    public.media.links = links
    await store.consent.opt_out("default", PEER, "api", SystemClock().now())
    for call in (
        public.messages.enqueue(replace(DRAFT, media=(OCTETS,)), by=alice),
        public.messages.enqueue_batch([replace(DRAFT, media=(OCTETS,))], by=alice, need_one=True),
        public.messages.enqueue_batch([*drafts, Draft("x", "")], by=alice, strict=True),
    ):
        with pytest.raises((Rejected, Conflict)):
            await call
    assert len(kept) == 3
    assert [await store.media.by_token(link.rpartition("/")[2]) for link in kept] == [None] * 3


async def test_every_fault_of_a_draft_is_told_in_the_order_of_the_checks(public, gateway, alice):
    wrong = Draft("x", "", sender="office", sender_kind="number", media=(MediaRef(url="ftp://x"),), priority=10)
    faults = await public.messages.faults(wrong, by=alice)
    assert [(fault.field, fault.code) for fault in faults] == [
        ("priority", "invalid_request"),
        ("to", "invalid_recipient"),
        ("from", "invalid_sender"),
        ("media", "invalid_request"),
    ]
    named = Draft("", "", contact="con_0", template="nope")
    assert [fault.field for fault in await gateway.messages.faults(named, by=alice)] == ["to", "template"]
    assert await gateway.messages.faults(DRAFT, by=alice) == ()
    with pytest.raises(Malformed) as refusal:
        await public.messages.enqueue_batch([DRAFT, wrong], by=alice, strict=True)
    assert [one.field for one in refusal.value.refused] == ["priority", "to", "from", "media"]


async def test_outside_its_window_a_message_is_scheduled_for_the_next_opening(gateway, alice):
    now = datetime.now(UTC)
    closed = SendWindow(*((now + timedelta(hours=h)).strftime("%H:00") for h in (2, 3)), zone="UTC")
    opens = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    message = (await gateway.messages.enqueue(replace(DRAFT, send_window=closed), by=alice)).messages[0]
    assert (message.state, message.schedule_at, message.send_window) == (State.SCHEDULED, opens, closed)
    assert message.expire_at == opens + timedelta(hours=72)
    always = SendWindow("00:00", "00:00", zone="recipient")
    message = (await gateway.messages.enqueue(replace(DRAFT, send_window=always), by=alice)).messages[0]
    assert message.state is State.QUEUED
    too_soon = replace(DRAFT, send_window=closed, expire_at=now + timedelta(minutes=30))
    assert await code_of(gateway.messages.enqueue(too_soon, by=alice)) == ("invalid_request", ["expire_at"])


async def test_without_a_sender_a_conversation_goes_on_over_its_line_while_that_is_up(gateway, store, alice):
    home = await store.put_line(LineRecord(0, "", "home", number="+13109060902"))
    up = LineStatus(LineState.UP, "")
    await store.set_line_status(home.num, up, SystemClock().now())
    first = await gateway.messages.enqueue(DRAFT, by=alice)
    assert first.messages[0].sender == "auto"
    asked = Arrival(b"x", None, announced=True, sender=PEER, alphabet="gsm7", content=b"hi")
    await store.file_arrival(home.num, asked, SystemClock().now())
    for draft in (DRAFT, replace(DRAFT, to="(310) 555-1212")):
        assert (await gateway.messages.enqueue(draft, by=alice)).messages[0].sender == "+13109060902"
    many = await gateway.messages.enqueue_batch([DRAFT, replace(DRAFT, to="+13105550000")], by=alice)
    assert [message.sender for message in many.messages] == ["+13109060902", "auto"]
    assert (await gateway.messages.enqueue(replace(DRAFT, sender="auto"), by=alice)).messages[0].sender == "auto"
    await store.set_line_status(home.num, LineStatus(), SystemClock().now())
    assert (await gateway.messages.enqueue(DRAFT, by=alice)).messages[0].sender == "auto"


@pytest.mark.parametrize(
    ("settings", "to", "allowed"),
    [
        ({"destinations_allow": ("US",)}, PEER, True),
        ({"destinations_allow": ("DE",)}, PEER, False),
        ({"destinations_allow": ("DE", "+1310")}, PEER, True),
        ({"destinations_deny": ("+1310",)}, PEER, False),
        ({"destinations_deny": ("CA",)}, PEER, True),
        ({"destinations_deny": ("CA",)}, "+14165551212", False),
        ({"destinations_allow": ("US",), "destinations_deny": ("+1310",)}, PEER, False),
        ({"destinations_allow": ("US",)}, "80888", True),
        ({"destinations_deny": ("US",)}, "80888", False),
    ],
)
async def test_an_account_sends_where_it_may(gateway, alice, settings, to, allowed):
    call = gateway.messages.enqueue(replace(DRAFT, to=to), by=with_settings(alice, **settings))
    if allowed:
        assert (await call).messages
    else:
        assert await code_of(call) == ("destination_denied", ["to"])


async def test_the_duplicates_guard_compares_account_sender_recipient_and_text(gateway, alice):
    guarded = with_settings(alice, duplicate_window_s=60)
    await gateway.messages.enqueue(DRAFT, by=guarded)
    with pytest.raises(Conflict) as refusal:
        await gateway.messages.enqueue(replace(DRAFT, to="(310) 555-1212"), by=guarded)
    assert refusal.value.code == "duplicate"
    for other in (replace(DRAFT, text="Hello"), replace(DRAFT, sender="office"), replace(DRAFT, to="+13105551213")):
        await gateway.messages.enqueue(other, by=guarded)
    await gateway.messages.enqueue(replace(DRAFT, test=True), by=guarded)
    await gateway.messages.enqueue(DRAFT, by=alice)


async def test_a_required_reply_is_due_when_the_account_or_the_draft_says(gateway, store, alice):
    await gateway.messages.enqueue(replace(DRAFT, reply="required"), by=with_settings(alice, reply_due_h=2))
    done = await gateway.messages.enqueue(replace(DRAFT, reply="required", reply_due_s=600), by=alice)
    assert (await store.message("default", done.messages[0].id)).reply == "required"
