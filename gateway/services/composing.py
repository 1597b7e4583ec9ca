"""The drafts of a call for many → the messages to store, each number's text once, and every refusal by its draft."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Principal
from gateway.domain.errors import Fault, Malformed, NoneAccepted, Refused, Rejected
from gateway.domain.message import Draft
from gateway.services.compose import Composer
from gateway.store.contract import Enqueued, NewMessage

BATCH_PRIORITY = 3
AT_ONCE = 200  # drafts of a batch that are composed before others get their turn


@dataclass(frozen=True, slots=True)
class Composed:
    """What became of the drafts. places: of each message, its draft's index; refused: those before the store."""

    messages: tuple[NewMessage, ...]
    places: Sequence[int]
    refused: tuple[Refused, ...]

    def whole(self, enqueued: Enqueued) -> Enqueued:
        """What the store accepted, with all refusals by their index among the drafts."""
        return replace(enqueued, refused=self._all(enqueued.refused))

    def none_accepted(self, error: NoneAccepted) -> NoneAccepted:
        """The store's refusal of them all, likewise."""
        return NoneAccepted(self._all(error.refused))

    def _all(self, by_store: Sequence[Refused]) -> tuple[Refused, ...]:
        moved = [replace(one, index=self.places[one.index]) for one in by_store]
        return tuple(sorted([*self.refused, *moved], key=lambda one: one.index))


@dataclass(frozen=True, slots=True)
class Composing:
    """One call's drafts on their way to messages. priority: instead of a batch's own."""

    composer: Composer
    by: Principal
    senders: Mapping[str, str]
    now: datetime
    priority: int | None = None

    async def all(self, drafts: Sequence[Draft], *, atomic: bool, strict: bool) -> Composed:
        """atomic: the first bad draft is raised; strict: all of them are, in one Malformed."""
        priority = BATCH_PRIORITY if self.priority is None else self.priority
        messages: dict[tuple[str, str], NewMessage] = {}
        places: list[int] = []
        refused: list[Refused] = []
        for index, draft in enumerate(drafts):
            if index % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(0)  # a large batch must not keep the others waiting
            try:
                message = self.composer.compose(draft, self.by, self.senders, self.now, priority=priority)
            except Rejected as refusal:
                if atomic and not strict:
                    raise
                refused += self._refusals(index, draft, refusal, every=strict)
                continue
            if messages.setdefault((message.to, draft.text), message) is message:  # short links make texts unlike
                places.append(index)
        if strict and refused:
            raise Malformed(tuple(refused))
        return Composed(tuple(messages.values()), places, tuple(refused))

    def _refusals(self, index: int, draft: Draft, refusal: Rejected, *, every: bool) -> list[Refused]:
        """One for the draft, or one for every faulty field of it."""
        named = self.composer.faults(draft, self.by, self.senders, self.now) if every else ()
        faults = named or refusal.faults[:1] or (Fault("", refusal.code, refusal.detail),)
        return [Refused(index, fault.code, fault.message, fault.field) for fault in faults]
