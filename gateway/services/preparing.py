"""What a draft says by name → what it means: a contact's phone, a template's text, files' links, a thread's line.

Costs nothing for a draft that names none of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gateway.domain.access import Principal
from gateway.domain.errors import Fault, NotFound, Rejected
from gateway.domain.message import Draft, MediaRef
from gateway.domain.number import normalise
from gateway.policy.parts import check_length
from gateway.policy.templates import fill
from gateway.services.media import MediaFiles
from gateway.services.memory import Memory, Remembered
from gateway.services.shape import check_shape
from gateway.store.contract import Store

MOST_PLACEHOLDERS = 200  # in one text


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft as it is composed. links: addresses of its files, which are put behind the text."""

    draft: Draft
    links: tuple[str, ...] = ()


@dataclass(slots=True)
class Call:
    """One call's drafts, and what was looked up for them so far.

    threads: phone → the line that its conversation goes on over. templates: texts by name.
    files: the links of each set of files.
    """

    by: Principal
    threads: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[MediaRef, ...], tuple[str, ...]] = field(default_factory=dict)


class Preparer:
    """Looks up what drafts name."""

    def __init__(self, store: Store, media: MediaFiles, memory: Memory) -> None:
        self._store = store
        self._media = media
        self._several: Remembered[bool] = memory.kind()  # by account: whether more than one line serves it

    async def look_up(self, drafts: Sequence[Draft], call: Call) -> None:
        """Which lines their conversations go on over, for those that name no sender; asked once for all of them."""
        account = call.by.account.name
        if all(draft.sender is not None for draft in drafts) or not await self._has_several(account):
            return
        country = call.by.account.settings.default_country
        phones = {phone for draft in drafts if draft.sender is None and (phone := _phone_of(draft, country))}
        call.threads |= await self._store.senders.last_lines(account, phones)

    def knows_one_line(self, account: str) -> bool:
        """True where there is nothing to look up: the account is known to have no choice of lines."""
        return self._several.get(account) is False

    async def prepare(self, draft: Draft, call: Call, check: Callable[[Draft], object]) -> Prepared:
        """check: raises for the recipient and the sender, whose faults come before those of text and files.

        Raises Rejected.
        """
        if draft.contact is not None:
            check_shape(draft)
            draft = await self.addressed(draft, call)
            await self.look_up((draft,), call)
        if call.threads and draft.sender is None:
            phone = _phone_of(draft, call.by.account.settings.default_country)
            draft = replace(draft, sender=call.threads.get(phone or ""))
        if names_nothing(draft):
            return Prepared(draft)
        check(draft)
        draft = await self.worded(draft, call)
        return Prepared(draft, await self.attached(draft, call))

    async def release(self, call: Call) -> None:
        """Nothing of the call is sent: let go of what was kept for it."""
        if call.files:
            await self._media.forget([link for links in call.files.values() for link in links], by=call.by)
            call.files.clear()

    async def addressed(self, draft: Draft, call: Call) -> Draft:
        """With the contact's phone as its recipient. Raises Rejected("invalid_recipient")."""
        if draft.contact is None:
            return draft
        try:
            contact = await self._store.people.contact(call.by.account.name, draft.contact)
        except NotFound:
            raise _fault("to", "there is no such contact", "invalid_recipient") from None
        if contact.phone is None:
            raise _fault("to", "the contact has no phone", "invalid_recipient")
        return replace(draft, to=contact.phone, contact=None)

    async def worded(self, draft: Draft, call: Call) -> Draft:
        """With its template's text, and placeholders filled where it brings variables. Raises Rejected."""
        if draft.template is None:
            return replace(draft, text=_filled(draft.text, draft, call)) if draft.variables else draft
        text = call.templates.get(draft.template)
        if text is None:
            try:
                text = (await self._store.people.template(call.by.account.name, draft.template)).text
            except NotFound:
                raise _fault("template", "there is no such template") from None
            call.templates[draft.template] = text
        return replace(draft, text=_filled(text, draft, call))

    async def attached(self, draft: Draft, call: Call) -> tuple[str, ...]:
        """The addresses of its files, the same for all drafts of the call that have the same. Raises Rejected."""
        if not draft.media:
            return ()
        links = call.files.get(draft.media)
        if links is None:
            try:
                links = await self._media.links(draft.media, by=call.by, due=draft.schedule_at)
            except Rejected as refusal:
                raise _fault("media", refusal.detail.removeprefix("media: "), refusal.code) from None
            call.files[draft.media] = links
        return links

    async def _has_several(self, account: str) -> bool:
        known = self._several.get(account)
        return known if known is not None else await self._several.load(account, lambda: self._count(account))

    async def _count(self, account: str) -> bool:
        return sum(line.serves(account) for line in await self._store.lines()) > 1


def _filled(text: str, draft: Draft, call: Call) -> str:
    """Bounded beforehand: a few octets of text could ask for the same long variable a hundred thousand times."""
    check_length(text, call.by.account.settings.max_segments)
    if text.count("{{") > MOST_PLACEHOLDERS:
        raise _fault("text", f"at most {MOST_PLACEHOLDERS} placeholders")
    return fill(text, draft.variables)


def names_nothing(draft: Draft) -> bool:
    """Whether there is nothing to look up for it but the line of its conversation."""
    return draft.template is None and draft.contact is None and not draft.variables and not draft.media


def _phone_of(draft: Draft, country: str) -> str | None:
    """The recipient's number, None for what is none: that is told in its place."""
    try:
        return normalise(draft.to, country, international_first=draft.international_first)
    except Rejected:
        return None


def _fault(field: str, message: str, code: str = "invalid_request") -> Rejected:
    return Rejected(code, f"{field}: {message}", faults=(Fault(field, code, message),))
