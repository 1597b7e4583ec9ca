"""STOP, START and HELP: which inbound text is a keyword (native-v1 §8), and what is answered to it."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Keyword = Literal["stop", "start", "help"]

LONGEST = 40  # characters; no keyword is as long, and the trimming costs time on a hostile text

STOP_WORDS = frozenset(
    {
        "stop",
        "stopall",
        "stop all",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "opt-out",
        "opt out",
    }
)
START_WORDS = frozenset({"start", "unstop", "subscribe"})
START_AFTER_STOP_WORDS = frozenset({"yes"})
"""Undo an opt-out only where there is one by keyword: "yes" means too much else."""
HELP_WORDS = frozenset({"help", "info"})

STOP_ANSWER = "{who}: You are unsubscribed and will get no more messages. Reply START to subscribe again."
START_ANSWER = "{who}: You are subscribed. Reply HELP for help, STOP to opt out."
HELP_ANSWER = "{who}: You get messages from us by SMS. Reply STOP to opt out."

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What an account heeds beside the words that everybody knows, as people wrote them down."""

    stop: Iterable[str] = ()
    start: Iterable[str] = ()
    help: Iterable[str] = ()


NO_OWN_WORDS = OwnWords()


def keyword(text: str, *, stopped_by_keyword: bool = False, own: OwnWords = NO_OWN_WORDS) -> Keyword | None:
    """Which keyword the whole message is, if any: trimmed, case-folded, punctuation around it dropped.

    stopped_by_keyword: this phone opted out by keyword before, which makes YES a START.
    """
    word = bare(text)
    if not word:
        return None
    if word in STOP_WORDS or is_among(word, own.stop):
        return "stop"
    if word in START_WORDS or is_among(word, own.start):
        return "start"
    if stopped_by_keyword and word in START_AFTER_STOP_WORDS:
        return "start"
    return "help" if word in HELP_WORDS or is_among(word, own.help) else None


def confirms(word: str, own: OwnWords = NO_OWN_WORDS) -> bool:
    """Whether a bare word says that its sender wants what he is subscribed to: START, or YES at any time."""
    return word in START_WORDS or word in START_AFTER_STOP_WORDS or is_among(word, own.start)


def is_among(word: str, words: Iterable[str]) -> bool:
    """Whether a bare word is one of these, however they are written."""
    return any(word == bare(known) for known in words)


def may_be_answered(originator: str) -> bool:
    """Whether an automatic answer may go there: to a phone's number, never to a name or a short code."""
    return _PHONE.fullmatch(originator) is not None


def bare(text: str) -> str:
    """The text as keywords are compared; empty for what is too long to be one, or nothing but punctuation."""
    if len(text) > LONGEST:
        return ""
    folded = " ".join(text.casefold().split())
    start, end = 0, len(folded)
    while start < end and _is_around(folded[start]):
        start += 1
    while end > start and _is_around(folded[end - 1]):
        end -= 1
    return folded[start:end]


def _is_around(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSZC"
