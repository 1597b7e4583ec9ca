"""Subscriptions and opt-outs, as a store keeps them."""

from datetime import datetime
from typing import Protocol

from gateway.domain.contact import OptOut, Subscriber, Subscription


class Consent(Protocol):
    """Everything by account, by its name; lists by number, newest first or ascending, behind ``cursor``.

    kind: "sender" or "campaign"; target: the sender's value, the campaign's ref.
    """

    async def subscriptions(
        self,
        account: str,
        *,
        limit: int,
        cursor: int | None = None,
        phone: str | None = None,
        kind: str | None = None,
        target: str | None = None,
        state: str | None = None,
        ascending: bool = False,
    ) -> list[Subscription]: ...

    async def subscription(self, account: str, phone: str, kind: str, target: str) -> Subscription | None: ...

    async def subscribe(
        self,
        account: str,
        phone: str,
        kind: str,
        target: str,
        source: str,
        now: datetime,
        *,
        group: str | None = None,
        may_resubscribe: bool = False,
    ) -> tuple[Subscription, bool]:
        """Writes contact.opted_in when it was not active, which is the second value.

        Raises Rejected("campaign_unknown"), and Rejected("opted_out") for a phone that opted out by keyword itself or,
        without may_resubscribe, was stopped before.
        """
        ...

    async def unsubscribe(
        self, account: str, phone: str, kind: str, target: str, source: str, now: datetime
    ) -> Subscription:
        """Writes contact.opted_out. Raises Conflict("not_subscribed") when it is not active."""
        ...

    async def stop_subscription(self, account: str, subscription: str, source: str, now: datetime) -> Subscription:
        """The same by id; stopped before is fine. Raises NotFound."""
        ...

    async def subscribers(self, account: str, kind: str, target: str, group: str | None = None) -> list[Subscriber]:
        """Every active one without who opted out of it. Raises NotFound for an unknown group."""
        ...

    async def members(self, account: str, group: str) -> list[Subscriber]:
        """Everybody with a phone in a group. Raises NotFound."""
        ...

    async def knows(self, account: str, phone: str) -> bool:
        """Whether the account has ever had to do with the phone: a contact, a subscription, a message either way."""
        ...

    async def opt_outs(
        self,
        account: str,
        *,
        limit: int = 50,
        cursor: int | None = None,
        phone: str | None = None,
        ascending: bool = False,
    ) -> list[OptOut]: ...

    async def opt_out(
        self, account: str, phone: str, source: str, now: datetime, *, scope: str = "account", text: str = ""
    ) -> tuple[OptOut, bool]:
        """Writes contact.opted_out and rejects what waits within the scope, once. Returns the entry, and whether it
        is new."""
        ...

    async def forget_opt_out(self, account: str, opt_out: str, reason: str, now: datetime) -> OptOut:
        """By id. Writes contact.opted_in with the reason. Raises NotFound."""
        ...
