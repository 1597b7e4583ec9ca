"""Which phones subscribed to a sender or a campaign (native-v1 §1, §7.6)."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.domain.contact import Subscriber, Subscription
from gateway.domain.errors import Conflict, NotFound, Rejected
from gateway.domain.event import EventType
from gateway.domain.ids import new_id
from gateway.policy.consent import ACCOUNT, covering, scope_of
from gateway.store import campaigns, events, groups, optouts
from gateway.store.listing import page
from gateway.store.transaction import Row, Transaction, from_ms

SELECT = """
SELECT subscriptions.*, COALESCE(contacts.num, 0) AS contact, contacts.id AS contact_id, contact_groups.id AS group_id
FROM subscriptions
LEFT JOIN contacts ON contacts.account = subscriptions.account AND contacts.phone = subscriptions.phone
LEFT JOIN contact_groups ON contact_groups.num = subscriptions.contact_group
"""
ONE = (
    SELECT
    + """
WHERE subscriptions.account = :account AND subscriptions.phone = :phone
  AND subscriptions.kind = :kind AND subscriptions.target = :target
"""
)
BY_ID = SELECT + "WHERE subscriptions.account = ? AND subscriptions.id = ?"
PUT = """
INSERT INTO subscriptions (id, account, phone, kind, target, state, source, authenticated, contact_group, created_at,
                           updated_at)
VALUES (:id, :account, :phone, :kind, :target, :state, :source, :authenticated, :contact_group, :now, :now)
ON CONFLICT (account, phone, kind, target) DO UPDATE
SET state = excluded.state, source = excluded.source, contact_group = excluded.contact_group,
    authenticated = excluded.authenticated, updated_at = excluded.updated_at
"""
STOP = "UPDATE subscriptions SET state = 'stopped', source = :source, updated_at = :now WHERE id = :id"
REGROUP = "UPDATE subscriptions SET contact_group = :contact_group, updated_at = :now WHERE id = :id"
AUTHENTICATE = """
UPDATE subscriptions SET authenticated = 1, updated_at = :now
WHERE account = :account AND phone = :phone AND state = 'active' AND authenticated = 0
"""
SUBSCRIBERS = """
SELECT subscriptions.phone, contacts.name, contacts.email, contacts.external_id, contacts.fields
FROM subscriptions
LEFT JOIN contacts ON contacts.account = subscriptions.account AND contacts.phone = subscriptions.phone
WHERE subscriptions.account = :account AND subscriptions.kind = :kind AND subscriptions.target = :target
  AND subscriptions.state = 'active'
  AND NOT EXISTS (SELECT 1 FROM opt_outs WHERE opt_outs.account = subscriptions.account
                  AND opt_outs.phone = subscriptions.phone AND opt_outs.scope IN (:everything, :scope))
"""
IN_GROUP = """
  AND (subscriptions.contact_group = :contact_group
       OR EXISTS (SELECT 1 FROM group_members WHERE group_members.contact = contacts.num
                  AND group_members.contact_group = :contact_group))
