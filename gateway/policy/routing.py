"""Which sender a message goes out under, and which lines that means (decisions.md: resolved again at each claim)."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.domain.access import AccountSettings
from gateway.domain.errors import Fault, Rejected
from gateway.domain.number import normalise

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Route:
    """sender: what the caller wrote, canonical; route: what a line must answer to, "auto" for any of the account's."""

    sender: str
    route: str


def resolve(
    wanted: str | None, senders: Mapping[str, str], settings: AccountSettings, *, international_first: bool = False
) -> Route:
    """The route behind a "from".

    wanted: number, line name, alias, code or line id; None for the account's default. senders: value → route, all
    that this account may write. Raises Rejected("invalid_sender").
    """
    sender = wanted if wanted is not None else settings.default_line or AUTO
    if sender == AUTO:
        return Route(AUTO, AUTO)
    if sender in senders:
        return Route(sender, senders[sender])
    try:
        number = normalise(sender, settings.default_country, international_first=international_first)
    except Rejected:
        raise _unknown(sender) from None
    if number not in senders:
        raise _unknown(sender)
    return Route(number, senders[number])


def _unknown(sender: str) -> Rejected:
    message = f"{sender[:40]!r} is no sender of this account"
    return Rejected("invalid_sender", f"from: {message}", faults=(Fault("from", "invalid_sender", message),))
