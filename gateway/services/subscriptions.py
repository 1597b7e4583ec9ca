"""Who wants to hear from a sender or a campaign, and who wants to hear nothing (native-v1 §7.6, §8)."""

import logging
from collections.abc import Sequence

from gateway.aio import Clock
from gateway.domain.access import Principal
from gateway.domain.contact import OptOut, Subscriber, Subscription
from gateway.domain.errors import Fault, Rejected
from gateway.domain.number import normalise
from gateway.policy.consent import parse_scope, scope_of
from gateway.policy.routing import resolve
from gateway.services.words import Faults, is_line, is_text, need_either, refusal
from gateway.store.contract import Store

log = logging.getLogger(__name__)

READ, WRITE = "contacts:read", "contacts:write"
LONGEST_TARGET = 128
LONGEST_TEXT = 1000
SOURCES = ("api", "import")


class Subscriptions:
    """Subscriptions and opt-outs: the consent of phones. Reading needs contacts:read, changing contacts:write.

    A phone is given as people write it; without ``+`` it is read as a number of the account's country first, or with
    international_first as an international one.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._consent = store.consent
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
        ascending: bool = False,
    ) -> Sequence[Subscription]:
        """Newest first, or ascending. Raises Rejected for a phone that is none, or both a sender and a campaign."""
        by.need(READ)
        kind, target = (None, None) if sender is None and campaign is None else _target(sender, campaign)
        number = None if phone is None else _number(phone, by)
        return await self._consent.subscriptions(
            by.account.name,
            limit=limit,
            cursor=cursor,
            phone=number,
            kind=kind,
            target=target,
            state=state,
            ascending=ascending,
        )

    async def subscribe(
        self,
        phone: str,
        *,
        by: Principal,
        sender: str | None = None,
        campaign: str | None = None,
        group: str | None = None,
        source: str = "api",
        international_first: bool = False,
    ) -> tuple[Subscription, bool]:
        """Subscribe a phone to a sender's value (canonical, of ``Senders.resolve``) or to a campaign.

        group: id or name of the group it is subscribed with, which its contact joins; an unknown one counts as none.
        Returns the subscription, and whether it was not active before. Raises Rejected ("invalid_recipient",
        "campaign_unknown"), and Rejected("opted_out") for a phone that was stopped, unless the caller has
        contacts:resubscribe; after the phone's own STOP nobody may, nor while it is opted out of everything.
        """
        by.need(WRITE)
        kind, target = _target(sender, campaign)
        number = _number(phone, by, international_first=international_first)
        return await self._consent.subscribe(
            by.account.name,
            number,
            kind,
            target,
            source,
            self._clock.now(),
            group=group,
            may_resubscribe=bool(by.scopes & {"contacts:resubscribe", "admin"}),
        )

    async def unsubscribe(
        self,
        phone: str,
        *,
        by: Principal,
        sender: str | None = None,
        campaign: str | None = None,
        source: str = "api",
        international_first: bool = False,
    ) -> Subscription:
        """Raises Conflict("not_subscribed") when there is no active one, Rejected ("invalid_recipient",
        "campaign_unknown")."""
        by.need(WRITE)
        kind, target = _target(sender, campaign)
        number = _number(phone, by, international_first=international_first)
        return await self._consent.unsubscribe(by.account.name, number, kind, target, source, self._clock.now())

    async def stop(self, subscription: str, *, by: Principal) -> Subscription:
        """By id; one that was stopped before stays as it is. Raises NotFound."""
        by.need(WRITE)
        return await self._consent.stop_subscription(by.account.name, subscription, "api", self._clock.now())

    async def subscribers(
        self, *, by: Principal, sender: str | None = None, campaign: str | None = None, group: str | None = None
    ) -> Sequence[Subscriber]:
        """Every active one, without who opted out of it, each phone once. group: only its members; raises NotFound
        for an unknown one. Needs messages:send."""
        by.need("messages:send")
        kind, target = _target(sender, campaign)
        return await self._consent.subscribers(by.account.name, kind, target, group)

    async def members(self, group: str, *, by: Principal) -> Sequence[Subscriber]:
        """Everybody with a phone in a group (id or name). Raises NotFound. Needs messages:send."""
        by.need("messages:send")
        return await self._consent.members(by.account.name, group)

    # --------------------------------------------------------------------------------------- opt-outs

    async def knows(self, phone: str, *, by: Principal) -> bool:
        """Whether the account has ever had to do with the phone: a contact, a subscription, a message either way.

        Needs contacts:read or contacts:write. Raises Rejected for a phone that is none.
        """
        need_either(by, READ, WRITE)
        return await self._consent.knows(by.account.name, _number(phone, by))

    async def opt_outs(
        self,
        *,
        by: Principal,
        limit: int,
        cursor: int | None = None,
        phone: str | None = None,
        ascending: bool = False,
    ) -> Sequence[OptOut]:
        """Newest first, or ascending. Raises Rejected for a phone that is none."""
        by.need(READ)
        number = None if phone is None else _number(phone, by)
        return await self._consent.opt_outs(
            by.account.name, limit=limit, cursor=cursor, phone=number, ascending=ascending
        )

    async def opt_out(
        self,
        phone: str,
        *,
        by: Principal,
        scope: str = "account",
        source: str = "api",
        text: str = "",
        international_first: bool = False,
    ) -> tuple[OptOut, bool]:
        """Enter the phone: its subscriptions within the scope are stopped, what waits for it is rejected.

        scope: "account", "sender:<value>", "campaign:<ref>" or "line:<id>". text: why, for people. Returns the entry,
        and whether it is new: entered before, it is that row again. Raises Rejected ("invalid_recipient",
        "invalid_request").
        """
        by.need(WRITE)
        faults = Faults()
        faults.need(source in SOURCES, "source", f"one of {', '.join(SOURCES)}")
        faults.need(is_text(text, LONGEST_TEXT), "text", f"at most {LONGEST_TEXT} characters")
        faults.check()
        number = _number(phone, by, international_first=international_first)
        chosen = await self._scope(scope, by)
        return await self._consent.opt_out(by.account.name, number, source, self._clock.now(), scope=chosen, text=text)

    async def forget_opt_out(self, opt_out: str, *, reason: str, by: Principal) -> None:
        """By id; the reason is kept in the log. Raises NotFound, Rejected for no reason. Needs admin."""
        by.need("admin")
        faults = Faults()
        faults.need(bool(reason.strip()) and is_text(reason, LONGEST_TEXT), "reason", "say why it is taken back")
        faults.check()
        forgotten = await self._consent.forget_opt_out(by.account.name, opt_out, reason, self._clock.now())
        fields = {"account": by.account.name, "key": by.key_id, "opt_out": forgotten.id, "scope": forgotten.scope}
        log.info("an opt-out was taken back", extra=fields)

    async def _scope(self, scope: str, by: Principal) -> str:
        """The scope with its target as messages carry it. Raises Rejected("invalid_request")."""
        kind, target = parse_scope(scope) or ("", "")
        match kind:
            case "account":
                return scope
            case "line":
                for line in await self._store.lines():
                    if line.serves(by.account.name) and target in (line.id, line.name, line.configured_name):
                        return scope_of("line", line.id)
                raise _wrong("scope", "there is no such line")
            case "sender" if is_line(target, LONGEST_TARGET):
                return scope_of("sender", await self._sender(target, by))
            case "campaign" if is_line(target, LONGEST_TARGET):
                return scope
        raise _wrong("scope", "account, sender:<value>, campaign:<ref> or line:<id>")

    async def _sender(self, value: str, by: Principal) -> str:
        """The sender's canonical value; one that is no more, or not yet, as it was written."""
        try:
            return resolve(value, await self._store.senders.words(by.account.name), by.account.settings).sender
        except Rejected:
            return value


def _target(sender: str | None, campaign: str | None) -> tuple[str, str]:
    """What is subscribed to. Raises Rejected("invalid_request") unless it is one of the two."""
    if (sender is None) == (campaign is None):
        raise _wrong("sender" if sender is None else "campaign", "either a sender or a campaign")
    kind, target = ("sender", sender or "") if campaign is None else ("campaign", campaign)
    if not is_line(target, LONGEST_TARGET, shortest=1):
        raise _wrong(kind, f"1 to {LONGEST_TARGET} characters on one line")
    return kind, target


def _number(phone: str, by: Principal, *, international_first: bool = False) -> str:
    try:
        return normalise(phone, by.account.settings.default_country, international_first=international_first)
    except Rejected as error:
        raise _wrong("phone", error.detail, error.code) from None


def _wrong(field: str, message: str, code: str = "invalid_request") -> Rejected:
    return refusal((Fault(field, code, message),))
