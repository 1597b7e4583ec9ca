"""One ``SMSSend`` → drafts → the core → a ``CommResponse`` (contract servicestack-smssend §4 to §6)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from api.codes import code_of
from api.formats import NotReadable, Tree
from api.formats.jsontext import read_json, write_json
from api.fronts.smssend import outcome
from api.fronts.smssend.dialect import NAME
from api.fronts.smssend.dto import CommResponse, SMSContact, SMSModel, SMSSend, read_dto
from api.fronts.smssend.faults import MOST_ERRORS, FieldError, Invalid, empty, unreadable
from gateway.domain.access import Principal
from gateway.domain.errors import GatewayError, Malformed, Refused, Rejected, Unavailable
from gateway.domain.message import Draft
from gateway.domain.number import normalise
from gateway.domain.sender import named
from gateway.services import Enqueued, Gateway, Idempotency, StoredAnswer

MOST_RECIPIENTS = 1000
LONGEST_NAME = 100
LONGEST_NOTES = 4000
AT_ONCE_PRIORITY = 8
ALONE_PRIORITY = 5

Keyed = Callable[[Callable[[Enqueued], StoredAnswer]], Idempotency | None]
"""Makes what the caller's Idempotency-Key asks for, from how the answer to keep is rendered."""

_FIELDS: Mapping[str, str] = MappingProxyType({"text": "MessageBody", "notes": "Notes"})
_PLACE = re.compile(r"SMSModel\.To\[(\d+)\]")


@dataclass(slots=True)
class _Addressed:
    """Whom a call goes to. numbers: each once, canonical where they are numbers; places: of their entries in To."""

    numbers: list[str] = field(default_factory=list)
    contacts: list[SMSContact] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """A ``CommResponse`` as a tree; replayed: it is the stored answer to the first call with the same key."""

    told: Tree
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """front: the name under which the core knows this front."""

    gateway: Gateway
    front: str

    async def send(self, asked: Tree, keyed: Keyed, *, by: Principal, wait_s: float | None = None) -> Result:
        """wait_s: how long to wait for what becomes of the messages; None: not at all.

        Raises GatewayError for what refuses the whole call; what is refused for business is told in the result.
        """
        request, errors = _read(asked)
        model = request.sms_model
        if model is None:
            raise Invalid(_ordered([*errors, empty("SMSModel", "NotNull")]))
        if model.licensee_id is not None:
            by = await self.gateway.access.act_for(by=by, licensee_id=model.licensee_id.hex)
        addressed = await self._addressed(model.to, by)
        errors += [*_faults(model), *addressed.errors]

        def render(enqueued: Enqueued) -> StoredAnswer:
            told = outcome.accepted(enqueued, addressed.numbers, references=request.create_references)
            return StoredAnswer(200, write_json(told.tree()))

        try:
            enqueued = await self._enqueue(model, addressed, errors, keyed(render), by, wait_s)
        except GatewayError as refusal:
            if code_of(refusal.code).smssend != 200:
                raise
            return Result(outcome.refused(refusal).tree())
        if enqueued.replay is not None:
            return Result(_stored(enqueued.replay), replayed=True)
        told = outcome.accepted(enqueued, addressed.numbers, references=request.create_references)
        if wait_s is not None and enqueued.messages:
            told = await self._awaited(enqueued, told, len(addressed.numbers), by, wait_s)
        return Result(told.tree())

    async def _enqueue(
        self,
        model: SMSModel,
        addressed: _Addressed,
        errors: Sequence[FieldError],
        idempotency: Idempotency | None,
        by: Principal,
        wait_s: float | None,
    ) -> Enqueued:
        """Raises Invalid with these errors and all that the core finds as well.

        Where there are some, one more draft, to nobody, makes sure that the core takes none of them.
        """
        pairs = list(zip(addressed.numbers, addressed.contacts, strict=True))[:MOST_RECIPIENTS]
        drafts = [_draft(model, number, contact) for number, contact in pairs]
        try:
            return await self.gateway.messages.enqueue_batch(
                [*drafts, _draft(model, "", SMSContact())] if errors else drafts,
                by=by,
                front=self.front,
                strict=True,
                keep_refused=True,
                priority=_priority(len(drafts), immediate=wait_s is not None),
                client_ref=model.linked_object_id.hex if model.linked_object_id else None,
                idempotency=idempotency,
            )
        except Malformed as refusal:
            real = [one for one in refusal.refused if one.index < len(drafts) or one.field != "to"]
            raise Invalid(_ordered([*errors, *_errors(real, model, addressed)])) from refusal

    async def _awaited(
        self, enqueued: Enqueued, told: CommResponse, recipients: int, by: Principal, wait_s: float
    ) -> CommResponse:
        """What the answer says after the wait. Whatever happens meanwhile, the call is accepted."""
        if recipients > outcome.MOST_AWAITED:
            return CommResponse(told.comm_id, told.reference, told.status, told.message + outcome.NOT_AWAITED)
        try:
            messages = await self.gateway.messages.wait_batch(enqueued.batch, wait_s, by=by)
        except Unavailable:
            return told
        return outcome.sent(messages, told)

    async def _addressed(self, contacts: Sequence[SMSContact], by: Principal) -> _Addressed:
        """The recipients, each number once; a contact without number is looked up by its id."""
        found = _Addressed()
        known: set[str] = set()
        country = by.account.settings.default_country
        for place, contact in enumerate(contacts):
            if len(found.errors) >= MOST_ERRORS or len(found.numbers) > MOST_RECIPIENTS:
                break  # no more is told, or taken
            where = f"SMSModel.To[{place}]"
            number = contact.phone_number.strip()
            if len(contact.name) > LONGEST_NAME:
                found.errors.append(_too_long(f"{where}.Name", LONGEST_NAME))
            if not number and contact.contact_id is not None:
                number = await self._number_of(contact.contact_id, by) or ""
                if not number:
                    message = "There is no contact of this id with a number."
                    found.errors.append(FieldError("NotFound", f"{where}.ContactId", message))
            elif not number:
                found.errors.append(empty(f"{where}.PhoneNumber"))
            if len(contacts) > 1:  # else there are no doubles to be told
                number = _canonical(number, country)
            if number and number not in known:
                known.add(number)
                found.numbers.append(number)
                found.contacts.append(contact)
                found.places.append(place)
        if len(found.numbers) > MOST_RECIPIENTS:
            found.errors = [FieldError("Length", "SMSModel.To", f"'To' takes at most {MOST_RECIPIENTS} recipients.")]
        return found

    async def _number_of(self, contact_id: UUID, by: Principal) -> str | None:
        """External ids are texts: this one may have been stored in either form."""
        for external_id in (contact_id.hex, str(contact_id)):
            contact = await self.gateway.contacts.find(by=by, external_id=external_id)
            if contact is not None:
                return contact.phone
        return None


