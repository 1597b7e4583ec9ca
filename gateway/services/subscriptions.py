"""Who wants to hear from a sender or a campaign, and who wants to hear nothing (native-v1 §7.6, §8)."""

from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.contact import OptOut, Subscriber, Subscription
from gateway.store.contract import Store


class Subscriptions:
    """Subscriptions and opt-outs: the consent of phones. Reading needs contacts:read, changing contacts:write."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(
        self,
        *,
        by: Principal,
        limit: int,
        cursor: int | None = None,
        phone: str | None = None,
        sender: str | None = None,
        campaign: str | None = None,
        state: str | None = None,
    ) -> Sequence[Subscription]:
        """Newest first."""
        raise NotImplementedError

    async def subscribe(
        self,
        phone: str,
        *,
        by: Principal,
        sender: str | None = None,
        campaign: str | None = None,
        group: str | None = None,
        source: str = "api",
    ) -> tuple[Subscription, bool]:
        """Subscribe a phone to a sender's value (canonical, of ``Senders.resolve``) or to a campaign.

        group: id or name of the group it is subscribed with; an unknown one counts as none. Returns the subscription,
        and whether it was not active before. Raises Rejected("campaign_unknown"), and Rejected("opted_out") for a
        phone that was stopped, unless the caller has contacts:resubscribe; after the phone's own STOP nobody may.
        """
        raise NotImplementedError

    async def unsubscribe(
        self, phone: str, *, by: Principal, sender: str | None = None, campaign: str | None = None, source: str = "api"
    ) -> Subscription:
        """Raises Conflict("not_subscribed") when there is no active one, Rejected("campaign_unknown")."""
        raise NotImplementedError

    async def subscribers(
        self, *, by: Principal, sender: str | None = None, campaign: str | None = None, group: str | None = None
    ) -> Sequence[Subscriber]:
        """Every active one, without who opted out of it, each phone once. group: only its members; raises NotFound
        for an unknown one. Needs messages:send."""
        raise NotImplementedError

    async def members(self, group: str, *, by: Principal) -> Sequence[Subscriber]:
        """Everybody with a phone in a group (id or name). Raises NotFound. Needs messages:send."""
        raise NotImplementedError

    # --------------------------------------------------------------------------------------- opt-outs

    async def opt_outs(
        self, *, by: Principal, limit: int, cursor: int | None = None, phone: str | None = None
    ) -> Sequence[OptOut]:
        """Newest first."""
        raise NotImplementedError

    async def opt_out(self, phone: str, *, by: Principal, scope: str = "account", source: str = "api") -> OptOut:
        """Enter the phone: its subscriptions within the scope are stopped, what waits for it is rejected.

        scope: "account", "sender:<value>", "campaign:<ref>" or "line:<id>". Entered before: that row again.
        """
        raise NotImplementedError

    async def forget_opt_out(self, opt_out: str, *, reason: str, by: Principal) -> None:
        """By id; the reason is kept in the log. Raises NotFound. Needs admin."""
        raise NotImplementedError
