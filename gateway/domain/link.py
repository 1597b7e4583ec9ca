"""Short links and their clicks (native-v1 §7.9)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Link:
    """One code for one (message, URL). human and bot: how often it was followed, by whom as far as one can tell.

    campaign: the message's.
    """

    num: int
    id: str
    code: str
    target: str
    message: str
    account: str
    created_at: datetime
    expires_at: datetime
    campaign: str | None = None
    human: int = 0
    bot: int = 0


@dataclass(frozen=True, slots=True)
class Click:
    """One visit. address_hash: keyed, so that it tells visitors apart without naming them. num: 0 for a new one."""

    code: str
    at: datetime
    kind: str  # "human" | "bot"
    address_hash: str
    num: int = 0
