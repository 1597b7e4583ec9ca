"""The vendor's DTOs [seed] and how they are read: names without case, Guids and booleans in every form they come in.

The fields below are what is read, and what the metadata pages tell.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, TypeVar
from uuid import UUID

from api.formats import NotReadable, Tree
from api.fronts.smssend.dialect import read_nested
from api.fronts.smssend.faults import FieldError

MOST_ITEMS = 10_000
"""Of a list that are read at all, doubles among them."""

MEMBER = "member"
"""Where a dataclass field keeps its ``Member``."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member on the wire. kind: "String", "Boolean", "Guid", or a DTO's name; many: a list of those.

    inherited: of the vendor's base class, which XML writes first. rule: for people.
    """

    name: str
    kind: str
    rule: str = ""
    many: bool = False
    inherited: bool = False


def _told(name: str, kind: str, rule: str = "", *, many: bool = False, inherited: bool = False) -> Mapping[str, Member]:
    return {MEMBER: Member(name, kind, rule, many, inherited)}


@dataclass(frozen=True, slots=True)
class SMSContact:
    name: str = field(default="", metadata=_told("Name", "String", "at most 100 characters; in From also an alias"))
    phone_number: str = field(default="", metadata=_told("PhoneNumber", "String", "E.164 or a national number"))
    contact_id: UUID | None = field(
        default=None, metadata=_told("ContactId", "Guid", "where there is no PhoneNumber: the contact of this id")
    )


@dataclass(frozen=True, slots=True)
class SMSModel:
    sender: SMSContact = field(
        default_factory=SMSContact, metadata=_told("From", "SMSContact", "absent: the account's default sender")
    )
    to: tuple[SMSContact, ...] = field(default=(), metadata=_told("To", "SMSContact", "1 to 1000", many=True))
    message_body: str = field(default="", metadata=_told("MessageBody", "String", "required"))
    reply_is_allowed: bool = field(default=False, metadata=_told("ReplyIsAllowed", "Boolean"))
    reply_is_required: bool = field(default=False, metadata=_told("ReplyIsRequired", "Boolean", "implies allowed"))
    notes: str = field(default="", metadata=_told("Notes", "String", "at most 4000 characters; never sent"))
    linked_object_id: UUID | None = field(
        default=None, metadata=_told("LinkedObjectId", "Guid", "kept with the messages, told in webhooks")
    )
    suite_id: UUID | None = field(default=None, metadata=_told("SuiteId", "Guid", "likewise"))
    licensee_id: UUID | None = field(
        default=None, metadata=_told("LicenseeId", "Guid", "empty, or the account's own", inherited=True)
    )


@dataclass(frozen=True, slots=True)
class SMSSend:
    sms_model: SMSModel | None = field(default=None, metadata=_told("SMSModel", "SMSModel", "required"))
    create_references: bool = field(
        default=False,
        metadata=_told(
            "CreateCommunicationReferencesImmediately", "Boolean", "Reference tells the id of every message"
        ),
    )


@dataclass(frozen=True, slots=True)
class Authenticate:
    provider: str = field(default="", metadata=_told("provider", "String", "credentials, or logout"))
    user_name: str = field(default="", metadata=_told("UserName", "String"))
    password: str = field(default="", metadata=_told("Password", "String"))
    remember_me: bool = field(default=False, metadata=_told("RememberMe", "Boolean", "for 14 days"))


@dataclass(frozen=True, slots=True)
class CommResponse:
    """What became of an ``SMSSend``. comm_id: the batch, None where nothing was stored."""

    comm_id: UUID | None = field(metadata=_told("CommId", "Guid", "the call; zeros where nothing was stored"))
    reference: str = field(metadata=_told("Reference", "String", "the batch's id, or those of its messages"))
    status: bool = field(metadata=_told("Status", "Boolean", "at least one message was accepted"))
    message: str = field(metadata=_told("Message", "String", "for people; after a refusal with its code"))

    NOBODY: ClassVar[UUID] = UUID(int=0)

    def tree(self) -> Mapping[str, Tree]:
        return {
            "CommId": self.comm_id or self.NOBODY,
            "Reference": self.reference,
            "Status": self.status,
            "Message": self.message,
        }


DTOS: Mapping[str, type] = MappingProxyType(
    {dto.__name__: dto for dto in (SMSSend, SMSModel, SMSContact, CommResponse, Authenticate)}
)


def members_of(dto: type) -> list[Member]:
    """In the vendor's order."""
    return [known.metadata[MEMBER] for known in dataclasses.fields(dto)]


