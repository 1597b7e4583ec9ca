"""Senders: what a caller may write as "from", and the lines it leads to (native-v1 §1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ANY_LINE = "auto"
"""/v1's word for "from" where any line of the account may carry a message."""


def named(word: str) -> str:
    """What a caller wrote as "from" in a dialect that wants a sender: ``ANY_LINE`` is the name of none, "" then."""
    return "" if word == ANY_LINE else word


class Strategy(StrEnum):
    """Which of a sender's lines takes its next message.

    first_up: the first of the list that is up; round_robin: in turns; least_loaded: whichever is free first; sticky:
    the line that wrote to that recipient last, while it is up.
    """

    FIRST_UP = "first_up"
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"
    STICKY = "sticky"


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender that was registered. kind: "number", "shortcode", "alias" or "code"; lines: ids, in order."""

    num: int
    id: str
    account: str
    value: str
    kind: str
    strategy: Strategy
    lines: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ResolvedSender:
    """A sender as a front asked for it: registered, or a line's own number, name or alias.

    num: an integer that stays with this value in this account; lines: ids of those that may carry it.
    """

    num: int
    value: str
    lines: tuple[str, ...]
