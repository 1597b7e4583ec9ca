"""What a contact and a group may be made of."""

import re
from dataclasses import replace

from gateway.domain.access import AccountSettings
from gateway.domain.contact import ContactChange
from gateway.domain.errors import Rejected
from gateway.domain.number import normalise
from gateway.policy.templates import NAME
from gateway.services.words import Faults, is_line, is_text

LONGEST_NAME = 200
LONGEST_EMAIL = 254
LONGEST_EXTERNAL_ID = 128
LONGEST_GROUP = 100
MOST_TAGS = 50
LONGEST_TAG = 64
MOST_FIELDS = 50
LONGEST_FIELD = 1000
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def checked(change: ContactChange, settings: AccountSettings) -> ContactChange:
    """The change with its phone in E.164 and nothing around its words. Raises Rejected that names every fault."""
    trimmed = replace(
        change,
        name=change.name and change.name.strip(),
        email=change.email and change.email.strip(),
        external_id=change.external_id and change.external_id.strip(),
    )
    faults = Faults()
    need = faults.need
    need(is_line(trimmed.name or "", LONGEST_NAME), "name", f"at most {LONGEST_NAME} characters on one line")
    need(not trimmed.email or is_email(trimmed.email), "email", "an e-mail address")
    known_as = trimmed.external_id or ""
    need(is_line(known_as, LONGEST_EXTERNAL_ID), "external_id", f"at most {LONGEST_EXTERNAL_ID} characters on one line")
    tags, fields = trimmed.tags or (), trimmed.fields or {}
    need(len(tags) <= MOST_TAGS, "tags", f"at most {MOST_TAGS}")
    good = all(is_line(tag, LONGEST_TAG, shortest=1) for tag in tags)
    need(good, "tags", f"1 to {LONGEST_TAG} characters each")
    need(len(fields) <= MOST_FIELDS, "fields", f"at most {MOST_FIELDS}")
    for name, value in fields.items():
        need(bool(NAME.fullmatch(name)), "fields", f"no name of a field: {name[:64]!r}")
        need(is_text(value, LONGEST_FIELD), f"fields.{name[:64]}", f"at most {LONGEST_FIELD} characters")
    phone = _phone(trimmed.phone, settings, faults)
    faults.check()
    return replace(trimmed, phone=phone)


def is_email(text: str) -> bool:
    """Whether it may be an e-mail address: one ``@`` with something on both sides."""
    return is_line(text, LONGEST_EMAIL) and bool(_EMAIL.fullmatch(text))


def group_name(name: str) -> str:
    """The name without blanks around it. Raises Rejected("invalid_request")."""
    faults = Faults()
    fits = is_line(name.strip(), LONGEST_GROUP, shortest=1)
    faults.need(fits, "name", f"1 to {LONGEST_GROUP} characters on one line")
    faults.check()
    return name.strip()


def _phone(phone: str | None, settings: AccountSettings, faults: Faults) -> str | None:
    if not phone:
        return phone
    try:
        return normalise(phone, settings.default_country)
    except Rejected as refusal:
        faults.need(False, "phone", refusal.detail, refusal.code)
        return None