_BY_NAME: Mapping[str, Mapping[str, tuple[str, Member]]] = MappingProxyType(
    {
        dto.__name__: {
            name: (known.name, known.metadata[MEMBER])
            for known in dataclasses.fields(dto)
            for name in (known.metadata[MEMBER].name, known.metadata[MEMBER].name.lower())
        }
        for dto in DTOS.values()
    }
)
"""DTO → the wire's name, as documented and in lower case → the field's name, and what it is."""

Read = TypeVar("Read")

_TRUE = frozenset({"true", "1", "on", "yes"})
_FALSE = frozenset({"false", "0", "off", "no", ""})
_GUID = re.compile(r"([{(]?)([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})([)}]?)", re.IGNORECASE | re.ASCII)
_DASHES = (0, 4)
_FENCES = frozenset({("", ""), ("{", "}"), ("(", ")")})


def read_dto(dto: type[Read], value: Tree, errors: list[FieldError], path: str = "") -> Read:
    """The DTO in a tree; unknown members are passed over, of doubles the last one counts.

    errors: gets every wrong member. path: of this DTO in the request. Raises NotReadable where the tree is no object.
    """
    if isinstance(value, str):
        value = read_nested(value)
    if not isinstance(value, dict):
        raise NotReadable(f"{path or dto.__name__} is no object")
    members = _BY_NAME[dto.__name__]
    found: dict[str, object] = {}
    for name, inner in value.items():
        known = members.get(name) or members.get(name.lower())
        if known is None:
            continue
        field_name, member = known
        if inner is None or (inner == "" and member.kind in DTOS):
            found.pop(field_name, None)
            continue
        try:
            scalar = _SCALARS.get(member.kind)
            if scalar is not None:
                found[field_name] = scalar(inner)
            else:
                found[field_name] = _nested(member, inner, errors, _joined(path, member.name))
        except ValueError as error:
            code = "Length" if isinstance(error, _TooMany) else "SerializationException"
            errors.append(FieldError(code, _joined(path, member.name), str(error)))
    return dto(**found)


class _TooMany(NotReadable):
    """A list that nobody means."""


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _nested(member: Member, value: Tree, errors: list[FieldError], where: str) -> object:
    dto = DTOS[member.kind]
    if not member.many:
        return read_dto(dto, value, errors, where)
    items = enumerate(_items(value, member.kind))
    return tuple([read_dto(dto, item, errors, f"{where}[{place}]") for place, item in items])


def _items(value: Tree, kind: str) -> Sequence[Tree]:
    """A list; in XML its elements have their DTO's name, and one alone looks like no list."""
    if isinstance(value, str):
        value = read_nested(value)
    if isinstance(value, dict) and [name.lower() for name in value] == [kind.lower()]:
        (inner,) = value.values()
        value = inner if isinstance(inner, list) else [inner]
    if not isinstance(value, list):
        raise NotReadable(f"a list of {kind} is expected")
    if len(value) > MOST_ITEMS:
        raise _TooMany(f"over {MOST_ITEMS} are not even looked at")
    return value


def _string(value: Tree) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise NotReadable("a String without NUL is expected")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NotReadable("a String is expected")


def _boolean(value: Tree) -> bool:
    word = value.strip().lower() if isinstance(value, str) else str(value).lower()
    if isinstance(value, str | int) and word in _TRUE | _FALSE:
        return word in _TRUE
    raise NotReadable("a Boolean is expected")


def _guid(value: Tree) -> UUID | None:
    """N, D, B or P form; all zeros, and nothing at all, are not given: the vendor's members cannot be null."""
    if not isinstance(value, str):
        raise NotReadable("a Guid is expected")
    text = value.strip()
    if not text:
        return None
    written = _GUID.fullmatch(text)
    if not written or (written[1], written[3]) not in _FENCES or written[2].count("-") not in _DASHES:
        raise NotReadable("a Guid is expected")
    if written[1] and "-" not in written[2]:
        raise NotReadable("a Guid is expected")
    guid = UUID(written[2])
    return guid if guid.int else None


_SCALARS: Mapping[str, Callable[[Tree], object]] = MappingProxyType(
    {"String": _string, "Boolean": _boolean, "Guid": _guid}
)
