"""Conversations: everything between one line of an account and one peer (native-v1 §7.3)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.ids import crockford
from gateway.domain.message import Message


@dataclass(frozen=True, slots=True)
class Thread:
    """line: the line's id; peer: E.164, a short code, or an alphanumeric originator. activity: grows with every message
    that left or came, among the account's threads. last_message, last_text: of the newest of these; unread: how many
    came since somebody said that he had read it."""

    id: str
    account: str
    line: str
    peer: str
    created_at: datetime
    last_at: datetime
    activity: int
    last_message: str | None = None
    last_text: str = ""
    unread: int = 0
    archived: bool = False


def thread_id(account: str, line: str, peer: str) -> str:
    """The thread between an account's line (its id) and a peer. Always the same, so that nobody has to look it up."""
    digest = hashlib.blake2s("\0".join((account, line, peer)).encode("utf-8", "surrogatepass"), digest_size=17)
    return "thr_" + crockford(int.from_bytes(digest.digest()) >> 6)


def thread_of(message: Message) -> str | None:
    """A message's thread; None for one that may still go out over several lines."""
    line = message.line
    if message.direction == "in":
        return None if line is None else thread_id(message.account, line, message.sender)
    if line is None and message.sender.startswith("lin_"):
        line = message.sender
    return None if line is None else thread_id(message.account, line, message.to)
