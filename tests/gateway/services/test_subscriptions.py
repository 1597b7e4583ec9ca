"""Consent for the fronts: who is subscribed, who is left alone."""

from dataclasses import replace

import pytest

from gateway.domain.errors import Conflict, NotFound, NotPermitted, Rejected

ANN, BOB = "+13105551212", "+13105551213"


def with_scopes(principal, *scopes):
    return replace(principal, scopes=frozenset(scopes))


async def test_a_phone_is_read_as_its_caller_means_it(gateway, alice):
    for international_first, phone in ((False, "+13215551234"), (True, "+3215551234")):
        subscription, _ = await gateway.subscriptions.subscribe(
            "3215551234", by=alice, sender="+13109060901", international_first=international_first
        )
        assert subscription.phone == phone
    for odd in ("12x", "", "\ud800"):
        with pytest.raises(Rejected) as refusal:
            await gateway.subscriptions.subscribe(odd, by=alice, sender="+13109060901")
        assert refusal.value.code == "invalid_recipient"


async def test_a_mailing_goes_to_who_is_active_and_did_not_opt_out(gateway, alice):
    for phone in (ANN, BOB, "+13105551214"):
        await gateway.subscriptions.subscribe(phone, by=alice, sender="+13109060901")
    await gateway.subscriptions.unsubscribe(BOB, by=alice, sender="+13109060901")
    await gateway.subscriptions.opt_out("+13105551214", by=alice, scope="sender:3109060901")
    sender = with_scopes(alice, "messages:send")
    found = await gateway.subscriptions.subscribers(by=sender, sender="+13109060901")
    assert [one.phone for one in found] == [ANN]
    with pytest.raises(NotPermitted):
        await gateway.subscriptions.subscribers(by=with_scopes(alice, "contacts:read"), sender="+13109060901")
    with pytest.raises(NotFound):
        await gateway.subscriptions.subscribers(by=sender, sender="+13109060901", group="typo")
    with pytest.raises(Rejected):
        await gateway.subscriptions.subscribers(by=sender)


async def test_who_is_not_subscribed_cannot_be_unsubscribed(gateway, alice):
    with pytest.raises(Conflict) as refusal:
        await gateway.subscriptions.unsubscribe(ANN, by=alice, sender="+13109060901")
    assert refusal.value.code == "not_subscribed"
    with pytest.raises(Rejected) as unknown:
        await gateway.subscriptions.unsubscribe(ANN, by=alice, campaign="none")
    assert unknown.value.code == "campaign_unknown"


async def test_an_opt_out_is_entered_once_and_its_wish_is_never_lost(gateway, alice):
    first, is_new = await gateway.subscriptions.opt_out(ANN, by=alice, scope="sender:STORE9", source="import")
    assert (is_new, first.scope, first.source) == (True, "sender:STORE9", "import")
    assert await gateway.subscriptions.opt_out(ANN, by=alice, scope="sender:STORE9") == (first, False)
    for wrong in ({"scope": "sender:\ud800"}, {"source": "keyword"}, {"text": "\0"}, {"scope": "line:none"}):
        with pytest.raises(Rejected):
            await gateway.subscriptions.opt_out(ANN, by=alice, **wrong)


async def test_who_may_not_write_changes_nobodys_consent(gateway, alice):
    reader = with_scopes(alice, "contacts:read", "messages:send")
    for attempt in (
        gateway.subscriptions.subscribe(ANN, by=reader, sender="+13109060901"),
        gateway.subscriptions.unsubscribe(ANN, by=reader, sender="+13109060901"),
        gateway.subscriptions.opt_out(ANN, by=reader),
        gateway.subscriptions.forget_opt_out("opt_1", reason="x", by=with_scopes(alice, "contacts:write")),
    ):
        with pytest.raises(NotPermitted):
            await attempt
