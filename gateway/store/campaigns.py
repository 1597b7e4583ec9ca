"""Campaigns and who is subscribed to them."""

from gateway.domain.campaign import Campaign, Subscription
from gateway.domain.errors import Conflict, Rejected
from gateway.domain.event import EventType
from gateway.store import events, optouts
from gateway.store.rows import campaign_from, subscription_from
from gateway.store.transaction import Transaction, to_ms

PUT_CAMPAIGN = """
INSERT INTO campaigns (id, account, ref, brand, use_case, description, approval, created_at)
VALUES (:id, :account, :ref, :brand, :use_case, :description, :approval, :created_at)
ON CONFLICT (account, ref) DO UPDATE
SET brand = excluded.brand, use_case = excluded.use_case, description = excluded.description,
    approval = excluded.approval
RETURNING num
"""
CAMPAIGNS = "SELECT * FROM campaigns WHERE account = ? ORDER BY num"
CAMPAIGN = "SELECT * FROM campaigns WHERE account = ? AND ref = ?"
SUBSCRIPTION = "SELECT * FROM subscriptions WHERE account = ? AND phone = ? AND campaign = ?"
PUT_SUBSCRIPTION = """
INSERT INTO subscriptions (account, phone, campaign, state, source, at)
VALUES (:account, :phone, :campaign, :state, :source, :now)
ON CONFLICT (account, phone, campaign) DO UPDATE
SET state = excluded.state, source = excluded.source, at = excluded.at
"""


def put_campaign(tx: Transaction, campaign: Campaign) -> Campaign:
    """Make it, or change the account's one of that ref."""
    row = {name: getattr(campaign, name) for name in ("id", "account", "ref", "brand", "use_case", "description")}
    tx.insert(PUT_CAMPAIGN, row | {"approval": campaign.approval, "created_at": to_ms(campaign.created_at)})
    stored = find(tx, campaign.account, campaign.ref)
    assert stored is not None
    return stored


def campaigns(tx: Transaction, account: str) -> list[Campaign]:
    return [campaign_from(row) for row in tx.rows(CAMPAIGNS, (account,))]


def find(tx: Transaction, account: str, ref: str) -> Campaign | None:
    row = tx.row(CAMPAIGN, (account, ref))
    return None if row is None else campaign_from(row)


def subscription(tx: Transaction, account: str, phone: str, campaign: str) -> Subscription | None:
    row = tx.row(SUBSCRIPTION, (account, phone, campaign))
    return None if row is None else subscription_from(row)


def subscribe(tx: Transaction, account: str, phone: str, campaign: str, source: str, now: int) -> Subscription:
    """Already subscribed is fine and told to nobody. Raises Rejected("opted_out") after the phone's own STOP."""
    if source != "keyword" and optouts.stopped_by_keyword(tx, account, phone):
        raise Rejected("opted_out", f"{phone} asked to be left alone; only START from that phone undoes it")
    before = subscription(tx, account, phone, campaign)
    if before is not None and before.state == "active":
        return before
    return _put(tx, account, phone, campaign, "active", source, now)


def unsubscribe(tx: Transaction, account: str, phone: str, campaign: str, source: str, now: int) -> Subscription:
    """Raises Conflict("not_subscribed") when it is not active."""
    before = subscription(tx, account, phone, campaign)
    if before is None or before.state != "active":
        raise Conflict("not_subscribed", f"{phone} is not subscribed to {campaign}")
    return _put(tx, account, phone, campaign, "stopped", source, now)


def _put(tx: Transaction, account: str, phone: str, campaign: str, state: str, source: str, now: int) -> Subscription:
    row = {"account": account, "phone": phone, "campaign": campaign, "state": state, "source": source, "now": now}
    tx.run(PUT_SUBSCRIPTION, row)
    kind = EventType.CONTACT_OPTED_IN if state == "active" else EventType.CONTACT_OPTED_OUT
    events.write(tx, kind, account, optouts.describe(phone, campaign, source, now), now)
    stored = subscription(tx, account, phone, campaign)
    assert stored is not None
    return stored
