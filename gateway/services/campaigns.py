"""Campaigns (native-v1 §7.8).

A local registry, not a connection to The Campaign Registry: approving is an operator's word.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.campaign import Campaign
from gateway.domain.errors import Conflict, Fault, NotFound, Rejected
from gateway.domain.ids import new_id
from gateway.store.contract import Store

MOST = 1000  # campaigns of an account
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~@:-]{0,63}")


@dataclass(frozen=True, slots=True)
class CampaignChange:
    """What a caller says of a campaign; None leaves it as it is. details: by the names of ``Details``; lines: of the
    account, by id or name."""

    brand: str | None = None
    use_case: str | None = None
    description: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    lines: Sequence[str] | None = None


class Campaigns:
    """The account's own registry of campaigns."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def get(self, ref: str, *, by: Principal) -> Campaign:
        """Raises NotFound. Needs campaigns:read."""
        by.need("campaigns:read")
        found = await self._store.campaigns.find(by.account.name, ref)
        if found is None:
            raise NotFound("there is no such campaign")
        return found

    async def create(self, ref: str, change: CampaignChange, *, by: Principal) -> Campaign:
        """Make one; it waits for its approval. Needs campaigns:write.

        Raises Rejected("invalid_request"), Conflict for a ref that is taken, or when there are a thousand.
        """
        by.need("campaigns:write")
        if not _REF.fullmatch(ref):
            raise _wrong("ref", "1 to 64 of the characters A-Z a-z 0-9 . _ ~ @ : -, beginning with a letter or digit")
        now = self._clock.now()
        campaign_id = new_id("cmp", int(now.timestamp() * 1000))
        blank = Campaign(0, campaign_id, by.account.name, ref, now, approval="N", updated_at=now)
        if len(await self._store.campaigns.list(by.account.name)) >= MOST:
            raise Conflict("conflict", f"at most {MOST} campaigns an account")
        return await self._store.campaigns.add(_changed(blank, change, await self._line_ids(change, by)))

    async def update(
        self, ref: str, change: CampaignChange, *, by: Principal, expected: Collection[str] | None = None
    ) -> Campaign:
        """Change it. expected: revisions that the caller means; raises Rejected("precondition_failed") for another.

        Raises NotFound, Rejected("invalid_request"). Needs campaigns:write.
        """
        by.need("campaigns:write")
        lines = await self._line_ids(change, by)

        def edit(known: Campaign) -> Campaign:
            if expected is not None and str(known.revision) not in expected:
                raise Rejected("precondition_failed", "the campaign was changed meanwhile")
            return _changed(known, change, lines)

        return await self._store.campaigns.change(by.account.name, ref, edit, self._clock.now())

    async def delete(self, ref: str, *, by: Principal) -> None:
        """Its subscriptions stay: made again under the same ref it has them. Raises NotFound. Needs campaigns:write."""
        by.need("campaigns:write")
        if not await self._store.campaigns.delete(by.account.name, ref):
            raise NotFound("there is no such campaign")

    async def approve(self, ref: str, *, by: Principal) -> Campaign:
        """Raises NotFound. Needs admin."""
        by.need("admin")
        now = self._clock.now()

        def edit(known: Campaign) -> Campaign:
            return replace(known, approval="Y", activated_at=known.activated_at or now)

        return await self._store.campaigns.change(by.account.name, ref, edit, now)

    async def suspend(self, ref: str, *, by: Principal) -> Campaign:
        """Where the account checks campaigns, what of it waits is rejected when its turn comes.

        Raises NotFound. Needs admin.
        """
        by.need("admin")
        return await self._store.campaigns.change(
            by.account.name, ref, lambda known: replace(known, approval="N"), self._clock.now()
        )

    async def _line_ids(self, change: CampaignChange, by: Principal) -> tuple[str, ...] | None:
        """Of the account's own lines, each once. Raises Rejected("invalid_request")."""
        if change.lines is None:
            return None
        own = [record for record in await self._store.lines() if record.serves(by.account.name)]
        ids = {record.name: record.id for record in own} | {record.id: record.id for record in own}
        unknown = [line for line in change.lines if line not in ids]
        if unknown:
            raise _wrong("lines", f"no such line: {unknown[0][:40]}")
        return tuple(dict.fromkeys(ids[line] for line in change.lines))

    async def list(self, *, by: Principal) -> list[Campaign]:
        """Every campaign of the caller's account, oldest first. Needs campaigns:read."""
        by.need("campaigns:read")
        return await self._store.campaigns.list(by.account.name)


def _changed(campaign: Campaign, change: CampaignChange, lines: tuple[str, ...] | None) -> Campaign:
    def given(new: str | None, old: str) -> str:
        return old if new is None else new

    return replace(
        campaign,
        brand=given(change.brand, campaign.brand),
        use_case=given(change.use_case, campaign.use_case),
        description=given(change.description, campaign.description),
        details=replace(campaign.details, **change.details),
        lines=campaign.lines if lines is None else lines,
    )


def _wrong(field: str, message: str) -> Rejected:
    return Rejected("invalid_request", f"{field}: {message}", faults=(Fault(field, "invalid_request", message),))
