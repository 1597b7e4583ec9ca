"""Short links: made when a message is accepted, followed by whoever got it (native-v1 §7.9)."""

import hmac
import os
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.errors import NotFound, Rejected, Unavailable
from gateway.domain.ids import link_code, new_id
from gateway.domain.link import Click, Link
from gateway.domain.message import State
from gateway.policy.links import SWEEP_S, find_links, is_machine, replace_links
from gateway.store.contract import NewLink, Store

LIFETIME = timedelta(days=90)
REMEMBERED_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Visit:
    """What an HTTP request to a short link tells of its visitor. prefetch: a browser looking ahead, or a HEAD."""

    address: str
    user_agent: str
    prefetch: bool


class Links:
    """Makes short links and counts who follows them."""

    def __init__(self, store: Store, clock: Clock, *, public_url: str, prefix: str = "/l/") -> None:
        self._store = store
        self._clock = clock
        self._base = public_url.rstrip("/") + prefix if public_url else ""
        self._host = urlsplit(public_url).netloc
        self._visits = _Visits()
        self._salt = os.urandom(16)

    def shorten(self, text: str, *, bare_domains: bool, now: datetime) -> tuple[str, tuple[NewLink, ...]]:
        """The text with every link replaced by a short one, and the links to store with the message.

        Raises Rejected("invalid_request") when no public address is configured: better than silently not counting.
        """
        if not self._base:
            raise Rejected("invalid_request", "Click tracking is not configured.")
        found = find_links(text, bare_domains=bare_domains, own_host=self._host)
        codes: dict[str, NewLink] = {}
        for link in found:
            if link.target not in codes:
                link_id = new_id("lnk", int(now.timestamp() * 1000))
                codes[link.target] = NewLink(link_id, link_code(), link.target, now + LIFETIME)
        shortened = replace_links(text, found, tuple(self._base + codes[link.target].code for link in found))
        return shortened, tuple(codes.values())

    async def follow(self, code: str, visit: Visit) -> Link:
        """Where a short link leads; the visit is counted as a person's or a program's, a repetition not at all.

        Raises NotFound, with the code "gone" when its 90 days are over.
        """
        now = self._clock.now()
        link = await self._store.links.find(code)
        if link is None:
            raise NotFound("there is no such link")
        if now >= link.expires_at:
            raise NotFound("this link is over", code="gone")
        if not visit.prefetch:
            with suppress(Unavailable):  # on a full disk people still get where they want to
                await self._count(link, visit, now)
        return link

    def address(self, code: str) -> str | None:
        """Where people are sent; None where no public address is configured."""
        return self._base + code if self._base else None

    async def list(
        self,
        *,
        by: Principal,
        message: str | None = None,
        campaign: str | None = None,
        limit: int,
        cursor: int | None = None,
    ) -> Sequence[Link]:
        """The account's own, newest first. cursor: ``num`` of the last one seen. Needs messages:read."""
        by.need("messages:read")
        return await self._store.links.list(
            by.account.name, message=message, campaign=campaign, limit=limit, cursor=cursor
        )

    async def clicks(self, code: str, *, by: Principal, limit: int, cursor: int | None = None) -> Sequence[Click]:
        """Who followed it, newest first. Raises NotFound. Needs messages:read."""
        by.need("messages:read")
        link = await self._store.links.find(code)
        if link is None or link.account != by.account.name:
            raise NotFound("there is no such link")
        return await self._store.links.clicks(link.account, code, limit=limit, cursor=cursor)

    async def _count(self, link: Link, visit: Visit, now: datetime) -> None:
        visitor = hmac.digest(self._salt, _neighbourhood(visit.address).encode(), "sha256").hex()[:16]
        repeated, codes = self._visits.note(visitor, link.code, self._clock.monotonic())
        if repeated:  # whoever knows a link could fill the disk with them
            return
        message = await self._store.message(None, link.message)
        sent_at = message.state_at.get(State.SENT) if message else None
        since = (now - sent_at).total_seconds() if sent_at else None
        machine = is_machine(visit.user_agent, seconds_since_sent=since, codes_from_address=codes)
        kind = "bot" if machine else "human"
        await self._store.links.click(Click(link.code, now, kind, visitor))


def _neighbourhood(address: str) -> str:
    """An IPv4 address; of an IPv6 address the network that one visitor has to himself (RFC 6177: a /64 at least)."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    return address if known.version == 4 else str(ip_network((known, 64), strict=False))


class _Visits:
    """Who followed what within the last seconds; bounded, the longest unseen visitor goes first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, dict[str, float]] = OrderedDict()

    def note(self, visitor: str, code: str, at: float) -> tuple[bool, int]:
        """Whether this visitor followed this code within ``SWEEP_S``, and how many different codes it followed."""
        codes = self._seen.pop(visitor, {})
        recent = {seen: when for seen, when in codes.items() if at - when < SWEEP_S}
        repeated = code in recent
        recent.setdefault(code, at)
        self._seen[visitor] = recent
        if len(self._seen) > REMEMBERED_ADDRESSES:
            self._seen.popitem(last=False)
        return repeated, len(recent)
