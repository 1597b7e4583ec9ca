"""STOP, START and HELP: which inbound text is a keyword (native-v1 §8)."""

import unicodedata
from typing import Literal

Keyword = Literal["stop", "start", "help"]

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


def keyword(text: str, *, stopped_by_keyword: bool = False) -> Keyword | None:
    """Which keyword the whole message is, if any: trimmed, case-folded, punctuation around it dropped.

    stopped_by_keyword: this phone opted out by keyword before, which makes YES a START.
    """
    if len(text) > 40:  # no keyword is as long, and the trimming below costs time on a hostile text
        return None
    word = _bare(text)
    if word in STOP_WORDS:
        return "stop"
    if word in START_WORDS or (stopped_by_keyword and word in START_AFTER_STOP_WORDS):
        return "start"
    return "help" if word in HELP_WORDS else None


def _bare(text: str) -> str:
    folded = " ".join(text.casefold().split())
    start, end = 0, len(folded)
    while start < end and _is_around(folded[start]):
        start += 1
    while end > start and _is_around(folded[end - 1]):
        end -= 1
    return folded[start:end]


def _is_around(character: str) -> bool:
    return unicodedata.category(character)[0] in "PSZC"
