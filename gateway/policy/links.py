"""Links in a text and clicks on them: what is a link, and who followed it (native-v1 §7.9). Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.policy.tlds import TOP_LEVEL_DOMAINS

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_CANDIDATE = re.compile(
    rf"""(?ix)
    (?<![\w@./-])
    (?: https?://[^\s<>"]+
      | www\.[^\s<>"]+
      | (?:{_LABEL}\.)+[^\W\d_]{{2,63}}(?::\d{{1,5}})?(?:[/?\#][^\s<>"]*)?
    )"""
)
_TRAILING = ".,;:!?)]}'\""

PREVIEWERS = (
    "facebookexternalhit",
    "facebot",
    "twitterbot",
    "whatsapp",
    "telegrambot",
    "slackbot",
    "discordbot",
    "linkedinbot",
    "skypeuripreview",
    "bot",
    "crawler",
    "spider",
    "preview",
)
"""Parts of the user agents of programs that fetch a link to show a picture of it; Apple's Messages says the first."""

TOO_SOON_S = 2.0
"""A click within so many seconds of the message being sent is a machine's on the way."""
SWEEP_CODES = 5
SWEEP_S = 10.0
"""One address following so many different codes within so many seconds is a scanner; one click per address counts."""


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link in a text: characters start to end, and the address it means."""

    start: int
    end: int
    target: str


def find_links(text: str, *, bare_domains: bool = False, own_host: str = "") -> tuple[FoundLink, ...]:
    """Every link of a text in order.

    bare_domains: also ``example.com/x`` where the ending is a top-level domain.
    own_host: host (and port) of our redirects; links that point there already are left alone.
    """
    found = []
    for match in _CANDIDATE.finditer(text):
        address = match.group().rstrip(_TRAILING)
        target = _target(address, bare_domains=bare_domains)
        if target is not None and urlsplit(target).netloc.casefold() != own_host.casefold():
            found.append(FoundLink(match.start(), match.start() + len(address), target))
    return tuple(found)


def replace_links(text: str, found: tuple[FoundLink, ...], replacements: tuple[str, ...]) -> str:
    """The text with each found link replaced by its entry of replacements."""
    pieces, position = [], 0
    for link, replacement in zip(found, replacements, strict=True):
        pieces += [text[position : link.start], replacement]
        position = link.end
    return "".join([*pieces, text[position:]])


def is_machine(user_agent: str, *, seconds_since_sent: float | None, codes_from_address: int) -> bool:
    """True when a visit is rather a program's than a person's.

    user_agent: as the visitor says it. seconds_since_sent: None when the message was not sent yet.
    codes_from_address: different codes the same address followed within ``SWEEP_S``, this one included.
    """
    agent = user_agent.casefold()
    too_soon = seconds_since_sent is None or seconds_since_sent < TOO_SOON_S
    return too_soon or codes_from_address >= SWEEP_CODES or any(word in agent for word in PREVIEWERS)


def _target(address: str, *, bare_domains: bool) -> str | None:
    lowered = address.casefold()
    scheme_given = lowered.startswith(("http://", "https://"))
    target = address if scheme_given else f"http://{address}"
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
        parts.port  # noqa: B018  raises for a port that is none
    except ValueError:
        return None
    if scheme_given:
        return target if host else None
    if "." not in host:
        return None
    if lowered.startswith("www.") and host.count(".") >= 2:
        return target
    return target if bare_domains and host.rpartition(".")[2] in TOP_LEVEL_DOMAINS else None
