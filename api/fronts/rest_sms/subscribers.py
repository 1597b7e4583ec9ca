"""Who hears from a sender code: subscribing phones and contacts, and stopping them (contract §3.3, 3.4, 3.7).

Consent is asked before a contact is made or changed: a refusal leaves nothing behind.
"""

from dataclasses import dataclass

from aiohttp import web

from api.fronts.rest_sms.answers import Worded
from api.fronts.rest_sms.call import Call, digits
from api.fronts.rest_sms.countries import region_of
from api.fronts.rest_sms.values import wrong
from gateway.domain.contact import Contact, ContactChange, Group, Subscription
from gateway.domain.errors import Conflict
from gateway.domain.sender import ResolvedSender

LONGEST_FIRST = 100  # characters
LONGEST_EMAIL = 254
LONGEST_KEY = 128


async def add_phone(call: Call) -> web.StreamResponse:
    """3.3: subscribe a phone; a contact is made for it where the switch says so."""
    phone, sender, group = call.phone(), await call.sender(), await call.group()
    contact = await call.gateway.contacts.find(by=call.principal, phone=phone)
    if contact is None:
        _may_make(call, phone)
    subscription, is_new = await _subscribed(call, phone, sender, group)
    if not is_new:
        code = call.values.get("senderCode", "sender_code")
        told = f"An SMS subscription for phone [{digits(phone)}] and sender code [{code}] already exists"
        raise Worded("conflict", told)
    if contact is None:
        contact = await _made(call, ContactChange(phone=phone), group)
    return call.answer(
        {
            "id": subscription.num,
            "realmId": call.account.num,
            "smsSubscriberId": contact.num,
            "smsSenderId": sender.num,
            "smsGroupId": subscription.group,
            "authenticated": subscription.authenticated,
            **call.dates(subscription.created_at, subscription.updated_at),
        }
    )


async def add_subscriber(call: Call) -> web.StreamResponse:
    """3.4: subscribe a contact, found by its customerKey, then its e-mail, then its phone; what is given is kept.

    Subscribed already is fine.
    """
    person = _person(call)
    sender, group = await call.sender(), await call.group()
    contact = await _found(call, person)
    if contact is None:
        _may_make(call, person.phone)
    subscription, _ = await _subscribed(call, person.phone, sender, group)
    contact = await _kept(call, contact, person, group)
    return call.answer(
        {
            "success": True,
            **call.dates(subscription.created_at, subscription.updated_at, first="createDate"),
            "realmId": call.account.num,
            "smsSubscriberId": contact.num,
            "id": subscription.num,
            "groupName": "" if group is None else group.name,
            "phone": digits(person.phone),
        }
    )


async def stop(call: Call) -> web.StreamResponse:
    """3.7: nothing of this sender code to the phone any more; no SMS is sent.

    A phone that nobody knows is told as unknown, and entered all the same: a wish not to be texted is never refused
    [decision].
    """
    phone, sender = call.phone(), await call.sender()
    known = await call.gateway.subscriptions.knows(phone, by=call.principal)
    contact = await call.gateway.contacts.find(by=call.principal, phone=phone)
    entry, is_new = await call.gateway.subscriptions.opt_out(phone, by=call.principal, scope=f"sender:{sender.value}")
    if is_new and not known:
        told = f"An error occurred processing STOP sends for phone [{digits(phone)}] realmId [{call.account.num}]"
        raise Worded("not_found", told)
    return call.answer(
        {
            "id": entry.num,
            "smsSubscriberId": 0 if contact is None else contact.num,
            "smsSenderId": sender.num,
            "realmId": call.account.num,
            "campaignId": 0,
            "phone": digits(phone),
            **call.dates(entry.at, entry.at),
        }
    )


@dataclass(frozen=True, slots=True)
class _Person:
    """What a caller says of somebody; absent is ""."""

    email: str
    phone: str
    first: str
    key: str


def _person(call: Call) -> _Person:
    """Raises Worded for what can be no such value."""
    email, first, key = call.needed("email").strip(), call.values.get("first"), call.values.get("customerKey")
    user, at, host = email.partition("@")
    if not (user and at and host) or "@" in host or len(email) > LONGEST_EMAIL or not _is_line(email) or " " in email:
        raise wrong("email", email)
    country = call.values.get("country")
    region = region_of(country) if country else None
    if country and region is None:
        raise wrong("country", country)
    if len(first) > LONGEST_FIRST or not _is_line(first):
        raise wrong("first", first)
    if len(key) > LONGEST_KEY or not _is_line(key):
        raise wrong("customerKey", key)
    if call.account.settings.require_customer_key and not key.strip():
        raise wrong("customerKey", key)
    return _Person(email, call.phone(region), first.strip(), key.strip())


def _is_line(text: str) -> bool:
    return text.isprintable()


async def _found(call: Call, person: _Person) -> Contact | None:
    """The contact that is meant. Raises Worded when the phone is another's."""
    contacts, by = call.gateway.contacts, call.principal
    contact = await contacts.find(by=by, external_id=person.key or None, email=person.email, phone=person.phone)
    if contact is not None and contact.phone != person.phone:
        other = await contacts.find(by=by, phone=person.phone)
        if other is not None:
            raise _taken(person.phone)
    return contact


async def _subscribed(call: Call, phone: str, sender: ResolvedSender, group: Group | None) -> tuple[Subscription, bool]:
    return await call.gateway.subscriptions.subscribe(
        phone, by=call.principal, sender=sender.value, group=None if group is None else group.id
    )


async def _kept(call: Call, contact: Contact | None, person: _Person, group: Group | None) -> Contact:
    """The contact with what was said of it. Raises Worded when the phone became another's meanwhile."""
    change = ContactChange(
        name=person.first if person.first and (contact is None or not contact.name) else None,
        phone=person.phone,
        email=person.email,
        external_id=person.key or None,
        fields={"first": person.first} if person.first else None,
    )
    if contact is None:
        return await _made(call, change, group)
    try:
        kept = await call.gateway.contacts.update(contact.id, change, by=call.principal)
    except Conflict:
        raise _taken(person.phone) from None
    await _join(call, kept, group)
    return kept


async def _made(call: Call, change: ContactChange, group: Group | None) -> Contact:
    """A new contact, or the one that another call made of the phone meanwhile."""
    contacts, by = call.gateway.contacts, call.principal
    try:
        made = await contacts.create(change, by=by)
    except Conflict:
        other = await contacts.find(by=by, phone=change.phone)
        if other is None:
            raise
        made = await contacts.update(other.id, change, by=by)
    await _join(call, made, group)
    return made


async def _join(call: Call, contact: Contact, group: Group | None) -> None:
    if group is not None:
        await call.gateway.contacts.add_members(group.id, [contact.id], by=call.principal)


def _may_make(call: Call, phone: str) -> None:
    """Raises Worded where contacts are not made by this front."""
    if not call.settings.auto_create_contacts:
        raise Worded("not_found", f"Error getting SMS contact with phone [{digits(phone)}]")


def _taken(phone: str) -> Worded:
    return Worded("conflict", f"The phone [{digits(phone)}] belongs to another SMS contact")
