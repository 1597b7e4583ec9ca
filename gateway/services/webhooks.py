"""Webhook endpoints, the deliveries to them, and the events they are told (native-v1 §6)."""

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.domain.event import Event, EventType
from gateway.domain.ids import new_id
from gateway.domain.webhook import FORMATS, Delivery, DeliveryState, Webhook
from gateway.store.contract import Store

BOTH_SECRETS = timedelta(hours=24)  # the old one still signs so long after a rotation
MOST = 100  # endpoints of an account: each event is written once for each
EVENT_TYPES = frozenset(kind.value for kind in EventType)

_URL = re.compile(r"https?://[^\x00-\x20\x7f]{1,2040}", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")  # RFC 9110 §5.6.2
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]{0,1024}")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "content-encoding"})


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """What a caller says of an endpoint; None leaves it as it is."""

    url: str | None = None
    name: str | None = None
    description: str | None = None
    events: Sequence[str] | None = None
    format: str | None = None
    lines: Sequence[str] | None = None
    enabled: bool | None = None
    headers: Mapping[str, str] | None = None
    verify_tls: bool | None = None


class Webhooks:
    """Endpoints of an account; whether an address may be reached is decided when it is, by the notifier."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, change: WebhookChange, *, by: Principal) -> Webhook:
        """Make an endpoint, with a fresh secret. Raises Rejected that names every fault. Needs webhooks:write."""
        by.need("webhooks:write")
        if len(await self._store.webhooks(by.account.name)) >= MOST:
            raise Rejected("invalid_request", f"at most {MOST} webhooks an account")
        now = self._clock.now()
        blank = Webhook(
            num=0,
            id=new_id("whk", int(now.timestamp() * 1000)),
            account=by.account.name,
            url="",
            secret=_new_secret(),
            created_at=now,
            updated_at=now,
        )
        return await self._store.put_webhook(await self._changed(blank, change, by))

    async def list(self, *, by: Principal) -> list[Webhook]:
        """Needs webhooks:read."""
        by.need("webhooks:read")
        return await self._store.webhooks(by.account.name)

    async def get(self, webhook: str, *, by: Principal) -> Webhook:
        """Raises NotFound. Needs webhooks:read."""
        by.need("webhooks:read")
        return await self._own(webhook, by)

    async def peek(self, webhook: str, *, by: Principal) -> Webhook:
        """As ``get``, for who may change it. Raises NotFound. Needs webhooks:write."""
        by.need("webhooks:write")
        return await self._own(webhook, by)

    async def update(
        self, webhook: str, change: WebhookChange, *, by: Principal, expected: datetime | None = None
    ) -> Webhook:
        """Change it; switched on again it starts with a clean record. Needs webhooks:write.

        expected: the ``updated_at`` that the caller has seen. Raises NotFound, Rejected ("precondition_failed", …).
        """
        by.need("webhooks:write")
        known = await self._own(webhook, by)
        if expected is not None and expected != known.updated_at:
            raise Rejected("precondition_failed", "the webhook was changed meanwhile")
        changed = await self._changed(known, change, by)
        if change.enabled:
            changed = replace(changed, disabled_reason=None, failing_since=None)
        return await self._store.put_webhook(replace(changed, updated_at=self._clock.now()))

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
        known = await self._own(webhook, by)
        now = self._clock.now()
        rotated = replace(
            known,
            secret=_new_secret(),
            previous_secret=known.secret,
            previous_secret_until=now + BOTH_SECRETS,
            updated_at=now,
        )
        return await self._store.put_webhook(rotated)

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

    async def events(self, *, by: Principal, after: int = 0, limit: int = 50) -> Sequence[Event]:
        """The account's log, oldest first, from behind ``after``. Needs events:read."""
        by.need("events:read")
        return await self._store.events_after(by.account.name, after, limit)

    # ------------------------------------------------------------------------------------- inside

    async def _own(self, webhook: str, by: Principal) -> Webhook:
        for known in await self._store.webhooks(by.account.name):
            if known.id == webhook:
                return known
        raise NotFound("there is no such webhook")

    async def _changed(self, webhook: Webhook, change: WebhookChange, by: Principal) -> Webhook:
        lines = None if change.lines is None else await self._line_ids(change.lines, by)
        _check(webhook, change)
        return replace(
            webhook,
            url=_given(change.url, webhook.url),
            name=_given(change.name, webhook.name),
            description=_given(change.description, webhook.description),
            events=webhook.events if change.events is None else tuple(dict.fromkeys(change.events)),
            format=_given(change.format, webhook.format),
            lines=webhook.lines if lines is None else lines,
            enabled=webhook.enabled if change.enabled is None else change.enabled,
            headers=webhook.headers if change.headers is None else dict(change.headers),
            verify_tls=webhook.verify_tls if change.verify_tls is None else change.verify_tls,
        )

    async def _line_ids(self, lines: Sequence[str], by: Principal) -> tuple[str, ...]:
        own = [record for record in await self._store.lines() if record.serves(by.account.name)]
        ids = {record.name: record.id for record in own} | {record.id: record.id for record in own}
        unknown = [line for line in lines if line not in ids]
        if unknown:
            raise _refusal([Fault("lines", "invalid_request", f"no such line: {unknown[0][:40]}")])
        return tuple(dict.fromkeys(ids[line] for line in lines))


def _check(webhook: Webhook, change: WebhookChange) -> None:
    faults: list[Fault] = []

    def need(holds: bool, field: str, message: str) -> None:
        if not holds:
            faults.append(Fault(field, "invalid_request", message))

    url = _given(change.url, webhook.url)
    need(_is_url(url), "url", "an http or https address with a host, at most 2048 characters")
    need(change.format is None or change.format in FORMATS, "format", f"one of {', '.join(FORMATS)}")
    for kind in change.events or ():
        need(kind in EVENT_TYPES, "events", f"no such event type: {kind[:40]}")
    headers = change.headers or {}
    need(len(headers) <= 20, "headers", "at most 20")
    for name, value in headers.items():
        fits = _HEADER_NAME.fullmatch(name) and name.lower() not in _OURS and not name.lower().startswith("webhook-")
        need(bool(fits), "headers", f"not a header you may set: {name[:40]!r}")
        need(bool(_HEADER_VALUE.fullmatch(value)), "headers", f"not a header's value: {name[:40]!r}")
    if faults:
        raise _refusal(faults)


def _is_url(url: str) -> bool:
    if not _URL.fullmatch(url):  # urlsplit would drop line ends and go on
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _refusal(faults: Sequence[Fault]) -> Rejected:
    return Rejected("invalid_request", f"{faults[0].field}: {faults[0].message}", faults=tuple(faults))


def _given(new: str | None, old: str) -> str:
    return old if new is None else new


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(32)).decode("ascii")
