"""Campaigns."""

from collections.abc import Callable
from dataclasses import replace

from gateway.domain.campaign import Campaign, describe_campaign
from gateway.domain.errors import Conflict, NotFound
from gateway.domain.event import EventType
from gateway.store import access, events
from gateway.store.rows import campaign_from, campaign_row
from gateway.store.transaction import Transaction, from_ms, to_ms

ADD_CAMPAIGN = """
INSERT INTO campaigns (id, account, ref, brand, use_case, description, approval, created_at, details, lines,
                       activated_at, updated_at, revision)
VALUES (:id, :account, :ref, :brand, :use_case, :description, :approval, :created_at, :details, :lines,
        :activated_at, :updated_at, :revision)
ON CONFLICT (account, ref) DO NOTHING
"""
SAVE_CAMPAIGN = """
UPDATE campaigns
SET brand = :brand, use_case = :use_case, description = :description, approval = :approval, details = :details,
    lines = :lines, activated_at = :activated_at, updated_at = :updated_at, revision = :revision
WHERE account = :account AND ref = :ref
"""
DROP_CAMPAIGN = "DELETE FROM campaigns WHERE account = ? AND ref = ?"
CAMPAIGNS = "SELECT * FROM campaigns WHERE account = ? ORDER BY num"
APPROVAL = "SELECT approval FROM campaigns WHERE account = ? AND ref = ?"
CAMPAIGN = "SELECT * FROM campaigns WHERE account = ? AND ref = ?"


def add(tx: Transaction, campaign: Campaign) -> Campaign:
    """Raises Conflict when the account has one of that ref."""
    if not tx.run(ADD_CAMPAIGN, campaign_row(campaign)):
        raise Conflict("conflict", f"there is a campaign {campaign.ref} already")
    return _told(tx, campaign.account, campaign.ref)


def change(tx: Transaction, account: str, ref: str, edit: Callable[[Campaign], Campaign], now: int) -> Campaign:
    """What edit makes of it, its revision and time apart; nothing is written or told where that is the same.

    Raises NotFound, and what edit raises.
    """
    known = find(tx, account, ref)
    if known is None:
        raise NotFound("there is no such campaign")
    changed = edit(known)
    if changed == known:
        return known
    changed = replace(changed, revision=known.revision + 1, updated_at=from_ms(now))
    tx.run(SAVE_CAMPAIGN, campaign_row(changed))
    return _told(tx, account, ref)


def delete(tx: Transaction, account: str, ref: str) -> bool:
    """Its subscriptions stay: made again under the same ref it has them."""
    tx.effects.access = True
    return tx.run(DROP_CAMPAIGN, (account, ref)) > 0


def _told(tx: Transaction, account: str, ref: str) -> Campaign:
    """Tell what stands now; what services remember of campaigns is stale."""
    stored = find(tx, account, ref)
    assert stored is not None
    tx.effects.access = True
    at = to_ms(stored.updated_at or stored.created_at)
    events.write(tx, EventType.CAMPAIGN_UPDATED, account, describe_campaign(stored), at)
    return stored


def campaigns(tx: Transaction, account: str) -> list[Campaign]:
    """Oldest first, each with the lines assigned to it."""
    found = [campaign_from(row) for row in tx.rows(CAMPAIGNS, (account,))]
    return [_assigned(tx, campaign) for campaign in found]


def find(tx: Transaction, account: str, ref: str) -> Campaign | None:
    row = tx.row(CAMPAIGN, (account, ref))
    return None if row is None else _assigned(tx, campaign_from(row))


def forbids(tx: Transaction, account: str, ref: str) -> bool:
    """Whether the account, which checks its campaigns, may not send within this one."""
    approval = tx.row(APPROVAL, (account, ref))
    if approval is not None and approval["approval"] == "Y":
        return False
    owner = access.account(tx, account)
    return owner is not None and owner.settings.campaign_check


def of_routes(tx: Transaction, account: str) -> dict[str, str]:
    """What a caller may write as "from" → the campaign of the one line it means; a line's own word
    wins."""
    known = campaigns(tx, account)
    refs = {campaign.ref for campaign in known}
    by_line = {line: campaign.ref for campaign in reversed(known) for line in campaign.lines}
    found: dict[str, str] = {}
    for line in tx.memory.lines.values():
        ref = line.campaign if line.campaign in refs else by_line.get(line.id)
        if ref is not None and line.serves(account):
            found |= dict.fromkeys(line.answers_to(), ref)
    for sender in tx.memory.senders.values():
        if sender.account == account and len(sender.lines) == 1 and sender.lines[0] in found:
            found.setdefault(sender.value, found[sender.lines[0]])
    return found


def _assigned(tx: Transaction, campaign: Campaign) -> Campaign:
    """With the ids of its lines: those it names and those that name it, of the account's own."""
    own = [line for line in tx.memory.lines.values() if line.serves(campaign.account)]
    assigned = tuple(line.id for line in own if line.id in campaign.lines or line.campaign == campaign.ref)
    return replace(campaign, assigned=assigned)