def _read(asked: Tree) -> tuple[SMSSend, list[FieldError]]:
    errors: list[FieldError] = []
    if asked is None or asked == "":
        return SMSSend(), errors
    try:
        return read_dto(SMSSend, asked, errors), errors
    except NotReadable as error:
        raise unreadable(error, NAME) from None


def _canonical(number: str, country: str) -> str:
    """What tells doubles; the core says what is wrong with one that is none."""
    try:
        return normalise(number, country) if number else ""
    except Rejected:
        return number


def _draft(model: SMSModel, to: str, contact: SMSContact) -> Draft:
    guids = (
        ("linked_object_id", model.linked_object_id), ("suite_id", model.suite_id), ("contact_id", contact.contact_id),
    )  # fmt: skip
    kept = {name: guid.hex for name, guid in guids if guid is not None}
    if contact.name:
        kept["name"] = contact.name
    sender = model.sender.phone_number.strip() or model.sender.name.strip()
    return Draft(
        to=to,
        text=model.message_body,
        sender=named(sender) if sender else None,
        reply="required" if model.reply_is_required else "allowed" if model.reply_is_allowed else "none",
        notes=model.notes or None,
        client_ref=model.linked_object_id.hex if model.linked_object_id else None,
        metadata=kept,
    )


def _priority(recipients: int, *, immediate: bool) -> int | None:
    if immediate:
        return AT_ONCE_PRIORITY
    return ALONE_PRIORITY if recipients == 1 else None


def _faults(model: SMSModel) -> list[FieldError]:
    """What this front asks beside the core: somebody in To, and no novels."""
    found = [] if model.to else [empty("SMSModel.To")]
    if len(model.notes) > LONGEST_NOTES:
        found.append(_too_long("SMSModel.Notes", LONGEST_NOTES))
    if len(model.sender.name) > LONGEST_NAME:
        found.append(_too_long("SMSModel.From.Name", LONGEST_NAME))
    return found


def _too_long(where: str, most: int) -> FieldError:
    return FieldError("Length", where, f"'{where.rpartition('.')[2]}' takes at most {most} characters.")


def _errors(refused: Sequence[Refused], model: SMSModel, addressed: _Addressed) -> list[FieldError]:
    """The core's refusals by the members they are about, each once."""
    found: dict[tuple[str, str], FieldError] = {}
    for one in refused:
        match one.field:
            case "to":
                where = f"SMSModel.To[{addressed.places[one.index]}].PhoneNumber"
            case "from":
                by_name = not model.sender.phone_number.strip()
                where = f"SMSModel.From.{'Name' if by_name else 'PhoneNumber'}"
            case other:
                where = f"SMSModel.{_FIELDS.get(other, 'LinkedObjectId' if other == 'client_ref' else '')}".rstrip(".")
        code = code_of(one.code).smssend_name
        error = empty(where) if code == "NotEmpty" else FieldError(code, where, one.detail)
        found.setdefault((where, code), error)
    return list(found.values())


def _ordered(errors: Sequence[FieldError]) -> list[FieldError]:
    """In the order of the checks: shape, recipients by their place, sender, text. Of a member the first one counts:
    what could not be read is not also missing."""
    first: dict[str, FieldError] = {}
    for error in errors:
        first.setdefault(error.field, error)

    def rank(error: FieldError) -> tuple[int, int]:
        place = _PLACE.match(error.field)
        if place:
            return 1, int(place[1])
        parts = ("SMSModel.To", "SMSModel.From", "SMSModel.MessageBody")
        return next((number for number, part in enumerate(parts, 1) if error.field.startswith(part)), 0), -1

    return sorted(first.values(), key=rank)


def _stored(answer: StoredAnswer) -> Tree:
    """The answer that was kept, in whatever format it is wanted now."""
    told = read_json(answer.body)
    assert isinstance(told, Mapping)
    return {**told, "CommId": UUID(str(told["CommId"]))}
