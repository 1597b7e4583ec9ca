"""Conversations: everything between one line or sender of an account and one peer (native-v1 §7.3)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """line: the line's id it was last carried by; peer: E.164, a short code, or an alphanumeric originator."""

    num: int
    id: str
    account: str
    line: str | None
    peer: str
    created_at: datetime
    last_at: datetime
    last_text: str = ""
    unread: int = 0
    archived: bool = False
