"""Campaigns, subscriptions and opt-outs, as far as the sendsms front needs them (native-v1 §7.6, §7.8)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Campaign:
    """An entry of the local registry. ref: the caller's own word for it, unique per account."""

    num: int
    id: str
    account: str
    ref: str
    created_at: datetime
    brand: str = ""
    use_case: str = ""
    description: str = ""
    approval: str = "Y"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A phone in a campaign. state: "active" or "stopped"; source: who said so ("api", "keyword")."""

    phone: str
    campaign: str
    state: str
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OptOut:
    """A phone that wants nothing from an account. source: "keyword", "api" or "import"."""

    id: str
    phone: str
    source: str
    at: datetime
    text: str = ""
