"""Campaigns and who is subscribed to them, as far as the fronts need them (native-v1 §7.6, §7.8)."""

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.campaign import Campaign, Subscription
from gateway.domain.errors import Rejected
from gateway.domain.ids import new_id
from gateway.domain.number import normalise
from gateway.store.contract import Store


class Campaigns:
    """The account's own registry of campaigns."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, *, by: Principal) -> list[Campaign]:
        """Every campaign of the caller's account. Needs campaigns:read."""
        by.need("campaigns:read")
        return await self._store.campaigns(by.account.name)

    async def find(self, ref: str, *, by: Principal) -> Campaign | None:
        """The campaign a caller calls ref, or None."""
        return await self._store.campaign(by.account.name, ref)

    async def put(
        self,
        ref: str,
        *,
        by: Principal,
        brand: str = "",
        use_case: str = "",
        description: str = "",
        approval: str = "Y",
    ) -> Campaign:
        """Make a campaign, or change the one of that ref. Needs campaigns:write."""
        by.need("campaigns:write")
        now = self._clock.now()
        known = await self._store.campaign(by.account.name, ref)
        return await self._store.put_campaign(
            Campaign(
                num=known.num if known else 0,
                id=known.id if known else new_id("cmp", int(now.timestamp() * 1000)),
                account=by.account.name,
                ref=ref,
                created_at=known.created_at if known else now,
                brand=brand,
                use_case=use_case,
                description=description,
                approval=approval,
            )
        )

    async def subscribe(self, phone: str, ref: str, *, by: Principal, source: str = "api") -> Subscription:
        """Subscribe a phone; already subscribed is fine. Needs contacts:write.

        Raises Rejected("invalid_recipient" | "campaign_unknown"), and "opted_out" for a phone that itself asked
        to be left alone: only it can undo that.
        """
        by.need("contacts:write")
        number = self._number(phone, by)
        await self._known(ref, by)
        return await self._store.subscribe(by.account.name, number, ref, source, self._clock.now())

    async def unsubscribe(self, phone: str, ref: str, *, by: Principal, source: str = "api") -> Subscription:
        """Stop a subscription. Raises Conflict("not_subscribed") when there is none. Needs contacts:write."""
        by.need("contacts:write")
        number = self._number(phone, by)
        await self._known(ref, by)
        return await self._store.unsubscribe(by.account.name, number, ref, source, self._clock.now())

    async def _known(self, ref: str, by: Principal) -> None:
        if await self._store.campaign(by.account.name, ref) is None:
            raise Rejected("campaign_unknown", "there is no campaign of that reference")

    def _number(self, phone: str, by: Principal) -> str:
        return normalise(phone, by.account.settings.default_country, international_first=True)
