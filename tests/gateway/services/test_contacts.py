"""Contacts for the fronts: found by who may send, matched by what is known of them."""

from dataclasses import replace

import pytest

from gateway.domain.contact import ContactChange
from gateway.domain.errors import Conflict, NotFound, NotPermitted, Rejected

ANN = ContactChange(name=" Ann ", phone="(310) 555-1212", email=" ann@example.com ", external_id="e1")


def with_scopes(principal, *scopes):
    return replace(principal, scopes=frozenset(scopes))


async def test_who_may_send_finds_whom_he_sends_to(gateway, alice):
    made = await gateway.contacts.create(ANN, by=alice)
    assert (made.name, made.phone, made.email) == ("Ann", "+13105551212", "ann@example.com")
    await gateway.contacts.create_group("vip", by=alice)
    for scope in ("messages:send", "contacts:read", "contacts:write"):
        asking = with_scopes(alice, scope)
        assert await gateway.contacts.find(by=asking, phone="+13105551212") == made
        assert (await gateway.contacts.group("VIP", by=asking)).name == "vip"
    for ask in (gateway.contacts.find(by=with_scopes(alice), phone="x"), gateway.contacts.get(made.id, by=asking)):
        with pytest.raises(NotPermitted):
            await ask


async def test_a_contact_is_found_by_its_key_before_its_address_before_its_phone(gateway, alice):
    by_key = await gateway.contacts.create(ANN, by=alice)
    by_email = await gateway.contacts.create(ContactChange(email="bob@example.com"), by=alice)
    by_phone = await gateway.contacts.create(ContactChange(phone="+13105551213"), by=alice)
    known = {"external_id": "e1", "email": "BOB@example.com", "phone": "+13105551213"}
    for found in (by_key, by_email, by_phone):
        assert await gateway.contacts.find(by=alice, **known) == found
        known.pop(next(iter(known)))
    assert await gateway.contacts.find(by=alice) is None


async def test_a_change_may_not_take_what_is_anothers(gateway, alice):
    await gateway.contacts.create(ANN, by=alice)
    other = await gateway.contacts.create(ContactChange(name="Bob"), by=alice)
    with pytest.raises(Conflict):
        await gateway.contacts.update(other.id, ContactChange(phone="3105551212"), by=alice)
    with pytest.raises(Rejected) as refusal:
        await gateway.contacts.update(other.id, ContactChange(name="\ud800", email="x", tags=("",)), by=alice)
    assert [fault.field for fault in refusal.value.faults] == ["name", "email", "tags"]
    assert (await gateway.contacts.get(other.id, by=alice)) == other


async def test_an_import_says_what_it_did(gateway, alice):
    report = await gateway.contacts.import_csv(b"name,phone,group\nAnn,3105551212,vip\nBob,x,\n", by=alice)
    assert (report.created, report.updated, list(report.faults)) == (1, 0, [3])
    assert [one.phone for one in await gateway.subscriptions.members("vip", by=alice)] == ["+13105551212"]
    with pytest.raises(NotFound):
        await gateway.subscriptions.members("vap", by=alice)
