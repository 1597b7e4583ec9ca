"""The drafts of a call for many → the messages to store, each number's text once, and every refusal by its draft."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.errors import Fault, Malformed, NoneAccepted, Refused, Rejected
from gateway.domain.message import Draft
from gateway.services.compose import Composer
from gateway.services.preparing import Call, Preparer, names_nothing
from gateway.store.contract import Enqueued, NewMessage

PRIORITY = 5
BATCH_PRIORITY = 3
AT_ONCE = 200  # drafts of a batch that are composed before others get their turn


_PLACES = {"to": 1, "from": 2, "text": 3, "template": 3, "vars": 3, "media": 4}
"""Fields in the order of the checks; the others, which are about the draft's shape, come before."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of the drafts. places: of each message, its draft's index; refused: those before the store."""

    messages: tuple[NewMessage, ...]
    places: Sequence[int]
    refused: tuple[Refused, ...]

    def whole(self, enqueued: Enqueued) -> Enqueued:
        """What the store accepted, with all refusals by their index among the drafts."""
        if not enqueued.refused and not self.refused:
            return enqueued
        return replace(enqueued, refused=self._all(enqueued.refused))

    def none_accepted(self, error: NoneAccepted) -> NoneAccepted:
        """The store's refusal of them all, likewise."""
        return NoneAccepted(self._all(error.refused))

    def _all(self, by_store: Sequence[Refused]) -> tuple[Refused, ...]:
        moved = [replace(one, index=self.places[one.index]) for one in by_store]
        return tuple(sorted([*self.refused, *moved], key=lambda one: one.index))


@dataclass(frozen=True, slots=True)
class Composing:
    """One call's drafts on their way to messages. priority: of those that name none."""

    composer: Composer
    preparer: Preparer
    call: Call
    senders: Mapping[str, str]
    now: datetime
    priority: int = PRIORITY

    async def one(self, draft: Draft) -> NewMessage:
        """Raises Rejected, NotPermitted."""
        if names_nothing(draft) and not self.call.threads:
            return self._compose(draft)
        prepared = await self.preparer.prepare(draft, self.call, self._check)
        return self._compose(prepared.draft, prepared.links)

    async def all(self, drafts: Sequence[Draft], *, atomic: bool, strict: bool) -> Composed:
        """atomic: the first bad draft is raised; strict: all of them are, in one Malformed."""
        messages: dict[tuple[str, str, tuple[str, ...]], NewMessage] = {}
        places: list[int] = []
        refused: list[Refused] = []
        for index, draft in enumerate(drafts):
            if index % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)  # a large batch must not keep the others waiting
            try:
                prepared = await self.preparer.prepare(draft, self.call, self._check)
                message = self._compose(prepared.draft, prepared.links)
            except Rejected as refusal:
                if atomic and not strict:
                    raise
                refused += await self._refusals(index, draft, refusal, every=strict)
                continue
            key = (message.to, prepared.draft.text, prepared.links)  # short links make the message's own texts unlike
            if messages.setdefault(key, message) is message:
                places.append(index)
        if strict and refused:
            raise Malformed(tuple(refused))
        return Composed(tuple(messages.values()), places, tuple(refused))

    async def faults(self, draft: Draft) -> list[Fault]:
        """Everything that keeps a draft from being a message, in the order of the checks."""
        found: list[Fault] = []
        skip = set()
        for place, look_up in (("to", self.preparer.addressed), ("text", self.preparer.worded)):
            try:
                draft = await look_up(draft, self.call)
            except Rejected as refusal:
                found += refusal.faults
                skip.add(place)
        if draft.media:
            skip |= set() if draft.text.strip() else {"text"}
            try:
                await self.preparer.attached(draft, self.call)
            except Rejected as refusal:
                found += refusal.faults
        found += self.composer.faults(draft, self.call.by, self.senders, self.now, skip=skip)
        return sorted(found, key=lambda fault: _PLACES.get(fault.field.partition(".")[0], 0))

    def _compose(self, draft: Draft, links: Sequence[str] = ()) -> NewMessage:
        return self.composer.compose(draft, self.call.by, self.senders, self.now, priority=self.priority, links=links)

    def _check(self, draft: Draft) -> None:
        self.composer.check(draft, self.call.by, self.senders, self.now)

    async def _refusals(self, index: int, draft: Draft, refusal: Rejected, *, every: bool) -> list[Refused]:
        """One for the draft, or one for every faulty field of it."""
        named = await self.faults(draft) if every else []
        faults = named or refusal.faults[:1] or (Fault("", refusal.code, refusal.detail),)
        return [Refused(index, fault.code, fault.message, fault.field) for fault in faults]