"""
MEMBERS = """
SELECT contacts.phone, contacts.name, contacts.email, contacts.external_id, contacts.fields
FROM group_members JOIN contacts ON contacts.num = group_members.contact
WHERE group_members.contact_group = :contact_group AND contacts.phone IS NOT NULL ORDER BY contacts.num
"""

STOPPED = "asked to be left alone; only START from that phone undoes it"


def subscriptions(
    tx: Transaction,
    account: str,
    *,
    limit: int,
    cursor: int | None = None,
    phone: str | None = None,
    kind: str | None = None,
    target: str | None = None,
    state: str | None = None,
    ascending: bool = False,
) -> list[Subscription]:
    """By their number, newest first or ascending."""
    where = {"account": account, "phone": phone, "kind": kind, "target": target, "state": state}
    rows = page(tx, SELECT, where, limit=limit, cursor=cursor, ascending=ascending, of="subscriptions.")
    return [subscription_from(row) for row in rows]


def find(tx: Transaction, account: str, phone: str, kind: str, target: str) -> Subscription | None:
    row = tx.row(ONE, {"account": account, "phone": phone, "kind": kind, "target": target})
    return None if row is None else subscription_from(row)


def subscribe(
    tx: Transaction,
    account: str,
    phone: str,
    kind: str,
    target: str,
    source: str,
    now: int,
    *,
    group: str | None = None,
    may_resubscribe: bool = False,
) -> tuple[Subscription, bool]:
    """Subscribe the phone; its contact, if there is one, joins the group. An unknown group counts as none.

    source: "keyword" is the phone's own word, which nothing stands against but an opt-out by the API. Returns the
    subscription, and whether it was not active before; only then it is told. Raises Rejected ("campaign_unknown",
    "opted_out").
    """
    _check_campaign(tx, account, kind, target)
    chosen = groups.find(tx, account, group) if group else None
    before = find(tx, account, phone, kind, target)
    if before is not None and before.contact and chosen is not None:
        groups.join(tx, chosen.num, before.contact)
    if before is not None and before.state == "active":
        return _regrouped(tx, before, chosen.num if chosen else 0, now), False
    _check_consent(tx, account, phone, kind, target, source, before, may_resubscribe=may_resubscribe)
    optouts.lift(tx, account, phone, scope_of(kind, target))
    own_word = source == "keyword"
    row = {"account": account, "phone": phone, "kind": kind, "target": target, "source": source, "now": now}
    row |= {"id": new_id("sub", now), "state": "active", "contact_group": chosen.num if chosen else 0}
    tx.run(PUT, row | {"authenticated": own_word or (before is not None and before.authenticated)})
    made = _told(tx, account, phone, kind, target, EventType.CONTACT_OPTED_IN, source, now)
    if made.contact and chosen is not None:
        groups.join(tx, chosen.num, made.contact)
    return made, True


def unsubscribe(
    tx: Transaction, account: str, phone: str, kind: str, target: str, source: str, now: int
) -> Subscription:
    """Raises Conflict("not_subscribed") when it is not active, Rejected("campaign_unknown")."""
    _check_campaign(tx, account, kind, target)
    before = find(tx, account, phone, kind, target)
    if before is None or before.state != "active":
        raise Conflict("not_subscribed", f"{phone} is not subscribed to {target}")
    return _stopped(tx, before, source, now)


def stop(tx: Transaction, account: str, subscription: str, source: str, now: int) -> Subscription:
    """By id; stopped before is fine. Raises NotFound."""
    row = tx.row(BY_ID, (account, subscription))
    if row is None:
        raise NotFound("there is no such subscription")
    before = subscription_from(row)
    return before if before.state != "active" else _stopped(tx, before, source, now)


def authenticate(tx: Transaction, account: str, phone: str, now: int) -> None:
    """The phone itself confirmed what it is subscribed to."""
    tx.run(AUTHENTICATE, {"account": account, "phone": phone, "now": now})


def subscribers(tx: Transaction, account: str, kind: str, target: str, group: str | None) -> list[Subscriber]:
    """Every active one without who opted out of it, each phone once. group: only those in it. Raises NotFound."""
    asked = {"account": account, "kind": kind, "target": target}
    everything, scope = covering(kind, target)
    asked |= {"everything": everything, "scope": scope}
    order = "ORDER BY subscriptions.num"
    if group is None:
        return [subscriber_from(row) for row in tx.rows(SUBSCRIBERS + order, asked)]
    chosen = groups.get(tx, account, group)
    rows = tx.rows(SUBSCRIBERS + IN_GROUP + order, asked | {"contact_group": chosen.num})
    return [subscriber_from(row) for row in rows]


def members(tx: Transaction, account: str, group: str) -> list[Subscriber]:
    """Everybody with a phone in the group. Raises NotFound."""
    chosen = groups.get(tx, account, group)
    return [subscriber_from(row) for row in tx.rows(MEMBERS, {"contact_group": chosen.num})]


def _check_campaign(tx: Transaction, account: str, kind: str, target: str) -> None:
    if kind == "campaign" and campaigns.find(tx, account, target) is None:
        raise Rejected("campaign_unknown", "campaign: there is none of that reference")


def _check_consent(
    tx: Transaction,
    account: str,
    phone: str,
    kind: str,
    target: str,
    source: str,
    before: Subscription | None,
    *,
    may_resubscribe: bool,
) -> None:
    """What stands against subscribing the phone. An opt-out of everything an administrator alone takes back."""
    scopes = optouts.scopes_of(tx, account, phone)
    against = {scope: scopes[scope] for scope in covering(kind, target) if scope in scopes}
    if source == "keyword":
        against = {scope: who for scope, who in against.items() if who != "keyword"}
    elif "keyword" in against.values():
        raise Rejected("opted_out", f"{phone} {STOPPED}")
    was_stopped = before is not None and source != "keyword"
    if ACCOUNT in against or ((against or was_stopped) and not may_resubscribe):
        raise Rejected("opted_out", f"{phone} was stopped before")


def _regrouped(tx: Transaction, before: Subscription, group: int, now: int) -> Subscription:
    if not group or group == before.group:
        return before
    tx.run(REGROUP, {"id": before.id, "contact_group": group, "now": now})
    return _again(tx, before)


def _stopped(tx: Transaction, before: Subscription, source: str, now: int) -> Subscription:
    tx.run(STOP, {"id": before.id, "source": source, "now": now})
    kind = EventType.CONTACT_OPTED_OUT
    return _told(tx, before.account, before.phone, before.kind, before.target, kind, source, now)


def _told(
    tx: Transaction, account: str, phone: str, kind: str, target: str, what: EventType, source: str, now: int
) -> Subscription:
    events.write(tx, what, account, optouts.describe(phone, scope_of(kind, target), source, now), now)
    found = find(tx, account, phone, kind, target)
    assert found is not None
    return found


def _again(tx: Transaction, known: Subscription) -> Subscription:
    found = find(tx, known.account, known.phone, known.kind, known.target)
    assert found is not None
    return found


def subscription_from(row: Row) -> Subscription:
    return Subscription(
        num=row["num"],
        id=row["id"],
        account=row["account"],
        phone=row["phone"],
        kind=row["kind"],
        target=row["target"],
        state=row["state"],
        source=row["source"],
        created_at=from_ms(row["created_at"]),
        updated_at=from_ms(row["updated_at"]),
        authenticated=bool(row["authenticated"]),
        contact=row["contact"],
        group=row["contact_group"],
        contact_id=row["contact_id"],
        group_id=row["group_id"],
    )


def subscriber_from(row: Row) -> Subscriber:
    """With what a text may say of its owner: name, first, phone, email and external_id always, then its fields."""
    known: dict[str, Any] = {} if row["fields"] is None else json.loads(row["fields"])
    name = row["name"] or ""
    own = {"name": name, "first": known.get("first") or name.partition(" ")[0], "phone": row["phone"]}
    own |= {"email": row["email"], "external_id": row["external_id"]}
    variables: Mapping[str, str] = known | {key: value or "" for key, value in own.items()}
    return Subscriber(row["phone"], variables)
