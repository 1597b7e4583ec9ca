"""Webhook endpoints, the deliveries to them, and the events they are told (native-v1 §6)."""

import base64
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.domain.event import Event, EventType
from gateway.domain.ids import new_id
from gateway.domain.webhook import Delivery, DeliveryState, Webhook
from gateway.policy.reach import Reach
from gateway.policy.receivers import wants_reports
from gateway.services.webhook_change import WebhookChange, changed, refusal_of, touched
from gateway.store.contract import Store

BOTH_SECRETS = timedelta(hours=24)  # the old one still signs so long after a rotation
MOST = 100  # endpoints of an account: each event is written once for each


class Webhooks:
    """Endpoints of an account; whether an address may be reached is decided when it is, by the notifier."""

    def __init__(self, store: Store, clock: Clock, reach: Reach) -> None:
        self._store = store
        self._clock = clock
        self._reach = reach

    async def create(self, change: WebhookChange, *, by: Principal) -> Webhook:
        """Make an endpoint, with a fresh secret. Raises Rejected that names every fault. Needs webhooks:write."""
        by.need("webhooks:write")
        lines = await self._line_ids(change.lines, by)
        return await self._store.endpoints.put(
            by.account.name, lambda _: changed(self._blank(by), change, lines), most=MOST
        )

    async def put_named(
        self,
        name: str,
        change: Callable[[Webhook | None], WebhookChange],
        *,
        by: Principal,
        most: int = MOST,
    ) -> Webhook:
        """Make the endpoint of that name, or change it.

        change: what to do with the one there is, None for none; what it raises is raised here. Raises Rejected that
        names every fault, QuotaExceeded when there would be over ``most``. Needs webhooks:write.
        """
        by.need("webhooks:write")
        now = self._clock.now()

        def make(known: Webhook | None) -> Webhook:
            wanted = change(known)
            made = changed(known or replace(self._blank(by), name=name), wanted, None)
            return made if known is None else touched(made, known, now)

        return await self._store.endpoints.put(by.account.name, make, name=name, most=most)

    async def list(self, *, by: Principal) -> list[Webhook]:
        """Oldest first. Needs webhooks:read."""
        by.need("webhooks:read")
        return await self._store.webhooks(by.account.name)

    def wants_reports(self, *, by: Principal) -> bool:
        """Whether any endpoint of the account is told what status reports say."""
        return any(wants_reports(webhook) for webhook in self._store.endpoints.known(by.account.name))

    async def get(self, webhook: str, *, by: Principal) -> Webhook:
        """Raises NotFound. Needs webhooks:read."""
        by.need("webhooks:read")
        return await self._own(webhook, by)

    async def peek(self, webhook: str, *, by: Principal) -> Webhook:
        """As ``get``, for who may change it. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        return await self._own(webhook, by)

    async def peek_named(self, name: str, *, by: Principal) -> Webhook:
        """As ``peek``, by the name in any case. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        for known in await self._store.webhooks(by.account.name):
            if known.is_called(name):
                return known
        raise NotFound("there is no such webhook")

    def may_reach(self, url: str) -> bool:
        """False for an address that webhooks never reach and that stands in the URL itself.

        A name is judged by what it leads to, when it is called.
        """
        try:
            host = urlsplit(url).hostname or ""
            return self._reach.allows(_numeric(host))
        except ValueError:
            return True

    async def update(
        self, webhook: str, change: WebhookChange, *, by: Principal, expected: datetime | None = None
    ) -> Webhook:
        """Change it; switched on again it starts with a clean record. Needs webhooks:write.

        expected: the ``updated_at`` that the caller has seen. Raises NotFound, Rejected ("precondition_failed", …).
        """
        by.need("webhooks:write")
        lines = await self._line_ids(change.lines, by)
        now = self._clock.now()

        def make(known: Webhook | None) -> Webhook:
            assert known is not None
            if expected is not None and expected != known.updated_at:
                raise Rejected("precondition_failed", "the webhook was changed meanwhile")
            return touched(changed(known, change, lines), known, now)

        return await self._store.endpoints.put(by.account.name, make, webhook=webhook, most=MOST)

    async def delete(self, webhook: str, *, by: Principal) -> None:
        """With its deliveries. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        if not await self._store.delete_webhook(by.account.name, webhook):
            raise NotFound("there is no such webhook")

    async def test(self, webhook: str, *, by: Principal) -> Event:
        """Deliver a ``webhook.test`` to this endpoint alone. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        known = await self._own(webhook, by)
        data: dict[str, Any] = {"webhook": known.id, "name": known.name}
        account = by.account.name
        return await self._store.emit(account, EventType.WEBHOOK_TEST, data, self._clock.now(), only_webhook=known.id)

    async def rotate_secret(self, webhook: str, *, by: Principal) -> Webhook:
        """A new secret; the old one signs beside it for 24 h. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        now = self._clock.now()

        def make(known: Webhook | None) -> Webhook:
            assert known is not None
            until = now + BOTH_SECRETS
            rotated = replace(known, secret=_new_secret(), previous_secret=known.secret, previous_secret_until=until)
            return touched(rotated, known, now)

        return await self._store.endpoints.put(by.account.name, make, webhook=webhook, most=MOST)

    # ---------------------------------------------------------------------------------- deliveries

    async def deliveries(
        self,
        *,
        by: Principal,
        webhook: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 50,
        cursor: int | None = None,
    ) -> Sequence[Delivery]:
        """Newest first; cursor: ``num`` of the last one seen. Raises NotFound for a webhook that is none."""
        by.need("webhooks:read")
        if webhook is not None:
            await self._own(webhook, by)
        return await self._store.deliveries(
            by.account.name, webhook=webhook, state=state and state.value, limit=limit, cursor=cursor
        )

    async def replay_delivery(self, delivery: str, *, by: Principal) -> Delivery:
        """Try it again now, under the same ``webhook-id``. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        return await self._store.replay_delivery(by.account.name, delivery, self._clock.now())

    async def replay(
        self, webhook: str, *, by: Principal, since: datetime | None, until: datetime | None, failed: bool
    ) -> int:
        """Try an endpoint's deliveries of a time again, only the dead ones or all. Raises NotFound.

        Returns how many. Needs webhooks:write.
        """
        by.need("webhooks:write")
        known = await self._own(webhook, by)
        return await self._store.replay_webhook(
            by.account.name, known.id, self._clock.now(), since=since, until=until, failed=failed
        )

    # ------------------------------------------------------------------------------------- inside

    async def _own(self, webhook: str, by: Principal) -> Webhook:
        for known in await self._store.webhooks(by.account.name):
            if known.id == webhook:
                return known
        raise NotFound("there is no such webhook")

    def _blank(self, by: Principal) -> Webhook:
        now = self._clock.now()
        return Webhook(
            num=0,
            id=new_id("whk", int(now.timestamp() * 1000)),
            account=by.account.name,
            url="",
            secret=_new_secret(),
            created_at=now,
            updated_at=now,
        )

    async def _line_ids(self, lines: Sequence[str] | None, by: Principal) -> tuple[str, ...] | None:
        if lines is None:
            return None
        own = [record for record in await self._store.lines() if record.serves(by.account.name)]
        ids = {record.name: record.id for record in own} | {record.id: record.id for record in own}
        unknown = [line for line in lines if line not in ids]
        if unknown:
            raise refusal_of([Fault("lines", "invalid_request", f"no such line: {unknown[0][:40]}")])
        return tuple(dict.fromkeys(ids[line] for line in lines))


def _numeric(host: str) -> str:
    """The address behind any spelling that a resolver takes for one, as ``127.1``, ``2130706433``, ``localhost``."""
    if host.rstrip(".").split(".")[-1] == "localhost":  # RFC 6761 §6.3
        return "127.0.0.1"
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return host


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode("ascii")
