"""Campaigns (native-v1 §7.8)."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from gateway.domain.event import instant


@dataclass(frozen=True, slots=True)
class Answer:
    """What a campaign says it answers to which keywords, for those who review it."""

    keywords: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """What a campaign says of itself; the names follow The Campaign Registry, so that data can be carried over."""

    sub_use_cases: tuple[str, ...] = ()
    message_flow: str = ""
    samples: tuple[str, ...] = ()
    opt_in: Answer = field(default_factory=Answer)
    opt_out: Answer = field(default_factory=Answer)
    help: Answer = field(default_factory=Answer)
    embedded_link: bool = False
    embedded_phone: bool = False
    age_gated: bool = False
    direct_lending: bool = False
    number_pool: bool = False
    auto_renewal: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """An entry of the local registry. ref: the caller's own word for it, unique per account.

    approval: "Y" or "N", an operator's word; activated_at: when it was first "Y". lines: ids of those it names itself;
    assigned: ids of these and of the account's lines that name it. revision: grows with every change.
    """

    num: int
    id: str
    account: str
    ref: str
    created_at: datetime
    brand: str = ""
    use_case: str = ""
    description: str = ""
    approval: str = "Y"
    activated_at: datetime | None = None
    lines: tuple[str, ...] = ()
    details: Details = field(default_factory=Details)
    updated_at: datetime | None = None
    revision: int = 1
    assigned: tuple[str, ...] = ()


def describe_campaign(campaign: Campaign) -> dict[str, Any]:
    """The campaign object of /v1 and of ``campaign.updated``: JSON-ready."""
    return {
        "id": campaign.id,
        "ref": campaign.ref,
        "brand": campaign.brand,
        "use_case": campaign.use_case,
        "description": campaign.description,
        **asdict(campaign.details),
        "approval": campaign.approval,
        "activated_at": instant(campaign.activated_at),
        "lines": list(campaign.lines),
        "line_count": len(campaign.assigned),
        "seq": campaign.revision,
        "created_at": instant(campaign.created_at),
        "updated_at": instant(campaign.updated_at or campaign.created_at),
    }
