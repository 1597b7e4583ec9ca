"""People: contacts, groups of them, what they subscribed to, and what they do not want (native-v1 §1, §7.6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody an account knows. phone: E.164 or a short code, unique in the account; external_id likewise."""

    num: int
    id: str
    account: str
    created_at: datetime
    updated_at: datetime
    name: str = ""
    phone: str | None = None
    email: str | None = None
    external_id: str | None = None  # the smssend front's ContactId, the rest-sms front's customerKey
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactChange:
    """What a caller says of a contact; None leaves it as it is, "" empties it."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    external_id: str | None = None
    tags: tuple[str, ...] | None = None
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A name for many contacts; unique in the account whatever its case. members: how many."""

    num: int
    id: str
    account: str
    name: str
    created_at: datetime
    members: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """A phone at a sender (kind "sender") or in a campaign (kind "campaign"); target: the sender's value, the ref.

    state: "active" or "stopped". source: who said so last ("api", "keyword", "import"). authenticated: a confirming
    SMS of that phone came. contact: the number of its contact, group: of the group it was subscribed with; 0: none;
    their ids beside them.
    """

    num: int
    id: str
    account: str
    phone: str
    kind: str
    target: str
    state: str
    source: str
    created_at: datetime
    updated_at: datetime
    authenticated: bool = False
    contact: int = 0
    group: int = 0
    contact_id: str | None = None
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who a mailing goes to: the phone, and what is known of its owner for the text's placeholders."""

    phone: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptOut:
    """A phone that wants nothing from an account. scope: "account", "sender:<value>", "campaign:<ref>", "line:<id>".

    source: "keyword", "api" or "import".
    """

    num: int
    id: str
    account: str
    phone: str
    scope: str
    source: str
    at: datetime
    text: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a CSV file. faults: line number of the file → what is wrong with it."""

    created: int
    updated: int
    faults: Mapping[int, str] = field(default_factory=dict)
