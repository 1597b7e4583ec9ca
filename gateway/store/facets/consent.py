"""``contracts.consent.Consent`` on SQLite."""

from datetime import datetime

from gateway.domain.contact import OptOut, Subscriber, Subscription
from gateway.store import optouts, subscriptions
from gateway.store.facets.facet import Facet
from gateway.store.transaction import to_ms


class SqliteConsent(Facet):
    """Subscriptions and opt-outs."""

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
    ) -> list[Subscription]:
        return await self._read(
            lambda tx: subscriptions.subscriptions(
                tx,
                account,
                limit=limit,
                cursor=cursor,
                phone=phone,
                kind=kind,
                target=target,
                state=state,
                ascending=ascending,
            )
        )

    async def subscription(self, account: str, phone: str, kind: str, target: str) -> Subscription | None:
        return await self._read(lambda tx: subscriptions.find(tx, account, phone, kind, target))

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
        return await self._write(
            lambda tx: subscriptions.subscribe(
                tx, account, phone, kind, target, source, to_ms(now), group=group, may_resubscribe=may_resubscribe
            )
        )

    async def unsubscribe(
        self, account: str, phone: str, kind: str, target: str, source: str, now: datetime
    ) -> Subscription:
        return await self._write(
            lambda tx: subscriptions.unsubscribe(tx, account, phone, kind, target, source, to_ms(now))
        )

    async def stop_subscription(self, account: str, subscription: str, source: str, now: datetime) -> Subscription:
        return await self._write(lambda tx: subscriptions.stop(tx, account, subscription, source, to_ms(now)))

    async def subscribers(self, account: str, kind: str, target: str, group: str | None = None) -> list[Subscriber]:
        return await self._read(lambda tx: subscriptions.subscribers(tx, account, kind, target, group), searching=True)

    async def members(self, account: str, group: str) -> list[Subscriber]:
        return await self._read(lambda tx: subscriptions.members(tx, account, group), searching=True)

    async def knows(self, account: str, phone: str) -> bool:
        return await self._read(lambda tx: optouts.knows(tx, account, phone))

    async def opt_outs(
        self,
        account: str,
        *,
        limit: int = 50,
        cursor: int | None = None,
        phone: str | None = None,
        ascending: bool = False,
    ) -> list[OptOut]:
        return await self._read(
            lambda tx: optouts.opt_outs(tx, account, limit=limit, cursor=cursor, phone=phone, ascending=ascending)
        )

    async def opt_out(
        self, account: str, phone: str, source: str, now: datetime, *, scope: str = "account", text: str = ""
    ) -> tuple[OptOut, bool]:
        return await self._write(
            lambda tx: optouts.opt_out(tx, account, phone, source, to_ms(now), scope=scope, text=text)
        )

    async def forget_opt_out(self, account: str, opt_out: str, reason: str, now: datetime) -> OptOut:
        return await self._write(lambda tx: optouts.forget(tx, account, opt_out, reason, to_ms(now)))
